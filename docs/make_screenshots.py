"""Take the pictures of the user guide: run under ``scripts/with_display.sh``.

Opens napari at 1366x768 with the sample scan, opens the panel, runs Segment and saves
``docs/images/widget.png`` (before) and ``docs/images/segmented.png`` (after).
"""

from __future__ import annotations

from pathlib import Path

import napari
from qtpy.QtCore import QTimer

IMAGES = Path(__file__).parent / "images"
SETTLE_MS = 1500


def main() -> None:
    """Open, picture, segment, picture, close."""
    IMAGES.mkdir(exist_ok=True)
    viewer = napari.Viewer(show=False)
    viewer.open_sample("napari-brainseg", "phantom")
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Brain tumour segmentation")
    viewer.show()
    viewer.window.resize(1366, 768)

    def before() -> None:
        viewer.reset_view()
        viewer.screenshot(str(IMAGES / "widget.png"), canvas_only=False, flash=False)
        panel.run.ended.connect(lambda _: QTimer.singleShot(SETTLE_MS, after))
        panel.segment_button.click()

    def after() -> None:
        mask = panel.working.layer
        if mask is not None and mask.data.any():
            areas = mask.data.astype(bool).sum(axis=(1, 2))
            viewer.dims.set_current_step(0, int(areas.argmax()))
        viewer.screenshot(str(IMAGES / "segmented.png"), canvas_only=False, flash=False)
        print(panel.status.text())
        viewer.close()

    QTimer.singleShot(SETTLE_MS, before)
    napari.run()


if __name__ == "__main__":
    main()
