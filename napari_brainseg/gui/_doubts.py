"""Where the model was unsure: a heat map, and a way through the slices, the most doubtful first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.notifications import show_error
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (  # type: ignore[attr-defined]
    QHBoxLayout,
    QPushButton,
    QShortcut,
    QWidget,
)

from napari_brainseg.gui._keys import KEYS
from napari_brainseg.gui._threads import background
from napari_brainseg.gui.layers import OVERLAY_KEY, placement

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui._working import WorkingMask
    from napari_brainseg.gui.layers import MaskHandle
    from napari_brainseg.segment import Segmentation

__all__ = ["DoubtRow"]

NOT_OURS = "There is no probability map: run Segment in this session."
HEAT_TIP = "Lay the calibrated probability of tumour over the scan"
NEXT_TIP = f"Go to the slice with the most voxels in doubt, then to the next ({KEYS['uncertain']})"


class DoubtRow(QWidget):
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
        self._result: Segmentation | None = None
        self._visited = 0
        self._worker: Any = None
        self.heat_button = QPushButton("Heat map")
        self.heat_button.setCheckable(True)
        self.next_button = QPushButton("Next uncertain slice")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.heat_button)
        layout.addWidget(self.next_button)
        self.heat_button.clicked.connect(self._on_heat)
        self.next_button.clicked.connect(self._on_next)
        self._key = QShortcut(QKeySequence(KEYS["uncertain"]), self)
        self._key.activated.connect(self.next_button.click)
        working.switched.connect(self._on_switched)
        self._on_switched()

    def _on_switched(self) -> None:
        handle = self._working.handle
        result = handle.result if handle is not None else None
        if result is not self._result:
            self._result, self._visited = result, 0
            self.next_button.setText("Next uncertain slice")
        if self._heat is not None and self._heat not in self._viewer.layers:
            self._heat = None
        why = "" if result is not None else NOT_OURS
        self.heat_button.setChecked(self._heat is not None)
        self.heat_button.setEnabled(not why or self._heat is not None)
        self.heat_button.setToolTip(why or HEAT_TIP)
        self.next_button.setEnabled(not why)
        self.next_button.setToolTip(why or NEXT_TIP)

    def _on_heat(self, on: bool) -> None:
        if not on:
            heat, self._heat = self._heat, None
            if heat is not None and heat in self._viewer.layers:
                self._viewer.layers.remove(heat)
        elif (handle := self._working.handle) is not None and handle.result is not None:
            self._run(_heat_map, handle, partial(self._show_heat, handle))

    def _show_heat(self, handle: MaskHandle, data: NDArray[np.float32]) -> None:
        active = self._viewer.layers.selection.active
        heat = Image(
            data,
            name=f"{handle.scan.source.name} · probability",
            colormap="inferno",
            blending="additive",
            contrast_limits=(0.0, 1.0),
            opacity=0.6,
            metadata={OVERLAY_KEY: True},
            **placement(handle.scan, handle.frame),
        )
        self._heat = self._viewer.add_layer(heat)
        self._viewer.layers.selection.active = active
        self._on_switched()

    def _on_next(self) -> None:
        handle, layer = self._working.handle, self._working.layer
        if handle is not None and handle.result is not None and layer is not None:
            found = np.asarray(layer.data) > 0
            self._run(_ranking, handle, self._go, found)

    def _go(self, ranking: list[int]) -> None:
        layer = self._working.layer
        if layer is None or not ranking:
            self.next_button.setText("No slice in doubt")
            return
        rank = self._visited % len(ranking)
        self._visited = rank + 1
        axis = self._viewer.dims.ndim - layer.ndim
        place = layer.data_to_world((ranking[rank], 0, 0))[0]
        self._viewer.dims.set_point(axis, place)
        self.next_button.setText(f"Next uncertain slice ({rank + 1} of {len(ranking)})")

    def _run(self, work: Any, handle: MaskHandle, answer: Any, *more: Any) -> None:
        """Compute in a worker thread; while one is under way, a click does nothing."""
        if self._worker is not None:
            return
        self._worker = background(work, handle, *more)
        self._worker.returned.connect(answer)
        self._worker.errored.connect(_tell)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_finished(self) -> None:
        self._worker = None


def _tell(error: Exception) -> None:
    show_error(f"The probabilities could not be shown: {type(error).__name__}: {error}")


def _heat_map(handle: MaskHandle) -> NDArray[np.float32]:
    """Calibrated probability of any class, as the layers of the scan are turned."""
    from napari_brainseg.postprocess import calibrated

    assert handle.result is not None, "only a run has probabilities"
    foreground, _ = handle.result.strongest
    turned = np.ascontiguousarray(handle.frame.apply(foreground))
    return calibrated(turned, handle.result.card.temperature)


def _ranking(handle: MaskHandle, found: NDArray[np.bool_]) -> list[int]:
    """Slices with voxels in doubt, most first."""
    from napari_brainseg.uncertainty import expected_errors

    doubt = expected_errors(_heat_map(handle), found)
    order = np.argsort(-doubt, kind="stable")
    return [int(index) for index in order if doubt[index] >= 1]
