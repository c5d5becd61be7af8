"""The series in some files: which of them is opened, and what is told of the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr, tr_n
from napari_brainseg.text import shortened, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_brainseg.io.dicom.volumes import Volume

__all__ = ["Series", "left_out", "wanted_series"]

MOST_LISTED = 64
"""Series among which one is to choose by what is said of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A volume that can be opened: a DICOM series, or the part of one that fits one grid.

    Parameters
    ----------
    uid : str
        Chooses it: the SeriesInstanceUID, with ``/2`` and so on for further parts of a series.
        Not for display, since it may hold dates.
    number, description, modality : str
        As in the header; empty where it is silent.
    part : str
        What tells it from the rest of its series, such as an echo time; empty for a whole series.
    images : int
        Number of images.
    size : tuple of int
        Slices, rows and columns (Z, Y, X).
    spacing : tuple of float or None
        Voxel size (Z, Y, X) in mm; None where it is not known.
    problem : str
        Why it cannot be opened; empty if it can.
    name : str
        Name of the scan.
    """

    uid: str
    number: str
    description: str
    modality: str
    part: str
    images: int
    size: tuple[int, int, int]
    spacing: tuple[float, float, float] | None
    problem: str
    name: str
    _volume: Volume = field(repr=False)
    _notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Number, description and part in one line, without what names the patient."""
        said = f"{self.number} {shortened(self.description) or self.modality or 'unnamed'}".strip()
        return f"{said}, {self.part}" if self.part else said

    @property
    def study(self) -> str:
        """Names the study and its patient; not for display, empty where the header is silent."""
        first = self._volume.images[0]
        return f"{first.study} {first.patient}" if first.study else ""

    @property
    def is_mr_volume(self) -> bool:
        """Whether it is a whole MR series that can be opened."""
        return self.modality == "MR" and not (self.part or self.problem)

    @property
    def refusal(self) -> str:
        """Why it is not opened unless asked for; empty if it is."""
        return self._volume.refusal

    @property
    def files(self) -> frozenset[Path]:
        """The files it lies in."""
        return frozenset(image.path for image in self._volume.images)


def wanted_series(found: list[Series], wanted: str, name: str) -> Series:
    """Find the one series that a user asks for."""
    matches = next((each for each in map(list, _readings(found, wanted)) if each), [])
    if len(matches) == 1:
        return matches[0]
    listed = some_of(map(_counted, matches or found), MOST_LISTED, "; ")
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
    same = [each for each in others if _said_of(each) == _said_of(first)]
    other = [each for each in others if each not in same]
    notes: tuple[str, ...] = ()
    if other:
        listed = some_of(map(_counted, other))
        notes += (
            tr(
                "The largest series was opened. Others here: {listed}; open a file of one to "
                "see it, or name it (brainseg predict --series).",
                listed=listed,
            ),
        )
    if same:
        listed = some_of(map(_counted, same), between="; ")
        notes += (
            tr(
                "Of this series, {part} was opened and the rest left out: {listed}.",
                part=first.part,
                listed=listed,
            ),
        )
    return notes


def _said_of(series: Series) -> tuple[str, str, str]:
    """Say of which series a part is; several may have one UID."""
    return series.uid.partition("/")[0], series.number, series.description


def _counted(series: Series) -> str:
    return tr_n("{title} ({n} image)", "{title} ({n} images)", series.images, title=series.title)
