"""Every layout that people keep training data in is read, or refused in a line."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from brainseg_train.data.cases import checked_data, inspect_data
from brainseg_train.data.division import divide
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

AFFINE = np.diag([-2.0, -2.0, 4.0, 1.0])
GRID = (24, 20, 5)


def volume(seed: int, *, mask: bool = False) -> NDArray[np.generic]:
    random = np.random.default_rng(seed)
    x, y, z = np.indices(GRID)
    found = (abs(x - 12) < 4) & (abs(y - 10) < 4) & (abs(z - 2) < 2)
    if mask:
        return found.astype(np.uint8)
    return (50 + 60 * found + random.normal(0, 5, GRID)).astype(np.int16)


def save(path: Path, data: NDArray[np.generic], affine: NDArray[np.float64] = AFFINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(data, affine), path)
    return path


def brats(root: Path, names: Sequence[str], mask: str = "seg", enhancing: int = 3) -> None:
    for number, name in enumerate(names):
        leaf = name.rpartition("/")[2]
        for place, end in enumerate(("t1n", "t1c", "t2w", "t2f")):
            save(root / name / f"{leaf}-{end}.nii.gz", volume(4 * number + place))
        labels = volume(0, mask=True) * 2
        labels[labels > 0] = np.where(np.arange((labels > 0).sum()) % 2, 2, enhancing)
        save(root / name / f"{leaf}-{mask}.nii.gz", labels)


def nnunet(root: Path, labels: dict[str, object], ending: str = ".nii.gz") -> None:
    for number in range(3):
        for channel in range(2):
            image = volume(2 * number + channel)
            save(root / f"imagesTr/ä b_{number}_{channel:04d}{ending}", image)
        save(root / f"labelsTr/ä b_{number}{ending}", volume(0, mask=True) * 2)
    said = {"channel_names": {"0": "T1", "1": "ADC"}, "labels": labels, "file_ending": ending}
    (root / "dataset.json").write_text(json.dumps({**said, "licence": "CC0", "name": "Own"}))


def msd(root: Path) -> None:
    for number in range(3):
        images = np.stack([volume(3 * number + k) for k in range(2)], axis=-1)
        save(root / f"imagesTr/B_{number}.nii.gz", images)
        save(root / f"labelsTr/B_{number}.nii.gz", volume(0, mask=True))
    said = {"modality": {"0": "FLAIR", "1": "T2"}, "labels": {"0": "background", "1": "oedema"}}
    (root / "dataset.json").write_text(json.dumps({**said, "licence": "CC-BY-SA 4.0"}))


def bids(root: Path) -> None:
    for name in ("sub-1/ses-a", "sub-1/ses-b", "sub-2/ses-a"):
        stem = name.replace("/", "_")
        seed = 10 * len(list(root.rglob("*.nii.gz")))
        save(root / name / "anat" / f"{stem}_FLAIR.NII.GZ", volume(seed))
        save(root / name / "anat" / f"{stem}_run-2_T1w.nii", volume(seed + 1))
        save(root / name / "anat" / f"{stem}_run-1_T1w.nii", volume(seed + 2))
        made = root / "derivatives" / "x" / name / "anat"
        save(made / f"{stem}_label-lesion_mask.nii.gz", volume(0, mask=True))
        save(made / f"{stem}_desc-brain_mask.nii.gz", volume(0, mask=True))
    (root / "dataset_description.json").write_text(json.dumps({"Name": "B", "License": "PDDL"}))


def flat(root: Path) -> None:
    for number in range(3):
        save(root / f"p {number}_FLAIR.nii.gz", volume(number))
        save(root / f"p {number}_seg.nii.gz", volume(0, mask=True))


def table(root: Path) -> None:
    lines = ["case;patient;FLAIR;swi;mask"]
    for number in range(3):
        save(root / f"i/{number}.nii.gz", volume(number))
        save(root / f"m/{number}.nii.gz", volume(0, mask=True))
        save(root / f"s/{number}.nii.gz", volume(number + 10))
        other = f"s/{number}.nii.gz" if number else ""
        lines.append(f"c{number};P{number // 2};i/{number}.nii.gz;{other};m/{number}.nii.gz")
    (root / "own.csv").write_text("\n".join(lines), encoding="utf-8-sig")


def pairs(root: Path) -> None:
    for number in range(3):
        save(root / f"images/{number}.nii.gz", volume(number))
        save(root / f"labels/{number}_mask.nii.gz", volume(0, mask=True))


LAYOUTS: dict[str, tuple[Callable[[Path], None], str, list[str], list[str]]] = {
    "brats-2023": (
        lambda root: brats(root, [f"BraTS-GLI-{n:05d}-00{n % 2}" for n in range(3)]),
        "BraTS",
        ["pre-contrast", "post-contrast", "T2", "FLAIR"],
        ["whole tumour", "tumour core", "enhancing tumour"],
    ),
    "brats-2018": (
        lambda root: brats(root, [f"HGG/Brats18_2013_{n}_1" for n in range(3)], enhancing=4),
        "BraTS",
        ["pre-contrast", "post-contrast", "T2", "FLAIR"],
        ["whole tumour", "tumour core", "enhancing tumour"],
    ),
    "nnunet": (
        lambda root: nnunet(root / "Dataset001_X", {"background": 0, "ring": 2, "ignore": 3}),
        "nnU-Net",
        ["pre-contrast", "ADC"],
        ["ring"],
    ),
    "nnunet-raw": (
        lambda root: nnunet(root / "nnUNet_raw" / "Dataset001_X", {"background": 0, "ring": 2}),
        "nnU-Net",
        ["pre-contrast", "ADC"],
        ["ring"],
    ),
    "nnunet-regions": (
        lambda root: nnunet(root, {"background": 0, "whole": [1, 2], "core": [2]}, ".nii"),
        "nnU-Net",
        ["pre-contrast", "ADC"],
        ["whole", "core"],
    ),
    "msd": (msd, "Medical Segmentation Decathlon", ["FLAIR", "T2"], ["oedema"]),
    "bids": (bids, "BIDS", ["FLAIR", "pre-contrast"], ["tumour"]),
    "flat": (flat, "one folder a case", ["FLAIR"], ["tumour"]),
    "pairs": (pairs, "images and masks in two folders", ["image"], ["tumour"]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_read(tmp_path: Path, name: str) -> None:
    make, layout, sequences, classes = LAYOUTS[name]
    make(tmp_path)
    data, report = checked_data(tmp_path, "trained")
    assert data.layout == layout
    assert sorted(role.name for role in data.roles) == sorted(sequences)
    assert [each.name for each in data.table.classes] == classes
    assert report.cases == 3
    scan, mask = data.cases[0].read()
    assert scan.channels == tuple(role.name for role in data.roles)
    assert mask.shape == scan.grid
    assert len(report.class_shares) == len(classes)
    assert min(report.class_shares) > 0 or "regions" in name


def test_sessions_of_bids_are_one_patient_and_one_run_is_taken(tmp_path: Path) -> None:
    bids(tmp_path)
    data, report = checked_data(tmp_path, "trained")
    assert [case.patient for case in data.cases] == ["sub-1", "sub-1", "sub-2"]
    assert any("2 runs, of which sub-1_ses-a_run-1_T1w.nii is taken" in o for o in report.oddities)
    assert (data.description.name, data.description.licence) == ("B", "PDDL")


def test_a_table_names_patients_and_a_sequence_may_be_missing(tmp_path: Path) -> None:
    table(tmp_path)
    data, report = checked_data(tmp_path / "own.csv", "trained")
    assert [case.patient for case in data.cases] == ["P0", "P0", "P1"]
    assert {role.name: role.fallback for role in data.roles} == {"FLAIR": None, "swi": "FLAIR"}
    assert any("FLAIR stands in for swi" in each for each in report.oddities)


def test_regions_and_ignored_labels_become_bits(tmp_path: Path) -> None:
    nnunet(tmp_path, {"background": 0, "whole": [1, 2], "core": [2], "ignore": 3})
    data = open_data(tmp_path)
    assert data.table.bits(np.array([0, 1, 2, 3])).tolist() == [0, 1, 3, 128]
    assert [each.value for each in data.table.targets()] == [1, 2]
    assert data.table.overlapping


def test_names_of_another_system_meet(tmp_path: Path) -> None:
    nnunet(tmp_path, {"background": 0, "ring": 2})
    for path in list((tmp_path / "labelsTr").iterdir()):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    assert checked_data(tmp_path, "trained")[1].cases == 3


def test_links_and_nested_sessions_are_followed_and_kept_together(tmp_path: Path) -> None:
    brats(tmp_path / "there", [f"p{n}/visit{v}" for n in range(3) for v in (1, 2)], enhancing=1)
    (tmp_path / "data").symlink_to(tmp_path / "there", target_is_directory=True)
    data = open_data(tmp_path / "data", DataOptions(classes={"tumour": (1, 2)}))
    assert [case.patient for case in data.cases] == ["p0", "p0", "p1", "p1", "p2", "p2"]
    assert inspect_data(data).problems == ()


def test_windows_of_ct_are_channels_of_their_own(tmp_path: Path) -> None:
    pairs(tmp_path)
    options = DataOptions(sequences=("CT",), windows={"CT": (0, 80), "bone": (-400, 1000)})
    data = open_data(tmp_path, options)
    assert [(role.name, role.fallback) for role in data.roles] == [("CT", None), ("bone", "CT")]
    assert data.cases[0].read()[0].data.shape[0] == 2


def test_the_parts_of_a_table_are_kept(tmp_path: Path) -> None:
    table(tmp_path)
    lines = (tmp_path / "own.csv").read_text(encoding="utf-8-sig").splitlines()
    parts = ["part", "train", "train", "val"]
    said = "\n".join(f"{line};{part}" for line, part in zip(lines, parts, strict=True))
    (tmp_path / "own.csv").write_text(said)
    split = divide(open_data(tmp_path / "own.csv"), DataOptions(), 0.5, 0)
    assert [case.name for case in split.validation] == ["c2"]


def spoil(root: Path, how: str) -> DataOptions:
    """Make a folder that cannot be used."""
    if how in ("nothing", "file"):
        if how == "file":
            (root / "notes.txt").write_text("x")
        return DataOptions()
    if how == "no dataset.json":
        nnunet(root, {"background": 0, "ring": 2})
        (root / "dataset.json").unlink()
    elif how in ("broken json", "no labels", "no channels"):
        nnunet(root, {} if how == "no labels" else {"background": 0, "ring": 2})
        if how == "broken json":
            (root / "dataset.json").write_text("{")
        if how == "no channels":
            (root / "dataset.json").write_text('{"labels": {"a": 1}}')
    elif how == "two sets":
        for name in "ab":
            nnunet(root / name, {"background": 0, "ring": 2})
    else:
        flat(root)
        if how == "no mask":
            (root / "p 1_seg.nii.gz").unlink()
        elif how == "two masks":
            save(root / "p 1_mask.nii.gz", volume(0, mask=True))
        elif how == "off the grid":
            coarser = AFFINE @ np.diag([1.5, 1.5, 1.0, 1.0])
            save(root / "p 1_seg.nii.gz", volume(0, mask=True)[:-1], coarser)
        elif how == "elsewhere":
            there = AFFINE.copy()
            there[:3, 3] = 40
            save(root / "p 1_seg.nii.gz", volume(0, mask=True), there)
        elif how == "labels":
            save(root / "p 1_seg.nii.gz", volume(0, mask=True) * 5)
        elif how == "probabilities":
            save(root / "p 1_seg.nii.gz", volume(0, mask=True) * np.float32(0.7))
        elif how == "grey edges":
            save(root / "p 1_seg.nii.gz", volume(0).clip(0).astype(np.uint8))
        elif how == "no common sequence":
            (root / "p 1_FLAIR.nii.gz").rename(root / "p 1_T2.nii.gz")
        elif how == "unknown sequence":
            return DataOptions(sequences=("PET",))
        elif how == "unknown required":
            return DataOptions(required="PET")
        elif how == "damaged":
            (root / "p 1_FLAIR.nii.gz").write_bytes(b"")
    return DataOptions()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("nothing", "No case was found"),
        ("file", "No case was found"),
        ("no dataset.json", "no dataset.json"),
        ("broken json", "cannot be read as JSON"),
        ("no labels", "does not say what the labels are"),
        ("no channels", "does not say what the channels are"),
        ("two sets", "holds 2 data sets"),
        ("no mask", "p 1: there is no mask"),
        ("two masks", "p 1: there are 2 masks"),
        ("off the grid", "does not lie on the voxels"),
        ("elsewhere", "does not lie on the voxels"),
        ("labels", r"the mask holds labels \[0, 5\]"),
        ("probabilities", r"p 1: .*values from 0 to 0\.7, expected one channel of whole numbers"),
        ("grey edges", "the grey edges of a mask that was resampled"),
        ("no common sequence", "No sequence is in all 3 cases"),
        ("unknown sequence", "No case has the sequence 'PET'; there are FLAIR"),
        ("unknown required", "required sequence 'PET' is none of FLAIR"),
        ("damaged", "p 1: "),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, how: str, said: str) -> None:
    options = spoil(tmp_path, how)
    with pytest.raises(BrainsegError, match=said):
        checked_data(tmp_path, "trained", options)


def test_a_case_with_problems_may_be_left_out(tmp_path: Path) -> None:
    spoil(tmp_path, "no mask")
    save(tmp_path / "p 3_FLAIR.nii.gz", volume(7))
    save(tmp_path / "p 3_seg.nii.gz", volume(0, mask=True))
    options = DataOptions(exclude=("p 1",))
    data, report = checked_data(tmp_path, "trained", options)
    assert report.problems == ()
    split = divide(data, options, 0.3, 0)
    assert "p 1" not in {case.name for case in (*split.train, *split.validation)}


def test_pictures_without_patients_are_refused(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / name / "1.png")
    with pytest.raises(DataError, match="nothing says which are of one patient"):
        open_data(tmp_path)
    data = open_data(tmp_path, DataOptions(patient_pattern="(.+)"))
    assert [case.patient for case in data.cases] == ["1"]


def test_pictures_of_nnunet_without_patients_are_refused(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("imagesTr/1_0000", "labelsTr/1"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir()
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    said = {"channel_names": {"0": "FLAIR"}, "labels": {"t": 1}, "file_ending": ".png"}
    (tmp_path / "dataset.json").write_text(json.dumps(said))
    with pytest.raises(DataError, match="imagesTr holds 1 pictures, and nothing says which"):
        open_data(tmp_path)
    assert len(open_data(tmp_path, DataOptions(patient_pattern="(.+)")).cases) == 1
