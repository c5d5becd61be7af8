"""Unsaved masks on disk: what is in a journal comes back, and nothing else happens to it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from dicom_series import write_series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_brainseg.autosave import (
    MaskJournal,
    Snapshot,
    find_orphans,
    journal_folder,
    orphans,
    read_journal,
    scan_hash,
)
from napari_brainseg.autosave import files as journal_files
from napari_brainseg.errors import JournalError
from napari_brainseg.io import MaskInfo, read_scan
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
def journal():
    journal = MaskJournal()
    yield journal
    journal.close()


def painted(snapshot, *places, label=1):
    labels = snapshot.labels.copy()
    for place in places:
        labels[place] = label
    return replace(snapshot, labels=labels)


def files():
    folder = journal_folder()
    return sorted(folder.glob("*.journal")) if folder.is_dir() else []


def only_file():
    (file,) = files()
    return file


def crash(journal):
    """Leave a journal as a killed process does: the system takes the lock away, no more."""
    journal.close()


def test_everything_needed_to_show_the_mask_comes_back(journal, snapshot, scan):
    original = np.zeros(GRID, np.uint8)
    original[2] = 2
    state = replace(painted(snapshot, (1, 2, 3)), original=original)
    assert journal.settle(state)
    restored = read_journal(only_file())
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
def test_a_layer_that_knows_no_scan_keeps_its_shape_and_type(journal, shape, dtype):
    labels = np.zeros(shape, dtype)
    labels[..., 2, 3] = 100
    plain = Snapshot(
        labels, MaskInfo(), "Labels", (1.0,) * len(shape), (0.0,) * len(shape), ("pixel",)
    )
    assert journal.settle(plain)
    restored = read_journal(only_file())
    np.testing.assert_array_equal(restored.labels, labels)
    assert (restored.labels.shape, restored.labels.dtype) == (shape, dtype)
    assert restored.header.scan is None


def test_an_untouched_mask_of_the_model_is_nothing_to_lose(journal, snapshot):
    original = np.ones(GRID, np.uint8)
    fresh = replace(snapshot, labels=original.copy(), original=original)
    assert not journal.settle(fresh)
    assert not files()
    edited = painted(fresh, (0, 0, 0), label=0)
    assert journal.settle(edited)
    assert files()
    assert not journal.settle(fresh), "undone"
    assert not files()


def test_a_mask_is_unsaved_from_the_first_change_to_the_next_save(journal, snapshot):
    edited = painted(snapshot, (1, 1, 1))
    assert journal.settle(edited)
    journal.saved(edited.labels)
    assert not journal.settle(edited)
    assert not files()
    assert journal.settle(painted(edited, (1, 1, 2)))
    # What is in the file counts now, not what was there before.
    assert journal.settle(snapshot)


def test_a_mask_that_changed_while_it_was_being_saved_stays_unsaved(journal, snapshot):
    being_saved = painted(snapshot, (1, 1, 1))
    later = painted(being_saved, (2, 2, 2))
    journal.settle(later)
    journal.saved(being_saved.labels)
    assert journal.settle(later)
    assert files()


def test_a_mask_opened_from_a_file_is_saved_until_it_is_changed(snapshot):
    journal = MaskJournal(saved=snapshot.labels)
    assert not journal.settle(snapshot)
    assert journal.settle(painted(snapshot, (0, 0, 0)))
    journal.close()


def test_labels_of_another_type_are_the_same_labels(snapshot):
    journal = MaskJournal(saved=painted(snapshot, (1, 2, 3)).labels.astype(np.int64))
    assert not journal.settle(painted(snapshot, (1, 2, 3)))
    # 257 is 1 in eight bits.
    big = painted(replace(snapshot, labels=snapshot.labels.astype(np.uint16)), (1, 2, 3), label=257)
    assert journal.settle(big)
    journal.close()


def test_only_slices_that_changed_are_appended(journal, snapshot):
    rng = np.random.default_rng(0)
    noise = replace(snapshot, labels=rng.integers(0, 255, (50, 64, 64), dtype=np.uint8))
    journal.settle(noise)
    before = only_file().stat().st_size
    journal.settle(painted(noise, (7, 1, 1)))
    grown = only_file().stat().st_size - before
    assert 0 < grown < before / 25
    journal.settle(painted(noise, (7, 1, 1)))
    assert only_file().stat().st_size == before + grown


def test_a_long_session_does_not_grow_without_bound(journal, snapshot, monkeypatch):
    monkeypatch.setattr(journal_files, "SPARE_BYTES", 1000)
    rng = np.random.default_rng(0)
    sizes = []
    for index in range(200):
        state = replace(snapshot, labels=snapshot.labels.copy())
        state.labels[index % 5] = rng.integers(0, 255, (6, 7))
        journal.settle(state)
        sizes.append(only_file().stat().st_size)
        np.testing.assert_array_equal(read_journal(only_file()).labels, state.labels)
    assert max(sizes) < 4000
    assert min(np.diff(sizes)) < -1000, "written anew at least once"


def test_another_layer_name_is_kept(journal, snapshot):
    edited = painted(snapshot, (1, 1, 1))
    journal.settle(edited)
    journal.settle(replace(edited, name="second look"))
    assert read_journal(only_file()).header.layer_name() == "second look"


def test_the_journal_of_a_running_process_is_not_offered(journal, snapshot):
    journal.settle(painted(snapshot, (1, 1, 1)))
    assert find_orphans() == []


def test_the_journal_of_a_dead_process_is_offered_to_one_process_only(journal, snapshot):
    journal.settle(painted(snapshot, (1, 1, 1), (3, 1, 1)))
    crash(journal)
    (orphan,) = find_orphans()
    assert (orphan.title, orphan.slices, orphan.problem) == ("flair.nii.gz", 2, "")
    assert find_orphans() == []
    orphan.release()
    (orphan,) = find_orphans()
    orphan.discard()
    assert list(journal_folder().iterdir()) == []


def test_restoring_again_and_again_loses_nothing(snapshot):
    journal = MaskJournal()
    state = painted(snapshot, (0, 1, 1))
    journal.settle(state)
    for index in range(1, 5):
        crash(journal)
        (orphan,) = find_orphans()
        restored = read_journal(orphan.path)
        np.testing.assert_array_equal(restored.labels, state.labels)
        journal = MaskJournal.resume(orphan, restored)
        if index == 2:  # killed before the restored mask was journaled
            continue
        state = painted(state, (index, 1, 1))
        assert journal.settle(state)
    journal.saved(state.labels)
    assert not journal.settle(state)
    assert find_orphans() == []


def test_a_restored_mask_is_unsaved_even_where_it_is_as_the_model_made_it(snapshot):
    original = np.ones(GRID, np.uint8)
    journal = MaskJournal()
    journal.settle(replace(painted(snapshot, (0, 1, 1)), original=original))
    crash(journal)
    (orphan,) = find_orphans()
    restored = read_journal(orphan.path)
    journal = MaskJournal.resume(orphan, restored)
    assert journal.settle(replace(snapshot, original=restored.original, labels=original))
    journal.close()


def test_the_oldest_orphans_go_when_all_together_are_too_large(snapshot, monkeypatch):
    for index in range(4):
        journal = MaskJournal()
        journal.settle(painted(snapshot, (index, 1, 1)))
        file = max(files(), key=lambda path: path.stat().st_mtime)
        os.utime(file, (index, index))
        crash(journal)
    monkeypatch.setattr(orphans, "MAX_TOTAL_BYTES", 2.5 * file.stat().st_size)
    kept = find_orphans()
    assert [orphan.when.timestamp() for orphan in kept] == [3, 2]
    assert len(files()) == 2
    for orphan in kept:
        orphan.release()


def test_locks_left_without_a_journal_are_swept_up_in_time(journal, snapshot):
    journal.settle(painted(snapshot, (1, 1, 1)))
    crash(journal)
    only_file().unlink()
    (lock,) = journal_folder().iterdir()
    assert find_orphans() == []
    assert lock.exists()
    os.utime(lock, (0, 0))
    assert find_orphans() == []
    assert not lock.exists()


def test_a_damaged_journal_is_offered_with_the_reason(journal, snapshot):
    journal.settle(painted(snapshot, (1, 1, 1)))
    crash(journal)
    only_file().write_bytes(b"rubbish" * 20)
    (orphan,) = find_orphans()
    assert "damaged" in orphan.problem
    assert "discard" in orphan.problem
    orphan.discard()
    assert not files()


def test_a_full_disk_is_said_and_the_next_call_writes_it_all(journal, snapshot, monkeypatch):
    first = painted(snapshot, (1, 1, 1))
    journal.settle(first)
    fsync = os.fsync

    def fail(*args):
        raise OSError(28, "No space left on device", "/secret/folder/file")

    monkeypatch.setattr(os, "fsync", fail)
    second = painted(first, (2, 1, 1))
    with pytest.raises(JournalError, match="No space left on device") as error:
        journal.settle(second)
    assert "/secret" not in str(error.value)
    found = read_journal(only_file()).labels
    assert any(np.array_equal(found, state.labels) for state in (first, second))
    monkeypatch.setattr(os, "fsync", fsync)
    third = painted(second, (3, 1, 1))
    assert journal.settle(third)
    np.testing.assert_array_equal(read_journal(only_file()).labels, third.labels)


def test_a_journal_deleted_under_our_hands_is_written_again(journal, snapshot):
    first = painted(snapshot, (1, 1, 1))
    journal.settle(first)
    only_file().unlink()
    second = painted(first, (2, 1, 1))
    journal.settle(second)
    np.testing.assert_array_equal(read_journal(only_file()).labels, second.labels)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch, journal, snapshot):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(tmp_path / "file" / "journal"))
    with pytest.raises(JournalError, match="Save the mask now"):
        journal.settle(painted(snapshot, (1, 1, 1)))
    assert find_orphans() == []


def test_without_a_choice_it_is_the_state_folder_of_the_user(monkeypatch):
    monkeypatch.delenv("BRAINSEG_JOURNAL")
    assert journal_folder().name == "journal"
    assert "napari-brainseg" in journal_folder().parts


def test_a_journal_says_nothing_of_the_patient(journal, snapshot, tmp_path):
    folder = tmp_path / "Doe^Jane"
    folder.mkdir()
    write_series(folder, PatientName="Doe^Jane", SeriesDescription="JaneDoe 19610203")
    scan = read_scan(folder).scan
    labels = np.ones(scan.grid, np.uint8)
    name = f"{scan.source.name} · tumour"
    journal.settle(replace(snapshot, labels=labels, scan=scan, name=name))
    content = only_file().read_bytes() + only_file().name.encode()
    # The header is stored as it is, so this would find anything in it.
    assert b"tumour" in content
    for private in (b"Jane", b"Doe", b"4711", b"1961", b"2024", b"20240102", b"pytest", b"1.2.4"):
        assert private not in content, private
    restored = read_journal(only_file()).header
    assert re.fullmatch(r"DICOM, \d+ files", restored.scan.title)
    assert restored.layer_name() == "scan · tumour"
    assert restored.layer_name(scan.source.name) == name


def test_the_place_of_a_scan_on_disk_is_not_in_the_journal(journal, snapshot):
    journal.settle(painted(snapshot, (1, 1, 1)))
    assert b"deep" not in only_file().read_bytes()


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


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(EDITS, min_size=1, max_size=8),
    spare=st.sampled_from([100, 1_000_000]),
    cut=st.floats(0, 1),
    flip=st.none() | st.integers(1, 255),
)
def test_whatever_is_left_of_a_journal_gives_a_mask_that_once_was(
    snapshot, steps, spare, cut, flip
):
    state, history = snapshot, []
    journal = MaskJournal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_files, "SPARE_BYTES", spare)
        for edits in steps:
            labels = state.labels.copy()
            for *place, label in edits:
                labels[tuple(place)] = label
            state = replace(state, labels=labels)
            journal.settle(state)
            history.append(labels)
    file = only_file()
    content = file.read_bytes()
    np.testing.assert_array_equal(read_journal(file).labels, history[-1])
    place = round(cut * (len(content) - 1))
    if flip is None:
        file.write_bytes(content[:place])
    else:
        file.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
    # Where not even the first state is whole, that is said; any other exception fails here.
    with suppress(JournalError):
        found = read_journal(file)
        assert any(np.array_equal(found.labels, labels) for labels in history)
    journal.remove()
