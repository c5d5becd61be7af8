"""Training sets: what goes in stays whole, and no patient crosses from one part to another."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
from dicom_series import write_series

from napari_brainseg.errors import EntryExistsError, SaveError, TrainingSetError
from napari_brainseg.io import MaskInfo, read_scan
from napari_brainseg.models.patients import PatientRecord, voxels_sha256
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.scan import Scan, Source
from napari_brainseg.training_set import (
    MANIFEST_NAME,
    Entry,
    add_to_training_set,
    check_training_set,
    open_training_set,
    read_entry,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

AFFINE = np.array([[-0.9, 0.1, 0, 80], [0.1, 0.9, 0, -70.5], [0, 0, 5, 3], [0, 0, 0, 1]])
GRID = (4, 10, 12)


class Killed(BaseException):
    """Stands for the process being killed."""


def make_scan(seed: int = 0, name: str = "flair", **changes: Any) -> Scan:
    data = np.random.default_rng(seed).gamma(2.0, 30.0, (1, *GRID)).astype(np.float32)
    scan = Scan(data, AFFINE, ("FLAIR",), Source(name, (Path(f"/secret/{name}.nii.gz"),)))
    return replace(scan, **changes)


def make_labels() -> NDArray[np.uint8]:
    labels = np.zeros(GRID, np.uint8)
    labels[1:3, 2:6, 3:7] = 1
    return labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "set"


def add(folder: Path, scan: Scan | None = None, patient: str = "P1", **options: Any) -> Entry:
    labels = options.pop("labels", make_labels())
    return add_to_training_set(folder, scan or make_scan(), labels, patient=patient, **options)


@pytest.mark.parametrize(
    "kind", [np.uint8, np.int16, np.uint16, np.int64, np.float16, np.float32, np.float64, bool]
)
def test_what_is_added_comes_back_voxel_for_voxel(folder: Path, kind: type) -> None:
    scan = make_scan()
    scan = replace(scan, data=(scan.data > 50 if kind is bool else scan.data.astype(kind)))
    entry = add(folder, scan, note="  AB, 3 May ")
    back, labels = read_entry(open_training_set(folder), entry)
    assert np.array_equal(back.data, scan.data)
    assert np.allclose(back.affine, scan.affine, atol=1e-5)
    assert (back.channels, back.units) == (("FLAIR",), "mm")
    assert np.array_equal(labels, make_labels())
    assert entry.note == "AB, 3 May"
    assert check_training_set(open_training_set(folder)) == []


def test_the_entry_does_not_need_its_source(tmp_path: Path, folder: Path) -> None:
    source = tmp_path / "flair.nii.gz"
    nib.save(nib.Nifti1Image(make_scan().data[0].T, AFFINE), source)
    add(folder, read_scan(source).scan)
    source.unlink()
    moved = shutil.move(folder, tmp_path / "moved")
    training_set = open_training_set(Path(moved) / MANIFEST_NAME)
    assert check_training_set(training_set) == []
    (entry,) = training_set.contents.entries
    assert np.array_equal(read_entry(training_set, entry)[0].data, make_scan().data)


def test_a_header_that_scales_its_voxels_is_not_applied_twice(tmp_path: Path, folder: Path) -> None:
    image = nib.Nifti2Image(make_scan().data[0].T.astype(np.int16), AFFINE)
    image.header.set_slope_inter(0.5, -3)
    nib.save(image, tmp_path / "flair.nii")
    scan = read_scan(tmp_path / "flair.nii").scan
    entry = add(folder, scan)
    assert np.array_equal(read_entry(open_training_set(folder), entry)[0].data, scan.data)


def test_a_scan_without_spacing_stays_one(folder: Path) -> None:
    entry = add(folder, make_scan(units="pixel"))
    assert read_entry(open_training_set(folder), entry)[0].units == "pixel"


def test_several_images_are_kept_by_role_on_one_grid(folder: Path) -> None:
    scan = make_scan()
    finer = Scan(
        np.repeat(make_scan(1).data, 2, axis=1),
        AFFINE @ np.diag([1, 1, 0.5, 1]),
        ("T1",),
        Source("t1"),
    )
    channels = {
        "post-contrast": Channel(finer, 0),
        "FLAIR": Channel(scan, 0),
        "pre-contrast": None,
    }
    entry = add(folder, scan, channels=channels)
    back, _ = read_entry(open_training_set(folder), entry)
    assert back.channels == ("post-contrast", "FLAIR")
    assert back.grid == scan.grid
    assert np.array_equal(back.data[1], scan.data[0])


def test_no_path_and_no_identity_gets_in(tmp_path: Path, folder: Path) -> None:
    scan = read_scan(write_series(tmp_path / "series", PatientName="DOE^JANE")).scan
    training_set = open_training_set(folder, create=True)
    patient = training_set.propose_patient(scan)
    assert patient == training_set.propose_patient(scan)
    labels = np.zeros(scan.grid, np.uint8)
    add(folder, scan, patient, labels=labels, note="AB")
    add(folder, make_scan(), "P2")
    content = b"".join(gunzip(path) for path in sorted(folder.rglob("*")) if path.is_file())
    for secret in (b"DOE", b"JANE", b"4711", b"secret", str(tmp_path).encode()):
        assert secret not in content
    other = open_training_set(tmp_path / "other", create=True)
    assert other.propose_patient(scan) != patient


def gunzip(path: Path) -> bytes:
    import gzip

    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_the_same_image_is_replaced_only_when_asked(folder: Path) -> None:
    first = add(folder)
    changed = make_labels()
    changed[0] = 1
    again = make_scan(name="copied")
    with pytest.raises(EntryExistsError, match=r"already, as P1 · flair\.nii\.gz"):
        add(folder, again, labels=changed)
    second = add(folder, again, labels=changed, replace=True)
    training_set = open_training_set(folder)
    assert training_set.contents.entries == (second,)
    assert not (folder / first.id).exists()
    assert np.array_equal(read_entry(training_set, second)[1], changed)


def test_a_patient_never_crosses_parts(folder: Path) -> None:
    add(folder, split="test")
    with pytest.raises(TrainingSetError, match=r"P1 is in the test part .* cannot go to the train"):
        add(folder, make_scan(1), " p1 ", split="train")
    assert add(folder, make_scan(1), " p1 ").patient == "P1"
    assert open_training_set(folder).split_of("p1") == "test"


def test_an_image_cannot_cross_under_another_name(folder: Path) -> None:
    add(folder, split="test")
    with pytest.raises(TrainingSetError, match="cannot go to the train part"):
        add(folder, patient="P9", split="train", replace=True)
    # A name that was mistyped may be put right within the part.
    add(folder, patient="P9", replace=True)
    training_set = open_training_set(folder)
    assert [entry.patient for entry in training_set.contents.entries] == ["P9"]
    assert training_set.split_of("P9") == "test"


def test_every_fifth_patient_is_held_out_unless_asked_otherwise(folder: Path) -> None:
    for number in range(6):
        add(folder, make_scan(number), f"P{number}")
    parts = open_training_set(folder).contents.patients
    assert list(parts.values()) == ["train"] * 4 + ["validation", "train"]


@pytest.fixture
def card(tiny_bundle: Bundle) -> ModelCard:
    """Describe a model that learned from P1, and was measured on P2 and on one more image."""
    record = PatientRecord(salt="salt").extended(
        ["P1"], ["P2", voxels_sha256(make_scan(7).data[0])]
    )
    return tiny_bundle.card.model_copy(update={"patients": record})


def test_patients_that_the_model_is_measured_on_stay_frozen(folder: Path, card: ModelCard) -> None:
    with pytest.raises(TrainingSetError, match=r"(?i)P2 cannot .* measured on this patient"):
        add(folder, patient="p2", split="train", model=card)
    with pytest.raises(TrainingSetError, match="measured on this patient"):
        add(folder, make_scan(7), "someone", split="train", model=card)
    with pytest.raises(TrainingSetError, match="has learned from this patient"):
        add(folder, patient="P1", split="validation", model=card)
    assert not open_training_set(folder).contents.entries
    add(folder, make_scan(1), "P1", model=card)
    add(folder, make_scan(2), "P2", model=card)
    assert open_training_set(folder).contents.patients == {"P1": "train", "P2": "test"}


def test_a_card_tells_its_patients_without_names(card: ModelCard) -> None:
    assert "P1" not in card.model_dump_json(include={"patients"})
    assert type(card).model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize("patient", ["", " \n", "x" * 65, "a\x00b"])
def test_a_pseudonym_must_be_a_name(folder: Path, patient: str) -> None:
    with pytest.raises(TrainingSetError, match="expected a pseudonym"):
        add(folder, patient=patient)


def test_a_label_without_meaning_is_refused(folder: Path) -> None:
    labels = make_labels() * np.uint8(3)
    with pytest.raises(TrainingSetError, match=r"labels \[3\], expected 0 and 1 \(tumour\)"):
        add(folder, labels=labels)
    assert add(folder, labels=labels, info=MaskInfo(names={3: "oedema"})).labels == {3: "oedema"}


def test_a_mask_of_another_grid_leaves_nothing_behind(folder: Path) -> None:
    with pytest.raises(SaveError, match="shape"):
        add(folder, labels=make_labels()[1:])
    assert [path.name for path in folder.iterdir()] == [MANIFEST_NAME]


def test_an_image_without_content_is_refused(folder: Path) -> None:
    with pytest.raises(TrainingSetError, match=r"FLAIR has the value 0\.0 everywhere"):
        add(folder, make_scan(data=np.zeros((1, *GRID), np.float32)))


def test_a_folder_of_other_things_does_not_become_a_set(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.docx").touch()
    with pytest.raises(TrainingSetError, match=r"other files, such as thesis\.docx"):
        add(folder)
    with pytest.raises(TrainingSetError, match="cannot be read"):
        open_training_set(folder)


# The image's file, the mask's, and the manifest take their places in this order, by os.replace or
# os.link.
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("replaces", [False, True])
def test_a_kill_leaves_the_set_as_it_was_or_as_it_is_to_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch, at: int, moment: str, replaces: bool
) -> None:
    first = add(folder)
    add(folder, make_scan(1), "P2")
    earlier = open_training_set(folder).contents
    scan = make_scan() if replaces else make_scan(2)
    calls = []

    def interrupted(place: Callable[..., None]) -> Callable[..., None]:
        def step(*args: Any) -> None:
            calls.append(args)
            if len(calls) == at and moment == "before":
                raise Killed
            place(*args)
            if len(calls) == at:
                raise Killed

        return step

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted(os.replace))
        patch.setattr(os, "link", interrupted(os.link))
        # A process that is killed tidies nothing up.
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(Killed):
            add(folder, scan, replace=replaces)
    training_set = open_training_set(folder)
    assert check_training_set(training_set) == []
    if (at, moment) == (3, "after"):
        assert len(training_set.contents.entries) == 3 - replaces
        assert (first in training_set.contents.entries) != replaces
    else:
        assert training_set.contents == earlier
        add(folder, scan, replace=replaces)
        assert check_training_set(open_training_set(folder)) == []


def test_a_full_disk_leaves_the_set_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(folder)
    before = sorted(folder.rglob("*"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SaveError, match="No space left"):
            add(folder, make_scan(1), "P2")
    assert sorted(folder.rglob("*")) == before


def test_what_another_program_adds_meanwhile_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_brainseg.training_set import add as adding

    add(folder)
    write = adding._write_files

    def meanwhile(*args: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(adding, "_write_files", write)
            add(folder, make_scan(1), "P2")
        return write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(adding, "_write_files", meanwhile)
        add(folder, make_scan(2), "P3")
    patients = [entry.patient for entry in open_training_set(folder).contents.entries]
    assert patients == ["P1", "P2", "P3"]


def edit(folder: Path, change: Any) -> None:
    path = folder / MANIFEST_NAME
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_all_that_is_wrong_with_a_manifest_is_told_at_once(folder: Path) -> None:
    add(folder)

    def spoil(content: Any) -> None:
        content["patients"]["P1"] = "exam"
        content["entries"][0]["images"][0]["file"] = "../../flair.nii.gz"
        del content["entries"][0]["mask_sha256"]

    edit(folder, spoil)
    with pytest.raises(TrainingSetError) as caught:
        open_training_set(folder)
    for place in ("patients.P1", "images.0.file", "mask_sha256"):
        assert place in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c["patients"].clear(), "no part is given for patients P1"),
        (lambda c: c["patients"].update(p1="test"), "upper and lower case only"),
        (lambda c: c["entries"].append(c["entries"][0]), "two entries have one id"),
        (lambda c: c.update(schema_version=2), "schema_version"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(
    folder: Path, change: Any, reason: str
) -> None:
    add(folder)
    edit(folder, change)
    with pytest.raises(TrainingSetError, match=reason):
        open_training_set(folder)


def test_a_manifest_cut_short_is_refused_and_left_alone(folder: Path) -> None:
    add(folder)
    path = folder / MANIFEST_NAME
    path.write_text(path.read_text()[:100])
    with pytest.raises(TrainingSetError, match="not a valid manifest"):
        add(folder, make_scan(1), "P2")
    assert len(path.read_text()) == 100


def test_every_damaged_file_is_listed(folder: Path) -> None:
    entries = [add(folder, make_scan(seed), f"P{seed}") for seed in range(4)]
    (folder / entries[0].id / "mask.nii.gz").unlink()
    (folder / entries[1].id / "1-FLAIR.nii.gz").write_bytes(b"changed")
    image = nib.load(folder / entries[2].id / "mask.nii.gz")
    smaller = nib.Nifti1Image(np.asarray(image.dataobj)[1:] * np.uint8(2), image.affine)
    nib.save(smaller, folder / entries[2].id / "mask.nii.gz")
    (problem_0, problem_1, problem_2) = check_training_set(open_training_set(folder))
    assert problem_0 == "P0 · flair.nii.gz: mask.nii.gz is missing"
    assert "1-FLAIR.nii.gz is not the file that was added" in problem_1
    assert problem_2.startswith("P2")


def test_a_hand_made_entry_is_checked_by_its_content(folder: Path) -> None:
    from napari_brainseg.models.bundle import file_sha256

    entries = [add(folder, make_scan(seed), f"P{seed}", split="train") for seed in range(3)]
    masks = [folder / entry.id / "mask.nii.gz" for entry in entries]
    image = nib.load(masks[0])
    values = np.asarray(image.dataobj)
    nib.save(nib.Nifti1Image(values[1:], image.affine), masks[0])
    nib.save(nib.Nifti1Image(values * np.uint8(2), image.affine), masks[1])

    def agree(content: Any) -> None:
        for entry, mask in zip(content["entries"], masks, strict=True):
            entry["mask_sha256"] = file_sha256(mask)
        shared = content["entries"][0]["images"][0]["voxels_sha256"]
        content["entries"][2]["images"][0]["voxels_sha256"] = shared

    edit(folder, agree)
    grid, values_, shared = check_training_set(open_training_set(folder))
    assert "does not lie on the voxels" in grid
    assert "labels [2], expected 0 and [1]" in values_
    assert shared == "P2 · flair.nii.gz: FLAIR is the same image as of P0"
