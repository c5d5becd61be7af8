"""Writing masks as NRRD."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.io.itk.block import LPS_TO_RAS, PIXEL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["write"]

SPACE = "space: left-posterior-superior"
NO_SPACE = "space dimension: 3"
"""What a file states of voxels that lie nobody knows where."""


def write(path: Path, labels: NDArray[Any], scan: Scan, more: Sequence[str] = ()) -> None:
    """Write a mask, compressed, its affine to the last bit in LPS as ITK and Slicer do.

    Parameters
    ----------
    path : Path
        File to write, ``.nrrd``.
    labels : ndarray of uint8 or uint16, shape (Z, Y, X) or (L, Z, Y, X)
        The mask, or several, a list of which is the fastest axis of the file.
    scan : Scan
        The scan it lies on.
    more : sequence of str
        Further lines of the header, key/value pairs of the format.
    """
    lps = LPS_TO_RAS @ scan.affine[:3]
    x, y, z, origin = (f"({','.join(repr(float(v)) for v in column)})" for column in lps.T)
    unit = '"mm"' if scan.units == "mm" else f'"{PIXEL}"'
    several = labels.ndim == 4
    voxels = np.moveaxis(labels, 0, -1) if several else labels
    lines = (
        "NRRD0004",
        f"type: {'uint8' if labels.dtype == np.uint8 else 'uint16'}",
        f"dimension: {labels.ndim}",
        NO_SPACE if scan.source.placed_by == "nobody" else SPACE,
        f"sizes: {' '.join(map(str, voxels.shape[::-1]))}",
        f"space directions: {'none ' if several else ''}{x} {y} {z}",
        "kinds: list domain domain domain" if several else "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space units: {unit} {unit} {unit}",
        f"space origin: {origin}",
        *more,
    )
    stored = voxels.astype(labels.dtype.newbyteorder("<"), copy=False).tobytes()
    header = "".join(f"{line}\n" for line in (*lines, ""))
    path.write_bytes(header.encode("utf-8") + gzip.compress(stored, 6, mtime=0))
