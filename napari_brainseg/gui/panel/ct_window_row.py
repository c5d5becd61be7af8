"""Grey levels of a CT: presets in one click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QPushButton, QWidget

from napari_brainseg.ct_window import PRESETS, Window, is_ct
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.layers.scan_layers import set_window
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Image

    from napari_brainseg.scan import Scan

__all__ = ["WindowRow"]


class WindowRow(QWidget):
    """Window presets, shown while a CT is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: Sequence[Image] = ()
        row = row_of()
        for preset in PRESETS:
            button = QPushButton(tr(preset.name))
            button.setToolTip(
                tr(
                    "Width {width:g} HU, level {level:g} HU. Drag on the picture "
                    "with the right button, or Alt, to change: sideways the width, "
                    "up and down the level.",
                    width=preset.width,
                    level=preset.level,
                )
            )
            button.clicked.connect(partial(self._show_preset, preset))
            row.add(button)
        self.setLayout(row)

    def offer(self, scan: Scan | None, layers: Sequence[Image]) -> bool:
        """Serve the layers of a scan; returns whether it is a CT."""
        ct = scan is not None and is_ct(scan)
        self._layers = layers if ct else ()
        return ct

    def _show_preset(self, preset: Window, *_: Any) -> None:
        for layer in self._layers:
            set_window(layer, preset.limits)
