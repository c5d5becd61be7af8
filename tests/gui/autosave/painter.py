"""A process that opens a scan and paints on its mask at a steady rate, until it is killed.

``painter.py viewer|bare|idle|scribbler SCAN LOG``: with napari's window and the panel, or with the
layers and the keeper of autosaves alone. Each line of the log is the time and the index of one
painted voxel; an idle one holds the finished mask of a model, and paints nothing. A scribbler draws
strokes, which the mask follows; its lines are the time and the checksum of the mask that came.
"""

from __future__ import annotations

import os
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QCoreApplication, QTimer

from napari_brainseg.frames import frame_for
from napari_brainseg.gui.autosave.keeper import AutosaveKeeper
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.io import MaskInfo, read_scan

STROKE_MS = 50


def finished_mask_of(path: Path) -> Labels:
    scan = read_scan(path).scan
    found = np.zeros(scan.grid, np.uint8)
    found[2:4, 10:20, 10:20] = 1
    known = Provenance(scan, frame_for(scan.affine), MaskInfo(made="AUTOMATIC"), found)
    data, keywords, _ = mask_layer_data(found, known, "mask")
    return Labels(data, **keywords)


def mask_of(path: Path) -> Labels:
    scan = read_scan(path).scan
    empty = np.zeros(scan.grid, np.uint8)
    known = Provenance(scan, frame_for(scan.affine), original=empty)
    data, keywords, _ = mask_layer_data(empty, known, "mask")
    return Labels(data, **keywords)


def paint_for_ever(mask: Labels, log: Path) -> QTimer:
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    places = iter(range(mask.data.size))

    def stroke() -> None:
        index = next(places)
        mask.paint(np.unravel_index(index, mask.data.shape), 1)
        os.write(stream, f"{time.monotonic()} {index}\n".encode())

    timer = QTimer()
    timer.timeout.connect(stroke)
    timer.start(STROKE_MS)
    mask.brush_size = 1
    return timer


def scribble_for_ever(viewer: Any, log: Path) -> QTimer:
    """Draw a stroke as soon as the mask has followed the one before."""
    panel = viewer.window.add_plugin_dock_widget("napari-brainseg")[1]
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    mask, section = panel.working.layer, panel.correct
    rng, seen = np.random.default_rng(), zlib.crc32(mask.data)

    def stroke() -> None:
        nonlocal seen
        if section.runner.busy:
            return
        checksum = zlib.crc32(mask.data)
        if checksum != seen:
            seen = checksum
            os.write(stream, f"{time.monotonic()} {checksum}\n".encode())
        section.use(str(rng.choice(["inside", "outside"])))
        strokes = viewer.layers["Strokes"]
        row, column = rng.integers(2, np.array(mask.data.shape[1:]) - 12)
        at = viewer.dims.current_step[0]
        place = (np.full(10, at), np.full(10, row), np.arange(column, column + 10))
        strokes.data_setitem(place, strokes.selected_label)

    timer = QTimer()
    timer.timeout.connect(stroke)
    timer.start(STROKE_MS)
    return timer


def main() -> None:
    kind, scan, log = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if kind in ("viewer", "scribbler"):
        import napari

        viewer = napari.Viewer(show=False)
        viewer.open(str(scan), plugin="napari-brainseg")
        viewer.window.add_plugin_dock_widget("napari-brainseg")
        mask = viewer.add_layer(mask_of(scan))
        viewing = kind == "viewer"
        timer = paint_for_ever(mask, log) if viewing else scribble_for_ever(viewer, log)
        napari.run()
    else:
        from napari.components import ViewerModel

        app = QCoreApplication([])
        model = ViewerModel()
        keeper = AutosaveKeeper(model)
        model.add_layer(finished_mask_of(scan) if kind == "idle" else mask_of(scan))
        timer = QTimer() if kind == "idle" else paint_for_ever(model.layers[-1], log)
        app.exec()
        del keeper
    timer.stop()


if __name__ == "__main__":
    main()
