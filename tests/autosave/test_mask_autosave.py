"""Unsaved masks on disk: what is in an autosave comes back, and nothing else happens to it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from dicom_series import write_series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_brainseg.autosave import (
    MaskAutosave,
    Snapshot,
    autosave_folder,
    find_at,
    find_orphans,
    orphans,
    place_of,
    read_autosave,
    scan_hash,
)
from napari_brainseg.autosave import files as autosave_files
from napari_brainseg.autosave.format import MAGIC, header_record, slices_record
from napari_brainseg.errors import AutosaveError
from napari_brainseg.io import MaskInfo, list_series, read_scan, read_series
from napari_brainseg.scan import Scan, Source

GRID = (5, 6, 7)
AFFINE = np.array([[-0.9, 0.1, 0, 3], [0.1, -0.8, 0, 4], [0, 0, 5, 6], [0, 0, 0, 1.0]])
INFO = MaskInfo({1: "core", 2: "oedema"}, {1: "#e6194b"}, "AUTOMATIC", "lgg", "weights 12ab")


@pytest.fixture
def scan(tmp_path):
    rng = np.random.default_rng(0)
    file = tmp_path / "deep" / "flair.nii.gz"
    return Scan(rng.random((1, *GRID)), AFFINE, ("FLAIR",), Source("flair", (file,)))


@pytest.fixture
def snapshot(scan):
    return Snapshot(
        labels=np.zeros(GRID, np.uint8),
        info=INFO,
        name="flair · core",
        scale=(5.0, 0.8, 0.9),
        translate=(0.0, 0.0, 0.0),
        units=("mm", "mm", "mm"),
        scan=scan,
    )


@pytest.fixture
def autosave():
    autosave = MaskAutosave()
    yield autosave
    autosave.close()


def painted(snapshot, *places, label=1):
    labels = snapshot.labels.copy()
    for place in places:
        labels[place] = label
    return replace(snapshot, labels=labels)


def files():
    folder = autosave_folder()
    return sorted(folder.glob("*.journal")) if folder.is_dir() else []


def only_file():
    (file,) = files()
    return file


def crash(autosave):
    """Leave an autosave as a killed process does: the system takes the lock away, no more."""
    autosave.close()


def test_everything_needed_to_show_the_mask_comes_back(autosave, snapshot, scan):
    original = np.zeros(GRID, np.uint8)
    original[2] = 2
    state = replace(painted(snapshot, (1, 2, 3)), original=original)
    autosave.write(state)
    restored = read_autosave(only_file())
    np.testing.assert_array_equal(restored.labels, state.labels)
    np.testing.assert_array_equal(restored.original, original)
    assert restored.labels.dtype == np.uint8
    assert not restored.damaged
    header = restored.header
    assert header.info == INFO
    assert header.layer_name() == "flair · core"
    assert (header.scale, header.units) == (state.scale, state.units)
    assert header.scan.title == "flair.nii.gz"
    assert header.scan.digest == scan_hash(scan)
    np.testing.assert_array_equal(header.scan.affine, AFFINE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
@pytest.mark.parametrize("shape", [(6, 7), (3, 6, 7)])
def test_a_layer_that_knows_no_scan_keeps_its_shape_and_type(autosave, shape, dtype):
    labels = np.zeros(shape, dtype)
    labels[..., 2, 3] = 100
    plain = Snapshot(
        labels, MaskInfo(), "Labels", (1.0,) * len(shape), (0.0,) * len(shape), ("pixel",)
    )
    autosave.write(plain)
    restored = read_autosave(only_file())
    np.testing.assert_array_equal(restored.labels, labels)
    assert (restored.labels.shape, restored.labels.dtype) == (shape, dtype)
    assert restored.header.scan is None


def test_only_slices_that_changed_are_appended(autosave, snapshot):
    rng = np.random.default_rng(0)
    noise = replace(snapshot, labels=rng.integers(0, 255, (50, 64, 64), dtype=np.uint8))
    autosave.write(noise)
    before = only_file().stat().st_size
    autosave.write(painted(noise, (7, 1, 1)))
    grown = only_file().stat().st_size - before
    assert 0 < grown < before / 25
    autosave.write(painted(noise, (7, 1, 1)))
    assert only_file().stat().st_size == before + grown


def test_a_long_session_does_not_grow_without_bound(autosave, snapshot, monkeypatch):
    monkeypatch.setattr(autosave_files, "SPARE_BYTES", 1000)
    rng = np.random.default_rng(0)
    sizes = []
    for index in range(200):
        state = replace(snapshot, labels=snapshot.labels.copy())
        state.labels[index % 5] = rng.integers(0, 255, (6, 7))
        autosave.write(state)
        sizes.append(only_file().stat().st_size)
        np.testing.assert_array_equal(read_autosave(only_file()).labels, state.labels)
    assert max(sizes) < 4000
    assert min(np.diff(sizes)) < -1000, "written anew at least once"


def test_another_layer_name_is_kept(autosave, snapshot):
    edited = painted(snapshot, (1, 1, 1))
    autosave.write(edited)
    autosave.write(replace(edited, name="second look"))
    assert read_autosave(only_file()).header.layer_name() == "second look"


def test_the_autosave_of_a_running_process_is_not_offered(autosave, snapshot):
    autosave.write(painted(snapshot, (1, 1, 1)))
    assert find_orphans() == []


def test_the_autosave_of_a_dead_process_is_offered_to_one_process_only(autosave, snapshot):
    autosave.write(painted(snapshot, (1, 1, 1), (3, 1, 1)))
    crash(autosave)
    (orphan,) = find_orphans()
    assert (orphan.title, orphan.slices, orphan.problem) == ("flair.nii.gz", 2, "")
    assert find_orphans() == []
    orphan.release()
    (orphan,) = find_orphans()
    orphan.discard()
    assert list(autosave_folder().iterdir()) == []


def test_restoring_again_and_again_loses_nothing(snapshot):
    autosave = MaskAutosave()
    state = painted(snapshot, (0, 1, 1))
    autosave.write(state)
    for index in range(1, 5):
        crash(autosave)
        (orphan,) = find_orphans()
        restored = read_autosave(orphan.path)
        np.testing.assert_array_equal(restored.labels, state.labels)
        autosave = MaskAutosave.resume(orphan, restored)
        if index == 2:  # killed before the restored mask was kept again
            continue
        state = painted(state, (index, 1, 1))
        autosave.write(state)
    autosave.remove()
    assert find_orphans() == []


def test_the_oldest_orphans_go_when_all_together_are_too_large(snapshot, monkeypatch):
    for index in range(4):
        autosave = MaskAutosave()
        autosave.write(painted(snapshot, (index, 1, 1)))
        file = max(files(), key=lambda path: path.stat().st_mtime)
        os.utime(file, (index, index))
        crash(autosave)
    monkeypatch.setattr(orphans, "MAX_TOTAL_BYTES", 2.5 * file.stat().st_size)
    kept = find_orphans()
    assert [orphan.when.timestamp() for orphan in kept] == [3, 2]
    assert len(files()) == 2
    for orphan in kept:
        orphan.release()


def test_locks_left_without_an_autosave_are_swept_up_in_time(autosave, snapshot):
    autosave.write(painted(snapshot, (1, 1, 1)))
    crash(autosave)
    only_file().unlink()
    (lock,) = autosave_folder().glob("*.lock")
    assert find_orphans() == []
    assert lock.exists()
    os.utime(lock, (0, 0))
    assert find_orphans() == []
    assert list(autosave_folder().iterdir()) == []


def test_a_damaged_autosave_is_offered_with_the_reason(autosave, snapshot):
    autosave.write(painted(snapshot, (1, 1, 1)))
    crash(autosave)
    only_file().write_bytes(b"rubbish" * 20)
    (orphan,) = find_orphans()
    assert "damaged" in orphan.problem
    assert "discard" in orphan.problem
    orphan.discard()
    assert not files()


def test_a_full_disk_is_said_and_the_next_call_writes_it_all(autosave, snapshot, monkeypatch):
    first = painted(snapshot, (1, 1, 1))
    autosave.write(first)
    fsync = os.fsync

    def fail(*args):
        raise OSError(28, "No space left on device", "/secret/folder/file")

    monkeypatch.setattr(os, "fsync", fail)
    second = painted(first, (2, 1, 1))
    with pytest.raises(AutosaveError, match="No space left on device") as error:
        autosave.write(second)
    assert "/secret" not in str(error.value)
    found = read_autosave(only_file()).labels
    assert any(np.array_equal(found, state.labels) for state in (first, second))
    monkeypatch.setattr(os, "fsync", fsync)
    third = painted(second, (3, 1, 1))
    autosave.write(third)
    np.testing.assert_array_equal(read_autosave(only_file()).labels, third.labels)


def test_an_autosave_deleted_under_our_hands_is_written_again(autosave, snapshot):
    first = painted(snapshot, (1, 1, 1))
    autosave.write(first)
    only_file().unlink()
    second = painted(first, (2, 1, 1))
    autosave.write(second)
    np.testing.assert_array_equal(read_autosave(only_file()).labels, second.labels)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, autosave, snapshot):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(tmp_path / "file" / "autosave"))
    with pytest.raises(AutosaveError, match="Save the mask now"):
        autosave.write(painted(snapshot, (1, 1, 1)))
    assert find_orphans() == []


def test_without_a_choice_it_is_the_state_folder_of_the_user(monkeypatch):
    monkeypatch.delenv("BRAINSEG_JOURNAL")
    assert autosave_folder().name == "journal"
    assert "napari-brainseg" in autosave_folder().parts


def test_an_autosave_says_nothing_of_the_patient(autosave, snapshot, tmp_path):
    folder = tmp_path / "Doe^Jane"
    folder.mkdir()
    write_series(folder, PatientName="Doe^Jane", SeriesDescription="JaneDoe 19610203")
    scan = read_scan(folder).scan
    labels = np.ones(scan.grid, np.uint8)
    name = f"{scan.source.name} · tumour"
    autosave.write(replace(snapshot, labels=labels, scan=scan, name=name))
    content = only_file().read_bytes() + only_file().name.encode()
    # The header is stored as it is, so this would find anything in it.
    assert b"tumour" in content
    for private in (b"Jane", b"Doe", b"4711", b"1961", b"2024", b"20240102", b"pytest", b"1.2.4"):
        assert private not in content, private
    restored = read_autosave(only_file()).header
    assert re.fullmatch(r"DICOM, \d+ files", restored.scan.title)
    assert restored.layer_name() == "scan · tumour"
    assert restored.layer_name(scan.source.name) == name


def test_the_place_of_a_scan_on_disk_is_not_in_the_autosave(autosave, snapshot):
    autosave.write(painted(snapshot, (1, 1, 1)))
    assert b"deep" not in only_file().read_bytes()


def test_the_place_lies_beside_it_for_the_user_alone(autosave, snapshot, scan):
    autosave.write(painted(snapshot, (1, 1, 1)))
    (place,) = autosave_folder().glob("*.place")
    assert str(scan.source.files[0]) in place.read_text()
    if os.name == "posix":
        assert place.stat().st_mode & 0o077 == 0
    autosave.remove()
    assert list(autosave_folder().iterdir()) == []


def test_a_mask_that_is_kept_knows_its_place_whenever_its_process_is_killed(
    autosave, snapshot, scan, monkeypatch
):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(autosave_files.AutosaveFile, "rewrite", killed)
    with pytest.raises(KeyboardInterrupt):
        autosave.write(painted(snapshot, (1, 1, 1)))
    assert files() == []
    (place,) = autosave_folder().glob("*.place")
    assert str(scan.source.files[0]) in place.read_text()


def test_one_that_cannot_be_read_does_not_hide_the_others(snapshot, monkeypatch):
    for label in (1, 2):
        autosave = MaskAutosave()
        autosave.write(painted(snapshot, (1, 1, 1), label=label))
        crash(autosave)
    bad = files()[0]
    unfit = header_record(read_autosave(bad).header.model_copy(update={"dtype": "no type"}))
    bad.write_bytes(MAGIC + unfit + slices_record(snapshot.labels, [0]))
    found = {orphan.path == bad: orphan for orphan in find_orphans()}
    assert "discard" in found[True].problem
    assert not found[False].problem
    for orphan in found.values():
        orphan.discard()


def test_one_that_nobody_foresaw_does_not_hide_the_others_either(snapshot, monkeypatch):
    for label in (1, 2):
        autosave = MaskAutosave()
        autosave.write(painted(snapshot, (1, 1, 1), label=label))
        crash(autosave)
    bad = files()[0]

    def fail(path):
        if path == bad:
            raise RuntimeError("nobody foresaw this")
        return read_autosave(path)

    monkeypatch.setattr(orphans, "read_autosave", fail)
    found = {orphan.path == bad: orphan for orphan in find_orphans()}
    assert "Discard" in found[True].problem
    assert not found[False].problem
    for orphan in found.values():
        orphan.discard()


def test_what_an_earlier_version_kept_is_still_offered(autosave, snapshot):
    """Its header knew nothing of places, and there was no file for them."""
    autosave.write(painted(snapshot, (1, 1, 1)))
    crash(autosave)
    only_file().with_suffix(".place").unlink()
    (orphan,) = find_orphans()
    assert (orphan.title, orphan.problem, orphan.place) == ("flair.nii.gz", "", None)
    orphan.release()


def test_a_scan_is_found_where_it_was(tmp_path):
    file = tmp_path / "flair.nii"
    rng = np.random.default_rng(0)
    nib.save(nib.Nifti1Image(rng.random((7, 6, 5)), AFFINE), file)
    scan = read_scan(file).scan
    place, digest = place_of(scan), scan_hash(scan)
    assert (place.path, place.is_folder) == (str(file), False)
    assert scan_hash(find_at(place, digest).scan) == digest
    moved = file.rename(tmp_path / "moved.nii")
    assert find_at(place, digest) is None
    assert find_at(place.at(str(moved)), digest) is not None
    nib.save(nib.Nifti1Image(rng.random((7, 6, 5)), AFFINE), moved)
    assert find_at(place.at(str(moved)), digest) is None


def test_of_several_series_in_a_folder_the_right_one_is_found(tmp_path):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        heights = range(number, 4 * number)
        write_series(tmp_path / str(number), heights, SeriesInstanceUID=f"1.2.{number}")
    folder = tmp_path / "both"
    folder.mkdir()
    for number in (1, 2):
        for file in (tmp_path / str(number)).iterdir():
            file.rename(folder / f"{number}-{file.name}")
    scans = [read_series(series).scan for series in list_series(folder)]
    assert len(scans) == 2
    for scan in scans:
        place, digest = place_of(scan), scan_hash(scan)
        assert (place.path, place.is_folder) == (str(folder), True)
        assert "1.2." not in place.series
        assert scan_hash(find_at(place, digest).scan) == digest


def test_a_series_is_offered_by_its_name(autosave, snapshot, tmp_path):
    (tmp_path / "head").mkdir()
    write_series(tmp_path / "head", SeriesDescription="FLAIR ax")
    scan = read_scan(tmp_path / "head").scan
    autosave.write(replace(snapshot, labels=np.ones(scan.grid, np.uint8), scan=scan))
    crash(autosave)
    (orphan,) = find_orphans()
    assert re.fullmatch(rf"{scan.source.name}, DICOM, \d+ files", orphan.title)
    orphan.release()


def test_a_scan_is_known_by_voxels_and_affine_alone(scan):
    same = Scan(scan.data.copy(), AFFINE, ("other",), Source("renamed"))
    assert scan_hash(same) == scan_hash(scan)
    shifted = AFFINE.copy()
    shifted[0, 3] += 1e-9
    assert scan_hash(replace(scan, affine=shifted)) != scan_hash(scan)
    data = scan.data.copy()
    data[0, 4, 5, 6] = np.nextafter(data[0, 4, 5, 6], 2)
    assert scan_hash(replace(scan, data=data)) != scan_hash(scan)


EDITS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 6), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(EDITS, min_size=1, max_size=8),
    spare=st.sampled_from([100, 1_000_000]),
    cut=st.floats(0, 1),
    flip=st.none() | st.integers(1, 255),
)
def test_whatever_is_left_of_an_autosave_gives_a_mask_that_once_was(
    snapshot, steps, spare, cut, flip
):
    state, history = snapshot, []
    autosave = MaskAutosave()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autosave_files, "SPARE_BYTES", spare)
        for edits in steps:
            labels = state.labels.copy()
            for *place, label in edits:
                labels[tuple(place)] = label
            state = replace(state, labels=labels)
            autosave.write(state)
            history.append(labels)
    file = only_file()
    content = file.read_bytes()
    np.testing.assert_array_equal(read_autosave(file).labels, history[-1])
    place = round(cut * (len(content) - 1))
    if flip is None:
        file.write_bytes(content[:place])
    else:
        file.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
    # Where not even the first state is whole, that is said; any other exception fails here.
    with suppress(AutosaveError):
        found = read_autosave(file)
        assert any(np.array_equal(found.labels, labels) for labels in history)
    autosave.remove()
