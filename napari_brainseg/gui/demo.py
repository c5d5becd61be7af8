"""The demonstration: napari with the sample, segmented through the panel as a user would."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.gui.layers.mask_layers import mask_on_grid
from napari_brainseg.gui.panel.widget import SegmentWidget
from napari_brainseg.io import write_mask
from napari_brainseg.sample import phantom_lesion

if TYPE_CHECKING:
    from pathlib import Path

    from napari import Viewer
    from napari.layers import Labels

__all__ = ["run_demo"]

WIDTH, HEIGHT = 1366, 720


def run_demo(output: Path, screenshot: bool) -> int:
    """Open the sample, segment it and leave the mask on screen, or write it and a picture.

    Parameters
    ----------
    output : Path
        Folder for ``sample_mask.nii.gz`` and ``demo.png``; only used with ``screenshot``.
    screenshot : bool
        Write and end instead of leaving the window open.

    Returns
    -------
    int
        Exit status: 1 if the run failed or found nothing.
    """
    import napari
    from qtpy.QtCore import QTimer

    viewer = napari.Viewer()
    viewer.window.resize(WIDTH, HEIGHT)
    viewer.open_sample("napari-brainseg", "phantom")
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Segment", area="right")
    status: list[int] = []

    def finish(_outcome: object) -> None:
        status.append(_report(viewer, widget, output, screenshot))
        if screenshot:
            viewer.close()

    # After the panel's own answer to the end of the run, which puts the mask on screen.
    widget.run.ended.connect(lambda outcome: QTimer.singleShot(500, lambda: finish(outcome)))
    QTimer.singleShot(500, widget.segment_button.click)
    napari.run()
    return status[0] if status else int(screenshot)


def _report(viewer: Viewer, widget: SegmentWidget, output: Path, screenshot: bool) -> int:
    """Say what was found, and where it was written."""
    layer = widget.working.layer
    if layer is None:
        sys.stderr.write("brainseg demo: segmentation failed; see the messages above.\n")
        return 1
    labels, scan = mask_on_grid(layer)
    truth = phantom_lesion()
    both = int(np.count_nonzero((labels > 0) & (truth > 0)))
    total = int(np.count_nonzero(labels)) + int(np.count_nonzero(truth))
    sys.stdout.write(
        "The head is a healthy person's, its lesion is computed. "
        "This is research software, not a medical device.\n"
        f"Dice of the mask with the known lesion: {2 * both / total:.2f}\n"
    )
    if screenshot:
        _show_lesion(viewer, layer)
        output.mkdir(parents=True, exist_ok=True)
        picture = output / "demo.png"
        viewer.screenshot(str(picture), canvas_only=False, flash=False)
        mask = write_mask(labels, scan, output / "sample_mask.nii.gz", overwrite=True)
        sys.stdout.write(f"Picture: {picture}\nMask: {mask}\n")
    return 0 if both else 1


def _show_lesion(viewer: Viewer, layer: Labels) -> None:
    """Turn to the slice with the most mask, so that the picture shows it."""
    areas = np.asarray(layer.data > 0).sum(axis=(1, 2))
    viewer.dims.set_current_step(0, int(areas.argmax()))
