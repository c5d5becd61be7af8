"""Opening scans and saving masks.

:func:`read_scan` is the one way in and :func:`write_mask` the one way out. Each format family is
a module of its own that is imported when a file of its kind is met, because the libraries behind
them are slow to load. To add a format, write a module whose ``read`` gives a
:class:`~napari_brainseg.scan.Scan` or raises :class:`~napari_brainseg.errors.ScanError`, name its
suffixes in ``files`` and dispatch to it here.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.rtstruct import write_contours
from napari_brainseg.io.discover import FoundScan, find_scans
from napari_brainseg.io.files import (
    COLOUR_NOTE,
    MM_PER_UNIT,
    NIFTI_SUFFIXES,
    PAIR_SUFFIXES,
    PICTURE_SUFFIXES,
    TIFF_SUFFIXES,
    UNNAMED_COLOR,
    VOLUME_SUFFIXES,
    MaskInfo,
    Reading,
    check_channels,
    check_memory,
    finite,
    guess_sequence,
    has_suffix,
    is_dicom,
    is_seg,
    listing,
    natural_key,
    read_volume,
    scan_name,
    visible,
)
from napari_brainseg.io.pictures.png_export import write_mask_pictures
from napari_brainseg.io.save import (
    MASK_SUFFIXES,
    carries_identity,
    check_mask_format,
    default_mask_path,
    has_color_table,
    lies_on,
    read_mask,
    read_mask_info,
    read_mask_on,
    replacing,
    why_no_seg,
    write_image,
    write_mask,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.io.dicom.series import Series

__all__ = [
    "COLOUR_NOTE",
    "MASK_SUFFIXES",
    "MM_PER_UNIT",
    "UNNAMED_COLOR",
    "FoundScan",
    "MaskInfo",
    "Reading",
    "can_read",
    "carries_identity",
    "check_channels",
    "check_mask_format",
    "check_memory",
    "default_mask_path",
    "find_scans",
    "finite",
    "guess_sequence",
    "has_color_table",
    "is_seg",
    "lies_on",
    "list_series",
    "natural_key",
    "read_mask",
    "read_mask_info",
    "read_mask_on",
    "read_scan",
    "read_series",
    "replacing",
    "scan_name",
    "why_no_seg",
    "write_contours",
    "write_image",
    "write_mask",
    "write_mask_pictures",
]

SLICE_SUFFIXES = (*TIFF_SUFFIXES, *PICTURE_SUFFIXES)
PEEK = 256
"""How many entries of a folder :func:`can_read` looks at."""


def read_scan(path: Path | str | Sequence[Path | str], series: str | None = None) -> Reading:
    """Open a scan.

    Parameters
    ----------
    path : path or sequence of paths
        A NIfTI, NRRD, MetaImage, DICOM, TIFF or picture file; a folder with one DICOM series or
        with one file per slice; or the slice files of one scan, in any order. One DICOM file
        stands for its whole series in the same folder, one file of a pair for both.
    series : str, optional
        Which series of DICOM files: the ``uid`` that :func:`list_series` gives, the series' number,
        or a part of its title. The largest if not given, with a warning that names the others.

    Returns
    -------
    Reading
        The scan, and the mask that its source brings along, if any.

    Raises
    ------
    ScanError
        If the path is not a scan that can be read faithfully; the message names the file (never
        its folder), the problem and the remedy.
    """
    paths = _existing(path)
    if (dicom_files := _dicom_files(paths)) is not None:
        from napari_brainseg.io.dicom import series as dicom

        files, name, chosen = dicom_files
        return Reading(dicom.read(files, name, chosen, series))
    if series is not None:
        raise ScanError(
            f"{paths[0].name if paths else 'nothing'}: a series can be chosen in DICOM only. Leave "
            "the choice of a series out."
        )
    if len(paths) == 1:
        only = paths[0]
        return _read_folder(only) if only.is_dir() else _read_file(only)
    return _read_files(paths)


def list_series(path: Path | str | Sequence[Path | str]) -> list[Series]:
    """List the DICOM series of a folder, or those that lie in a file, without reading pixels.

    Parameters
    ----------
    path : path or sequence of paths
        As for :func:`read_scan`.

    Returns
    -------
    list of Series
        The largest first; empty where the path is not DICOM.

    Raises
    ------
    ScanError
        If there is no image among the files, or a single file cannot be read.
    """
    dicom_files = _dicom_files(_existing(path))
    if dicom_files is None:
        return []
    from napari_brainseg.io.dicom import series as dicom

    files, name, chosen = dicom_files
    found = dicom.find_series(files, name, chosen)
    if chosen is None:
        return found
    # The runs of an uneven series belong together, whichever of them the file lies in.
    first = found[0]
    return [
        series
        for series in found
        if chosen in series.files or (first.refusal and series.refusal == first.refusal)
    ]


def read_series(series: Series) -> Reading:
    """Open one of the series that :func:`list_series` gave.

    Raises
    ------
    ScanError
        As for :func:`read_scan`.
    """
    from napari_brainseg.io.dicom import series as dicom

    return Reading(dicom.read_series(series))


def can_read(path: Path | str) -> bool:
    """Whether :func:`read_scan` is the right one to ask about a path; quick, and never raises.

    True for files with a known suffix or DICOM's first bytes, for folders that hold such files,
    and for folders above such folders, which are refused with advice on what to open.
    """
    path = _absolute(path)
    try:
        if not path.is_dir():
            return path.is_file() and _is_known(path)
        entries = list(islice(visible(path), PEEK))
        if any(_is_known(entry) for entry in entries if entry.is_file()):
            return True
        folders = [entry for entry in entries if entry.is_dir()]
        return any(_is_known(entry) for entry in _peek_into(folders) if entry.is_file())
    except OSError:
        return False


def _existing(path: Path | str | Sequence[Path | str]) -> list[Path]:
    """Make paths absolute, and refuse those that are no file or folder."""
    given = [path] if isinstance(path, (str, Path)) else path
    paths = [_absolute(item) for item in given]
    for item in paths:
        if not (item.is_file() or item.is_dir()):  # nor a pipe or device, which would hang
            raise ScanError(f"{item.name}: there is no such file or folder. Check the name.")
    return paths


def _dicom_files(paths: list[Path]) -> tuple[list[Path], str, Path | None] | None:
    """Find the DICOM files that paths stand for, a name for them, and the file chosen, if any.

    None where the paths are not DICOM.
    """
    if len(paths) != 1:
        is_series = paths and all(_is_plain_dicom(path) for path in paths)
        return (paths, paths[0].parent.name, None) if is_series else None
    (only,) = paths
    if not only.is_dir():
        if is_seg(only):
            raise ScanError(
                f"{only.name}: this is a mask (DICOM SEG), expected a scan. Open the series that "
                "it was made on."
            )
        if not _is_plain_dicom(only):
            return None
        siblings = [file for file in _files(only.parent) if file == only or is_dicom(file)]
        return siblings, only.parent.name, only
    # A disc's list of its files; it is not followed, since it may point anywhere.
    entries = [file for file in _files(only) if file.name.upper() != "DICOMDIR"]
    # Masks lie beside the folders of series, and make no series of their folder.
    files = [file for file in entries if is_dicom(file) and not is_seg(file)]
    if all(has_suffix(file, SLICE_SUFFIXES) for file in files):
        return None
    return files, only.name, None


def _is_plain_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its content, and not another format by its name."""
    return not has_suffix(path, (*NIFTI_SUFFIXES, *SLICE_SUFFIXES)) and is_dicom(path)


def _absolute(path: Path | str) -> Path:
    # Not resolve(): a link keeps its own name and neighbours.
    return Path(os.path.abspath(os.path.expanduser(path)))


def _peek_into(folders: list[Path], depth: int = 3) -> Iterator[Path]:
    """Give some of the entries of folders and of those in them: patient, study, series."""
    for folder in folders[:4]:
        entries = list(islice(visible(folder), 16))
        yield from entries
        if depth > 1:
            yield from _peek_into([entry for entry in entries if entry.is_dir()], depth - 1)


def _is_known(path: Path) -> bool:
    if has_suffix(path, PAIR_SUFFIXES):
        return _is_pair(path)
    return has_suffix(path, (*VOLUME_SUFFIXES, *SLICE_SUFFIXES)) or is_dicom(path)


def _is_pair(path: Path) -> bool:
    """Whether a file belongs to a NIfTI or Analyze pair; other things are called .hdr or .img."""
    try:
        with path.with_suffix(".hdr" if path.suffix.islower() else ".HDR").open("rb") as stream:
            size = stream.read(4)
    except OSError:
        return False
    return {int.from_bytes(size, "little"), int.from_bytes(size, "big")} & {348, 540} != set()


def _read_file(path: Path) -> Reading:
    if has_suffix(path, VOLUME_SUFFIXES):
        return Reading(read_volume(path))
    if has_suffix(path, SLICE_SUFFIXES):
        from napari_brainseg.io.pictures import folder as slices

        return slices.read([path], scan_name(path))
    raise ScanError(
        f"{path.name}: not a file that can be opened here, expected NIfTI (.nii, .nii.gz, .hdr "
        "with .img), NRRD, MetaImage (.mha, .mhd), DICOM, TIFF, PNG or JPEG. Convert it to one of "
        "these first."
    )


def _read_folder(folder: Path) -> Reading:
    files = _files(folder)
    pictures = [file for file in files if has_suffix(file, SLICE_SUFFIXES)]
    folders = _folders(folder)
    if pictures and not (folders and _all_masks(pictures)):
        from napari_brainseg.io.pictures import folder as slices

        return slices.read(pictures, folder.name)
    volumes = [
        file.name
        for file in files
        if has_suffix(file, VOLUME_SUFFIXES) and not has_suffix(file, (".img",))
    ]
    if volumes:
        raise ScanError(
            f"{folder.name}: the folder holds {len(volumes)} volumes (NIfTI, NRRD or MetaImage), "
            f"each a scan of its own. Open one of them, such as {volumes[0]}."
        )
    if any(can_read(entry) for entry in folders):
        raise ScanError(
            f"{folder.name}: the folder holds {len(folders)} folders, expected the slices of one "
            f"scan. Open the folder of one patient or series, such as {folders[0].name}."
        )
    raise ScanError(
        f"{folder.name}: no scan was found in the folder, expected DICOM, TIFF, PNG or JPEG "
        "folder. Open the folder that holds them."
    )


def _read_files(paths: list[Path]) -> Reading:
    """Read several files as the slices of one scan."""
    if paths and all(has_suffix(path, SLICE_SUFFIXES) for path in paths):
        from napari_brainseg.io.pictures import folder as slices

        return slices.read(paths, paths[0].parent.name)
    names = ", ".join(path.name for path in paths[:3])
    raise ScanError(
        f"{len(paths)} paths ({names}) are not slices of one scan, expected only TIFF or picture "
        "files, or only DICOM files. Open them one at a time."
    )


def _all_masks(pictures: list[Path]) -> bool:
    """Whether there are only masks, such as ones saved beside the folders of their scans."""
    from napari_brainseg.io.pictures import folder as slices

    return all(slices.is_mask(path) for path in pictures)


def _files(folder: Path) -> list[Path]:
    return [entry for entry in listing(folder) if entry.is_file()]


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in listing(folder) if entry.is_dir()]
