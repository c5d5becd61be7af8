"""The list of what is done, from which a second start goes on.

Each process that segments appends to a file of its own, a JSON object a line: before a mask is
written that it is begun, and after that what came of it. No two processes write one file, so
there is nothing to lock, on network drives either. A line that a kill cut short is passed over.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from napari_brainseg.batch.segmented import Segmented  # noqa: TC001 - pydantic reads it
from napari_brainseg.errors import SaveError
from napari_brainseg.io.files import is_folder

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["FOLDER_NAME", "Begun", "Done", "DoneList"]

FOLDER_NAME = ".brainseg-done"
"""Hidden, so that nothing in it is taken for a scan."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A mask is about to be written; ``left`` where another scan was there first."""

    scan: str
    mask: str
    state: Literal["begun", "left"] = "begun"


@dataclass(frozen=True, slots=True)
class Done:
    """A mask is there.

    Parameters
    ----------
    scan : str
        Its place, see :meth:`DoneList.place`.
    stamp : tuple of int
        Of the scan's file, see :class:`~napari_brainseg.batch.BatchItem`.
    result : Segmented
        What came of it.
    """

    scan: str
    stamp: tuple[int, int]
    result: Segmented
    state: Literal["done"] = "done"


class DoneList:
    """What is done in a folder.

    Parameters
    ----------
    home : Path
        The folder; the list lies in a hidden one in it.

    Examples
    --------
    >>> done = DoneList(Path("masks"))
    >>> done.look()
    >>> sorted(done.done)  # nothing yet
    []
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / FOLDER_NAME
        self.done: dict[str, Done] = {}
        self.begun: dict[str, str] = {}  # masks, by scan
        self._read: dict[Path, int] = {}
        self._own: Path | None = None

    def place(self, path: Path, series: str | None = None) -> str:
        """Return what a scan is called in the list; a series by a digest: it may hold dates."""
        place = self._within(path)
        digest = hashlib.sha256((series or "").encode()).hexdigest()[:16]
        return f"{place}#{digest}" if series else place

    def look(self) -> None:
        """Read what all processes have written since the last look.

        Raises
        ------
        SaveError
            If the list cannot be read.
        """
        try:
            files = sorted(self.folder.glob("*.jsonl")) if is_folder(self.folder) else []
            for file in files:
                self._look_into(file)
        except OSError as error:
            raise self._unusable("read", error) from error

    def make_ready(self) -> None:
        """See that the list can be written, before anything is computed.

        Raises
        ------
        SaveError
            If it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f"{secrets.token_hex(8)}.tmp"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise self._unusable("written", error) from error

    def begin(self, scan: str, mask: Path) -> bool:
        """Note that a mask is about to be written; False if another scan has the same mask.

        Of two processes that ask at once, both may be told so, but never none.
        """
        place = self._within(mask)
        self._append(Begun(scan, place))
        self.look()
        others = {each for each, its in self.begun.items() if its == place}
        others |= {each for each, done in self.done.items() if done.result.output == place}
        if free := others <= {scan}:
            return free
        self._append(Begun(scan, place, "left"))
        return False

    def finish(self, done: Done) -> None:
        """Note that a mask is there."""
        result = replace(done.result, output=self._within(Path(done.result.output)))
        self._append(replace(done, result=result))

    def mask(self, done: Done) -> Path:
        """Return the file of a mask, which may be gone."""
        return self.home / done.result.output

    def _within(self, path: Path) -> str:
        """Return a path as seen from the folder of the list, which may be moved with all in it."""
        path = Path(os.path.abspath(path))
        inside = path.is_relative_to(self.home)
        return (path.relative_to(self.home) if inside else path).as_posix()

    def _look_into(self, file: Path) -> None:
        with file.open("rb") as stream:
            stream.seek(self._read.get(file, 0))
            new = stream.read()
        whole = new.rfind(b"\n") + 1
        self._read[file] = self._read.get(file, 0) + whole
        for line in new[:whole].splitlines():
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            entry = _entries().validate_json(line)
        except ValueError:  # cut short by a kill
            return
        if isinstance(entry, Done):
            self.done[entry.scan] = entry
            self.begun.pop(entry.scan, None)
        elif entry.state == "left":
            self.begun.pop(entry.scan, None)
        else:
            self.begun[entry.scan] = entry.mask

    def _append(self, entry: Begun | Done) -> None:
        line = json.dumps(asdict(entry)) + "\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._own is None:
                name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
                self._own = self.folder / name
            with self._own.open("ab") as stream:
                stream.write(line.encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            self._own = None  # a line may have been cut short: the next one goes elsewhere
            raise self._unusable("written", error) from error

    def _unusable(self, what: str, error: OSError) -> SaveError:
        return SaveError(
            f"The list of what is done in {self.home.name} cannot be {what} "
            f"({error.strerror or type(error).__name__}). Choose another --output."
        )


@functools.cache
def _entries() -> TypeAdapter[Begun | Done]:
    from pydantic import TypeAdapter

    return TypeAdapter(Begun | Done)
