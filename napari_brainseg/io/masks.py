"""Opening saved masks, on their own or on the grid of their scan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io import color_table, slices
from napari_brainseg.io.dicom.sniff import is_dicom, is_seg
from napari_brainseg.io.files import first_bytes, has_suffix, unchanged
from napari_brainseg.io.formats import (
    DICOM,
    MASK_SUFFIXES,
    NIFTI,
    NRRD,
    SEG_NRRD,
    check_content,
    format_of,
    scan_name,
)
from napari_brainseg.io.label_values import whole_labels
from napari_brainseg.io.laying import laid_on
from napari_brainseg.io.mask_info import MAX_LABEL, MaskInfo
from napari_brainseg.io.volumes import OVERFLOWN
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "FileMask",
    "has_color_table",
    "is_named_mask",
    "is_segmentation",
    "read_mask",
    "read_mask_info",
    "read_mask_on",
    "read_masks",
]

NAMED = re.compile(
    r"(^|[^a-z])(mask|masks|seg|segmentation|segmentations|label|labels|labelmap)([^a-z]|$)"
)
"""What files of masks are called, as a word of its own."""

SEGMENT = re.compile(rb"\nSegment\d{1,6}_\w+:=")
"""A field by which a header tells of a segment of 3D Slicer."""

BLANK_LINE = re.compile(rb"\r?\n\r?\n")
MAX_TO_LOOK = 65536
"""How much of a header is looked through for one."""


@dataclass(frozen=True, slots=True, eq=False)
class FileMask:
    """A mask as a file holds it.

    Parameters
    ----------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        In the file's own voxel order.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ ``units``.
    info : MaskInfo
        What its labels stand for, from the file or the table beside it.
    name : str
        To show.
    units : {"mm", "pixel"}
        ``"pixel"`` where the file stores no spacing.
    """

    labels: NDArray[np.uint8 | np.uint16]
    affine: NDArray[np.float64]
    info: MaskInfo
    name: str
    units: Literal["mm", "pixel"] = "mm"

    def on(self, scan: Scan) -> NDArray[np.uint8 | np.uint16] | None:
        """Return the labels on the grid of a scan, (Z, Y, X); None where voxels miss voxels."""
        if self.labels.size == 1 and not self.labels.any():  # Slicer's sign of an empty one
            return np.zeros(scan.grid, np.uint8)
        return laid_on(self.labels, self.affine, scan)


def read_masks(path: Path | str) -> tuple[FileMask, ...]:
    """Open a saved mask, or the several that a file of 3D Slicer holds where segments overlap.

    Parameters
    ----------
    path : path
        A NIfTI, NRRD, ``.seg.nrrd``, MetaImage, TIFF or DICOM SEG file. Labels with a scale (0 and
        10.92, or 255 times 1/255) become whole numbers.

    Returns
    -------
    tuple of FileMask
        In the file's own voxel order.

    Raises
    ------
    ScanError
        If the file cannot be read, or does not hold one channel of labels.
    """
    path = Path(path)
    with unchanged(path):
        return _read_masks(path)


def _read_masks(path: Path) -> tuple[FileMask, ...]:
    name = scan_name(path)
    if is_segmentation(path):
        from napari_brainseg.io.itk import seg_nrrd

        layers = seg_nrrd.read(path, name)
        return tuple(
            FileMask(each.labels, each.affine, each.info, _layer_name(name, each.info, layers))
            for each in layers
        )
    if has_suffix(path, DICOM.mask_suffixes) or is_dicom(path):
        from napari_brainseg.io.dicom import seg_read

        mask = seg_read.read(path)
        return (FileMask(mask.labels, mask.affine, mask.info, mask.name),)
    scan = _read(path)
    return (FileMask(_labels(scan, path), scan.affine, read_mask_info(path), name, scan.units),)


def _layer_name(name: str, info: MaskInfo, layers: Sequence[Any]) -> str:
    """Name a layer after its segments, where there are several layers."""
    return name if len(layers) == 1 else f"{name} · {shortened(', '.join(info.names.values()), 60)}"


def _labels(scan: Scan, path: Path) -> NDArray[np.uint8 | np.uint16]:
    if tr(OVERFLOWN) in scan.source.warnings:  # what is no number is background, as in SPM
        raise ScanError(
            tr(
                "{name}: holds infinite values, expected whole numbers from 0 to {max_label}. "
                "Save the mask again from the program that made it.",
                name=path.name,
                max_label=MAX_LABEL,
            )
        )
    values = scan.data[0]
    labels = whole_labels(values) if len(scan.channels) == 1 else None
    if labels is None:
        raise ScanError(
            tr(
                "{name}: holds {channels} channels with values from {low:.6g} to {high:.6g}, "
                "expected one channel of whole numbers from 0 to {max_label}. Choose a mask "
                "file; probabilities become one when a threshold is set on them.",
                name=path.name,
                channels=len(scan.channels),
                low=values.min(),
                high=values.max(),
                max_label=MAX_LABEL,
            )
        )
    return labels


def read_mask(path: Path | str) -> tuple[NDArray[np.uint8 | np.uint16], NDArray[np.float64]]:
    """Open a saved mask.

    Parameters
    ----------
    path : path
        A file as for :func:`read_masks`.

    Returns
    -------
    labels : ndarray of uint8 or uint16, shape (Z, Y, X)
        The labels, in the file's own voxel order.
    affine : ndarray of float64, shape (4, 4)
        Voxel index ``(x, y, z, 1)`` to RAS+ mm.

    Raises
    ------
    ScanError
        As :func:`read_masks`, and if the file holds segments that overlap.
    """
    mask = _only(read_masks(path), Path(path))
    return mask.labels, mask.affine


def _only(masks: Sequence[FileMask], path: Path) -> FileMask:
    if len(masks) > 1:
        raise ScanError(
            tr(
                "{name}: its segments overlap, so it holds {count} masks, expected one. Drop "
                "it on the window, where each becomes a layer, and save the one that you "
                "want.",
                name=path.name,
                count=len(masks),
            )
        )
    return masks[0]


def _read(path: Path) -> Scan:
    check_content(path)
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
    if is_seg(path) or is_segmentation(path):
        return _only(read_masks(path), path).info
    return (
        color_table.read(color_table.color_table_of(path)) if has_color_table(path) else MaskInfo()
    )


def has_color_table(path: Path | str) -> bool:
    """Whether a file is a mask with a colour table of 3D Slicer beside it; quick, never raises."""
    path = Path(path)
    return has_suffix(path, MASK_SUFFIXES) and color_table.lies_beside(path)


def is_segmentation(path: Path | str) -> bool:
    """Whether a file is a segmentation of 3D Slicer, by its ending or its header; never raises."""
    path = Path(path)
    if has_suffix(path, SEG_NRRD.suffixes):
        return True
    if not has_suffix(path, NRRD.suffixes):
        return False
    header = BLANK_LINE.split(first_bytes(path, MAX_TO_LOOK), maxsplit=1)[0]
    return SEGMENT.search(header) is not None


def is_named_mask(path: Path | str) -> bool:
    """Whether a file is called a mask, such as ``flair_mask.tif`` or ``case-seg.nii.gz``.

    NIfTI may be called so by its header instead.
    """
    path = Path(path)
    if not has_suffix(path, MASK_SUFFIXES):
        return False
    if NAMED.search(scan_name(path).lower()):
        return True
    if format_of(path) is not NIFTI:
        return False
    from napari_brainseg.io import nifti

    return nifti.says_labels(path)


def read_mask_on(path: Path | str, scan: Scan) -> NDArray[np.uint8 | np.uint16]:
    """Open a saved mask on the grid of its scan.

    Parameters
    ----------
    path : path
        A file as for :func:`read_mask`.
    scan : Scan
        The scan that the mask was made on. The mask may have its axes in another order, or be
        cropped, as long as voxels fall on voxels.

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
        labels = _only(read_masks(path), path).on(scan)
    if labels is None:
        raise ScanError(
            tr(
                "{name}: the mask does not lie on the voxels of {scan}, expected each voxel "
                "of it to be one of the scan's. Choose the scan that the mask was made on.",
                name=path.name,
                scan=scan.source.name,
            )
        )
    return labels
