"""Files packed by gzip, whatever their names say and whatever lies after their end."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

__all__ = ["Unpacking", "is_packed", "open_unpacked", "spare_of", "unpacked_start"]

MAGIC = b"\x1f\x8b"

CHUNK, START = 2**16, 512

MAX_PARTS = 200_000
"""More than of any file that is packed in parts, of 64 kB each; a million empty ones take long."""


def is_packed(path: Path) -> bool:
    """Whether a file is packed by gzip, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(2) == MAGIC


def unpacked_start(path: Path) -> tuple[bytes, bool]:
    """Return the first bytes of a file as far as they can be read, and whether it is packed."""
    try:
        with open_unpacked(path) as stream:
            return stream.read(START), isinstance(stream.raw, Unpacking)
    except (OSError, EOFError, zlib.error):  # reading it will tell
        return b"", False


def open_unpacked(path: Path) -> io.BufferedReader:
    """Open a file, packed or not, to read it from its start to its end."""
    stream = path.open("rb")
    if stream.read(2) != MAGIC:
        stream.seek(0)
        return stream
    stream.seek(0)
    return io.BufferedReader(Unpacking(stream))


class Unpacking(io.RawIOBase):
    """What is packed in a stream, which ends with the last part that gzip made.

    Downloads and tapes leave bytes after it. Python's own reader takes them for damage; gzip, ITK
    and nibabel pass over them, since each part has a checksum of its own.

    Parameters
    ----------
    stream : binary file
        At the start of the first part; closed with this.

    Raises
    ------
    EOFError, zlib.error
        When it is read, if a part is cut short or damaged, or there are far too many.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting, self._parts = b"", 0
        self._begin(b"")
        self._ended = False
        self.spare = 0
        """Bytes after the last part, known once all of it is read."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the stream too."""
        self._stream.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer with the next bytes, at least one; return how many, 0 at the end."""
        view = memoryview(buffer).cast("B")
        while not self._ended and len(view):
            if self._engine.eof:
                self._go_on()
                continue
            packed = self._waiting or self._stream.read(CHUNK)
            content = self._engine.decompress(packed, len(view))
            self._waiting = self._engine.unconsumed_tail
            if content:
                view[: len(content)] = content
                return len(content)
            if not packed and not self._engine.eof:
                raise EOFError("the packed bytes have no end")
        return 0

    def _begin(self, packed: bytes) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise zlib.error(self._parts)
        self._engine = zlib.decompressobj(wbits=31)
        self._waiting = packed

    def _go_on(self) -> None:
        """Go to the next part; zeros may lie before it."""
        rest = self._engine.unused_data.lstrip(b"\0")
        while len(rest) < len(MAGIC) and (more := self._stream.read(CHUNK)):
            rest = (rest + more).lstrip(b"\0")
        if rest.startswith(MAGIC):
            self._begin(rest)
            return
        self._ended = True
        self.spare = len(rest)
        while more := self._stream.read(CHUNK):
            self.spare += len(more)


def spare_of(stream: io.BufferedReader) -> int:
    """Return how many bytes lay after the packed ones, of a stream that was read to its end."""
    return stream.raw.spare if isinstance(stream.raw, Unpacking) else 0
