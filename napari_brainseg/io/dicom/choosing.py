"""Which of the series in some files is opened, and what is told of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_brainseg.io.dicom.series import Series

__all__ = ["left_out", "wanted_series"]


def wanted_series(found: list[Series], wanted: str, name: str) -> Series:
    """Find the one series that a user asks for."""
    matches = next((each for each in map(list, _readings(found, wanted)) if each), [])
    if len(matches) == 1:
        return matches[0]
    listed = "; ".join(_counted(series) for series in matches or found)
    texts = {"name": name, "wanted": wanted, "listed": listed}
    if not matches:
        raise ScanError(
            tr(
                "{name}: no series matches {wanted!r}, expected one. Choose by number or by a "
                "part of the title among: {listed}.",
                **texts,
            )
        )
    raise ScanError(
        tr(
            "{name}: {count} series match {wanted!r}, expected one. Choose by number or by a "
            "part of the title among: {listed}.",
            count=len(matches),
            **texts,
        )
    )


def _readings(found: list[Series], wanted: str) -> Iterator[Iterator[Series]]:
    """Take a wish from the strictest reading to the widest: echo time 30 is not echo time 300."""
    said = wanted.casefold()
    yield (each for each in found if each.uid == wanted)
    yield (each for each in found if each.number == wanted)
    yield (each for each in found if said in (each.part.casefold(), each.description.casefold()))
    yield (each for each in found if said in each.title.casefold())


def left_out(first: Series, others: list[Series], chosen: Path | None) -> tuple[str, ...]:
    """Return notes on the series and parts that were not opened."""
    same = [each for each in others if _uid(each) == _uid(first)]
    other = [each for each in others if each not in same]
    notes: tuple[str, ...] = ()
    if other:
        listed = ", ".join(_counted(each) for each in other)
        notes += (
            tr(
                "The largest series was opened. Others here: {listed}; open a file of one to "
                "see it, or name it (brainseg predict --series).",
                listed=listed,
            ),
        )
    if same:
        listed = "; ".join(_counted(each) for each in same)
        notes += (
            tr(
                "Of this series, {part} was opened and the rest left out: {listed}.",
                part=first.part,
                listed=listed,
            ),
        )
    return notes


def _uid(series: Series) -> str:
    return series.uid.partition("/")[0]


def _counted(series: Series) -> str:
    return tr_n("{title} ({n} image)", "{title} ({n} images)", series.images, title=series.title)
