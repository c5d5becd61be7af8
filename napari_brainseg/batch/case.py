"""A scan that is one sequence of a case: the others of the case feed the model with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io import read_scan
from napari_brainseg.pipeline.channels import channels_of, guess_channels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_brainseg.batch.items import BatchItem
    from napari_brainseg.batch.segmented import Segmented
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["CaseOfItem"]


class CaseOfItem:
    """The case of an item, as :class:`~napari_brainseg.batch.Hooks` ask for it.

    Parameters
    ----------
    item : BatchItem
        With its companions, if it has some.
    card : ModelCard
        The model that is fed.
    """

    def __init__(self, item: BatchItem, card: ModelCard) -> None:
        self._item, self._card = item, card
        self._notes: list[str] = []

    def opened(self, scan: Scan) -> Scan:
        """Name the scan after its case, and its channels as the layout of the folder says."""
        if not self._item.name:
            return scan
        named = replace(scan, source=replace(scan.source, name=self._item.name))
        return _with_channels(named, self._item.channels)

    def channels(self, scan: Scan) -> Mapping[str, Channel | None]:
        """Choose among the sequences of the case, those left out that cannot be read."""
        others: list[Channel] = []
        for image in self._item.companions:
            try:
                other = read_scan(image.path, series=image.series or None).scan
                others += channels_of(_with_channels(other, image.channels))
            except ScanError as error:
                self._notes.append(f"{error} The case is segmented without it.")
        guess = guess_channels(self._card, scan, others)
        self._notes += guess.notes
        return guess.by_role

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed when the channels were chosen."""
        return tuple(self._notes)

    def noted(self, result: Segmented) -> Segmented:
        """Add what was noticed on the way."""
        return replace(result, notes=(*self._notes, *result.notes))


def _with_channels(scan: Scan, channels: tuple[str, ...]) -> Scan:
    return replace(scan, channels=channels) if len(channels) == len(scan.channels) else scan
