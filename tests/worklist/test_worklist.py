"""A folder of scans worked through: what is known of each scan, and that it is never lost."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
import platformdirs
import pytest
from dicom_files import frame_of
from dicom_series import write_enhanced, write_series
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_brainseg.errors import MaskTakenError, SaveError, ScanError, WorkListError
from napari_brainseg.io import (
    MaskInfo,
    atomic,
    read_mask,
    write_mask,
)
from napari_brainseg.training_set import add_to_training_set
from napari_brainseg.worklist import (
    STATE_NAME,
    Status,
    list_scans,
    note_mask,
    open_mask,
    open_worklist,
    read_item,
    record,
    save_mask,
)


def write_scan(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    voxels = np.random.default_rng(seed).integers(0, 400, (8, 9, 5)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 2.0, 5.0, 1.0])), path)
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("a/flair.nii.gz", "b/flair.nii.gz", "c/flair.nii.gz"):
        write_scan(tmp_path / "study" / name)
    return tmp_path / "study"


def opened(folder):
    return open_worklist(folder, list_scans(folder))


def labels_of(scan, voxels=10):
    labels = np.zeros(scan.grid, np.uint8)
    labels.flat[:voxels] = 1
    return labels


def save(worklist, index, status=Status.CORRECTED, voxels=10, **options):
    item = worklist.items[index]
    scan = read_item(worklist, item).scan
    options = {"info": MaskInfo(), "status": status, **options}
    return save_mask(worklist, item, labels_of(scan, voxels), scan, **options)


def statuses(worklist):
    return [item.status.value for item in worklist.items]


def state(folder):
    return json.loads((folder / STATE_NAME).read_text())


def test_looking_at_a_folder_writes_nothing(folder):
    before = sorted(folder.rglob("*"))
    worklist = opened(folder)
    assert statuses(worklist) == ["new"] * 3
    assert [item.path[0] for item in worklist.items] == ["a", "b", "c"]
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("status", [Status.SEGMENTED, Status.CORRECTED, Status.ACCEPTED])
def test_a_saved_mask_and_its_status_are_there_the_next_time(folder, status):
    saved = save(opened(folder), 1, status)
    for worklist in (saved, opened(folder)):
        assert statuses(worklist) == ["new", status.value, "new"]
        item = worklist.items[1]
        assert worklist.mask_path(item) == folder / "b" / "flair_mask.nii.gz"
        assert item.volume_ml == pytest.approx(10 * 1 * 2 * 5 / 1000)
        assert worklist.current == item.key
    found = open_mask(worklist, worklist.items[1], read_item(worklist, item).scan)
    assert int(found.labels.sum()) == 10
    assert not found.is_found


class Killed(BaseException):
    """As good as a kill: nothing of ours catches it."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def test_a_mask_is_the_lists_own_where_it_was_killed_before_it_took_note(folder, monkeypatch):
    save(opened(folder), 0, Status.SEGMENTED)
    with monkeypatch.context() as patch:
        patch.setattr("napari_brainseg.worklist.masks.record", kill)
        with pytest.raises(Killed):
            save(opened(folder), 0, Status.ACCEPTED, voxels=20)
    worklist = opened(folder)
    assert statuses(worklist) == ["accepted", "new", "new"]
    found = open_mask(worklist, worklist.items[0], read_item(worklist, worklist.items[0]).scan)
    assert (int(found.labels.sum()), found.is_found) == (20, False)
    assert worklist.items[0].volume_ml == pytest.approx(20 * 1 * 2 * 5 / 1000)
    assert statuses(save(worklist, 0, voxels=30)) == ["corrected", "new", "new"]
    assert state(folder)["coming"] == []


def test_a_mask_killed_before_it_took_its_place_leaves_the_list_as_it_was(folder, monkeypatch):
    save(opened(folder), 0, Status.SEGMENTED)
    put = atomic._put

    def killed(aside: Path, target: Path, exclusive: bool) -> None:
        if target.name != STATE_NAME:
            raise Killed
        put(aside, target, exclusive)

    monkeypatch.setattr(atomic, "_put", killed)
    for index in (0, 1):
        with pytest.raises(Killed):
            save(opened(folder), index, Status.ACCEPTED, voxels=20)
    worklist = opened(folder)
    assert statuses(worklist) == ["segmented", "new", "new"]
    found = open_mask(worklist, worklist.items[0], read_item(worklist, worklist.items[0]).scan)
    assert (int(found.labels.sum()), found.is_found) == (10, False)
    assert not list(folder.glob("*/.brainseg-*"))


def test_the_file_holds_places_within_the_folder_and_nothing_of_patients(tmp_path):
    folder = write_series(tmp_path / "p1", SeriesDescription="Ax FLAIR").parent
    save(opened(folder), 0)
    text = (folder / STATE_NAME).read_text()
    for secret in (str(tmp_path), tmp_path.name, "Doe", "4711", "1.2.3"):
        assert secret not in text
    (entry,) = state(folder)["entries"]
    assert (entry["scan"], entry["mask"]) == ("p1", "Ax FLAIR_mask.dcm")


def test_scans_added_are_new_and_scans_gone_are_said_and_remembered(folder):
    save(opened(folder), 1)
    (folder / "b").rename(folder.parent / "away")
    write_scan(folder / "d" / "flair.nii.gz")
    worklist = save(opened(folder), 0)
    assert [item.path[0] for item in worklist.items] == ["a", "c", "d"]
    assert "1 scan of this list is not in the folder any more" in worklist.notes[0]
    (folder.parent / "away").rename(folder / "b")
    assert statuses(opened(folder)) == ["corrected", "corrected", "new", "new"]


def test_a_mask_that_vanished_makes_its_scan_new_again_and_is_said(folder):
    save(opened(folder), 0, Status.ACCEPTED)
    (folder / "a" / "flair_mask.nii.gz").unlink()
    worklist = opened(folder)
    assert statuses(worklist) == ["new"] * 3
    assert "flair_mask.nii.gz is gone" in worklist.items[0].remark
    assert worklist.notes == ("1 saved mask is gone; its scan counts as new again.",)
    assert statuses(save(worklist, 0)) == ["corrected", "new", "new"]


def test_a_file_that_the_list_did_not_write_is_not_replaced_unasked(folder):
    scan_file = folder / "a" / "flair.nii.gz"
    foreign = scan_file.with_name("flair_mask.nii.gz")
    foreign.write_bytes(b"mine")
    worklist = opened(folder)
    with pytest.raises(MaskTakenError, match=r"^flair_mask\.nii\.gz lies beside the scan"):
        save(worklist, 0)
    assert foreign.read_bytes() == b"mine"
    assert statuses(opened(folder)) == ["new"] * 3

    beside = save(worklist, 0, taken="beside")
    assert foreign.read_bytes() == b"mine"
    assert beside.mask_path(beside.items[0]).name == "flair-2_mask.nii.gz"

    save(worklist, 0, taken="replace")
    assert read_mask(foreign)[0].sum() == 10


@pytest.mark.parametrize(("length", "is_saved"), [(240, True), (248, False)])
def test_a_scan_with_a_name_as_long_as_names_can_be(tmp_path, length, is_saved):
    write_scan(tmp_path / f"{'a' * length}.nii.gz")
    worklist = opened(tmp_path)
    scan = read_item(worklist, worklist.items[0]).scan
    assert open_mask(worklist, worklist.items[0], scan) is None
    if is_saved:
        assert statuses(save(worklist, 0)) == ["corrected"]
    else:
        with pytest.raises(SaveError, match="too long"):
            save(worklist, 0)


def test_its_own_file_is_replaced_unless_somebody_changed_it_since(folder):
    worklist = save(opened(folder), 0)
    worklist = save(worklist, 0, voxels=20)
    path = worklist.mask_path(worklist.items[0])
    assert read_mask(path)[0].sum() == 20
    path.write_bytes(path.read_bytes() + b"changed")
    with pytest.raises(MaskTakenError):
        save(worklist, 0, voxels=30)


def test_a_mask_of_the_model_alone_does_not_replace_handwork_unasked(folder):
    worklist = save(opened(folder), 0, Status.CORRECTED)
    with pytest.raises(MaskTakenError, match=r"was corrected before.*the model's own"):
        save(worklist, 0, Status.SEGMENTED, voxels=20)
    worklist = save(worklist, 0, Status.SEGMENTED, voxels=20, taken="replace")
    assert statuses(save(worklist, 0, Status.SEGMENTED, voxels=30)) == ["segmented", "new", "new"]


def test_a_mask_that_lay_there_is_opened_and_can_be_accepted_but_stays_foreign(folder):
    other = save(opened(folder), 0)
    (folder / STATE_NAME).unlink()
    worklist = opened(folder)
    item = worklist.items[0]
    assert item.status is Status.NEW
    found = open_mask(worklist, item, read_item(worklist, item).scan)
    assert found.is_found
    before = other.mask_path(other.items[0]).stat().st_mtime_ns
    worklist = save(worklist, 0, Status.ACCEPTED)
    assert statuses(worklist) == ["accepted", "new", "new"]
    assert worklist.mask_path(worklist.items[0]).stat().st_mtime_ns == before
    with pytest.raises(MaskTakenError):
        save(worklist, 0, voxels=20)


def test_a_mask_of_another_grid_is_refused(folder):
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), np.eye(4)), folder / "a/flair_mask.nii")
    (folder / "a/flair_mask.nii").rename(folder / "a/other_mask.nii")
    worklist = opened(folder)
    scan = read_item(worklist, worklist.items[0]).scan
    assert open_mask(worklist, worklist.items[0], scan) is None
    image = nib.Nifti1Image(np.ones((3, 3, 3), np.uint8), np.eye(4))
    nib.save(image, folder / "a/flair_mask.nii.gz")
    with pytest.raises(ScanError, match="does not lie on the voxels"):
        open_mask(worklist, worklist.items[0], scan)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\x00\x01",
        '{"schema_version": 1, "entries": [{"scan": 3}]}',
        '{"schema_version": "one"}',
    ],
)
def test_a_damaged_file_is_said_and_set_aside(folder, text):
    (folder / STATE_NAME).write_text(text)
    worklist = opened(folder)
    aside = folder / "brainseg-worklist.damaged-1.json"
    assert worklist.notes == (f"{STATE_NAME} was damaged and was set aside as {aside.name}.",)
    assert aside.read_text() == text
    save(worklist, 0)
    (folder / STATE_NAME).write_bytes(b"\xff\xfe")
    assert "damaged-2" in opened(folder).notes[0]
    assert aside.read_text() == text


def test_what_this_program_knows_survives_a_file_damaged_meanwhile(folder):
    worklist = save(opened(folder), 0)
    (folder / STATE_NAME).write_text("oops")
    worklist = save(worklist, 1)
    assert "set aside" in worklist.notes[0]
    assert statuses(opened(folder)) == ["corrected", "corrected", "new"]


@pytest.mark.parametrize(
    "mask", ["/etc/x_mask.nii", "a/../../x_mask.nii", "a/../x_mask.nii", "passwd", "a/x.nii"]
)
def test_a_file_that_names_anything_but_a_mask_nearby_is_damaged(folder, mask):
    entry = {"scan": "a/flair.nii.gz", "status": "accepted", "mask": mask}
    (folder / STATE_NAME).write_text(json.dumps({"schema_version": 1, "entries": [entry]}))
    assert "damaged" in opened(folder).notes[0]


def test_a_file_of_a_newer_version_is_left_alone(folder):
    text = '{"schema_version": 2, "wonders": []}'
    (folder / STATE_NAME).write_text(text)
    with pytest.raises(WorkListError, match=r"newer version.*Update napari-brainseg"):
        opened(folder)
    assert (folder / STATE_NAME).read_text() == text


def test_the_copies_in_a_training_set_are_no_scans_to_work_on(folder):
    worklist = opened(folder)
    scan = read_item(worklist, worklist.items[0]).scan
    add_to_training_set(folder / "set", scan, labels_of(scan), patient="p1")
    write_scan(folder / "other" / "flair.nii.gz")
    (folder / "other" / "manifest.json").write_text("{}")
    paths = [item.path for item in opened(folder).items]
    assert paths == [f"{name}/flair.nii.gz" for name in ("a", "b", "c", "other")]


def test_a_list_that_cannot_be_written_says_so_and_keeps_the_mask(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    worklist = opened(folder)
    save(worklist, 1)
    before = (folder / STATE_NAME).read_bytes()
    real = Path.write_text
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: full())
    with pytest.raises(
        SaveError, match=r"^brainseg-worklist\.json: could not be written \(No space"
    ):
        save(worklist, 0)
    monkeypatch.setattr(Path, "write_text", real)
    assert (folder / STATE_NAME).read_bytes() == before
    assert (folder / "a" / "flair_mask.nii.gz").exists()


@pytest.fixture
def read_only(folder, monkeypatch, tmp_path):
    """Make the folder read-only, for an administrator (as in many containers) too."""
    real = tempfile.TemporaryFile

    def refuse(*args, dir=None, **kwargs):
        if dir is not None and Path(dir) == folder:
            raise PermissionError(13, "Permission denied")
        return real(*args, dir=dir, **kwargs)

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    own = tmp_path / "own"
    monkeypatch.setattr(platformdirs, "user_state_path", lambda *_, **__: own)
    return own


def test_the_list_and_masks_of_a_read_only_folder_are_kept_by_the_user(folder, read_only):
    before = sorted(folder.rglob("*"))
    save(opened(folder), 2, Status.ACCEPTED)
    worklist = opened(folder)
    assert sorted(folder.rglob("*")) == before
    assert statuses(worklist) == ["new", "new", "accepted"]
    assert "study cannot be written to" in worklist.notes[0]
    path = worklist.mask_path(worklist.items[2])
    assert path.is_relative_to(read_only)
    assert path.parts[-3:] == ("masks", "c", "flair_mask.nii.gz")
    assert str(folder) not in (worklist.home / STATE_NAME).read_text()


def test_what_was_done_before_a_folder_became_read_only_still_counts(folder, tmp_path, request):
    save(opened(folder), 0, Status.ACCEPTED)
    request.getfixturevalue("read_only")
    worklist = save(opened(folder), 1)
    assert statuses(worklist) == statuses(opened(folder)) == ["accepted", "corrected", "new"]
    before = worklist.mask_path(worklist.items[0]).read_bytes()
    worklist = save(worklist, 0, voxels=20)
    assert (folder / "a" / "flair_mask.nii.gz").read_bytes() == before
    assert worklist.mask_path(worklist.items[0]).is_relative_to(worklist.home)


def test_masks_of_series_that_are_called_alike_are_told_apart(tmp_path):
    for patient, uid in (("p1", "1.7"), ("p2", "1.8")):
        write_series(tmp_path / patient, series=uid, SeriesDescription="Ax FLAIR")
    worklist = opened(tmp_path)
    for index in range(2):
        worklist = save(worklist, index)
    assert [item.mask for item in worklist.items] == [
        "p1_Ax FLAIR_mask.dcm",
        "p2_Ax FLAIR_mask.dcm",
    ]


def test_the_mask_of_a_multi_frame_file_is_saved_as_seg_beside_it_and_goes_on_from_there(tmp_path):
    frames = [frame_of((0.0, 0.0, 5.0 * z)) for z in (3, 0, 2, 1)]
    (tmp_path / "p1").mkdir()
    write_enhanced(tmp_path / "p1" / "IM1", np.arange(4 * 42).reshape(4, 6, 7), frames)
    worklist = save(opened(tmp_path), 0)
    (item,) = opened(tmp_path).items
    assert item.mask == "p1/Ax FLAIR_mask.dcm"
    scan = read_item(worklist, item).scan
    np.testing.assert_array_equal(open_mask(worklist, item, scan).labels, labels_of(scan))


def test_a_name_with_a_colon_is_a_name(tmp_path):
    try:
        write_scan(tmp_path / "12:30 flair.nii.gz")
    except OSError:
        pytest.skip("such names are not allowed here")
    save(opened(tmp_path), 0)
    assert statuses(opened(tmp_path)) == ["corrected"]


def test_two_scans_of_one_name_never_share_a_mask(tmp_path):
    write_scan(tmp_path / "flair.nii", seed=1)
    write_scan(tmp_path / "flair.nii.gz", seed=2)
    worklist = opened(tmp_path)
    for index in range(2):
        worklist = save(worklist, index, voxels=index + 1)
    paths = [worklist.mask_path(item) for item in worklist.items]
    assert [int(read_mask(path)[0].sum()) for path in paths] == [1, 2]


def test_a_folder_of_slices_keeps_its_mask_beside_it(tmp_path):
    folder = write_series(tmp_path / "p1", SeriesDescription="Ax FLAIR")
    worklist = save(opened(folder), 0)
    assert worklist.mask_path(worklist.items[0]) == tmp_path / "Ax FLAIR_mask.dcm"
    assert statuses(opened(folder)) == ["corrected"]


def test_two_who_work_on_one_folder_keep_each_others_work(folder):
    mine, theirs = opened(folder), opened(folder)
    mine = save(mine, 0, Status.ACCEPTED)
    theirs = save(theirs, 1)
    assert statuses(theirs) == ["accepted", "corrected", "new"]
    mine = record(mine, current=mine.items[2].key)
    assert statuses(mine) == ["accepted", "corrected", "new"]
    assert mine.current == mine.items[2].key


def test_who_saves_second_on_one_scan_is_asked(folder):
    mine, theirs = opened(folder), opened(folder)
    item = theirs.items[0]
    save(mine, 0, Status.ACCEPTED, voxels=20)
    theirs = record(theirs, current=item.key)
    scan = read_item(theirs, item).scan
    options = {"info": MaskInfo(), "status": Status.SEGMENTED}
    with pytest.raises(MaskTakenError):
        save_mask(theirs, item, labels_of(scan), scan, **options)
    assert statuses(opened(folder)) == ["accepted", "new", "new"]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(list(Status)[1:4])))
)
def test_of_any_number_of_writers_the_last_word_on_each_scan_counts(steps):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for scan in "abcd":
            (root / f"{scan}.nii").touch()
            (root / f"{scan}_mask.nii").touch()
        writers = [opened(root)] * 3
        expected = dict.fromkeys(range(4), Status.NEW)
        for writer, index, status in steps:
            item = writers[writer].items[index]
            changed = item.__class__(
                item.path, item.name, status=status, mask=f"{item.name}_mask.nii"
            )
            writers[writer] = record(writers[writer], changed)
            expected[index] = status
        assert [item.status for item in opened(root).items] == list(expected.values())


def _write_many(folder, name):
    worklist = opened(folder)
    for item in worklist.items:
        if item.name.startswith(name):
            done = item.__class__(
                item.path, item.name, status=Status.ACCEPTED, mask=f"{item.name}_mask.nii"
            )
            worklist = record(worklist, done)


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    for name in ("a", "b"):
        for number in range(15):
            (tmp_path / f"{name}{number}.nii").touch()
            (tmp_path / f"{name}{number}_mask.nii").touch()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write_many, args=(tmp_path, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert statuses(opened(tmp_path)) == ["accepted"] * 30


@pytest.mark.parametrize(
    "error", [NotImplementedError("no locks here"), PermissionError(13, "not allowed", "/x/Doe")]
)
def test_a_list_that_cannot_be_locked_is_still_written_and_the_log_names_no_path(
    folder, monkeypatch, caplog, error
):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("filelock.FileLock", refuse)
    assert statuses(save(opened(folder), 0)) == ["corrected", "new", "new"]
    assert type(error).__name__ in caplog.text
    assert "Doe" not in caplog.text


def saved_by_the_panel(worklist, index, name, voxels=10):
    """Write a mask as *Save mask…* does: without the list."""
    item = worklist.items[index]
    scan = read_item(worklist, item).scan
    path = worklist.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mask(labels_of(scan, voxels), scan, path, info=MaskInfo(made="SEMIAUTOMATIC"))
    return item, path, scan


@pytest.mark.parametrize("name", ["a/flair_mask.nii.gz", "masks/better_mask.nii.gz"])
def test_a_mask_saved_by_other_means_becomes_the_items_own(folder, name):
    worklist = opened(folder)
    item, path, scan = saved_by_the_panel(worklist, 0, name)
    worklist = note_mask(worklist, item, path, scan, status=Status.CORRECTED)
    assert (worklist.items[0].mask, worklist.items[0].status) == (name, Status.CORRECTED)
    assert worklist.items[0].volume_ml == pytest.approx(0.1)
    again = opened(folder)
    assert again.items == worklist.items
    assert not open_mask(again, again.items[0], scan).is_found
    save(again, 0, voxels=20)
    assert np.count_nonzero(read_mask(path)[0]) == 20


def test_a_mask_that_the_list_cannot_name_changes_nothing(folder, tmp_path):
    worklist = save(opened(folder), 1)
    item = worklist.items[0]
    scan = read_item(worklist, item).scan
    for path in (
        tmp_path / "elsewhere" / "flair_mask.nii.gz",
        folder / "a" / "flair-checked.nii.gz",
        folder / "b" / "flair_mask.nii.gz",
    ):
        assert note_mask(worklist, item, path, scan, status=Status.CORRECTED) == worklist


def test_a_mask_that_cannot_be_a_segmentation_is_kept_as_nifti(tmp_path):
    series = write_series(tmp_path / "p1")
    worklist = opened(tmp_path)
    (item,) = worklist.items
    scan = read_item(worklist, item).scan
    for file in series.iterdir():
        file.unlink()
    saved = save_mask(
        worklist, item, labels_of(scan), scan, status=Status.CORRECTED, info=MaskInfo()
    )
    path = saved.mask_path(saved.items[0])
    assert path.name.endswith("_mask.nii.gz")
    assert read_mask(path)[0].sum() == 10
    assert "saved as" in saved.notes[-1]
