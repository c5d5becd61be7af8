"""Where the model was unsure: a heat map, and a way through the slices, the least sure first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.notifications import show_error
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QPushButton, QWidget

from napari_brainseg.errors import without_path
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.domain.shortcuts import UNCERTAIN
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = ["UncertaintyRow"]

NOT_OURS = marked("There is no probability map: run Segment in this session.")
IN_SPACE = marked("Slices are shown in 2-D: leave 3-D first.")
HEAT_TIP = marked("Lay the calibrated probability of tumour over the scan")
NEXT = UNCERTAIN.label


@dataclass(frozen=True, slots=True, eq=False)
class _Uncertainty:
    """What a run was unsure of.

    ``heat`` is the calibrated probability of any class as the layers of the scan are turned;
    ``rankings`` are the slices across each axis of it, the least sure first.
    """

    result: Segmentation
    heat: NDArray[np.float16]
    rankings: tuple[tuple[int, ...], ...]


class UncertaintyRow(QWidget):
    """Two buttons that read the probability map of the working mask.

    Parameters
    ----------
    viewer : Viewer
        Gets the heat map, and is moved to slices.
    working : WorkingMask
        Whose probabilities are shown.
    """

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._heat: Image | None = None
        self._layer: Labels | None = None
        self._result: Segmentation | None = None
        self._uncertainty: _Uncertainty | None = None
        self._visited = 0
        self._then: Callable[[Provenance, _Uncertainty], None] | None = None
        self._examining = Latest(self, self._on_examined, failed=_tell, ended=self._on_finished)
        self.heat_button = QPushButton(tr("Heat map"))
        self.heat_button.setCheckable(True)
        self.next_button = QPushButton(tr(NEXT))
        self.setLayout(row_of(self.heat_button, self.next_button))
        self.heat_button.clicked.connect(self._on_heat)
        self.next_button.clicked.connect(self._on_next)
        # Layers are not removed while the viewer is telling of a layer removed.
        self._tidy = QTimer(self)
        self._tidy.setSingleShot(True)
        self._tidy.setInterval(0)
        self._tidy.timeout.connect(self._update)
        working.switched.connect(self._on_switched)
        events = Connections(self)
        events.connect(viewer.layers.events.removed, self._on_removed)
        events.connect(viewer.dims.events.ndisplay, self._update)
        self._update()

    @property
    def _handle(self) -> Provenance | None:
        handle = self._working.provenance
        return handle if handle is not None and handle.result is not None else None

    def _on_switched(self) -> None:
        handle = self._handle
        result = handle.result if handle is not None else None
        if result is not self._result:
            stays = self._heat is not None and self._working.layer == self._layer
            self._result, self._uncertainty, self._visited, self._then = result, None, 0, None
            self.next_button.setText(tr(NEXT))
            if stays:
                self._examine(self._show_heat)
        self._layer = self._working.layer
        self._tidy.start()

    def _on_removed(self, event: Any) -> None:
        if event.value == self._heat:
            self._tidy.start()

    def _update(self, event: Any = None) -> None:
        """Enable what there are probabilities for; a heat map goes with its mask."""
        why = "" if self._result is not None else tr(NOT_OURS)
        if self._uncertainty is None or self._heat not in self._viewer.layers:
            self._remove_heat()
        self.heat_button.setChecked(self._heat is not None)
        self.heat_button.setEnabled(not why)
        self.heat_button.setToolTip(why or tr(HEAT_TIP))
        if self._viewer.dims.ndisplay == 3:
            why = why or tr(IN_SPACE)
        self.next_button.setEnabled(not why)
        self.next_button.setToolTip(why or UNCERTAIN.tooltip)

    # The heat map

    def _on_heat(self, on: bool) -> None:
        if on:
            self._examine(self._show_heat)
        else:
            self._remove_heat()

    def _show_heat(self, handle: Provenance, uncertainty: _Uncertainty) -> None:
        """Lay it right below the mask; the selection stays."""
        layers, mask = self._viewer.layers, self._working.layer
        if self._heat is not None or mask is None:
            return
        self._heat = Image(
            uncertainty.heat,
            name=tr("{name} · probability", name=handle.scan.source.name),
            colormap="inferno",
            blending="additive",
            contrast_limits=(0.0, 1.0),
            opacity=0.6,
            metadata={OVERLAY_KEY: True},
            **placement(handle.scan, handle.frame),
        )
        chosen, active = set(layers.selection), layers.selection.active
        # The new layer becomes the active one, for which the mask would lose its tools.
        with layers.selection.events.active.blocker():
            layers.insert(layers.index(mask), self._heat)
            layers.selection.clear()
            layers.selection.update(chosen)
            layers.selection.active = active
        self._update()

    def _remove_heat(self) -> None:
        heat, self._heat = self._heat, None
        if heat is not None and heat in self._viewer.layers:
            self._viewer.layers.remove(heat)

    # The way through the slices

    def _on_next(self) -> None:
        self._examine(self._go)

    def _go(self, handle: Provenance, uncertainty: _Uncertainty) -> None:
        dims, layer = self._viewer.dims, self._working.layer
        if layer is None:
            return
        extra = dims.ndim - layer.ndim
        # The axis of the slider, also where the axes were rolled.
        axis = dims.order[-layer.ndim] - extra
        ranking = uncertainty.rankings[axis]
        if not ranking:
            self.next_button.setText(tr("No uncertain slice"))
            return
        rank = self._visited % len(ranking)
        self._visited = rank + 1
        place = np.zeros(layer.ndim)
        place[axis] = ranking[rank]
        dims.set_point(axis + extra, layer.data_to_world(place)[axis])
        self.next_button.setText(
            tr("{next} ({rank} of {count})", next=tr(NEXT), rank=rank + 1, count=len(ranking))
        )

    # Computing

    def _examine(self, then: Callable[[Provenance, _Uncertainty], None]) -> None:
        """Do what needs the uncertainty of the mask, once they are known."""
        handle = self._handle
        if handle is None:
            return
        if self._uncertainty is not None:
            then(handle, self._uncertainty)
            return
        self._then = then
        if not self._examining.running:
            self._examining.run(_uncertainty_of, handle)

    def _on_examined(self, uncertainty: _Uncertainty) -> None:
        handle = self._handle
        if handle is not None and handle.result is uncertainty.result:
            self._uncertainty = uncertainty

    def _on_finished(self) -> None:
        then, self._then = self._then, None
        if then is not None and self._uncertainty is not None:
            self._examine(then)
        self._update()


def _tell(error: Exception) -> None:
    show_error(tr("The probabilities could not be shown: {reason}", reason=without_path(error)))


def _uncertainty_of(handle: Provenance) -> _Uncertainty:
    """Look at the probabilities of a run, in a worker thread."""
    from napari_brainseg.measure.uncertainty import expected_errors, uncertain_slices
    from napari_brainseg.pipeline.half import as_half
    from napari_brainseg.pipeline.postprocess import calibrated

    result = handle.result
    assert result is not None, "only a run has probabilities"
    foreground, _ = result.strongest
    turned = np.ascontiguousarray(handle.frame.apply(foreground))
    heat = as_half(calibrated(turned, result.card.temperature))
    rankings = tuple(uncertain_slices(doubt) for doubt in expected_errors(heat))
    return _Uncertainty(result, heat, rankings)
