"""A command line that ends in one line, whatever the machine lacks, and never for want of a stream.

Results go to standard output, which may be closed, full, or of few letters; masks and models that
were written count as written all the same, and work that goes on goes on.
"""

from __future__ import annotations

import errno
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import typer

from napari_brainseg.errors import LittleMemory, without_path
from napari_brainseg.memory import address_room, require_room, spare_addresses
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Program", "SafeStream"]

LIBRARY_SIGNS = ("shared object", "DLL", "WinError 126", "WinError 1114", "dlopen", "symbol")
"""What errors of the operating system say where a library is broken."""

MEMORY_SIGNS = (
    "Resource temporarily unavailable",
    "Cannot allocate memory",
    "bad_alloc",
    "can't start new thread",
    "can't allocate memory",
    "not enough memory",
    "failed to map segment",
)
"""What libraries of C++ say, as a RuntimeError, where they get no memory or no thread."""

SHUT = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EIO, errno.ESTALE)
"""What the system says of files and folders that nobody may look at, or that cannot be."""

ROOM = 280_000_000
"""Bytes that numpy, scipy and the rest of the program need, before there is a scan."""

HELP = frozenset({"--help", "--version"})
"""What needs none of that."""


class SafeStream:
    """A text stream that never raises: what cannot be written is dropped, and noted.

    Parameters
    ----------
    stream : text stream or None
        Standard output or error; None where it was closed before the program began.

    Attributes
    ----------
    lost : OSError, ValueError or None
        Why something was dropped.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: OSError | ValueError | None = None

    def write(self, text: str) -> int:
        """Write text, letters that the stream has not as question marks."""
        self._do(lambda stream: stream.write(_encodable(text, stream.encoding)))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        self._do(lambda stream: stream.flush())

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self._stream is not None and not self._stream.closed and self._stream.isatty()

    @property
    def encoding(self) -> str:
        """Name of the encoding."""
        return (self._stream.encoding if self._stream is not None else "") or "utf-8"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _do(self, step: Callable[[TextIO], object]) -> None:
        if self.lost is not None:
            return
        try:
            if self._stream is None:
                raise ValueError("it is closed")
            step(self._stream)
        except (OSError, ValueError) as error:
            self.lost = error


def _encodable(text: str, encoding: str | None) -> str:
    known = encoding or "utf-8"
    return text.encode(known, "replace").decode(known)


class Program(typer.Typer):
    """A command line of ours.

    Called, it runs the command of ``sys.argv`` and ends the process: with status 1 and one line
    where memory, a library or standard output failed.

    Parameters
    ----------
    room : callable, optional
        Returns how many bytes its commands need before there is a scan.
    **options
        Of typer.
    """

    def __init__(self, *, room: Callable[[], int] = lambda: ROOM, **options: Any) -> None:
        super().__init__(**options)
        self._room = room

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command and end the process."""
        out, err = SafeStream(sys.stdout), SafeStream(sys.stderr)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
        name = self.info.name or "brainseg"
        spare_addresses()
        if not sys.warnoptions:  # what libraries tell programmers, of files that are as they are
            warnings.simplefilter("ignore")
        try:
            if HELP.isdisjoint(sys.argv):
                require_room("This program", self._room())
            super().__call__(*args, **kwargs)
            status: Any = 0
        except SystemExit as end:
            status = end.code
        except (MemoryError, ImportError, OSError, RuntimeError) as error:
            if (remedy := _remedy(error)) is None:
                raise
            err.write(f"{name}: {remedy}\n")
            status = 1
        out.flush()
        err.flush()
        if out.lost is not None and not isinstance(out.lost, BrokenPipeError):
            err.write(
                f"{name}: results could not be printed ({_reason(out.lost)}). What was written to "
                "files is there. Send the output elsewhere.\n"
            )
        sys.exit(status or int(out.lost is not None))


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _remedy(error: MemoryError | ImportError | OSError | RuntimeError) -> str | None:
    """Say what was lacking and what to do; None for what is a defect of ours."""
    if isinstance(error, LittleMemory):
        return str(error)
    if isinstance(error, MemoryError) or _says(error, MEMORY_SIGNS):
        remedy = "Close other programs, or take smaller or fewer scans."
        if address_room() is not None:
            remedy = "Raise the limit on this process (ulimit -v), or take smaller or fewer scans."
        return f"there is not enough memory. {remedy}"
    if not isinstance(error, ImportError | OSError):
        return None
    if isinstance(error, OSError) and not _says(error, LIBRARY_SIGNS):
        return _shut(error)
    library = (isinstance(error, ImportError) and error.name) or "a library"
    return (
        f"{library.partition('.')[0]} cannot be loaded ({shortened(without_path(error), 160)}). "
        "Run `brainseg doctor` to see what is missing, or install napari-brainseg again."
    )


def _shut(error: OSError) -> str | None:
    """Say what could not be looked at; None for what is a defect of ours."""
    if error.errno not in SHUT or not isinstance(error.filename, str):
        return None
    name = shortened(Path(error.filename).name)
    return f"{name}: {error.strerror}. Check the name, or ask for access to it and its folder."


def _says(error: Exception, signs: tuple[str, ...]) -> bool:
    return any(each in str(error) for each in signs)
