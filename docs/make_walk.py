"""Film a walk through the panel: run under ``scripts/with_display.sh``.

Opens the sample scan, segments it, scribbles inside and outside of the lesion, and saves the mask
to a folder that is removed again; the pictures become ``docs/images/walk.gif``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog, QScrollArea

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILM = Path(__file__).parent / "images" / "walk.gif"
SIZE = (854, 480)
COLORS = 200
FRAME_MS = 1400
SETTLE_MS = 2500

Scene = tuple[str, "Callable[[], Any]"]


class Film:
    """The pictures so far, each with what it shows written below."""

    def __init__(self, viewer: napari.Viewer) -> None:
        self._viewer = viewer
        self._frames: list[Image.Image] = []

    def take(self, caption: str) -> None:
        """Add what the window shows."""
        shown = self._viewer.screenshot(canvas_only=False, flash=False)[..., :3]
        frame = Image.fromarray(shown).resize(SIZE, Image.Resampling.LANCZOS)
        draw = ImageDraw.Draw(frame)
        draw.rectangle((0, SIZE[1] - 26, SIZE[0], SIZE[1]), fill="black")
        draw.text((10, SIZE[1] - 22), caption, fill="white", font=ImageFont.load_default(16))
        self._frames.append(frame.quantize(COLORS, dither=Image.Dither.NONE))

    def save(self) -> None:
        """Write the film."""
        first, *rest = self._frames
        first.save(FILM, save_all=True, append_images=rest, duration=FRAME_MS, loop=0)
        print(f"{FILM.name}: {len(self._frames)} pictures, {FILM.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Open, then scene after scene, then close."""
    viewer = napari.Viewer(show=False)
    viewer.open_sample("napari-brainseg", "phantom")
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    viewer.show()
    viewer.window.resize(1366, 768)
    film = Film(viewer)

    def begin() -> None:
        viewer.reset_view()
        film.take("Open a scan: here the sample of the package, a lesion computed into a real head")
        panel.run.ended.connect(lambda _: QTimer.singleShot(SETTLE_MS, ended))
        panel.segment_button.click()
        QTimer.singleShot(
            SETTLE_MS // 2, lambda: film.take("Segment: in the background, slice by slice")
        )

    def ended() -> None:
        areas = panel.working.layer.data.astype(bool).sum(axis=(1, 2))
        viewer.dims.set_current_step(0, int(areas.argmax()))
        QTimer.singleShot(SETTLE_MS, lambda: go_on(viewer, film, iter(scenes(viewer, panel))))

    QTimer.singleShot(SETTLE_MS, begin)
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "sample_mask.nii.gz")
        QFileDialog.getSaveFileName = lambda *_: (target, "")
        napari.run()


def scenes(viewer: napari.Viewer, panel: Any) -> list[Scene]:
    """List pictures by what they show, each with what is done for it."""
    at = viewer.dims.current_step[0]
    marked = np.argwhere(panel.working.layer.data[at])
    (top, left), (bottom, right) = marked.min(axis=0), marked.max(axis=0)
    middle, width = (top + bottom) // 2, right - left

    def correct() -> None:
        panel.mask_fold.collapse(animate=False)
        panel.correct_fold.expand(animate=False)
        scroll = panel.findChild(QScrollArea)
        QTimer.singleShot(SETTLE_MS // 2, lambda: scroll.ensureWidgetVisible(panel.correct))

    def draw(kind: str, row: int, start: int, stop: int) -> None:
        panel.correct.use(kind)
        layer = viewer.layers["Strokes"]
        with layer.block_history():
            for column in range(start, stop):
                layer.paint((at, row, column), layer.selected_label)

    return [
        ("The mask is there, selected and ready to be corrected", lambda: None),
        ("Correct: tools and their keys", correct),
        (
            "Scribble inside what is to be marked …",
            lambda: draw("inside", middle, left + width // 4, right - width // 4),
        ),
        (
            "… and outside of it: the mask follows, each stroke is one step of Ctrl+Z",
            lambda: draw("outside", bottom + 2, left, right),
        ),
        ("Done: the mask stays as it is", panel.correct.done.click),
        ("Save: on the grid of the scan, read back and compared", panel.save_button.click),
    ]


def go_on(viewer: napari.Viewer, film: Film, rest: Iterator[Scene]) -> None:
    """Take the next picture, and close after the last."""
    scene = next(rest, None)
    if scene is None:
        film.save()
        viewer.close()
        return
    caption, act = scene
    act()

    def taken() -> None:
        film.take(caption)
        go_on(viewer, film, rest)

    QTimer.singleShot(2 * SETTLE_MS, taken)


if __name__ == "__main__":
    main()
