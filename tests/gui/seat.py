"""Somebody at napari's window: a viewer, the panel, a hand, and a scan with a lesion."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
from gui.hand import rest

if TYPE_CHECKING:
    from pathlib import Path

    from gui.hand import Hand
    from napari.layers import Labels
    from napari.viewer import Viewer

    from napari_brainseg.gui.panel.widget import SegmentWidget

__all__ = ["IN_A_WINDOW", "MIDDLE", "WITH_A_HAND", "Seat", "lesion", "lesion_file"]

IN_A_WINDOW = [
    pytest.mark.gui,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs an X display"),
]
"""Marks of tests in a window that is shown."""

WITH_A_HAND = [
    *IN_A_WINDOW,
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool"),
]
"""Marks of tests with mouse and keys of the window system."""

MIDDLE = np.array([6, 24, 20])
"""Of the lesion, in voxels of the layers (z, y, x)."""
RADIUS = 7
SPACING = (5.0, 0.8, 0.9)


@dataclass
class Seat:
    """Somebody at the window: a viewer with the panel, and a hand."""

    viewer: Viewer
    hand: Hand
    qtbot: Any
    panel: SegmentWidget | None = None

    @property
    def canvas(self) -> Any:
        return self.viewer.window._qt_viewer.canvas.native

    @property
    def mask(self) -> Labels:
        return self.panel.working.layer

    @property
    def is_running(self) -> bool:
        """Whether Segment was pressed, and its mask is not in use yet."""
        return self.panel.run.running or self.panel.landing.busy

    def dock(self, title: str) -> Any:
        _, widget = self.viewer.window.add_plugin_dock_widget("napari-brainseg", title)
        rest(200)
        return widget

    def wait(self, condition: Any, timeout: int = 120_000) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)

    def settle(self) -> None:
        """Wait until no tool is at work."""
        rest(100)
        section = self.panel.correct
        self.wait(lambda: not section.rerun.run.running and not section.runner.busy)
        rest(100)

    def world(self, *offset: float) -> tuple[float, ...]:
        """Return a place on the slice that is shown, (y, x) in voxels from the lesion's middle."""
        z = self.viewer.dims.point[0] / SPACING[0]
        return tuple(np.array((z, *(MIDDLE[1:] + offset))) * SPACING)

    def draw(self, *offsets: tuple[float, float]) -> None:
        """Draw through places (y, x) from the lesion's middle, as slowly as a hand would."""
        steps = [np.linspace(a, b, 8) for a, b in pairwise(offsets)]
        self.hand.draw(self.viewer, [self.world(*place) for place in np.concatenate(steps)])
        self.settle()

    def is_one_step(self, before: np.ndarray) -> None:
        """Ctrl+Z takes it back, Ctrl+Shift+Z brings it again."""
        after = self.mask.data.copy()
        assert not np.array_equal(after, before)
        self.hand.press("ctrl+z")
        self.settle()
        np.testing.assert_array_equal(self.mask.data, before)
        self.hand.press("ctrl+shift+z")
        self.settle()
        np.testing.assert_array_equal(self.mask.data, after)

    def look_from_above(self) -> None:
        """Switch to the 3-D display, the camera along the axis of the slices."""
        self.viewer.dims.ndisplay = 3
        self.viewer.scene.camera.angles = (0, 0, 90)
        rest(400)


def lesion_file(folder: Path, affine: np.ndarray, name: str = "flair.nii.gz") -> Path:
    """Write a head with a bright ball in it, 5 mm slices; left, posterior and up."""
    rng = np.random.default_rng(0)
    _, y, x = np.ogrid[:12, :48, :40]
    head = ((y - 24) / 20) ** 2 + ((x - 20) / 17) ** 2 < 1
    data = np.where(head, 200.0, 0) + np.zeros((12, 1, 1))
    data[lesion()] = 420
    data += rng.normal(0, 12, data.shape) * head
    image = nib.Nifti1Image(data.T.astype(np.int16), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    nib.save(image, folder / name)
    return folder / name


def lesion() -> np.ndarray:
    """Mark the ball, in voxels (z, y, x)."""
    z, y, x = np.ogrid[:12, :48, :40]
    far = ((z - MIDDLE[0]) * 2.5) ** 2 + (y - MIDDLE[1]) ** 2 + (x - MIDDLE[2]) ** 2
    return far <= RADIUS**2
