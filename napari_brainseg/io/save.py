"""Saving masks so that nothing is lost: checked, written aside, read back, then put in place."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import color_table
from napari_brainseg.io.files import (
    META_SUFFIXES,
    NIFTI_SUFFIXES,
    NRRD_SUFFIXES,
    SEG_SUFFIXES,
    TIFF_SUFFIXES,
    VOLUME_SUFFIXES,
    MaskInfo,
    finite,
    has_suffix,
    is_dicom,
    is_seg,
    read_volume,
    scan_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = [
    "MASK_SUFFIXES",
    "carries_identity",
    "check_mask_format",
    "check_place",
    "compact",
    "default_mask_path",
    "has_color_table",
    "lies_on",
    "read_mask",
    "read_mask_info",
    "read_mask_on",
    "replacing",
    "why_no_seg",
    "write_image",
    "write_mask",
]

MASK_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".mha", *TIFF_SUFFIXES, *SEG_SUFFIXES)

MAX_LABEL = 65535


def default_mask_path(scan: Scan) -> Path:
    """Propose where to save the mask of a scan.

    Beside the scan, that is beside the file, or beside the folder of a scan in many files: a
    mask among the slices would be taken for one of them. In the home folder for a scan that is
    not on disk. TIFF for TIFF and pictures, DICOM SEG for scans from DICOM that allow it, NRRD and
    MetaImage each for itself, else compressed NIfTI.
    """
    files = scan.source.files
    suffix = ".nii.gz"
    if scan.source.format in ("tiff", "picture"):
        suffix = ".tif"
    elif files and has_suffix(files[0], NRRD_SUFFIXES):
        suffix = ".nrrd"
    elif files and has_suffix(files[0], META_SUFFIXES):
        suffix = ".mha"
    elif not why_no_seg(scan):
        suffix = ".dcm"
    if not files:
        folder = Path.home()
    elif len(files) == 1 or scan.source.format in ("nifti", "itk"):  # a header and its voxels
        folder = files[0].parent
    else:
        folder = files[0].parent.parent
    return folder / f"{scan.source.name}_mask{suffix}"


def why_no_seg(scan: Scan) -> str:
    """Say why the mask of a scan cannot be saved as DICOM SEG; empty if it can."""
    from napari_brainseg.io.dicom import references

    return references.why_not(scan)


def carries_identity(path: Path) -> bool:
    """Whether a mask saved under this name holds the patient's name, ID and dates."""
    return has_suffix(path, SEG_SUFFIXES)


def check_mask_format(scan: Scan, path: Path) -> None:
    """Check that the mask of a scan can be saved under a name of this kind.

    Raises
    ------
    SaveError
        If the suffix is unknown, or the format needs what the scan does not have.
    """
    if not has_suffix(path, MASK_SUFFIXES):
        raise SaveError(
            f"{path.name}: a mask is saved as {', '.join(MASK_SUFFIXES)}. End the name with one of "
            "these."
        )
    if has_suffix(path, SEG_SUFFIXES) and (reason := why_no_seg(scan)):
        raise SaveError(
            f"{path.name}: a DICOM SEG refers to the images of its scan, but {reason}. Save as "
            "NIfTI (.nii.gz) instead."
        )


def write_mask(
    labels: NDArray[Any],
    scan: Scan,
    path: Path | str,
    *,
    overwrite: bool = False,
    info: MaskInfo | None = None,
) -> Path:
    """Save a mask on the grid of its scan.

    The file is written aside in the same folder, flushed to disk, read back and compared with
    what was to be saved; only then does it take its place, in one step. An earlier file stays
    whole whatever happens. A link is followed and stays a link.

    Where several labels have names, a colour table of 3D Slicer goes beside the mask, as
    ``<mask>_colors.ctbl``, but for DICOM SEG, which holds the names itself.

    Parameters
    ----------
    labels : ndarray of int or bool, shape (Z, Y, X)
        The mask on the scan's grid, labels 0 to 65535; saved as uint8 where that is enough, else
        as uint16.
    scan : Scan
        The scan that the mask was made on.
    path : path
        Where to save; the suffix chooses NIfTI (``.nii.gz``, ``.nii``), NRRD (``.nrrd``),
        MetaImage (``.mha``), TIFF (``.tif``) or DICOM SEG (``.dcm``), which is there for scans
        from DICOM only and carries the patient's name, ID and dates.
    overwrite : bool
        Whether to replace an existing file. The scan's own files are never replaced.
    info : MaskInfo, optional
        What the labels mean and what made them, kept by DICOM SEG; drawn by hand if not given.

    Returns
    -------
    Path
        The path given.

    Raises
    ------
    SaveError
        If the mask does not fit the scan, the place is taken or cannot be written, or the file
        did not read back as written.
    """
    path = Path(path)
    info = info or MaskInfo()
    checked = compact(labels, scan)
    target = path.resolve()
    check_mask_format(scan, path)
    check_place(target, path.name, scan, overwrite)
    table = _color_table_of(path, checked, info, overwrite)
    suffix = next(suffix for suffix in MASK_SUFFIXES if has_suffix(path, (suffix,)))
    with ExitStack() as stack:
        if table:
            beside = color_table.beside(path)
            stack.enter_context(replacing(beside, beside.name)).write_text(table, encoding="utf-8")
        aside = stack.enter_context(replacing(target, path.name, suffix))
        _write(aside, checked, scan, info)
        _verify(aside, checked, scan, path.name)
    return path


def write_image(image: NDArray[Any], scan: Scan, path: Path) -> None:
    """Save one image on the grid of a scan as NIfTI, without loss; see :func:`write_mask`.

    Parameters
    ----------
    image : ndarray of int, bool or float, shape (Z, Y, X)
        Intensities, kept as they are; half precision is stored as single, and what is not a
        finite number as 0.
    scan : Scan
        Whose grid.
    path : Path
        Where to save, ``.nii.gz`` or ``.nii``; an earlier file gives way.

    Raises
    ------
    SaveError
        If the file cannot be written, or did not read back as written.
    """
    from napari_brainseg.io import nifti

    values, _ = finite(image)
    # NIfTI has neither of these.
    stored = {"?": np.uint8, "e": np.float32}.get(values.dtype.char, values.dtype)
    values = values.astype(stored, copy=False)
    suffix = next(suffix for suffix in NIFTI_SUFFIXES if has_suffix(path, (suffix,)))
    with replacing(path, path.name, suffix) as aside:
        nifti.write_image(aside, values, scan)
        back = nifti.read(aside)
        _compare(back.data[0], back.affine, values, scan, path.name)


@contextmanager
def replacing(target: Path, name: str, suffix: str = "") -> Iterator[Path]:
    """Give a place to write a file aside, which is flushed to disk and then put in place whole.

    Parameters
    ----------
    target : Path
        The file's place; an earlier file there stays whole if anything is raised inside.
    name : str
        What to call it in errors.
    suffix : str
        That the place aside must end in.

    Raises
    ------
    SaveError
        If the file cannot be written.
    """
    aside = target.with_name(f".{secrets.token_hex(8)}{suffix}")
    try:
        yield aside
        with aside.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(aside, target)
    except OSError as error:
        raise SaveError(
            f"{name}: could not be written ({error.strerror or type(error).__name__}). "
            "Choose another folder or disk."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


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
    if has_suffix(path, SEG_SUFFIXES) or is_dicom(path):
        from napari_brainseg.io.dicom import seg_read

        mask = seg_read.read(path)
        return mask.labels, mask.affine
    if has_suffix(path, VOLUME_SUFFIXES):
        scan = read_volume(path)
    else:
        from napari_brainseg.io.pictures import folder

        scan = folder.read([path], scan_name(path)).scan
    values = scan.data[0]
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "bui" or bool((values == np.rint(values)).all())
    if len(scan.channels) > 1 or not whole or low < 0 or high > MAX_LABEL:
        raise ScanError(
            f"{path.name}: holds {len(scan.channels)} channels with values from {low} to {high}, "
            f"expected one channel of whole numbers from 0 to {MAX_LABEL}. Choose a mask file."
        )
    return values.astype(np.uint8 if high <= 255 else np.uint16), scan.affine


def read_mask_info(path: Path | str) -> MaskInfo:
    """Tell what the labels of a saved mask stand for: from the file, or the table beside it.

    Raises
    ------
    ScanError
        If the DICOM SEG, or the colour table, cannot be read.
    """
    path = Path(path)
    if is_seg(path):
        from napari_brainseg.io.dicom import seg_read

        return seg_read.read(path).info
    return color_table.read(color_table.beside(path)) if has_color_table(path) else MaskInfo()


def has_color_table(path: Path | str) -> bool:
    """Whether a file is a mask with a colour table of 3D Slicer beside it; quick, never raises."""
    path = Path(path)
    return has_suffix(path, MASK_SUFFIXES) and color_table.describes(path)


def read_mask_on(path: Path | str, scan: Scan) -> NDArray[np.uint8 | np.uint16]:
    """Open a saved mask on the grid of its scan.

    Parameters
    ----------
    path : path
        A NIfTI, TIFF or DICOM SEG file.
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


def compact(labels: NDArray[Any], scan: Scan) -> NDArray[np.uint8 | np.uint16]:
    """Check a mask against its scan and give it the smallest type that holds it."""
    name = scan.source.name
    if labels.shape != scan.grid:
        raise SaveError(
            f"The mask has shape {labels.shape} and the scan {name} {scan.grid} (z, y, x). Save "
            "the mask with the scan that it was made on."
        )
    if labels.dtype.kind not in "bui":
        raise SaveError(
            f"The mask of {name} holds {labels.dtype} values, expected whole numbers. Apply the "
            "threshold first."
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high > MAX_LABEL:
        raise SaveError(
            f"The mask of {name} holds labels from {low} to {high}, expected 0 to {MAX_LABEL}. "
            "Renumber the labels."
        )
    return np.ascontiguousarray(labels, dtype=np.uint8 if high <= 255 else np.uint16)


def check_place(target: Path, name: str, scan: Scan, overwrite: bool) -> None:
    """Refuse places where a mask must not go.

    Raises
    ------
    SaveError
        If the folder is missing, or the place is taken by the scan itself, by a folder, or by a
        file that may not be overwritten.
    """
    if not target.parent.is_dir():
        raise SaveError(f"{name}: its folder does not exist. Create it, or choose another one.")
    if not target.exists():
        return
    if any(file.exists() and target.samefile(file) for file in scan.source.files):
        raise SaveError(f"{name}: this is the scan itself. Choose another name.")
    if target.is_dir():
        raise SaveError(f"{name}: a folder has this name. Choose another name.")
    if not overwrite:
        raise SaveError(
            f"{name}: a file of this name exists. Choose another name, or allow to overwrite it."
        )


def _color_table_of(path: Path, labels: NDArray[Any], info: MaskInfo, overwrite: bool) -> str:
    """Give the colour table to write beside a mask; empty where none is due."""
    table = color_table.beside(path)
    several = len(info.names) > 1
    if has_suffix(path, SEG_SUFFIXES) or not (several or color_table.is_ours(table)):
        return ""
    text = color_table.format_table(info, np.unique(labels).tolist())
    if not table.exists():
        return text
    if color_table.says(table, text):
        return ""
    if not overwrite or not color_table.is_ours(table):
        raise SaveError(
            f"{table.name}: a file of this name lies where the names and colours of {path.name} "
            "would go. Move it elsewhere, or choose another name for the mask."
        )
    return text


def _write(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    if has_suffix(path, SEG_SUFFIXES):
        from napari_brainseg.io.dicom import seg_write

        seg_write.write_seg(labels, scan, info, path)
    elif has_suffix(path, NIFTI_SUFFIXES):
        from napari_brainseg.io import nifti

        nifti.write(path, labels, scan)
    elif has_suffix(path, VOLUME_SUFFIXES):
        from napari_brainseg.io.itk import files as itk

        itk.write(path, labels, scan)
    else:
        from napari_brainseg.io.pictures import tiff

        tiff.write(path, labels, scan)


def _verify(aside: Path, labels: NDArray[Any], scan: Scan, name: str) -> None:
    """Compare what is on disk with what was to be saved."""
    try:
        found, affine = read_mask(aside)
    except ScanError as error:
        raise SaveError(
            f"{name}: the file could not be read back, so nothing was replaced. Save to another "
            "disk, and report this if it happens again."
        ) from error
    _compare(found, affine, labels, scan, name)


def _compare(
    found: NDArray[Any], affine: NDArray[np.float64], given: NDArray[Any], scan: Scan, name: str
) -> None:
    # 1e-6 relative is what the 32-bit floats of a NIfTI-1 header leave of an affine.
    same_place = np.allclose(affine, scan.affine, rtol=1e-6, atol=1e-6)
    if not np.array_equal(found, given) or not same_place:
        what = "position" if np.array_equal(found, given) else "voxels"
        raise SaveError(
            f"{name}: the {what} did not read back as written, so nothing was replaced. Save to "
            "another disk, and report this if it happens again."
        )
