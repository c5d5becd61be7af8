"""Files and folders that appear whole: written aside, flushed to disk, put in place in one step.

All that this project writes and must not lose goes through :func:`replacing` or
:func:`filling`. After a kill, or on a full disk, the earlier file is there or the new one, and
never a part of one.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from napari_brainseg.errors import FileTakenError, SaveError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["filling", "make_folder", "replacing", "sweep"]

PREFIX = ".brainseg-"
"""How the names of what is written aside begin."""

_ASIDE = re.compile(re.escape(PREFIX) + r"(?:([0-9a-f]{8})([0-9a-f]{8}))?[0-9a-f]+(\..+)?")
"""Those names whole, machine and process first: other files of ours, such as locks, begin alike."""

LEFT_BEHIND_S = 24 * 3600.0
"""How old, in seconds, what is swept away must be where its writer cannot be asked after."""

ON_WINDOWS = os.name == "nt"

ACCESS_LISTS = ("system.posix_acl_access",)
"""Permissions beyond those of owner, group and others, where Linux keeps them."""

AT_FDCWD, RENAME_NOREPLACE = -100, 1
"""What Linux calls paths from the working folder, and renaming that takes no other's place."""

RETRIES = 8
PAUSE_S = 0.15
"""How often, and how far apart, Windows is asked again while a scanner or OneDrive holds a file."""


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing.

    Raises
    ------
    SaveError
        If that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(
            tr(
                "The folder {name} cannot be made ({reason}). Choose another one, make room "
                "on the disk, or ask for write access.",
                name=folder.name,
                reason=error.strerror,
            )
        ) from error


@contextmanager
def replacing(
    target: Path, name: str, suffix: str = "", *, exclusive: bool = False
) -> Iterator[Path]:
    """Yield a path to write a file to, which then takes the place of another one whole.

    The new file has the permissions, and where the system allows it the owner, of the one it
    replaces. A link is followed and stays a link.

    Parameters
    ----------
    target : Path
        The file's place; an earlier file there stays whole if anything is raised inside.
    name : str
        What to call it in errors.
    suffix : str
        That the path aside must end in.
    exclusive : bool
        Whether the file must be new: of two programs that save one name, one is told so.

    Raises
    ------
    SaveError
        If the file cannot be written, is write-protected, or is there already and must be new.

    Examples
    --------
    >>> from pathlib import Path
    >>> path = Path("notes.txt")
    >>> with replacing(path, path.name) as aside:
    ...     _ = aside.write_text("checked", encoding="utf-8")
    >>> path.read_text(encoding="utf-8")
    'checked'
    """
    target = _followed(target)
    _check_replaceable(target, name)
    aside = _aside(target, suffix)
    with _told(name):
        try:
            yield aside
            _flush(aside)
            _take_over(target, aside)
            _put(aside, target, exclusive)
            _flush_folder(target.parent)
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def filling(folder: Path, name: str) -> Iterator[Path]:
    """Yield a new folder to fill, which then takes its place whole.

    Parameters
    ----------
    folder : Path
        Its place, where nothing but an empty folder may be.
    name : str
        What to call it in errors.

    Raises
    ------
    SaveError
        If it cannot be written, or something is there.
    """
    aside = _aside(folder)
    with _told(name):
        try:
            aside.mkdir()
            yield aside
            for entry in aside.iterdir():
                _flush(entry)
            _flush_folder(aside)
            _insist(lambda: os.rename(aside, folder))
            _flush_folder(folder.parent)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _followed(target: Path) -> Path:
    """Follow the links of a file's place, as far as they lead somewhere."""
    with suppress(OSError, RuntimeError):
        return target.resolve() if target.is_symlink() else target
    return target


def _check_replaceable(target: Path, name: str) -> None:
    """Refuse to replace what is write-protected, which a rename would not ask about."""
    try:
        mode = target.stat().st_mode
    except (OSError, ValueError):  # nothing there, or nothing that can be: writing tells
        return
    if stat.S_ISREG(mode) and not (mode & 0o222 and os.access(target, os.W_OK)):
        raise SaveError(
            tr(
                "{name}: the file is write-protected. Choose another name, or allow writing to it.",
                name=name,
            )
        )


def _take_over(target: Path, aside: Path) -> None:
    """Copy owner and permissions of the file that is replaced, as far as allowed."""
    try:
        found = target.stat()
    except OSError:
        return
    if hasattr(os, "chown"):
        for owner in ((found.st_uid, -1), (-1, found.st_gid)):
            with suppress(OSError):  # only root may give files away
                os.chown(aside, *owner)
    with suppress(OSError):
        shutil.copymode(target, aside)  # afterwards: a new owner clears some of it
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for key in filter(ACCESS_LISTS.__contains__, os.listxattr(target)):
                os.setxattr(aside, key, os.getxattr(target, key))


def _aside(target: Path, suffix: str = "") -> Path:
    sweep(target.parent)
    name = f"{PREFIX}{_machine()}{os.getpid():08x}{secrets.token_hex(8)}{suffix}"
    return target.with_name(name)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left behind.

    What a process of this machine was writing goes once that process has ended; what another
    machine was writing, on a disk that is shared, after a day.
    """
    with suppress(OSError):
        for entry in folder.glob(f"{PREFIX}*"):
            if not _is_left_behind(entry):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def _is_left_behind(entry: Path) -> bool:
    match = _ASIDE.fullmatch(entry.name)
    if match is None:
        return False
    if match[1] == _machine() and not psutil.pid_exists(int(match[2], 16)):
        return True
    with suppress(FileNotFoundError):  # just put in place
        return time.time() - entry.lstat().st_mtime > LEFT_BEHIND_S
    return False


@functools.cache
def _machine() -> str:
    """Name what process numbers count in: this machine since its start, and this container."""
    facts = [socket.gethostname()]
    with suppress(OSError):
        facts += [Path("/proc/sys/kernel/random/boot_id").read_text("ascii")]
        facts += [os.readlink("/proc/self/ns/pid")]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn errors of the operating system into sentences; its own texts hold the path."""
    try:
        yield
    except FileExistsError as error:
        raise FileTakenError(
            tr(
                "{name}: a file of this name exists. Choose another name, or allow to "
                "overwrite it.",
                name=name,
            )
        ) from error
    except OSError as error:
        raise SaveError(
            tr(
                "{name}: could not be written ({reason}). Choose another folder or disk.",
                name=name,
                reason=_reason(error),
            )
        ) from error


def _reason(error: BaseException) -> str:
    """Return what the system says, of what a library may have made another error of."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.strerror:
            return found.strerror
        found = found.__cause__ or found.__context__
    return tr("the disk took only a part of it")


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the name of a file too, where the system can: the file itself is safe by then."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(aside: Path, target: Path, exclusive: bool) -> None:
    if not exclusive:
        _insist(lambda: os.replace(aside, target))
    elif ON_WINDOWS:  # where rename refuses what is there
        _insist(lambda: os.rename(aside, target))
    else:
        _link(aside, target)


def _link(aside: Path, target: Path) -> None:
    """Name a file as must be free, in one step where the disk knows links or such a renaming."""
    try:
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError:  # FAT, some network disks
        if _renamed(aside, target):
            return
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            os.replace(aside, target)
        except BaseException:  # Ctrl-C too
            target.unlink(missing_ok=True)  # the empty file that kept the name
            raise


def _renamed(aside: Path, target: Path) -> bool:
    """Rename a file unless its new name is taken; False where the system or the disk cannot.

    Raises
    ------
    FileExistsError
        If it is taken.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)  # Linux has it
    if rename is None:
        return False
    done = rename(AT_FDCWD, os.fsencode(aside), AT_FDCWD, os.fsencode(target), RENAME_NOREPLACE)
    if done and ctypes.get_errno() == errno.EEXIST:
        raise FileExistsError
    return not done


def _insist(step: Callable[[], None]) -> None:
    """Do it again for a while where Windows says that another program holds the file."""
    for left in range(RETRIES - 1, -1, -1):
        try:
            step()
        except PermissionError:
            if not ON_WINDOWS or not left:
                raise
            time.sleep(PAUSE_S)
        else:
            return
