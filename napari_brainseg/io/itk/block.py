"""What NRRD and MetaImage have in common: a header of text, and voxels in one block of bytes.

Both are decoded here and not by SimpleITK, which was tried (2.5.7): a damaged MetaImage header
overruns its heap and aborts the whole program, a compressed MetaImage whose checksum is wrong is
opened without a word, and units of length are ignored. The tests hold every result against it.
"""

from __future__ import annotations

import bz2
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import MAX_DEFLATE_RATIO, check_memory, decoding
from napari_brainseg.io.packed import Unpacking, spare_of
from napari_brainseg.io.volumes import grid_of
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, BinaryIO

    from numpy.typing import NDArray

__all__ = [
    "LPS_TO_RAS",
    "PIXEL",
    "Block",
    "Encoding",
    "Units",
    "VolumeHeader",
    "data_file",
    "load",
    "numbers",
    "read_text",
    "to_affine",
]

Encoding = Literal["raw", "gzip", "zlib", "bzip2", "ascii", "hex"]
Units = Literal["mm", "pixel"]

PIXEL: Literal["pixel"] = "pixel"
"""The unit that our masks state on a grid without lengths; others take it for an unknown one."""

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])

MAX_HEADER = 2**20
"""Headers of real files take a few hundred bytes; those of diffusion series some hundred KB."""

MAX_LINE = 2**16
"""Bytes of a line that is skipped."""

MAX_WORD = 40
"""Bytes of a number written as text, and the blanks before it."""

MAX_HEX = 4
"""Bytes of a byte written as two digits, and of the blanks between them."""

RATIOS = {"raw": 1, "ascii": 1, "hex": 1, "bzip2": math.inf}
"""How many times its size a stream may unpack to; of the others, what deflate can do."""

MAX_NUMBER = 1e9
"""No length in a header, in millimetres or in voxels, is larger; beyond it arithmetic overflows."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where and how the voxels are stored.

    Parameters
    ----------
    file : Path
        The file that holds them: the header's own, or one beside it.
    offset : int
        Bytes before them; -1 where they are the end of the file, however long its start.
    encoding : {"raw", "gzip", "zlib", "bzip2", "ascii", "hex"}
        How they are packed, or that they are written as text: as numbers, or two digits a byte.
    dtype : dtype
        Of one value, byte order included.
    sizes : tuple of int
        Length of every axis, fastest first, channels included.
    lines : int
        Lines of text to skip after ``offset``.
    skip : int
        Bytes to skip once they are unpacked; -1 where the voxels are the last of those.
    """

    file: Path
    offset: int
    encoding: Encoding
    dtype: np.dtype[Any]
    sizes: tuple[int, ...]
    lines: int = 0
    skip: int = 0

    @property
    def n_bytes(self) -> int:
        """Bytes of all voxels, unpacked."""
        return math.prod(self.sizes) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class VolumeHeader:
    """What a header says.

    Parameters
    ----------
    block : Block
        The voxels.
    channel_axis : int or None
        Which of the block's axes counts channels.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ ``units``.
    units : {"mm", "pixel"}
        ``"pixel"`` where no spacing is stored.
    warnings : tuple of str
        What the user should know, one sentence each.
    names : tuple of str
        Of the channels, where the header tells what they are.
    """

    block: Block
    channel_axis: int | None
    affine: NDArray[np.float64]
    units: Units
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_text(path: Path) -> bytes:
    """Read the start of a file, as much as a header may take."""
    with decoding(path, "NRRD or MetaImage"), path.open("rb") as stream:
        return stream.read(MAX_HEADER)


def numbers(text: str, n: int, field: str, name: str) -> list[float]:
    """Convert ``n`` numbers, parted by blanks or commas.

    Raises
    ------
    ScanError
        If there are not ``n`` of them, or one is not a finite number of a sensible size.
    """
    parts = text.replace(",", " ").split()
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) != n or not all(abs(value) <= MAX_NUMBER for value in values):
        raise ScanError(
            tr(
                "{name}: the header's '{field}' is '{text}', expected {n} finite numbers. "
                "Repair the header, or save the scan again from the program that made it.",
                name=name,
                field=field,
                text=text[:60],
                n=n,
            )
        )
    return values


def data_file(path: Path, name: str) -> Path:
    """Find the data file that a header names.

    Parameters
    ----------
    path : Path
        The header.
    name : str
        As it stands in the header. Only files in the header's folder or below are opened: a
        header from elsewhere must not make us read any file of this machine.

    Raises
    ------
    ScanError
        If the name leads elsewhere, means several files, or the file is not there.
    """
    if name.split(maxsplit=1)[:1] == ["LIST"] or "%" in name:
        raise ScanError(
            tr(
                "{name}: the voxels are spread over several files ('{file}'), expected "
                "one. Save the scan again as a single .nrrd or .mha file.",
                name=path.name,
                file=name[:60],
            )
        )
    parts = PureWindowsPath(name)  # knows both kinds of separator, and drives
    if parts.anchor or ".." in parts.parts or not parts.parts or "\0" in name:
        raise ScanError(
            tr(
                "{name}: the data file lies outside the header's folder, which is not "
                "followed. Put both files into one folder, and only the file's name into the "
                "header.",
                name=path.name,
            )
        )
    found = path.parent.joinpath(*parts.parts)
    try:
        exists = found.is_file()
    except OSError:  # a name longer than the file system takes
        exists = False
    if not exists:
        raise ScanError(
            tr(
                "{name}: the data file '{parts}' that it names is not there. Put it beside "
                "the header.",
                name=path.name,
                parts=parts.name[:60],
            )
        )
    return found


def to_affine(
    axes: NDArray[np.float64], origin: NDArray[np.float64], name: str
) -> NDArray[np.float64]:
    """Build the affine of a grid of two to four axes.

    Parameters
    ----------
    axes : ndarray of float64, shape (n, m)
        The step from voxel to voxel along each of ``n`` axes, in a space of ``m`` dimensions.
    origin : ndarray of float64, shape (m,)
        Centre of the first voxel.
    name : str
        File name, for messages.

    Returns
    -------
    ndarray of float64, shape (4, 4)
        A fourth axis, such as time, is left out; a missing third gets one unit of length, at
        right angles to the others.

    Raises
    ------
    ScanError
        If space and the fourth axis are mixed, so that volumes lie at different places.
    """
    n, m = axes.shape
    if n == m == 4:
        if axes[:3, 3].any() or axes[3, :3].any():
            raise ScanError(
                tr(
                    "{name}: volumes along the fourth axis lie at different places, expected one "
                    "grid for all. Split it into 3-D images first.",
                    name=name,
                )
            )
        axes, origin = axes[:3, :3], origin[:3]
    if (n, m) == (2, 2):
        axes, origin = np.pad(axes, ((0, 0), (0, 1))), np.pad(origin, (0, 1))
    if axes.shape == (2, 3):
        normal = np.cross(axes[0], axes[1])
        length = np.linalg.norm(normal)
        third = np.array([0.0, 0.0, 1.0]) if m == 2 else normal / (length or 1.0)
        axes = np.vstack([axes, third])
    if axes.shape != (3, 3):
        raise ScanError(
            tr(
                "{name}: {n} axes lie in a space of {m} dimensions, expected two or three in "
                "a space of three. Save it as a 2-D or 3-D image.",
                name=name,
                n=n,
                m=m,
            )
        )
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes.T, origin
    return affine


def load(header: VolumeHeader, path: Path) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    """Load the voxels, sizes checked before anything is allocated.

    Parameters
    ----------
    header : VolumeHeader
        What the header says.
    path : Path
        The file that holds the header, for messages.

    Returns
    -------
    data : ndarray, shape (C, Z, Y, X)
        Values as stored, in native byte order.
    warnings : tuple of str
        What the user should know, one sentence each.

    Raises
    ------
    ScanError
        If the file cannot hold what its header announces, or the voxels cannot be unpacked.
    """
    block = header.block
    sizes = list(block.sizes)
    channels = sizes.pop(header.channel_axis) if header.channel_axis is not None else 1
    x, y, z, channels = grid_of((*(*sizes, 1)[:3], channels), path.name)
    content, notes = _content(block)
    data = np.frombuffer(content, block.dtype).reshape(block.sizes[::-1])
    if header.channel_axis is not None:
        data = np.moveaxis(data, len(block.sizes) - 1 - header.channel_axis, 0)
    data = data.reshape(channels, z, y, x)
    return data.astype(block.dtype.newbyteorder("="), copy=False), notes


def _content(block: Block) -> tuple[bytes, tuple[str, ...]]:
    """Unpack the bytes of the voxels, and tell of bytes to spare."""
    name, n_bytes = block.file.name, block.n_bytes
    with decoding(block.file, f"voxels ({block.encoding})"), block.file.open("rb") as stream:
        size = block.file.stat().st_size
        stream.seek(max(size - n_bytes, 0) if block.offset < 0 else block.offset)
        for _ in range(block.lines):
            stream.readline(MAX_LINE)
        stored = size - stream.tell()
        if _least_bytes(block) > stored * RATIOS.get(block.encoding, MAX_DEFLATE_RATIO):
            raise ScanError(
                tr(
                    "{name}: the header announces {n_bytes:,} bytes of voxels, and the file holds "
                    "{held:,} of them; it is cut short or its header is wrong. Get a fresh copy.",
                    name=name,
                    n_bytes=n_bytes,
                    held=max(stored, 0),
                )
            )
        check_memory(name, n_bytes)
        content, spare = UNPACKERS.get(block.encoding, _packed)(stream, block)
    if len(content) != n_bytes:
        found = "more" if len(content) > n_bytes else f"{len(content):,}"
        raise ScanError(
            tr(
                "{name}: the header announces {n_bytes:,} bytes of voxels, but {found} are "
                "packed in the file; it is cut short or its header is wrong. Get a fresh "
                "copy.",
                name=name,
                n_bytes=n_bytes,
                found=found,
            )
        )
    more = tr(
        "{name} holds {spare:,} bytes more than the header announces.", name=name, spare=spare
    )
    return content, (more,) if spare else ()


def _least_bytes(block: Block) -> int:
    """How many bytes the voxels take at least before they are packed."""
    if block.encoding == "ascii":  # a digit and a blank each
        return 2 * math.prod(block.sizes) - 1
    return block.n_bytes * (2 if block.encoding == "hex" else 1)


def _from_text(stream: BinaryIO, block: Block) -> tuple[bytes, int]:
    words = stream.read(MAX_WORD * math.prod(block.sizes)).split()
    number = float if block.dtype.kind == "f" else int
    return np.array([number(word) for word in words], block.dtype).tobytes(), 0


def _from_hex(stream: BinaryIO, block: Block) -> tuple[bytes, int]:
    return bytes.fromhex(stream.read(MAX_HEX * block.n_bytes).decode("ascii")), 0


def _packed(stream: BinaryIO, block: Block) -> tuple[bytes, int]:
    """Read the bytes of the voxels, or fewer where there are no more, or more where there are."""
    before = block.skip if block.skip >= 0 else MAX_HEADER
    content, spare = _unpack(stream, block.encoding, before + block.n_bytes)
    if block.skip >= 0:
        return content[before:], spare
    return content[-block.n_bytes :] if len(content) <= before + block.n_bytes else content, spare


UNPACKERS = {"ascii": _from_text, "hex": _from_hex}


def _unpack(stream: BinaryIO, encoding: Encoding, n_bytes: int) -> tuple[bytes, int]:
    """Read ``n_bytes``, or fewer where there are no more, or one more where there are.

    Asking packed streams for one byte more takes them to their end, and so to their checksum. The
    bytes that lie behind that end are counted, but for bzip2, which does not tell.
    """
    if encoding == "raw":
        content, end = stream.read(n_bytes), stream.tell()
        return content, stream.seek(0, io.SEEK_END) - end
    if encoding == "gzip":
        unpacked: io.BufferedReader = io.BufferedReader(Unpacking(stream))
        return unpacked.read(n_bytes + 1), spare_of(unpacked)
    if encoding == "bzip2":
        return bz2.BZ2File(stream).read(n_bytes + 1), 0
    engine = zlib.decompressobj(wbits=47)  # 47: zlib or gzip, as MetaIO takes both
    content = engine.decompress(stream.read(), n_bytes + 1)
    if not engine.eof and len(content) <= n_bytes:  # unlike the others, zlib does not mind
        raise EOFError("the stream has no end")
    return content, len(engine.unused_data)
