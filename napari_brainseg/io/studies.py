"""Which DICOM series are one case: the sequences of a study, by what they are called.

A study is what a hospital exports: a folder of all series, or a folder for each. Of those that are
called after a sequence, FLAIR stands for the case, on which the lesion is drawn.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_brainseg.io.layouts import Companion
from napari_brainseg.io.sequences import guess_sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from napari_brainseg.io.discover import FoundScan

__all__ = ["cases_of_studies"]

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
