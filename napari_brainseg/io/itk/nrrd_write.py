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
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The mask.
    scan : Scan
        The scan it lies on.
    more : sequence of str
        Further lines of the header, key/value pairs of the format.
    """
    lps = LPS_TO_RAS @ scan.affine[:3]
    x, y, z, origin = (f"({','.join(repr(float(v)) for v in column)})" for column in lps.T)
    unit = '"mm"' if scan.units == "mm" else f'"{PIXEL}"'
    lines = (
        "NRRD0004",
        f"type: {'uint8' if labels.dtype == np.uint8 else 'uint16'}",
        "dimension: 3",
        NO_SPACE if scan.source.placed_by == "nobody" else SPACE,
        f"sizes: {' '.join(str(length) for length in scan.grid[::-1])}",
        f"space directions: {x} {y} {z}",
        "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space units: {unit} {unit} {unit}",
        f"space origin: {origin}",
        *more,
    )
    voxels = labels.astype(labels.dtype.newbyteorder("<"), copy=False).tobytes()
    header = "".join(f"{line}\n" for line in (*lines, ""))
    path.write_bytes(header.encode("utf-8") + gzip.compress(voxels, 6, mtime=0))
