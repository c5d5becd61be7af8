"""Opening saved masks, on their own or on the grid of their scan."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io import color_table, slices
from napari_brainseg.io.dicom.sniff import is_dicom, is_seg
from napari_brainseg.io.files import has_suffix
from napari_brainseg.io.formats import DICOM, MASK_SUFFIXES, format_of, scan_name
from napari_brainseg.io.mask_info import MAX_LABEL, MaskInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["has_color_table", "lies_on", "read_mask", "read_mask_info", "read_mask_on"]


def read_mask(path: Path | str) -> tuple[NDArray[np.uint8 | np.uint16], NDArray[np.float64]]:
    """Open a saved mask.

    Parameters
    ----------
    path : path
        A NIfTI, NRRD, MetaImage, TIFF or DICOM SEG file.

    Returns
    -------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The labels, in the file's own voxel order.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.

    Raises
    ------
    ScanError
        If the file cannot be read, or does not hold one channel of whole numbers from 0 to 65535.
    """
    path = Path(path)
    if has_suffix(path, DICOM.mask_suffixes) or is_dicom(path):
        from napari_brainseg.io.dicom import seg_read

        mask = seg_read.read(path)
        return mask.labels, mask.affine
    scan = _read(path)
    values = scan.data[0]
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "bui" or bool((values == np.rint(values)).all())
    if len(scan.channels) > 1 or not whole or low < 0 or high > MAX_LABEL:
        raise ScanError(
            f"{path.name}: holds {len(scan.channels)} channels with values from {low} to {high}, "
            f"expected one channel of whole numbers from 0 to {MAX_LABEL}. Choose a mask file."
        )
    return values.astype(np.uint8 if high <= 255 else np.uint16), scan.affine


def _read(path: Path) -> Scan:
    named = format_of(path)
    if named is not None and named.read is not None:
        return named.read(path, scan_name(path))
    return slices.read([path], scan_name(path)).scan


def read_mask_info(path: Path | str) -> MaskInfo:
    """Return what the labels of a saved mask stand for: from the file, or the table beside it.

    Raises
    ------
    ScanError
        If the DICOM SEG, or the colour table, cannot be read.
    """
    path = Path(path)
    if is_seg(path):
        from napari_brainseg.io.dicom import seg_read

        return seg_read.read(path).info
    return (
        color_table.read(color_table.color_table_of(path)) if has_color_table(path) else MaskInfo()
    )


def has_color_table(path: Path | str) -> bool:
    """Whether a file is a mask with a colour table of 3D Slicer beside it; quick, never raises."""
    path = Path(path)
    return has_suffix(path, MASK_SUFFIXES) and color_table.lies_beside(path)


def read_mask_on(path: Path | str, scan: Scan) -> NDArray[np.uint8 | np.uint16]:
    """Open a saved mask on the grid of its scan.

    Parameters
    ----------
    path : path
        A file as for :func:`read_mask`.
    scan : Scan
        The scan that the mask was made on.

    Returns
    -------
    ndarray, shape (Z, Y, X)
        The labels on the scan's grid.

    Raises
    ------
    ScanError
        If the mask cannot be read or lies elsewhere than the scan.
    """
    path = Path(path)
    labels: NDArray[np.uint8 | np.uint16] | None
    if is_seg(path):
        from napari_brainseg.io.dicom import seg_read

        labels = seg_read.on_grid(seg_read.read(path), scan)
    else:
        labels, affine = read_mask(path)
        labels = labels if lies_on(labels, affine, scan) else None
    if labels is None:
        raise ScanError(
            f"{path.name}: the mask does not lie on the voxels of {scan.source.name}, expected "
            "the same grid at the same place. Choose the scan that the mask was made on."
        )
    return labels


def lies_on(labels: NDArray[Any], affine: NDArray[np.float64], scan: Scan) -> bool:
    """Whether a mask has a scan's grid, and no corner further from its own than half a voxel."""
    if labels.shape != scan.grid:
        return False
    z, y, x = scan.grid
    corners = np.array(list(product((0, x - 1), (0, y - 1), (0, z - 1), (1,))))
    apart = np.linalg.norm(corners @ (affine - scan.affine).T, axis=1)
    return bool(apart.max() <= 0.5 * min(scan.spacing))
