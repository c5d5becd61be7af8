"""The scans of one call, and where their masks go."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io import cases_of_studies, find_scans, is_seg, scan_name
from napari_brainseg.io.dicom.sniff import is_dicom
from napari_brainseg.io.files import files_in, has_suffix, is_folder
from napari_brainseg.io.formats import SLICE_SUFFIXES, is_slice_mask, is_volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.io import FoundScan
    from napari_brainseg.io.layouts.cases import Companion

__all__ = ["BatchItem", "home_of", "is_one_scan", "list_items", "read_list", "study_in"]


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A scan to segment.

    Parameters
    ----------
    path : Path
        The file, or the folder of slices or of DICOM files.
    folder : Path or None
        Where its mask goes; None for beside it.
    series : str or None
        Which of several DICOM series, as ``read_scan`` takes it; the largest if None.
    problem : str
        Why it is not even tried; empty if it is.
    name : str
        Of its case, where the folder is laid out by cases; else empty.
    channels : tuple of str
        What its volumes show, where the layout says so.
    companions : tuple of Companion
        The other sequences of its case.
    """

    path: Path
    folder: Path | None = None
    series: str | None = None
    problem: str = ""
    name: str = ""
    channels: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()

    @property
    def stamp(self) -> tuple[int, int]:
        """Time of change (ns) and size (bytes), by which a scan that was replaced is noticed."""
        try:
            status = self.path.stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size


def list_items(
    inputs: Sequence[Path],
    output: Path | None,
    only: str | None = None,
    series: str | None = None,
) -> tuple[BatchItem, ...]:
    """List the scans that paths stand for.

    A folder with scans in it stands for all of them, and the folders below ``output`` are as
    below it; a folder that is one scan, and a file, for itself, with its mask in ``output``.

    Parameters
    ----------
    inputs : sequence of Path
        Files and folders.
    output : Path or None
        Where masks go; None for beside their scans.
    only : str, optional
        Pattern, as of the shell, that the place of a scan within its folder, its name or its DICOM
        title must fit, in any case.
    series : str, optional
        Which of several DICOM series in one folder; the largest if neither this nor ``only`` says.

    Returns
    -------
    tuple of BatchItem
        Each path once. Of several whose masks would be one file, all but the first have a problem.

    Raises
    ------
    ScanError
        If a folder cannot be listed.

    Examples
    --------
    >>> [item.path.name for item in list_items([Path("flair.nii.gz")], Path("masks"))]
    ['flair.nii.gz']
    """
    found: dict[tuple[Path, str | None], BatchItem] = {}
    taken: set[tuple[Path, str]] = set()
    for given in inputs:
        for item, name in _items_of(Path(os.path.abspath(given)), output, only, series):
            if (item.path, item.series) in found:
                continue
            mask = (item.folder or item.path.parent, name)
            if mask in taken and not item.problem:
                item = replace(item, problem=_TWICE.format(item.path.name))
            taken.add(mask)
            found[item.path, item.series] = item
    return tuple(found.values())


_TWICE = "The mask of {} would be written twice. Segment scans of one name into two folders."


def _items_of(
    path: Path, output: Path | None, only: str | None, series: str | None
) -> Iterator[tuple[BatchItem, str]]:
    """Iterate over the scans of a path, each with what tells its mask's name from others'."""
    if not is_folder(path) or (only is None and is_one_scan(path)):
        yield _one_item(path, output, series)
        return
    # A mask must not be taken for a scan, nor what lies where the masks go.
    masks = None if output is None else Path(os.path.abspath(output))
    found = list(find_scans(path, lambda folder: folder == masks))
    if not found:
        yield BatchItem(path, output, series), path.name  # read_scan says what is wrong with it
    for scan in _wanted(found, path, only, series):
        picked = only is not None or bool(scan.companions)
        yield _item(scan, path, output, series, picked), _mask_name(scan.path, scan.name)


def _one_item(path: Path, output: Path | None, series: str | None) -> tuple[BatchItem, str]:
    item = (None if series else study_in(path)) or BatchItem(path, series=series)
    return replace(item, folder=output), _mask_name(path, item.name or scan_name(path))


def _wanted(
    found: list[FoundScan], root: Path, only: str | None, series: str | None
) -> list[FoundScan]:
    """Take what was asked for, or else what belongs together."""
    if only is not None:
        return [scan for scan in found if _fits(scan, root, only.lower())]
    return _of_series(found) if series is None else found


def _of_series(found: list[FoundScan]) -> list[FoundScan]:
    """Take the sequences of a study together; of a folder that holds such a study, that alone."""
    cases = list(cases_of_studies(found))
    studies = {scan.path for scan in cases if scan.series and scan.companions}
    return [scan for scan in cases if scan.companions or scan.path not in studies]


def study_in(path: Path) -> BatchItem | None:
    """Return the case that the DICOM series of a folder are; None of all else."""
    try:
        if not is_folder(path) or not any(map(is_dicom, files_in(path))):
            return None
        cases = [scan for scan in cases_of_studies(find_scans(path)) if scan.companions]
    except ScanError:
        return None  # read_scan says what is wrong with it
    return _item(cases[0], path, None, None, picked=True) if len(cases) == 1 else None


def _fits(scan: FoundScan, root: Path, pattern: str) -> bool:
    texts = (scan.path.relative_to(root).as_posix(), scan.name, scan.title)
    return any(fnmatch.fnmatch(text.lower(), pattern) for text in texts)


def _item(
    scan: FoundScan, root: Path, output: Path | None, series: str | None, picked: bool
) -> BatchItem:
    """Make an item of a scan; ``picked`` if its own title was what it was chosen by."""
    folder = None if output is None else output / scan.path.relative_to(root).parent
    if picked:
        series = series or scan.series or None
    problem = "" if scan.series else scan.problem  # of one series of several, maybe
    item = BatchItem(scan.path, folder, series, problem)
    if not (scan.companions or scan.channels):
        return item
    return replace(item, name=scan.name, channels=scan.channels, companions=scan.companions)


def is_one_scan(folder: Path) -> bool:
    """Whether a folder itself is a scan, of slices or DICOM files, and not one above scans.

    Examples
    --------
    >>> is_one_scan(Path("."))  # holds flair.nii.gz
    False
    """
    try:
        files = files_in(folder)
        folders = any(map(is_folder, folder.iterdir()))
    except (OSError, ScanError):
        return True  # read_scan says what is wrong with it
    if any(map(is_volume, files)):
        return False
    if any(
        has_suffix(file, SLICE_SUFFIXES) and not (folders and is_slice_mask(file)) for file in files
    ):
        return True
    return any(is_dicom(file) and not is_seg(file) for file in files)


def _mask_name(path: Path, name: str) -> str:
    """Name what decides how a mask is called: the scan's name, and its format."""
    return f"{name}/{path.name[len(scan_name(path)) :].lower()}"


def read_list(file: Path) -> list[Path]:
    """Read a list of scans: a path a line, as seen from the working folder; ``#`` begins a remark.

    Raises
    ------
    ScanError
        If it cannot be read, or is empty.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScanError(
            f"{file.name}: the list cannot be read ({type(error).__name__}), expected text with a "
            "path a line."
        ) from error
    paths = [Path(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    if not paths:
        raise ScanError(f"{file.name}: the list is empty, expected a path a line.")
    return paths


def home_of(items: Sequence[BatchItem], inputs: Sequence[Path], output: Path | None) -> Path:
    """Return the folder that the list of what is done lies in: the output, or that of all scans."""
    if output is not None:
        return Path(os.path.abspath(output))
    if len(inputs) == 1 and is_folder(inputs[0]):
        return Path(os.path.abspath(inputs[0]))
    try:
        return Path(os.path.commonpath([item.path.parent for item in items]))
    except ValueError as error:  # on two drives of Windows
        raise ScanError(
            "The scans lie on several drives, so there is no one folder for the list of what is "
            "done. Choose one with --output."
        ) from error
