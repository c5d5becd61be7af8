"""Finding the scans in a folder, without reading a voxel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.sniff import is_seg
from napari_brainseg.io.files import (
    files_in,
    folders_in,
    followed,
    has_suffix,
    is_file,
    is_folder,
    listing,
    natural_key,
)
from napari_brainseg.io.formats import FORMATS, format_of, is_slice_mask, is_volume, scan_name
from napari_brainseg.io.layouts.cases import CaseFiles, Companion, cases_of, is_left_out
from napari_brainseg.io.masks import is_segmentation
from napari_brainseg.io.open import can_read, list_series
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["FoundScan", "case_in", "find_scans"]

Segmentations: TypeAlias = "dict[Path, frozenset[str]]"
"""DICOM SEG, and the series that each refers to."""

MAX_DEPTH = 64
"""How deep folders in folders are looked into."""


@dataclass(frozen=True, slots=True)
class FoundScan:
    """A scan that :func:`napari_brainseg.io.read_scan` can be asked for.

    Parameters
    ----------
    path : Path
        The file, or the folder of slices.
    name : str
        What its mask is named after: the file without its suffix, the folder, or what DICOM says.
    title : str
        More than the name, to show, without what names the patient; empty if the name is all.
    series : str
        Which series of a folder of DICOM files, as ``read_scan`` takes it; empty for other formats.
        Not for display, since it may hold dates.
    problem : str
        Why it cannot be opened, as far as headers tell; empty if it can.
    channels : tuple of str
        What its volumes show, where the layout of the folder says so; else empty.
    companions : tuple of Companion
        The other sequences of the same case, where names tell that they are.
    mask : Path, optional
        The segmentation that lies with the case.
    study : str
        Which study of which patient an MR series is of; not for display, and empty for all else.
    """

    path: Path
    name: str
    title: str = ""
    series: str = ""
    problem: str = ""
    channels: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    mask: Path | None = None
    study: str = ""


def find_scans(
    folder: Path, leave_out: Callable[[Path], bool] = lambda _: False
) -> Iterator[FoundScan]:
    """Find the scans in a folder and the folders in it, one after another.

    Only names and headers are read. Masks (``*_mask.*``, ``*.seg.nrrd``, DICOM SEG) and hidden
    files are passed over; PNG and JPEG files beside volumes or DICOM are taken for figures. The
    sequences of one case are one scan with companions, and its mask goes with it, where the folder
    is laid out like BraTS, BIDS, nnU-Net or the Decathlon (:mod:`napari_brainseg.io.layouts`);
    labels, derivatives and functional images of such layouts are left out.

    Parameters
    ----------
    folder : Path
        Where to look.
    leave_out : callable
        Asked about each folder; what is in it is left out where this is true.

    Yields
    ------
    FoundScan
        In natural order of the names, those of a folder before those of the folders in it; each
        folder once, however many links lead to it.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    top = Path(folder)
    waiting, seen = [(top, 0)], set[Path]()
    below = cache(_segmentations_below)  # of each folder above once, however many are in it
    while waiting:
        place, depth = waiting.pop()
        real = followed(place)
        # A link may lead back, or here again; what the user asked for is looked into.
        if real in seen or leave_out(place) or (place != top and is_left_out(place)):
            continue
        seen.add(real)
        try:
            entries = _entries(place, depth)
        except ScanError as error:
            if place == top:
                raise
            yield FoundScan(place, place.name, problem=str(error))
            continue
        above = None if place == top else place.parent  # what was not asked for is left alone
        yield from _in_folder(place, list(filter(is_file, entries)), partial(below, above))
        waiting += [(entry, depth + 1) for entry in filter(is_folder, reversed(entries))]


def case_in(folder: Path) -> FoundScan | None:
    """Return the case whose volumes a folder holds; None where it holds several, or slices.

    Raises
    ------
    ScanError
        If the folder cannot be listed.
    """
    files = files_in(folder)
    if not any(map(is_volume, files)):
        return None  # without reading the headers of a DICOM folder, which are read when it opens
    found = list(_in_folder(folder, files, dict))
    return found[0] if len(found) == 1 and is_volume(found[0].path) else None


def _entries(folder: Path, depth: int) -> list[Path]:
    if depth > MAX_DEPTH:
        raise ScanError(
            tr(
                "{name}: lies more than {max_depth} folders deep, and was not looked into. "
                "Open it by itself.",
                name=folder.name[:80],
                max_depth=MAX_DEPTH,
            )
        )
    return listing(folder)


def _in_folder(
    folder: Path, files: list[Path], beside: Callable[[], Segmentations]
) -> Iterator[FoundScan]:
    """Find the scans that lie in a folder itself, and their segmentations in it and beside it."""
    scans = [file for file in files if not is_slice_mask(file)]
    volumes = [_of_case(case) for case in cases_of(folder, filter(_is_whole, files))]
    series = _with_masks(_series(folder), files, beside)
    pictures = _pictures(scans, with_figures=not volumes and not series)
    yield from volumes
    yield from series
    if len(pictures) == 1 or _is_stack(pictures):
        yield from map(_single, pictures)
    elif pictures and not series:
        yield FoundScan(folder, followed(folder).name)


def _is_whole(file: Path) -> bool:
    """Whether a file holds a volume or its mask; other things are called .hdr too."""
    return is_segmentation(file) or (is_volume(file) and can_read(file))


def _single(file: Path) -> FoundScan:
    return FoundScan(file, scan_name(file))


def _of_case(case: CaseFiles) -> FoundScan:
    return FoundScan(
        case.path,
        case.name,
        channels=case.channels,
        companions=case.companions,
        mask=case.mask,
    )


def _series(folder: Path) -> list[FoundScan]:
    try:
        listed = list_series(folder)
    except ScanError as error:
        return [FoundScan(folder, followed(folder).name, problem=str(error))]
    listed.sort(key=lambda series: natural_key(series.title))
    return [
        FoundScan(
            folder,
            each.name,
            each.title,
            each.uid,
            each.problem,
            study=each.study if each.is_mr_volume else "",
        )
        for each in listed
    ]


def _segmentations_below(folder: Path | None) -> Segmentations:
    """Find the DICOM SEG that are alone in a folder of a folder."""
    try:
        below = [files_in(each) for each in folders_in(folder)] if folder else []
    except ScanError:
        return {}
    return _segmentations(files[0] for files in below if len(files) == 1)


def _segmentations(files: Iterable[Path]) -> Segmentations:
    """Find DICOM SEG among files, but those that are called as they are saved here."""
    given = [file for file in files if is_seg(file) and not is_slice_mask(file)]
    if not given:
        return {}
    from napari_brainseg.io.dicom.references import referenced_series

    return {file: referenced_series(file) for file in given}


def _with_masks(
    series: list[FoundScan], files: list[Path], beside: Callable[[], Segmentations]
) -> list[FoundScan]:
    if not any(each.series for each in series):
        return series
    given = {**beside(), **_segmentations(files)}
    for path in filter(is_segmentation, files) if len(series) == 1 else ():
        given[path] = frozenset((series[0].series,))  # 3D Slicer does not say of which scan it is
    return [replace(each, mask=_mask_of(each, given)) for each in series]


def _mask_of(scan: FoundScan, given: Segmentations) -> Path | None:
    """Return the segmentation that refers to a series; None where there is none, or several."""
    found = [path for path, series in given.items() if scan.series in series]
    return found[0] if len(found) == 1 else None


def _pictures(files: list[Path], with_figures: bool) -> list[Path]:
    """Find the files that may be slices or stacks."""
    kinds = [each for each in FORMATS if each.decode and (with_figures or not each.is_figure)]
    suffixes = tuple(suffix for kind in kinds for suffix in kind.suffixes)
    return [file for file in files if has_suffix(file, suffixes)]


def _is_stack(files: list[Path]) -> bool:
    """Whether files hold several slices each, going by the first of them."""
    named = format_of(files[0]) if files else None
    return named is not None and named.is_stack is not None and named.is_stack(files[0])
