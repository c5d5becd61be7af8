"""Layers that show something about a mask and follow it: its diameters, and what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels, Shapes

from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.layers.foreign import placement_of
from napari_brainseg.gui.layers.overlays import Overlay
from napari_brainseg.gui.measure.text import length
from napari_brainseg.language import tr
from napari_brainseg.measure.metrics import ADDED, REMOVED

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.measure.diameters import Diameters

__all__ = ["ChangesOverlay", "DiameterLines"]

LONG_COLOR, SHORT_COLOR = "#ffd23f", "#3fd2ff"
ADDED_COLOR, REMOVED_COLOR = "#2fd16b", "#ff4d4d"
LINE_WIDTH = 0.8
"""In voxels."""


class DiameterLines(Overlay):
    """The longest diameter and its perpendicular as two lines."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._lines: Diameters | None = None

    def show(
        self, mask: Labels, lines: Diameters, frame: Frame, grid: tuple[int, int, int]
    ) -> None:
        """Draw the lines of a mask, or move them.

        Parameters
        ----------
        mask : Labels
            The lines are placed on this layer.
        lines : Diameters
            With points (z, y, x) in voxels of the grid.
        frame : Frame
            What the layer shows of the grid.
        grid : tuple of int
            Shape (Z, Y, X).
        """
        ends = [
            frame.place(np.array(line), grid)[:, -mask.ndim :] for line in (lines.long, lines.short)
        ]
        texts = [f"{length(value)} mm" for value in (lines.long_mm, lines.short_mm)]
        name = tr("Diameters of {name}", name=mask.name)
        same, self._lines = lines == self._lines, lines
        if self.layer is not None and self.is_on(mask):
            self.layer.name = name
            if not same:  # napari builds shapes and texts anew, which takes a while
                self.layer.data = ends
                self.layer.features = {"length": texts}
            return
        layer = Shapes(
            ends,
            shape_type="line",
            edge_width=LINE_WIDTH,
            edge_color=[LONG_COLOR, SHORT_COLOR],
            features={"length": texts},
            text={
                "string": "{length}",
                "color": [LONG_COLOR, SHORT_COLOR],
                "size": 10,
                "anchor": "upper_right",
            },
            name=name,
            **placement_of(mask),
        )
        self.add(layer, mask)


class ChangesOverlay(Overlay):
    """Voxels that were added and removed, in green and red."""

    def show(self, mask: Labels, changes: NDArray[np.uint8]) -> None:
        """Show the changes of a mask.

        Parameters
        ----------
        mask : Labels
            The overlay lies on this layer.
        changes : ndarray of uint8
            In the shape and order of the layer's data, as
            :func:`~napari_brainseg.measure.metrics.changed_voxels` gives them.
        """
        name = tr("Changes of {name}", name=mask.name)
        if self.layer is not None and self.is_on(mask):
            self.layer.data = changes
            self.layer.name = name
            return
        from napari.utils.colormaps import DirectLabelColormap

        colors = {ADDED: ADDED_COLOR, REMOVED: REMOVED_COLOR, 0: "transparent", None: "transparent"}
        layer = Labels(
            changes,
            colormap=DirectLabelColormap(color_dict=colors),
            features={"index": [ADDED, REMOVED], "change": ["added", "removed"]},
            opacity=0.8,
            name=name,
            metadata={OVERLAY_KEY: True},
            **placement_of(mask),
        )
        self.add(layer, mask)
