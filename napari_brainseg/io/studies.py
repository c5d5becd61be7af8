"""Which DICOM series are one case: the sequences of a study, by what they are called.

A study is what a hospital exports: a folder of all series, or a folder for each. Of those that are
called after a sequence, FLAIR stands for the case, on which the lesion is drawn.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from napari_brainseg.io.discover import find_scans
from napari_brainseg.io.files import files_in, folders_in
from napari_brainseg.io.layouts import Companion
from napari_brainseg.io.sequences import guess_sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from napari_brainseg.io.dicom.series import Series
    from napari_brainseg.io.discover import FoundScan

__all__ = ["cases_of_studies", "of_one_case", "study_below"]

MOST_FOLDERS = 64
"""Series of a study that are looked at where nobody asked for a whole tree."""

_NO_PICTURE = re.compile(
    r"diff|dwi|\bdti|adc|trace|perf|\bswi|\bswan|t2 ?\*|t2star|\bbold|\basl|\bmap|\bloc|scout"
    r"|survey|\bcb[vf]\b|\bmtt\b|\bmip\b|\bsub\b|spectro",
    re.IGNORECASE,
)
"""Series that speak of T1 or T2 in passing, and on which nobody draws a lesion."""


def cases_of_studies(scans: Iterable[FoundScan]) -> Iterator[FoundScan]:
    """Make the series of each DICOM study one scan with companions, where they say what they show.

    Each FLAIR series stands for the case, with the T1 and T2 of its study as companions; what is
    called something else stays a scan of its own, as does all of a study without FLAIR.

    Parameters
    ----------
    scans : iterable of FoundScan
        As :func:`~napari_brainseg.io.discover.find_scans` yields them.

    Yields
    ------
    FoundScan
        In the order of the scans; those of a study together.
    """
    study: list[FoundScan] = []
    for scan in scans:
        if study and scan.study and scan.study != study[0].study:
            yield from _cases(study)
            study = []
        if scan.study:
            study.append(scan)
        else:
            yield scan
    yield from _cases(study)


def study_below(folder: Path, levels: int = 2) -> FoundScan | None:
    """Return the case whose series lie in a folder each, below a folder that holds only these.

    Parameters
    ----------
    folder : Path
        The study, or a folder above it that holds nothing else, such as the patient's.
    levels : int
        How many of these are gone through.

    Returns
    -------
    FoundScan or None
        None where there is none, or several.

    Raises
    ------
    ScanError
        If a folder cannot be listed.
    """
    below = [] if files_in(folder) else folders_in(folder)
    if len(below) == 1 and levels:
        return study_below(below[0], levels - 1)
    if len(below) > MOST_FOLDERS or any(map(folders_in, below)):
        return None
    found = cases_of_studies(chain.from_iterable(map(find_scans, below)))
    cases = [scan for scan in found if scan.companions and scan.study]
    return cases[0] if len(cases) == 1 else None


def of_one_case(series: Sequence[Series]) -> list[Series]:
    """Choose the series that are one case, the one that stands for it last; empty where none do."""
    named = {each: _sequence(each.title) for each in series if each.is_mr_volume and each.study}
    flair = [each for each, sequence in named.items() if sequence == "FLAIR"]
    return [*_others(named, flair[0]), *flair] if len(flair) == 1 else []


def _others(named: Mapping[Series, str | None], main: Series) -> Iterator[Series]:
    for each, sequence in named.items():
        if sequence and each is not main and each.study == main.study:
            yield each


def _cases(study: list[FoundScan]) -> Iterator[FoundScan]:
    shown = {scan.series: _sequence(scan.title) for scan in study}
    others = tuple(
        Companion(scan.path, series=scan.series)
        for scan in study
        if shown[scan.series] not in (None, "FLAIR")
    )
    has_flair = "FLAIR" in shown.values()
    for scan in study:
        if shown[scan.series] == "FLAIR":
            yield replace(scan, companions=others)
        elif shown[scan.series] is None or not has_flair:
            yield scan


def _sequence(title: str) -> str | None:
    return None if _NO_PICTURE.search(title) else guess_sequence(title)
