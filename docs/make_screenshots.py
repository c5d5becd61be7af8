"""Take the pictures of the user guide: run under ``scripts/with_display.sh``.

Opens napari at 1366x768 with the sample scan, opens the panel, runs Segment, and saves pictures
of the panel's parts to ``docs/images``. In French (``LC_ALL=fr_FR.UTF-8``) it saves one picture,
``segmented_fr.png``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QScrollArea

from napari_brainseg.language import current_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMAGES = Path(__file__).parent / "images"
SETTLE_MS = 6000

Pictured = tuple[str, "Callable[[], Any]"]


def main() -> None:
    """Open, then picture after picture, then close."""
    IMAGES.mkdir(exist_ok=True)
    viewer = napari.Viewer(show=False)
    viewer.open_sample("napari-brainseg", "phantom")
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    viewer.show()
    viewer.window.resize(1366, 768)

    def begin() -> None:
        viewer.reset_view()
        picture(viewer, "widget")
        panel.run.ended.connect(lambda _: QTimer.singleShot(SETTLE_MS, ended))
        panel.segment_button.click()

    def ended() -> None:
        print(panel.status.text())
        mask = panel.working.layer
        areas = mask.data.astype(bool).sum(axis=(1, 2))
        viewer.dims.set_current_step(0, int(areas.argmax()))
        go_on(viewer, iter(parts(viewer, panel)))

    QTimer.singleShot(SETTLE_MS, begin)
    napari.run()


def parts(viewer: napari.Viewer, panel: Any) -> list[Pictured]:
    """List pictures by name, each with what comes after it."""

    def heat() -> None:
        panel.uncertainty.heat_button.click()

    def correct() -> None:
        panel.uncertainty.heat_button.click()
        panel.mask_fold.collapse(animate=False)
        panel.correct_fold.expand(animate=False)
        scroll = panel.findChild(QScrollArea)
        QTimer.singleShot(SETTLE_MS // 2, lambda: scroll.ensureWidgetVisible(panel.correct))

    def measure() -> None:
        panel.correct_fold.collapse(animate=False)
        panel.measure.fold.expand(animate=False)

    return [
        ("segmented", heat),
        ("mask", correct),
        ("correct", measure),
        ("measure", viewer.reset_view),
    ]


def go_on(viewer: napari.Viewer, rest: Iterator[Pictured]) -> None:
    """Take the next picture, and close after the last."""
    step = next(rest, None)
    if step is None:
        viewer.close()
        return
    name, then = step
    picture(viewer, name)
    then()
    QTimer.singleShot(SETTLE_MS, lambda: go_on(viewer, rest))


def picture(viewer: napari.Viewer, name: str) -> None:
    """Save what the window shows."""
    language = current_language()
    if language != "en":
        if name != "segmented":
            return
        name = f"{name}_{language}"
    viewer.screenshot(str(IMAGES / f"{name}.png"), canvas_only=False, flash=False)


if __name__ == "__main__":
    main()
