"""FreeSurfer's volumes: MGH (.mgh), and the same packed by gzip (.mgz).

The format is defined at https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat. The tests
hold every result against nibabel, which keeps silent where no orientation is stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import MAX_DEFLATE_RATIO, check_memory, decoding
from napari_brainseg.io.packed import is_packed, open_unpacked
from napari_brainseg.io.volumes import channel_names, finite, grid_of
from napari_brainseg.language import marked, tr
from napari_brainseg.scan import FileSource, Scan

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["read"]

HEADER = 284
"""Bytes before the voxels."""

MAX_FOOTER = 2**24
"""More bytes than that after the voxels are no notes of FreeSurfer's."""

FIELDS = np.dtype(
    [
        ("version", ">i4"),
        ("dims", ">i4", 4),
        ("type", ">i4"),
        ("dof", ">i4"),
        ("is_placed", ">i2"),
        ("delta", ">f4", 3),
        ("cosines", ">f4", (3, 3)),
        ("centre", ">f4", 3),
    ]
)

TYPES = {0: ">u1", 1: ">i4", 3: ">f4", 4: ">i2", 10: ">u2"}

UNPLACED = np.array([[-1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
"""Directions of the axes, one a row, where none are stored: coronal slices, as FreeSurfer does."""

UNSURE = marked(
    "Orientation is not stored in the file (its RAS flag is unset): left and "
    "right are a guess, check them."
)


@dataclass(frozen=True, slots=True)
class _MghHeader:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    affine: NDArray[np.float64]
    is_placed: bool

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read(path: Path, name: str) -> Scan:
    """Read an MGH file of up to four dimensions.

    Parameters
    ----------
    path : Path
        A ``.mgh`` or ``.mgz`` file.
    name : str
        Name for the scan.

    Returns
    -------
    Scan
        Values as stored, affine in mm.

    Raises
    ------
    ScanError
        If the file is damaged, not what its header says, or too large.
    """
    with decoding(path, "MGH"), open_unpacked(path) as stream:
        header = _header(stream.read(HEADER), path.name)
        x, y, z, volumes = grid_of(header.shape, path.name)
        _check_size(header, path)
        check_memory(path.name, header.n_bytes)
        content = stream.read(header.n_bytes)
        # Reading on to the end is what compares the checksum.
        footer = stream.read(MAX_FOOTER + 1)
    if len(content) < header.n_bytes or len(footer) > MAX_FOOTER:
        found = "more" if footer else f"{len(content):,}"
        raise ScanError(
            tr(
                "{name}: the header announces {n_bytes:,} bytes of voxels, and the file "
                "holds {found}; it is cut short or its header is wrong. Get a fresh copy.",
                name=path.name,
                n_bytes=header.n_bytes,
                found=found,
            )
        )
    stored = np.frombuffer(content, header.dtype).reshape(volumes, z, y, x)
    data, notes = finite(stored.astype(header.dtype.newbyteorder("="), copy=False))
    source = FileSource(name, (path,), notes if header.is_placed else (tr(UNSURE), *notes))
    return Scan(data, header.affine, channel_names(name, len(data)), source)


def _header(content: bytes, name: str) -> _MghHeader:
    fields = np.frombuffer(content, FIELDS, count=1)[0]
    kind = int(fields["type"])
    if fields["version"] != 1 or kind not in TYPES:
        raise ScanError(
            tr(
                "{name}: the header is of version {version} with voxels of type {kind}, "
                "expected version 1 and bytes, whole or real numbers. Get a fresh copy, or "
                "convert it to NIfTI.",
                name=name,
                version=fields["version"],
                kind=kind,
            )
        )
    shape = tuple(int(length) for length in fields["dims"])
    is_placed = bool(fields["is_placed"] > 0)
    steps = fields["cosines"] * fields["delta"][:, np.newaxis] if is_placed else UNPLACED
    affine = np.eye(4)
    affine[:3, :3] = steps.T
    centre = fields["centre"] if is_placed else np.zeros(3)
    with np.errstate(all="ignore"):  # an affine beyond all measure is refused later
        affine[:3, 3] = centre - affine[:3, :3] @ (np.array(shape[:3]) / 2)
    return _MghHeader(shape, np.dtype(TYPES[kind]), affine, is_placed)


def _check_size(header: _MghHeader, path: Path) -> None:
    size = path.stat().st_size
    ratio = MAX_DEFLATE_RATIO if is_packed(path) else 1
    if HEADER + header.n_bytes > size * ratio:
        raise ScanError(
            tr(
                "{name}: the header announces {n_bytes:,} bytes of voxels, but the file has "
                "{size:,} bytes; it is cut short or its header is wrong. Get a fresh copy.",
                name=path.name,
                n_bytes=header.n_bytes,
                size=size,
            )
        )
