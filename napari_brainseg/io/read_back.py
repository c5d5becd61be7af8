"""Reading back what was written, before it takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io.masks import read_mask
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

    Read = Callable[[Path], tuple[NDArray[Any], NDArray[np.float64]]]

__all__ = ["compare", "verify_written"]


def verify_written(
    aside: Path, labels: NDArray[Any], scan: Scan, name: str, read: Read = read_mask
) -> None:
    """Compare what is on disk, as ``read`` returns it with its affine, with what was to be saved.

    Raises
    ------
    SaveError
        If it is something else, or cannot be read.
    """
    try:
        found, affine = read(aside)
    except ScanError as error:
        raise SaveError(
            tr(
                "{name}: the file could not be read back, so nothing was replaced. Save to "
                "another disk, and report this if it happens again.",
                name=name,
            )
        ) from error
    compare(found, affine, labels, scan, name)


def compare(
    found: NDArray[Any], affine: NDArray[np.float64], given: NDArray[Any], scan: Scan, name: str
) -> None:
    """Compare voxels and affine as read with those of a scan that were to be saved.

    Raises
    ------
    SaveError
        If they differ.
    """
    same_place = _same_place(affine, scan)
    if not np.array_equal(found, given) or not same_place:
        if np.array_equal(found, given):
            raise SaveError(
                tr(
                    "{name}: the position did not read back as written, so nothing was "
                    "replaced. Save to another disk, and report this if it happens again.",
                    name=name,
                )
            )
        raise SaveError(
            tr(
                "{name}: the voxels did not read back as written, so nothing was replaced. "
                "Save to another disk, and report this if it happens again.",
                name=name,
            )
        )


def _same_place(affine: NDArray[np.float64], scan: Scan) -> bool:
    """Whether voxels lie where they should; of those that lie nobody knows where, sizes count."""
    found, given = affine, scan.affine
    if scan.source.placed_by == "nobody":
        found, given = (np.linalg.norm(each[:3, :3], axis=0) for each in (affine, scan.affine))
    # 1e-6 relative is what the 32-bit floats of a NIfTI-1 header leave of an affine.
    return np.allclose(found, given, rtol=1e-6, atol=1e-6)
