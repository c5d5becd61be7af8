"""Folders of published layouts: one item a case, its sequences told apart, its mask taken along."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest
from dicom_files import write_series

from napari_brainseg.io import MaskInfo, find_scans, read_mask, read_scan, write_mask
from napari_brainseg.worklist import (
    Status,
    list_scans,
    open_mask,
    open_worklist,
    read_companions,
    read_item,
    save_mask,
)

AFFINE = np.diag([1.0, 2.0, 5.0, 1.0])
CHANNELS = {"0": "T1w", "1": "FLAIR", "2": "t1gd"}


def volume(path, value=0, shape=(4, 5, 6), affine=AFFINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    voxels = np.full(shape, value, np.int16)
    voxels[0, 0, 0] = 1
    nib.save(nib.Nifti1Image(voxels, affine), path)


def brats(root, names=("t1", "t1ce", "t2", "flair"), separator="_"):
    for number in (1, 2):
        case = root / f"BraTS20_Training_00{number}"
        for value, name in enumerate((*names, "seg")):
            volume(case / f"{case.name}{separator}{name}.nii.gz", value)


def brats_of_2023(root):
    for number in (1, 2):
        case = root / f"BraTS-GLI-0000{number}-000"
        for name in ("t1n", "t1c", "t2w", "t2f", "seg"):
            volume(case / f"{case.name}-{name}.nii.gz")


def bids(root, mask="derivatives/lesions/{s}/anat/{s}_label-lesion_mask"):
    for subject in ("sub-01", "sub-02"):
        for name in ("FLAIR", "T1w", "ce-gadolinium_T1w", "T2w"):
            volume(root / subject / "anat" / f"{subject}_{name}.nii.gz")
        volume(root / subject / "func" / f"{subject}_task-rest_bold.nii.gz")
        volume(root / f"{mask}.nii.gz".format(s=subject))
        for name in ("desc-brain_mask", "dseg", "desc-preproc_T1w"):
            volume(root / "derivatives/prep" / subject / "anat" / f"{subject}_{name}.nii.gz")


def nnunet(root):
    root.mkdir(exist_ok=True)
    (root / "dataset.json").write_text(json.dumps({"channel_names": CHANNELS}))
    for case in ("own_001", "own_002"):
        for channel in range(3):
            volume(root / "imagesTr" / f"{case}_{channel:04d}.nii.gz", channel)
        volume(root / "labelsTr" / f"{case}.nii.gz", 1)


def decathlon(root):
    root.mkdir(exist_ok=True)
    (root / "dataset.json").write_text(json.dumps({"modality": CHANNELS}))
    for case in ("BRATS_0001", "BRATS_0002"):
        volume(root / "imagesTr" / f"{case}.nii.gz", shape=(4, 5, 6, 3))
        volume(root / "labelsTr" / f"{case}.nii.gz", 1)


def study(root):
    for patient in ("a", "b"):
        for name in ("FLAIR", "T1", "T2", "FLAIR_seg"):
            volume(root / patient / f"{name}.nii.gz")


LAYOUTS = [
    (brats, ["BraTS20_Training_001", "BraTS20_Training_002"], {"FLAIR"}, 3),
    (brats_of_2023, ["BraTS-GLI-00001-000", "BraTS-GLI-00002-000"], {"FLAIR"}, 3),
    (bids, ["sub-01", "sub-02"], {"FLAIR"}, 3),
    (nnunet, ["own_001", "own_002"], {"FLAIR"}, 2),
    (decathlon, ["BRATS_0001", "BRATS_0002"], {"T1w", "FLAIR", "t1gd"}, 0),
    (study, ["a", "b"], {"FLAIR"}, 2),
]


def opened(folder):
    return open_worklist(folder, list_scans(folder))


@pytest.mark.parametrize(("layout", "names", "main", "others"), LAYOUTS)
def test_a_case_is_one_item_with_its_sequences_and_its_mask(tmp_path, layout, names, main, others):
    layout(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    worklist = opened(tmp_path)
    assert [item.name for item in worklist.items] == names
    for item in worklist.items:
        scan = read_item(worklist, item).scan
        assert set(scan.channels) == main
        companions, notes = read_companions(worklist, item)
        assert (len(companions), notes) == (others, ())
        assert len({each.channels for each in companions}) == others
        saved = open_mask(worklist, item, scan)
        assert saved.is_found
        assert saved.labels.max() > 0
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("layout", "names", "main", "others"), LAYOUTS)
def test_a_corrected_mask_goes_beside_and_is_the_one_opened(tmp_path, layout, names, main, others):
    layout(tmp_path)
    given = {path: path.read_bytes() for path in tmp_path.rglob("*.nii.gz")}
    worklist = opened(tmp_path)
    for item in worklist.items:
        scan = read_item(worklist, item).scan
        labels = np.full(scan.grid, 7, np.uint8)
        worklist = save_mask(worklist, item, labels, scan, status=Status.CORRECTED, info=MaskInfo())
    again = opened(tmp_path)
    assert [item.name for item in again.items] == names
    assert {item.status for item in again.items} == {Status.CORRECTED}
    for item in again.items:
        path = again.mask_path(item)
        assert path.name == f"{item.name}_mask.nii.gz"
        assert path.parent.name != "imagesTr"  # where nnU-Net takes every file for an image
        assert read_mask(path)[0].max() == 7
        assert open_mask(again, item, read_item(again, item).scan).labels.max() == 7
    assert given == {path: path.read_bytes() for path in given}


def test_what_was_kept_of_one_sequence_is_kept_of_its_case(tmp_path):
    """A list of before had an item for each file."""
    brats(tmp_path)
    case = tmp_path / "BraTS20_Training_001"
    volume(case / f"{case.name}_flair_mask.nii.gz", 5)
    entry = {
        "scan": f"{case.name}/{case.name}_flair.nii.gz",
        "status": "accepted",
        "mask": f"{case.name}/{case.name}_flair_mask.nii.gz",
    }
    state = {"schema_version": 1, "entries": [entry]}
    (tmp_path / "brainseg-worklist.json").write_text(json.dumps(state))
    first, second = opened(tmp_path).items
    assert (first.status, second.status) == (Status.ACCEPTED, Status.NEW)


@pytest.mark.parametrize(
    ("names", "sequences"),
    [
        (("flair", "t1_post", "t1_pre", "t2"), 4),
        (("p1_T1-post-contrast", "p1_T1", "p1_T2_FLAIR"), 3),
        (("AX_T1_GD", "AX_T2_FLAIR", "AX_T2", "SAG T1"), 4),
        (("p1_t1w_ce", "p1_t2w", "p1.flair"), 3),
        (("t1", "t1_c", "t2", "t2_flair"), 4),
        (("t1_mprage_sag", "FLAIR_3D", "t1_mprage_sag_gd", "t2_tse_tra"), 4),
    ],
)
def test_a_sequence_may_be_called_in_several_words(tmp_path, names, sequences):
    """On grids of their own, as clinical ones lie."""
    for count, name in enumerate(names):
        volume(tmp_path / "p1" / f"{name}.nii.gz", count, shape=(4, 5, 6 + count))
    worklist = opened(tmp_path)
    (item,) = worklist.items
    assert "flair" in item.path.lower(), "the lesion is drawn on it"
    companions, notes = read_companions(worklist, item)
    assert (len(companions) + 1, notes) == (sequences, ())


@pytest.mark.parametrize(
    "names",
    [
        ("a_flair", "b_flair"),  # two patients
        ("flair_post", "flair_pre"),  # before and after surgery
        ("post", "pre"),
        ("flair1", "flair2", "flair10"),
        ("p_t1_1", "p_t1_2"),
        ("scan_0001", "scan_0002"),
        ("sub-01_dseg",),
        ("x_label",),
        ("first", "second"),
    ],
)
def test_what_is_not_clearly_one_case_stays_apart(tmp_path, names):
    for name in names:
        volume(tmp_path / "images" / f"{name}.nii.gz")
    found = list(find_scans(tmp_path))
    assert [each.name for each in found] == list(names)
    assert not any(each.companions or each.mask for each in found)


def drawn(image, path):
    """Save a mask drawn on an image, of the format that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scan = read_scan(image).scan
    write_mask(np.ones(scan.grid, np.uint8), scan, path, info=MaskInfo())


@pytest.mark.parametrize(
    "name",
    [
        "p1_seg.seg.nrrd",
        "p1.seg.nrrd",
        "p1-seg.nrrd",
        "p1_FLAIR.seg.nrrd",
        "Segmentation.seg.nrrd",
        "drawn by hand.seg.nrrd",
        "p1_mask.nii.gz",
        "p1_mask.seg.nrrd",
        "p1_FLAIR_tumor_mask.nrrd",
    ],
)
def test_a_mask_of_any_format_and_name_is_given_with_the_case(tmp_path, name):
    for sequence in ("T1", "FLAIR"):
        volume(tmp_path / "p1" / f"p1_{sequence}.nii.gz")
    drawn(tmp_path / "p1" / "p1_FLAIR.nii.gz", tmp_path / "p1" / name)
    worklist = opened(tmp_path)
    (item,) = worklist.items
    assert (item.name, len(item.companions), item.given) == ("p1", 1, f"p1/{name}")
    assert open_mask(worklist, item, read_item(worklist, item).scan).labels.all()


@pytest.mark.parametrize("layout", [nnunet, decathlon])
def test_labels_of_3d_slicer_are_given_with_a_numbered_case(tmp_path, layout):
    layout(tmp_path)
    for path in (tmp_path / "labelsTr").iterdir():
        name = path.name.removesuffix(".nii.gz")
        drawn(path, path.with_name(f"{name}.seg.nrrd"))
        path.unlink()
    assert [item.given for item in opened(tmp_path).items] == [
        f"labelsTr/{path.name}" for path in sorted((tmp_path / "labelsTr").iterdir())
    ]


@pytest.mark.parametrize(
    "name", ["brain_mask.nii.gz", "brain-mask.seg.nrrd", "p1_FLAIR_mask.nii.gz", "p2_mask.nii.gz"]
)
def test_masks_of_the_brain_saved_here_or_of_nothing_are_neither_scans_nor_given(tmp_path, name):
    for sequence in ("T1", "FLAIR"):
        volume(tmp_path / f"p1_{sequence}.nii.gz")
    drawn(tmp_path / "p1_FLAIR.nii.gz", tmp_path / name)
    (found,) = find_scans(tmp_path)
    assert (found.name, len(found.companions), found.mask) == ("p1", 1, None)


def test_a_segmentation_of_one_of_several_scans_is_not_given_to_another(tmp_path):
    for name in ("first", "second"):
        volume(tmp_path / f"{name}.nii.gz")
    drawn(tmp_path / "first.nii.gz", tmp_path / "first.seg.nrrd")
    drawn(tmp_path / "first.nii.gz", tmp_path / "third.seg.nrrd")
    found = {each.name: each.mask and each.mask.name for each in find_scans(tmp_path)}
    assert found == {"first": "first.seg.nrrd", "second": None}


@pytest.mark.parametrize("raw", ["raw", "rawdata"])
@pytest.mark.parametrize(
    "mask", ["label-lesion_mask.nii.gz", "label-lesion_mask.seg.nrrd", "FLAIR.seg.nrrd"]
)
def test_derivatives_may_lie_beside_the_images_of_bids(tmp_path, raw, mask):
    bids(tmp_path / raw)
    (tmp_path / raw / "derivatives").rename(tmp_path / "derivatives")
    names, given = ("sub-01", "sub-02"), []
    for name in names:
        place = tmp_path / "derivatives/lesions" / name / "anat"
        (place / f"{name}_label-lesion_mask.nii.gz").unlink()
        drawn(tmp_path / raw / name / "anat" / f"{name}_FLAIR.nii.gz", place / f"{name}_{mask}")
        given.append(f"derivatives/lesions/{name}/anat/{name}_{mask}")
    items = opened(tmp_path).items
    assert [(item.name, item.given) for item in items] == list(zip(names, given, strict=True))


def test_of_two_segmentations_none_is_taken(tmp_path):
    bids(tmp_path)
    bids(tmp_path, mask="derivatives/second/{s}/anat/{s}_desc-lesion_mask")
    assert [each.mask for each in find_scans(tmp_path)] == [None, None]


@pytest.mark.parametrize("content", ["{", "[]", '{"channel_names": 5}', '{"modality": {"x": 1}}'])
def test_a_damaged_description_hides_no_case(tmp_path, content):
    nnunet(tmp_path)
    (tmp_path / "dataset.json").write_text(content)
    found = list(find_scans(tmp_path))
    assert [each.name for each in found] == ["own_001", "own_002"]
    assert [len(each.companions) for each in found] == [2, 2]


def test_a_sequence_that_cannot_be_read_hides_no_other(tmp_path):
    brats(tmp_path)
    (tmp_path / "BraTS20_Training_001" / "BraTS20_Training_001_t1.nii.gz").write_bytes(b"no")
    worklist = opened(tmp_path)
    companions, notes = read_companions(worklist, worklist.items[0])
    assert len(companions) == 2
    assert "_t1.nii.gz" in notes[0]
    assert str(tmp_path) not in notes[0]


def dicom(root, *names):
    """Write a patient's series, each in a folder of its own, with what a DICOM SEG needs."""
    root.mkdir()
    for number, name in enumerate(names):
        tags = {
            "SeriesDescription": name,
            "StudyInstanceUID": "1.2.8",
            "FrameOfReferenceUID": "1.9",
        }
        tags |= {"series": f"1.2.{number + 1}", "PatientID": "p"}
        write_series(root / name, range(0, 30, 5), **tags)


@pytest.mark.parametrize("place", ["SEG/1.dcm", "FLAIR/from elsewhere.dcm"])
def test_a_dicom_seg_is_given_with_the_series_that_it_refers_to(tmp_path, place):
    dicom(tmp_path / "p", "T1", "FLAIR")
    drawn(tmp_path / "p" / "FLAIR", tmp_path / "p" / place)
    worklist = opened(tmp_path)
    given = {item.name: item.given for item in worklist.items}
    assert given == {"T1": "", "FLAIR": f"p/{place}"}
    item = next(each for each in worklist.items if each.given)
    assert open_mask(worklist, item, read_item(worklist, item).scan).labels.all()


def test_of_two_dicom_seg_and_of_those_saved_here_none_is_given(tmp_path):
    dicom(tmp_path / "p", "FLAIR")
    drawn(tmp_path / "p" / "FLAIR", tmp_path / "p" / "FLAIR" / "FLAIR_mask.dcm")
    assert [item.given for item in opened(tmp_path).items] == [""]
    for name in ("one", "two"):
        drawn(tmp_path / "p" / "FLAIR", tmp_path / "p" / name / "seg.dcm")
    assert [item.given for item in opened(tmp_path).items] == [""]
    (tmp_path / "p" / "one" / "seg.dcm").write_bytes(b"\0" * 128 + b"DICM")
    assert "p/two/seg.dcm" in [item.given for item in opened(tmp_path).items]


def test_what_3d_slicer_saved_among_the_only_series_of_a_folder_is_given_with_it(tmp_path):
    dicom(tmp_path / "p", "FLAIR")
    folder = tmp_path / "p" / "FLAIR"
    drawn(folder, folder / "Segmentation.seg.nrrd")
    worklist = opened(tmp_path)
    (item,) = worklist.items
    assert item.given == "p/FLAIR/Segmentation.seg.nrrd"
    assert open_mask(worklist, item, read_item(worklist, item).scan).labels.all()
    write_series(folder, range(0, 15, 5), series="1.2.77", FrameOfReferenceUID="1.10")
    assert [each.given for each in opened(tmp_path).items] == ["", ""]


def test_what_lies_beside_a_folder_that_was_asked_for_is_left_alone(tmp_path):
    dicom(tmp_path / "p", "FLAIR")
    drawn(tmp_path / "p" / "FLAIR", tmp_path / "p" / "SEG" / "seg.dcm")
    assert [item.given for item in opened(tmp_path / "p" / "FLAIR").items] == [""]
