"""Opening scans: what a path stands for, and which reader is asked.

:func:`read_scan` is the one way in. What a file is, :mod:`napari_brainseg.io.formats` knows.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io import slices
from napari_brainseg.io.dicom.sniff import is_dicom, is_seg
from napari_brainseg.io.files import (
    files_in,
    first_bytes,
    folders_in,
    has_suffix,
    is_file,
    is_folder,
    unchanged,
    visible,
)
from napari_brainseg.io.foreign import why_foreign
from napari_brainseg.io.formats import (
    KINDS,
    SLICE_SUFFIXES,
    check_content,
    format_of,
    is_known,
    is_series_file,
    is_slice_mask,
    is_volume,
    scan_name,
)
from napari_brainseg.io.packed import is_packed
from napari_brainseg.io.volumes import Reading
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.io.dicom.series import Series

__all__ = ["can_read", "list_series", "read_scan", "read_series"]

PEEK = 256
"""How many entries of a folder :func:`can_read` looks at."""

PEEK_FOLDERS, PEEK_INSIDE, PEEK_DEPTH = 4, 16, 3
"""Of how many folders in it, at how many entries each, how deep: patient, study, series."""


@dataclass(frozen=True, slots=True)
class _DicomFiles:
    """DICOM files that a path stands for.

    Parameters
    ----------
    files : list of Path
        All that may belong to the series.
    name : str
        For a series without a description.
    chosen : Path or None
        The file that was asked for, if it was one.
    """

    files: list[Path]
    name: str
    chosen: Path | None = None


def read_scan(path: Path | str | Sequence[Path | str], series: str | None = None) -> Reading:
    """Open a scan.

    Parameters
    ----------
    path : path or sequence of paths
        A NIfTI, NRRD, MetaImage, DICOM, TIFF or picture file; a folder with one DICOM series or
        with one file per slice; or the slice files of one scan, in any order. One DICOM file
        stands for its whole series in the same folder, one file of a pair for both.
    series : str, optional
        Which series of DICOM files: the ``uid`` that :func:`list_series` returns, the series'
        number, or a part of its title. The largest if not given, with a warning that names the
        others.

    Returns
    -------
    Reading
        The scan, and the mask that its source brings along, if any.

    Raises
    ------
    ScanError
        If the path is not a scan that can be read faithfully; the message names the file (never
        its folder), the problem and the remedy.

    Examples
    --------
    >>> scan = read_scan("flair.nii.gz").scan
    >>> scan.channels, scan.data.shape  # one name per channel; (C, Z, Y, X)
    (('FLAIR',), (1, 22, 256, 256))
    >>> [round(size, 2) for size in scan.spacing], scan.units  # along Z, Y, X
    ([5.0, 0.9, 0.9], 'mm')
    >>> scan.source.name, scan.source.warnings  # what the reader noticed
    ('flair', ())

    One of several DICOM series, by a part of its title:

    >>> scan = read_scan("patient/dicom", series="FLAIR").scan  # doctest: +SKIP
    """
    paths = _existing(path)
    if (dicom_files := _dicom_files(paths)) is not None:
        from napari_brainseg.io.dicom import series as dicom

        found = dicom_files
        return Reading(dicom.read(found.files, found.name, found.chosen, series))
    if series is not None:
        raise ScanError(
            tr(
                "{name}: a series can be chosen in DICOM only. Leave the choice of a series out.",
                name=paths[0].name if paths else "nothing",
            )
        )
    if len(paths) == 1:
        only = paths[0]
        if is_folder(only):
            return _read_folder(only)
        with unchanged(only):
            return _read_file(only)
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

    chosen = dicom_files.chosen
    found = dicom.find_series(dicom_files.files, dicom_files.name, chosen)
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
    """Open one of the series that :func:`list_series` returned.

    Raises
    ------
    ScanError
        As for :func:`read_scan`.
    """
    from napari_brainseg.io.dicom import series as dicom

    return Reading(dicom.read_dicom_series(series))


def can_read(path: Path | str) -> bool:
    """Whether :func:`read_scan` is the right one to ask about a path; quick, and never raises.

    True for files with a known suffix or DICOM's first bytes, for folders that hold such files,
    and for folders above such folders, which are refused with advice on what to open.
    """
    try:
        path = _absolute(path)
        if not is_folder(path):
            return is_file(path) and is_known(path)
        entries = list(islice(visible(path), PEEK))
        folders = [entry for entry in entries if is_folder(entry)]
        return _has_known(entries) or _has_known(_peek_into(folders))
    except (OSError, ScanError):
        return False


# What a path stands for


def _existing(path: Path | str | Sequence[Path | str]) -> list[Path]:
    """Make paths absolute, and refuse those that are no file or folder."""
    given = [path] if isinstance(path, (str, Path)) else path
    paths = [_absolute(item) for item in given]
    for item in paths:
        if is_file(item) or is_folder(item):
            continue
        if os.path.exists(item):  # and would hang
            raise ScanError(
                tr(
                    "{name}: a pipe or a device, expected a file or a folder. Save what comes "
                    "through it as a file.",
                    name=item.name[:80],
                )
            )
        raise ScanError(
            tr("{name}: there is no such file or folder. Check the name.", name=item.name[:80])
        )
    return paths


def _absolute(path: Path | str) -> Path:
    # Not resolve(): a link keeps its own name and neighbours.
    try:
        return Path(os.path.abspath(os.path.expanduser(path)))
    except OSError as error:
        raise ScanError(
            tr(
                "{name}: the working folder is not there any more. Give the whole path.",
                name=Path(path).name,
            )
        ) from error


def _has_known(entries: Iterator[Path] | list[Path]) -> bool:
    return any(is_known(entry) for entry in entries if is_file(entry))


def _peek_into(folders: list[Path], depth: int = PEEK_DEPTH) -> Iterator[Path]:
    """Iterate over some of the entries of folders and of those in them."""
    for folder in folders[:PEEK_FOLDERS]:
        entries = list(islice(visible(folder), PEEK_INSIDE))
        yield from entries
        if depth > 1:
            yield from _peek_into([entry for entry in entries if is_folder(entry)], depth - 1)


def _dicom_files(paths: list[Path]) -> _DicomFiles | None:
    """Find the DICOM files that paths stand for; None where the paths are not DICOM."""
    if len(paths) != 1:
        is_series = bool(paths) and all(map(is_series_file, paths))
        return _DicomFiles(paths, paths[0].parent.name) if is_series else None
    only = paths[0]
    return _dicom_of_folder(only) if is_folder(only) else _dicom_of_file(only)


def _dicom_of_file(path: Path) -> _DicomFiles | None:
    """Find the files that may belong to the series of one file."""
    if is_seg(path):
        raise ScanError(
            tr(
                "{name}: this is a mask (DICOM SEG), expected a scan. Open the series that "
                "it was made on.",
                name=path.name,
            )
        )
    if not is_series_file(path):
        return None
    entries = files_in(path.parent)
    siblings = [file for file in entries if file == path or is_dicom(file)]
    return _DicomFiles(siblings + _lost(entries, siblings), path.parent.name, path)


def _dicom_of_folder(folder: Path) -> _DicomFiles | None:
    """Find the DICOM files of a folder, masks left out: they make no series of their folder."""
    # A disc's list of its files; it is not followed, since it may point anywhere.
    entries = [file for file in files_in(folder) if file.name.upper() != "DICOMDIR"]
    files = [file for file in entries if is_dicom(file) and not is_seg(file)]
    if all(has_suffix(file, SLICE_SUFFIXES) for file in files):
        return None
    return _DicomFiles(files + _lost(entries, files), folder.name)


def _lost(entries: list[Path], dicom: list[Path]) -> list[Path]:
    """Find files beside DICOM that are called as these are and are none, to be told of.

    Copies that ended early leave them empty, and what is left would pass for the whole.
    """
    kinds, known = set(map(_suffix, dicom)), set(dicom)
    alike = [file for file in entries if file not in known and _suffix(file) in kinds]
    return [
        each for each in alike if (_suffix(each) or not first_bytes(each)) and not is_dicom(each)
    ]


def _suffix(file: Path) -> str:
    """Return what a name ends in, but not the last number of a UID."""
    return "" if file.suffix[1:].isdigit() else file.suffix.lower()


# Reading


def _read_file(path: Path) -> Reading:
    check_content(path)
    named = format_of(path)
    if named is not None and named.read is not None:
        return Reading(named.read(path, scan_name(path)))
    if named is not None and named.decode is not None:
        return slices.read([path], scan_name(path))
    if named is not None:
        raise ScanError(
            tr(
                "{name}: this is a mask ({named}), expected a scan. Open the scan that it "
                "was made on.",
                name=path.name,
                named=named.name,
            )
        )
    if reason := why_foreign(path):
        raise ScanError(reason)
    if is_packed(path):
        raise ScanError(
            tr(
                "{name}: is packed by gzip, and its name does not say what is in it. Unpack it; "
                "or, where it is NIfTI, let its name end in .nii.gz.",
                name=path.name,
            )
        )
    raise ScanError(
        tr(
            "{name}: not a file that can be opened here, expected {kinds} or DICOM. "
            "Convert it to one of these first.",
            name=path.name,
            kinds=", ".join(KINDS),
        )
    )


def _read_folder(folder: Path) -> Reading:
    files, folders = files_in(folder), folders_in(folder)
    pictures = [file for file in files if has_suffix(file, SLICE_SUFFIXES)]
    # Masks alone may have been saved beside the folders of their scans.
    if pictures and not (folders and all(map(is_slice_mask, pictures))):
        return slices.read(pictures, folder.name)
    raise _no_scan(folder, [file for file in files if is_volume(file)], folders)


def _no_scan(folder: Path, volumes: list[Path], folders: list[Path]) -> ScanError:
    """Return the error that says what to open instead of a folder without a scan."""
    if reason := why_foreign(folder):
        return ScanError(reason)
    if volumes:
        return ScanError(
            tr(
                "{name}: the folder holds {count} volumes, each a scan of its own. Open one "
                "of them, such as {first}.",
                name=folder.name,
                count=len(volumes),
                first=volumes[0].name,
            )
        )
    if any(map(can_read, folders)):
        return ScanError(
            tr(
                "{name}: the folder holds {count} folders, expected the slices of one scan. "
                "Open the folder of one patient or series, such as {first}.",
                name=folder.name,
                count=len(folders),
                first=folders[0].name,
            )
        )
    return ScanError(
        tr(
            "{name}: no scan was found in the folder, expected DICOM, TIFF, PNG or JPEG "
            "files. Open the folder that holds them.",
            name=folder.name,
        )
    )


def _read_files(paths: list[Path]) -> Reading:
    """Read several files as the slices of one scan."""
    if paths and all(has_suffix(path, SLICE_SUFFIXES) for path in paths):
        return slices.read(paths, paths[0].parent.name)
    names = ", ".join(path.name for path in paths[:3])
    raise ScanError(
        tr(
            "{total} paths ({names}) are not slices of one scan, expected only TIFF or "
            "picture files, or only DICOM files. Open them one at a time.",
            total=len(paths),
            names=names,
        )
    )
