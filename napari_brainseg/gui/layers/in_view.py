"""Whether a scan is in view, as another one is chosen to be shown as it is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_brainseg.gui.layers.own_scan import own_scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["kept_in_view"]

WHOLE, MOST = 0.9, 0.7
"""How much of a scan is seen where it is looked at as a whole, and still is."""

LITTLE = 0.1
"""Less of the canvas shows of a scan only where one has lost it from view."""


@contextmanager
def kept_in_view(viewer: Viewer, before: Scan | None, after: Scan) -> Iterator[None]:
    """Show a scan whole where next to nothing of it came into view, or less than of that before.

    Scans of two sizes, or about two origins, do not lie in one place of the canvas. Who looks at a
    detail goes on doing so.
    """
    turned = before is not None and before is not after
    as_whole = before is not None and turned and _seen(viewer, before)[0] >= WHOLE
    yield
    if turned:
        of_scan, of_canvas = _seen(viewer, after)
        if of_canvas < LITTLE or (as_whole and of_scan < MOST):
            viewer.fit_to_view(layers=_layers_of(viewer, after))


def _layers_of(viewer: Viewer, scan: Scan) -> list[Any]:
    images = [layer for layer in viewer.layers if isinstance(layer, Image)]
    return [layer for layer in images if own_scan(layer) is scan]


def _seen(viewer: Viewer, scan: Scan) -> tuple[float, float]:
    """Return how much of a scan is in the canvas, and how much of the canvas it takes.

    All of it where it is closed, and in 3-D or a grid, where this is no question.
    """
    layers = _layers_of(viewer, scan)
    if not layers or viewer.dims.ndisplay != 2 or viewer.canvas.grid.enabled:
        return 1.0, 1.0
    shown = list(viewer.dims.displayed)
    low, high = layers[0].extent.world[:, [axis - viewer.dims.ndim for axis in shown]]
    camera, canvas = viewer.scene.camera, np.array(viewer.canvas.size, dtype=float)
    centre, half = np.array(camera.center[-2:]), canvas / camera.zoom / 2
    both = _area(np.maximum(low, centre - half), np.minimum(high, centre + half))
    return both / max(_area(low, high), 1e-9), both / max(float(np.prod(2 * half)), 1e-9)


def _area(low: NDArray[Any], high: NDArray[Any]) -> float:
    return float(np.prod(np.maximum(high - low, 0)))
