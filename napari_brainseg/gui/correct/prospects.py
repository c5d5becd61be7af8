"""How many holes and islands there are, before a tool is used that may find none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.edit.islands import count_islands
from napari_brainseg.edit.morphology import count_holes
from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.layers.geometry import as_volume, steps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.workplace import Workplace

__all__ = ["Counts", "Prospects"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What tools would find in the selected label; None where that is not known."""

    holes: int | None = None
    islands: int | None = None

    def of(self, tool: str) -> int | None:
        """Return how much a tool, by its name in the table, would find."""
        return {"fill": self.holes, "islands": self.islands}.get(tool)


class Prospects(QObject):
    """Counts in the background, while the tools are on the screen.

    Parameters
    ----------
    place : Workplace
        Whose tools they are.

    Signals
    -------
    changed
        There are new counts, or none for the time being.
    """

    changed = Signal()

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self._place = place
        self.counts = Counts()
        self._counting = Latest(self, self._on_counted)
        place.working.edited.connect(self.ask)
        place.working.switched.connect(self.ask)
        place.options.changed.connect(self._on_options)
        events = Connections(self)
        events.connect(place.viewer.dims.events.current_step, self._on_slice)
        events.connect(place.viewer.dims.events.order, self._on_slice)
        events.at_end(self._counting.leave)

    def ask(self, event: Any = None) -> None:
        """Count anew."""
        place, layer = self._place, self._place.working.layer
        self._show(Counts())
        # What is collapsed is not looked at.
        if layer is None or not place.isVisibleTo(place.window()) or place.why_not("fill"):
            return
        try:
            slicing = place.use_now().slicing
        except EditError:  # the slider is beyond the mask
            return
        options, volume = place.options.values, float(np.prod(steps_of(layer)))
        found = as_volume(layer.data), slicing, int(layer.selected_label)
        self._counting.run(_count, *found, options.smallest, volume)

    def _on_options(self, options: Any) -> None:
        self.ask()

    def _on_slice(self, event: Any = None) -> None:
        if not self._place.options.values.whole:
            self.ask()

    def _on_counted(self, counts: Counts) -> None:
        self._show(counts)

    def _show(self, counts: Counts) -> None:
        if counts != self.counts:
            self.counts = counts
            self.changed.emit()


def _count(
    data: NDArray[Any], slicing: Slicing, label: int, smallest: float, volume: float
) -> Counts:
    labels = slicing.take(data)
    islands = count_islands(labels == label, smallest, volume)
    return Counts(count_holes(labels, label), islands)
