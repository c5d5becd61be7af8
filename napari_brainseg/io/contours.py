"""Saving a mask as outlines for programs that plan radiotherapy: DICOM RTSTRUCT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_brainseg.errors import SaveError
from napari_brainseg.io.atomic import replacing
from napari_brainseg.io.places import check_place, resolved
from napari_brainseg.io.save import compact, why_no_seg
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = ["write_contours"]


def write_contours(
    labels: NDArray[Any],
    scan: Scan,
    path: Path | str,
    *,
    overwrite: bool = False,
    info: MaskInfo | None = None,
) -> Path:
    """Save a mask as a DICOM RT structure set that refers to the slices of its scan.

    Each label is a region of interest, each of its components on a slice a contour between the
    centres of the voxels inside and outside, its holes joined to it by channels of no width. The
    file is written aside, its contours are filled again and compared with the mask, and only then
    it takes its place.

    Parameters
    ----------
    labels : ndarray of int or bool, shape (Z, Y, X)
        The mask on the scan's grid.
    scan : Scan
        A scan read from DICOM, of one file per slice or of multi-frame files. Patient, study and
        frame of reference are taken over from it: **the file carries the patient's name, ID and
        dates**.
    path : path
        Where to save, ``.dcm``.
    overwrite : bool
        Whether to replace an existing file. The scan's own files are never replaced.
    info : MaskInfo, optional
        What the labels mean and what made them; left open in the file if not given.

    Returns
    -------
    Path
        The path given.

    Raises
    ------
    SaveError
        If the mask is empty or does not fit the scan, the scan is no such series, the place is
        taken or cannot be written, or the file did not read back as written.
    """
    from napari_brainseg.io.dicom import rtstruct

    path = Path(path)
    checked = compact(labels, scan)
    _check(checked, scan, path)
    target = resolved(path)
    check_place(target, path.name, scan, overwrite)
    with replacing(target, path.name, ".dcm", exclusive=not overwrite) as aside:
        rtstruct.write(aside, checked, scan, info)
        rtstruct.verify(aside, checked, scan, path.name)
    return path


def _check(labels: NDArray[Any], scan: Scan, path: Path) -> None:
    if reason := why_no_seg(scan):
        raise SaveError(
            tr(
                "{name}: an RTSTRUCT refers to the images of its scan, but {reason}. Save as "
                "NIfTI (.nii.gz) instead.",
                name=path.name,
                reason=reason,
            )
        )
    if path.suffix.lower() != ".dcm":
        raise SaveError(
            tr("{name}: an RTSTRUCT is saved as .dcm. End the name with that.", name=path.name)
        )
    if not labels.any():
        raise SaveError(
            tr(
                "{name}: the mask of {scan} is empty, and an RTSTRUCT holds outlines only. "
                "Save as NIfTI (.nii.gz) instead.",
                name=path.name,
                scan=scan.source.name,
            )
        )
