"""Saving masks so that nothing is lost: checked, written aside, read back, then put in place."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import FileTakenError, SaveError
from napari_brainseg.io import color_table
from napari_brainseg.io.atomic import replacing
from napari_brainseg.io.files import file_stem, is_present
from napari_brainseg.io.formats import (
    DICOM,
    MASK_SUFFIXES,
    NIFTI,
    format_of,
    mask_format,
    mask_suffix,
)
from napari_brainseg.io.mask_info import MAX_LABEL, MaskInfo
from napari_brainseg.io.places import check_place, resolved
from napari_brainseg.io.read_back import compare, verify_written
from napari_brainseg.io.volumes import finite
from napari_brainseg.language import tr
from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

    Ready = Callable[[Path, Path], object]

__all__ = [
    "carries_identity",
    "check_mask_format",
    "compact",
    "default_mask_path",
    "keep_mask",
    "nifti_instead",
    "why_no_seg",
    "write_image",
    "write_mask",
]


def default_mask_path(scan: Scan) -> Path:
    """Propose where to save the mask of a scan.

    Beside the scan, that is beside the file, or beside the folder of a scan in many files: a
    mask among the slices would be taken for one of them. In the home folder for a scan that is
    not on disk. TIFF for TIFF and pictures, DICOM SEG for scans from DICOM that allow it, NRRD and
    MetaImage each for itself, else compressed NIfTI.
    """
    folder = scan.source.place or Path.home()
    return folder / f"{scan.source.name}_mask{_proposed_suffix(scan)}"


def _proposed_suffix(scan: Scan) -> str:
    if isinstance(scan.source, DicomSource):
        return NIFTI.proposed if why_no_seg(scan) else DICOM.proposed
    files = scan.source.files
    read_as = format_of(files[0]) if files else None
    return (read_as or NIFTI).proposed


def why_no_seg(scan: Scan) -> str:
    """Return why the mask of a scan cannot be saved as DICOM SEG; empty if it can."""
    from napari_brainseg.io.dicom import references

    return references.why_unreferable(scan)


def carries_identity(path: Path) -> bool:
    """Whether a mask saved under this name holds the patient's name, ID and dates."""
    format_ = mask_format(path)
    return format_ is not None and format_.has_identity


def check_mask_format(scan: Scan, path: Path) -> None:
    """Check that the mask of a scan can be saved under a name of this kind, before it is made.

    For DICOM SEG the headers of the scan's images are looked at, as writing will.

    Raises
    ------
    SaveError
        If the suffix is unknown, or the format needs what the scan does not have.
    """
    format_ = mask_format(path)
    if format_ is None:
        raise SaveError(
            tr(
                "{name}: a mask is saved as {endings}. End the name with one of these.",
                name=path.name,
                endings=", ".join(MASK_SUFFIXES),
            )
        )
    if format_.why_no_mask and (reason := format_.why_no_mask(scan)):
        raise SaveError(
            tr("{name}: {reason}. Save as NIfTI (.nii.gz) instead.", name=path.name, reason=reason)
        )
    if format_.check_sources:
        format_.check_sources(scan)


def write_mask(
    labels: NDArray[Any],
    scan: Scan,
    path: Path | str,
    *,
    overwrite: bool = False,
    info: MaskInfo | None = None,
    ready: Ready | None = None,
) -> Path:
    """Save a mask on the grid of its scan.

    The file is written aside in the same folder, flushed to disk, read back and compared with
    what was to be saved; only then does it take its place, in one step. An earlier file stays
    whole whatever happens. A link is followed and stays a link.

    Where several labels have names, or one has another name or colour than masks have that say
    nothing, a colour table of 3D Slicer goes beside the mask, as ``<mask>_colors.ctbl``; but for
    NRRD and DICOM SEG, which hold the names themselves.

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
        What the labels mean and what made them; drawn by hand if not given. What made them is kept
        by DICOM SEG alone.
    ready : callable, optional
        Called with the whole file, and the path that it is about to take.

    Returns
    -------
    Path
        The path given.

    Raises
    ------
    SaveError
        If the mask does not fit the scan, the place is taken or cannot be written, or the file
        did not read back as written.

    Examples
    --------
    >>> scan = read_scan("flair.nii.gz").scan
    >>> mask = scan.data[0] > 600  # (Z, Y, X), like all masks
    >>> write_mask(mask, scan, "flair_mask.nii.gz").name
    'flair_mask.nii.gz'

    Two classes, with their names in a colour table beside the mask:

    >>> classes = mask + (scan.data[0] > 700)
    >>> info = MaskInfo(names={1: "oedema", 2: "core"})
    >>> write_mask(classes, scan, default_mask_path(scan), overwrite=True, info=info).name
    'flair_mask.nii.gz'
    """
    path = Path(path)
    info = info or MaskInfo()
    checked = compact(labels, scan)
    target = resolved(path)
    check_mask_format(scan, path)
    check_place(target, path.name, scan, overwrite)
    table = _color_table_of(path, checked, info, overwrite)
    with ExitStack() as stack:
        if table:
            beside = color_table.color_table_of(path)
            stack.enter_context(replacing(beside, beside.name)).write_text(table, encoding="utf-8")
        aside = stack.enter_context(
            replacing(target, path.name, mask_suffix(path), exclusive=not overwrite)
        )
        _write(aside, checked, scan, info)
        verify_written(aside, checked, scan, path.name)
        if ready is not None:
            ready(aside, path)
    return path


def keep_mask(
    labels: NDArray[Any],
    scan: Scan,
    path: Path,
    *,
    overwrite: bool = False,
    info: MaskInfo | None = None,
    ready: Ready | None = None,
) -> tuple[Path, str]:
    """Save a mask that must not be lost: as NIfTI beside, where the format asked for fails.

    The NIfTI file gets a name that is free: nobody was asked about another one.

    Parameters
    ----------
    labels, scan, path, overwrite, info, ready
        As for :func:`write_mask`.

    Returns
    -------
    path : Path
        Where the mask is.
    note : str
        Why it is not where it should be; empty where it is.

    Raises
    ------
    SaveError
        If NIfTI cannot be written either.
    """
    try:
        return write_mask(labels, scan, path, overwrite=overwrite, info=info, ready=ready), ""
    except SaveError as error:
        format_ = mask_format(path)
        taken = isinstance(error, FileTakenError)
        if taken or format_ is None or format_.why_no_mask is None:
            raise
        instead = nifti_instead(path)
        write_mask(labels, scan, instead, info=info, ready=ready)
        return instead, tr(
            "{error} It was saved as {instead} instead.", error=error, instead=instead.name
        )


def nifti_instead(path: Path) -> Path:
    """Return a free place for a mask as NIfTI, beside the one where another format fails."""
    format_ = mask_format(path)
    stem = file_stem(path, format_.mask_suffixes if format_ else ())
    names = (f"{stem}{f'-{n}' if n > 1 else ''}{NIFTI.proposed}" for n in count(1))
    return next(place for name in names if not os.path.lexists(place := path.with_name(name)))


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
    with replacing(path, path.name, mask_suffix(path)) as aside:
        nifti.write_nifti_image(aside, values, scan)
        back = nifti.read(aside, path.name)
        compare(back.data[0], back.affine, values, scan, path.name)


def compact(labels: NDArray[Any], scan: Scan) -> NDArray[np.uint8 | np.uint16]:
    """Check a mask against its scan, and return it in the smallest type that holds it.

    Raises
    ------
    SaveError
        If its shape, type or labels do not fit.
    """
    name = scan.source.name
    if labels.shape != scan.grid:
        raise SaveError(
            tr(
                "The mask has shape {shape} and the scan {name} {grid} (z, y, x). Save the "
                "mask with the scan that it was made on.",
                shape=labels.shape,
                name=name,
                grid=scan.grid,
            )
        )
    if labels.dtype.kind not in "bui":
        raise SaveError(
            tr(
                "The mask of {name} holds {kind} values, expected whole numbers. Apply the "
                "threshold first.",
                name=name,
                kind=labels.dtype,
            )
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high > MAX_LABEL:
        raise SaveError(
            tr(
                "The mask of {name} holds labels from {low} to {high}, expected 0 to "
                "{max_label}. Renumber the labels.",
                name=name,
                low=low,
                high=high,
                max_label=MAX_LABEL,
            )
        )
    return np.ascontiguousarray(labels, dtype=np.uint8 if high <= 255 else np.uint16)


def _color_table_of(path: Path, labels: NDArray[Any], info: MaskInfo, overwrite: bool) -> str:
    """Return the colour table to write beside a mask; empty if none is needed."""
    table = color_table.color_table_of(path)
    occurring = np.unique(labels).tolist()
    needed = len(info.names) > 1 or info.says_more_than(MaskInfo(), occurring)
    format_ = mask_format(path)
    carried = format_ is not None and format_.has_names
    if carried or not (needed or color_table.is_ours(table)):
        return ""
    text = color_table.format_table(info, occurring)
    if not is_present(table):
        return text
    if color_table.says(table, text):
        return ""
    if not overwrite or not color_table.is_ours(table):
        raise SaveError(
            tr(
                "{table}: a file of this name lies where the names and colours of {name} "
                "would go. Move it elsewhere, or choose another name for the mask.",
                table=table.name,
                name=path.name,
            )
        )
    return text


def _write(path: Path, labels: NDArray[Any], scan: Scan, info: MaskInfo) -> None:
    format_ = mask_format(path)
    if format_ is None or format_.write is None:
        raise ValueError(f"no masks are written as {path.suffix}")
    format_.write(path, labels, scan, info)
