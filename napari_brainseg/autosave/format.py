"""What an autosave holds: a header, the labels as the model made them, the slices that changed.

Each record carries its length and CRC, so one that a crash cut off is told from a whole one, and
reading ends before it. All slices that changed together are one record: whatever is left of
the file, it gives a mask that was once on the screen.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from napari_brainseg.autosave.digests import as_slices
from napari_brainseg.errors import AutosaveError, ScanError
from napari_brainseg.io import MaskInfo, check_memory
from napari_brainseg.language import tr
from napari_brainseg.scan import DicomSource, SlicesSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "MAGIC",
    "NAMELESS",
    "SCAN",
    "AutosaveHeader",
    "Restored",
    "ScanMark",
    "header_record",
    "mark_of",
    "original_record",
    "read_autosave",
    "scan_hash",
    "slices_record",
]

MAGIC = b"brainseg journal 1\n"
SCAN = "{scan}"
"""Stands in a layer's name for that of its scan, which may be a patient's."""
NAMELESS = "scan"
"""Shown for it as long as the scan's name is unknown."""

_RECORD = struct.Struct("<4sQI")
_SLICES_HEAD = struct.Struct("<8sI")  # type of the voxels, number of slices
_HEADER, _ORIGINAL, _SLICES = b"HEAD", b"ORIG", b"SLIC"


class ScanMark(BaseModel):
    """By what a scan is known again, without saying whose it is.

    Parameters
    ----------
    title : str
        Shown to the user: the file's name, or for scans in many files their kind and number.
    name : str
        The scan's own name; empty where it may name a patient.
    digest : str
        Its :func:`scan_hash`.
    affine : 4 x 4 floats
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.
    units : {"mm", "pixel"}
        As for :class:`~napari_brainseg.scan.Scan`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    name: str
    digest: str
    affine: tuple[tuple[float, float, float, float], ...]
    units: Literal["mm", "pixel"]


class AutosaveHeader(BaseModel):
    """Everything but the voxels that is needed to show a mask again.

    Parameters
    ----------
    shape, dtype
        Of the labels: (Z, Y, X) on the scan's grid; of a layer that knows no scan, its own.
    name : str
        The layer's, with ``{scan}`` where it holds the scan's.
    scan : ScanMark or None
        None for a layer that knows no scan.
    scale, translate, units
        Where napari shows the layer, in the order of its axes.
    names, colors, made, algorithm, version, slicer
        As in :class:`~napari_brainseg.io.MaskInfo`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: tuple[int, ...]
    dtype: str
    name: str
    scan: ScanMark | None
    scale: tuple[float, ...]
    translate: tuple[float, ...]
    units: tuple[str, ...]
    names: Mapping[int, str]
    colors: Mapping[int, str]
    made: Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL"]
    algorithm: str
    version: str
    slicer: Mapping[int, tuple[tuple[str, str], ...]] = MappingProxyType({})

    @property
    def info(self) -> MaskInfo:
        """What the labels mean and what made them."""
        origin = (self.made, self.algorithm, self.version)
        return MaskInfo(self.names, self.colors, *origin, self.slicer)

    def layer_name(self, scan_name: str = "") -> str:
        """Name of the layer, on a scan of this name; on the one it had, where none is given."""
        known = self.scan.name if self.scan is not None else ""
        return self.name.replace(SCAN, scan_name or known or NAMELESS)


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """What an autosave gives back.

    Parameters
    ----------
    header : AutosaveHeader
        As written.
    labels : ndarray of int
        The mask as it was at the last whole record, in the shape the header says.
    original : ndarray of int or None
        The labels as the model made them.
    damaged : bool
        Whether something other than a record cut short follows: later edits may be lost.
    """

    header: AutosaveHeader
    labels: NDArray[Any]
    original: NDArray[Any] | None
    damaged: bool


def scan_hash(scan: Scan) -> str:
    """Hash the voxels and the affine of a scan; nothing else of it, such as names."""
    digest = blake2b(digest_size=16)
    digest.update(f"{scan.data.shape} {scan.data.dtype.str} {scan.affine.tolist()}".encode())
    for channel in scan.data:
        for plane in channel:
            digest.update(np.ascontiguousarray(plane).data)
    return digest.hexdigest()


def mark_of(scan: Scan) -> ScanMark:
    """Describe a scan so that it is known again; reads all its voxels."""
    source = scan.source
    several = isinstance(source, SlicesSource) and len(source.files) > 1
    public = not several and not isinstance(source, DicomSource)
    if public:
        title = source.files[0].name if source.files else source.name
    else:
        kind = "DICOM" if isinstance(source, DicomSource) else "Slices"
        title = f"{kind}, {len(source.files)} files"
    return ScanMark(
        title=title,
        name=source.name if public else "",
        digest=scan_hash(scan),
        affine=tuple(tuple(row) for row in scan.affine.tolist()),
        units=scan.units,
    )


def header_record(header: AutosaveHeader) -> bytes:
    """Pack a header: the first record."""
    return _pack(_HEADER, header.model_dump_json().encode())


def original_record(original: NDArray[Any]) -> bytes:
    """Pack the labels as the model made them: the second record, where there are any."""
    indices = np.flatnonzero(as_slices(original).any(axis=(1, 2)))
    return _pack(_ORIGINAL, _deflate(original, indices))


def slices_record(labels: NDArray[Any], indices: Iterable[int]) -> bytes:
    """Pack some slices; those never packed are empty."""
    return _pack(_SLICES, _deflate(labels, indices))


def _pack(kind: bytes, payload: bytes) -> bytes:
    return _RECORD.pack(kind, len(payload), zlib.crc32(payload, zlib.crc32(kind))) + payload


def _deflate(labels: NDArray[Any], indices: Iterable[int]) -> bytes:
    planes, chosen = as_slices(labels), np.asarray(list(indices), dtype="<u4")
    packer = zlib.compressobj(1)
    head = _SLICES_HEAD.pack(labels.dtype.str.encode(), len(chosen))
    # One by one: a copy of them all would hold up the GUI thread.
    parts = [packer.compress(head + chosen.tobytes())]
    parts += [packer.compress(np.ascontiguousarray(planes[index]).data) for index in chosen]
    return b"".join((*parts, packer.flush()))


def read_autosave(path: Path) -> Restored:
    """Read an autosave as far as it is whole.

    Raises
    ------
    AutosaveError
        If it cannot be read, or not even its first state is whole.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AutosaveError(
            tr(
                "The unsaved mask cannot be read ({reason}). Check the disk, then try again.",
                reason=error.strerror,
            )
        ) from error
    records = _records(content)
    kind, payload = next(records, (b"", b""))
    try:
        header = AutosaveHeader.model_validate_json(payload)
    except ValidationError as error:
        raise _damaged() from error
    if kind != _HEADER:
        raise _damaged()
    try:
        return _replay(header, records)
    except (ValueError, TypeError, struct.error, zlib.error) as error:
        raise _damaged() from error


def _damaged() -> AutosaveError:
    return AutosaveError(
        tr(
            "The unsaved mask is damaged from its beginning, or was kept by another version of "
            "this program. It cannot be restored; discard it."
        )
    )


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and payload of each whole record; of one with a wrong CRC, no kind."""
    place = len(MAGIC)
    if not content.startswith(MAGIC):
        return
    while place + _RECORD.size <= len(content):
        kind, size, crc = _RECORD.unpack_from(content, place)
        place += _RECORD.size
        payload = content[place : place + size]
        if len(payload) < size:
            return
        if zlib.crc32(payload, zlib.crc32(kind)) != crc:
            yield b"", b""
            return
        yield kind, payload
        place += size


def _replay(header: AutosaveHeader, records: Iterator[tuple[bytes, bytes]]) -> Restored:
    n_bytes = int(np.prod(header.shape)) * np.dtype(header.dtype).itemsize
    try:
        check_memory(tr("The unsaved mask"), n_bytes)
    except ScanError as error:
        raise AutosaveError(str(error)) from error
    labels = np.zeros(header.shape, dtype=header.dtype)
    original: NDArray[Any] | None = None
    began = damaged = False
    for kind, payload in records:
        if kind == _ORIGINAL:
            original = _inflate(payload, np.zeros_like(labels))
        elif kind == _SLICES:
            labels = _inflate(payload, labels)
            began = True
        else:
            damaged = True
    if not began:
        raise _damaged()
    return Restored(header, labels, original, damaged)


def _inflate(payload: bytes, onto: NDArray[Any]) -> NDArray[Any]:
    """Lay packed slices onto labels, which are changed in place where their type allows it."""
    content = zlib.decompress(payload)
    kind, count = _SLICES_HEAD.unpack_from(content)
    dtype = np.dtype(kind.rstrip(b"\0").decode())
    indices = np.frombuffer(content, "<u4", count, _SLICES_HEAD.size)
    found = np.frombuffer(content, dtype, offset=_SLICES_HEAD.size + indices.nbytes)
    labels = onto.astype(dtype, copy=False)
    planes = as_slices(labels)
    planes[indices] = found.reshape(count, *planes.shape[1:])
    return labels
