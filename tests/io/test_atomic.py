"""Files and folders appear whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from napari_brainseg.errors import FileTakenError, SaveError
from napari_brainseg.io import atomic, filling, replacing
from napari_brainseg.worklist.state import LOCK_NAME

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_takes_the_place_of_another_with_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    target.chmod(0o640)
    with replacing(target, "a.json", ".json") as aside:
        aside.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")

    def fail(aside: Path) -> None:
        aside.write_text("half")
        raise OSError(28, "No space left on device", str(tmp_path))

    with (
        pytest.raises(SaveError, match=r"^a\.json: .*No space left") as error,
        replacing(target, "a.json") as aside,
    ):
        fail(aside)
    assert str(tmp_path) not in str(error.value)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def without_links(monkeypatch: pytest.MonkeyPatch, *, renaming: bool) -> None:
    """Make the disk one that knows no links, as FAT is, nor perhaps a renaming to a free name."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "link", refuse)
    if not renaming:
        monkeypatch.setattr(atomic, "_renamed", lambda *_: False)


@pytest.mark.parametrize("disk", ["links", "renaming", "neither"])
def test_of_two_programs_that_save_one_new_name_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str
) -> None:
    if disk != "links":
        without_links(monkeypatch, renaming=disk == "renaming")
    target, barrier = tmp_path / "mask.nii", Barrier(4)
    done: list[str] = []
    told: list[str] = []

    def save(text: str) -> None:
        try:
            with replacing(target, "mask.nii", exclusive=True) as aside:
                aside.write_text(text)
                barrier.wait()
            done.append(text)
        except SaveError as error:
            told.append(str(error))

    threads = [Thread(target=save, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [target.read_text()] == done
    assert len(told) == 3
    assert all("exists" in text for text in told)
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with filling(tmp_path / "set", "set") as aside:
        (aside / "a").write_text("1")
        assert not (tmp_path / "set").exists()
    assert (tmp_path / "set" / "a").read_text() == "1"
    with pytest.raises(SaveError, match="set"), filling(tmp_path / "set", "set") as aside:
        (aside / "b").write_text("2")
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_name_and_content_are_flushed_to_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bool] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode))
    )
    with replacing(tmp_path / "a", "a") as aside:
        aside.write_text("1")
    assert flushed == [False, True]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_writer_left_behind_goes_with_the_next_file(
    tmp_path: Path, kind: str
) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from napari_brainseg.io.atomic import filling, replacing\n"
        "target = pathlib.Path(sys.argv[1])\n"
        "with (filling if sys.argv[2] == 'folder' else replacing)(target, 'a') as aside:\n"
        "    (aside / 'b' if sys.argv[2] == 'folder' else aside).write_text('half')\n"
        "    os._exit(9)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a"), kind]
    assert subprocess.run(command).returncode == 9
    (left,) = tmp_path.iterdir()
    with replacing(tmp_path / "b", "b") as aside:
        assert not left.exists()
        with replacing(tmp_path / "c", "c") as other:
            assert aside.name != other.name
            aside.write_text("new")
            other.write_text("new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]


def test_what_another_machine_writes_is_not_swept(tmp_path: Path) -> None:
    left = tmp_path / f"{atomic.PREFIX}{'0' * 8}{os.getpid():08x}0123456789abcdef.nii"
    left.write_text("half")
    with replacing(tmp_path / "b", "b") as aside:
        aside.write_text("new")
    assert left.exists()


def test_what_killed_writers_left_behind_is_swept_after_a_day(tmp_path: Path) -> None:
    old = [tmp_path / ".brainseg-0123456789abcdef.nii", tmp_path / ".brainseg-aa"]
    old[0].write_text("half")
    old[1].mkdir()
    (old[1] / "a.png").write_text("half")
    kept = [tmp_path / ".brainseg-fresh.nii", tmp_path / ".other", tmp_path / "scan.nii"]
    for path in kept:
        path.write_text("whole")
    for path in (*old, *kept[1:]):
        os.utime(path, (0, 0))
    with replacing(tmp_path / "mask.nii", "mask.nii") as aside:
        aside.write_text("new")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "mask.nii"])


def test_other_files_of_ours_are_not_swept(tmp_path: Path) -> None:
    lock = tmp_path / LOCK_NAME
    lock.touch()
    os.utime(lock, (0, 0))
    with replacing(tmp_path / "mask.nii", "mask.nii") as aside:
        aside.write_text("new")
    assert lock.exists()


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (OSError(errno.EIO, os.strerror(errno.EIO)), SaveError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
    ids=["an error", "Ctrl-C"],
)
def test_a_name_that_was_kept_for_a_file_goes_where_it_cannot_be_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: BaseException, told: type
) -> None:
    def refuse(*_: object) -> None:
        raise problem

    without_links(monkeypatch, renaming=False)
    monkeypatch.setattr(os, "replace", refuse)
    with (
        pytest.raises(told),
        replacing(tmp_path / "a.nii", "a.nii", exclusive=True) as aside,
    ):
        aside.write_text("new")
    assert list(tmp_path.iterdir()) == []


def test_what_the_system_says_is_told_whatever_a_library_made_of_it(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(SaveError, match=r"^a\.dcm: could not be written \(No space left on device"),
        replacing(tmp_path / "a.dcm", "a.dcm"),
    ):
        raise OSError("With tag PixelData") from full
    with (
        pytest.raises(SaveError, match=r"could not be written \(the disk took only a part of it"),
        replacing(tmp_path / "a.tif", "a.tif"),
    ):
        raise OSError("99 requested and 12 written")


@pytest.mark.skipif(sys.platform != "linux", reason="renaming to a free name is asked of Linux")
def test_without_links_a_new_file_has_its_name_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(monkeypatch, renaming=True)
    monkeypatch.setattr(os, "replace", lambda *_: pytest.fail("in two steps"))
    for name in ("a.nii", "récidive.nii"):
        with replacing(tmp_path / name, name, exclusive=True) as aside:
            aside.write_text("new")
        assert (tmp_path / name).read_text() == "new"
        with pytest.raises(FileTakenError), replacing(tmp_path / name, name, exclusive=True) as two:
            two.write_text("newer")
        assert (tmp_path / name).read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_is_followed_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "a.json", tmp_path / "a.json"
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link, "a.json") as aside:
        aside.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_write_protected_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    target.chmod(0o444)
    with pytest.raises(SaveError, match="write-protected"), replacing(target, "a.json"):
        pytest.fail("nothing is to be written")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid(), reason="only root gives files away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")
    os.chown(target, 12345, 23456)
    target.chmod(0o664)
    with replacing(target, "a.json") as aside:
        aside.write_text("new")
    found = target.stat()
    assert (found.st_uid, found.st_gid) == (12345, 23456)
    assert stat.S_IMODE(found.st_mode) == 0o664


@pytest.mark.parametrize("busy", [3, 100], ids=["for a moment", "for long"])
def test_windows_is_asked_again_while_a_scanner_holds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: int
) -> None:
    target, pauses, left = tmp_path / "a.json", list[float](), [busy]
    target.write_text("old")
    replace = os.replace

    def held(source: Path, place: Path) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise PermissionError(13, "used by another process")
        replace(source, place)

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(atomic, "ON_WINDOWS", True)
    monkeypatch.setattr(atomic.time, "sleep", pauses.append)
    if busy == 3:
        with replacing(target, "a.json") as aside:
            aside.write_text("new")
    else:
        with pytest.raises(SaveError, match="another process"), replacing(target, "a") as aside:
            aside.write_text("new")
    assert target.read_text() == ("new" if busy == 3 else "old")
    assert len(pauses) == min(busy, atomic.RETRIES - 1)
    assert list(tmp_path.iterdir()) == [target]
