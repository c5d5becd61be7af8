"""Making the chosen model ready while the user is still choosing."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from napari.utils.transforms import Affine
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.common.workers import Latest

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.warm import Estimate

__all__ = ["Warming"]


class Warming(QObject):
    """Opens the chosen model off the GUI thread, and knows then what a run will take.

    Signals
    -------
    changed
        What is known has changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._chosen: tuple[str, str] | None = None
        # What is wrong with a model or a device is told when it is to be run.
        self._latest = Latest(self, self._on_ready, failed=lambda error: None)

    def follow(self, bundle: Bundle | None, device: str) -> None:
        """Make a model ready on a device, unless it is already."""
        chosen = (bundle.card.weights_sha256, device) if bundle is not None else None
        if chosen == self._chosen:
            return
        self._chosen = chosen
        if bundle is not None:
            # napari's units are read at their first use. Were that in the other thread, a scan
            # that is opened meanwhile would find units without a pixel among them.
            Affine(ndim=1)
            self._latest.run(_warm, bundle, device)

    def estimate(self, bundle: Bundle, device: str) -> Estimate | None:
        """Return what a run will be and take; None before that is known."""
        if (bundle.card.weights_sha256, device) != self._chosen:
            return None
        from napari_brainseg.pipeline.warm import estimate_of

        return estimate_of(bundle, device)

    def _on_ready(self, estimate: Estimate) -> None:
        self.changed.emit()


def _warm(bundle: Bundle, device: str) -> Estimate:
    from napari_brainseg.pipeline.warm import warm_up

    # The first labels layer has napari import pandas and more, and the first slice would wait.
    Labels(np.zeros((1, 1, 1), dtype=np.uint8))
    estimate = warm_up(bundle, device)
    # Python would look through all that was loaded, 0.2 s long, while the first mask is drawn.
    gc.collect()
    return estimate
