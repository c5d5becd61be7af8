"""Saving masks that may overlap in one file: the layers of a segmentation of 3D Slicer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.io.atomic import replacing
from napari_brainseg.io.formats import SEG_NRRD
from napari_brainseg.io.places import check_place, resolved
from napari_brainseg.io.read_back import verify_written
from napari_brainseg.io.save import check_mask_format, compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["write_overlapping"]


def write_overlapping(
    masks: Sequence[tuple[NDArray[Any], MaskInfo]],
    scan: Scan,
    path: Path | str,
    *,
    overwrite: bool = False,
) -> Path:
    """Save several masks of a scan in one file, which :func:`read_masks` returns again.

    Written aside, read back and compared as by :func:`write_mask`.

    Parameters
    ----------
    masks : sequence of (ndarray, MaskInfo)
        Labels on the scan's grid, (Z, Y, X), and what they stand for; they may overlap.
    scan : Scan
        The scan that the masks were made on.
    path : path
        Where to save, ``.seg.nrrd``.
    overwrite : bool
        Whether to replace an existing file. The scan's own files are never replaced.

    Returns
    -------
    Path
        The path given.

    Raises
    ------
    SaveError
        As :func:`write_mask`.
    """
    from napari_brainseg.io.itk import seg_nrrd

    path = Path(path)
    # Stacked, they take the largest type of any.
    volumes = np.stack([compact(labels, scan) for labels, _ in masks])
    check_mask_format(scan, path)
    target = resolved(path)
    check_place(target, path.name, scan, overwrite)
    suffix = SEG_NRRD.mask_suffixes[0]
    with replacing(target, path.name, suffix, exclusive=not overwrite) as aside:
        seg_nrrd.write_layers(aside, volumes, scan, [info for _, info in masks])
        verify_written(aside, volumes, scan, path.name, seg_nrrd.read_volumes)
    return path
