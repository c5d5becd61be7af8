"""How long the window stands still while each correction tool works on 256 x 256 x 150 voxels.

Run as ``scripts/with_display.sh python benchmarks/tools.py [--repeats 3]``. The longest gap of the
event loop is what a user would feel. It is given in ms, as a ratio to that of napari's own fill
bucket on the same lesion in the same run, and as processor time of the GUI thread.
The lesion has 30 mL at 1 mm; the last rows are the worst case, a mask of half the head.
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

import napari
import numpy as np
from napari.layers import Layer
from probe import settle, watch
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.gui.layers.scan_layers import set_window
from napari_brainseg.gui.measure.report_writer import ReportWriter
from napari_brainseg.pipeline.segment import Segmentation

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels

    from napari_brainseg.gui.correct.section import CorrectSection
    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.gui.panel.widget import SegmentWidget

SHAPE = (150, 256, 256)
CENTRE = (75, 128, 110)
TOOLS = ("grow", "shrink", "smooth", "fill", "islands", "add", "subtract", "intersect")


def ball(volume_ml: float, centre: tuple[int, int, int] = CENTRE) -> np.ndarray:
    """Mark a ball of a volume, at 1 mm."""
    radius = (volume_ml * 1000 * 3 / (4 * np.pi)) ** (1 / 3)
    grid = np.ogrid[tuple(slice(size) for size in SHAPE)]
    return sum((a - c) ** 2 for a, c in zip(grid, centre, strict=True)) <= radius**2


def model_s_mask(panel: SegmentWidget, lesion: np.ndarray) -> LayerData:
    """Give the layer of a mask that a model made, which more parts of the panel look at."""
    image = panel.handle
    labels = image.frame.invert(lesion).astype(np.uint8)
    result = Segmentation(
        scan=image.scan,
        card=panel.models.bundle.card,
        probabilities=labels[np.newaxis].astype(np.float16),
        labels=labels,
        plane="axial",
        slices=tuple(range(SHAPE[0])),
        complete=True,
        device="none",
        seconds=0.0,
        notes=(),
    )
    handle = Provenance(image.scan, image.frame, result.info, labels, result)
    return mask_layer_data(labels, handle, "mask")


def measure(
    mask: Labels, act: Callable[[], None], busy: Callable[[], bool], repeats: int
) -> tuple[float, float, float, int]:
    """Use a tool and undo it, several times; medians of gaps and time, and most voxels changed."""
    rows, changed = [], 0
    for _ in range(repeats):
        before = mask.data.copy()
        rows.append(watch(act, lambda: not busy()))
        differ = int((mask.data != before).sum())
        changed = max(changed, differ)
        if differ:
            mask.undo()
    clock, work, taken = (statistics.median(each) for each in zip(*rows, strict=True))
    return clock, work, taken, changed


def measure_planes(panel: SegmentWidget, rows: dict[str, tuple[float, float, float, int]]) -> None:
    """Measure the three planes: until both further canvases are drawn, and until they are gone."""
    drawn: set[int] = set()

    def opened() -> None:
        panel.views.planes.click()
        for view in panel.views._three.views:
            canvas = view.qt_viewer.canvas._scene_canvas
            canvas.events.draw.connect(lambda event: drawn.add(id(event.source)), position="last")

    for turn in ("first", "again"):
        drawn.clear()
        rows[f"three planes, opened, {turn}"] = (*watch(opened, lambda: len(drawn) == 2), 0)
        rows[f"three planes, closed, {turn}"] = (*watch(panel.views.planes.click, lambda: True), 0)


def measure_canvas_tools(panel: SegmentWidget, mask: Labels, run: Callable[..., None]) -> None:
    """Measure what is drawn on the canvas, what is only looked at, labels and the report."""
    viewer, section = panel.correct.viewer, panel.correct
    busy = lambda: section.runner.busy  # noqa: E731
    place = tuple(np.array([CENTRE, (75, 128, 126)]).T)

    section.use("sphere")
    mask.brush_size = 20
    run("sphere brush, a dab of 20 mm", lambda: mask.paint((75, 128, 126), 1))
    section.use("sphere")

    def polish() -> None:
        section.use("polish")
        viewer.layers["Strokes"].data_setitem(place, 1)

    corners = np.array([(75, y, x) for y, x in ((100, 90), (100, 130), (150, 130), (150, 90))])
    for where, button in (("this slice", section.one), ("all slices", section.all)):
        button.setChecked(True)
        run(f"smoothing brush, {where}", polish, busy)
        section.canvas.cancel()
        for name in ("lasso", "scissors"):
            run(f"{name}, {where}", partial(section.submit, name, None, corners), busy)
    section.one.setChecked(True)

    row = section.protection.range
    run("range of intensities, shown", lambda: row.set_range(100, 400))
    run("range of intensities, moved", lambda: row.low.setValue(row.low.value() + 10))
    row.box.setChecked(False)
    image = viewer.layers["scan"]
    steps = iter(range(10, 10_000, 10))
    run("window and level, a step", lambda: set_window(image, (next(steps), 1000.0)))

    table = panel.labels
    run("label table: merged", lambda: table.turn(1, 2), busy)
    run("label table: deleted", lambda: table.turn(1, 0), busy)
    names = iter(f"core {number}" for number in range(10_000))
    run("label table: renamed", lambda: table.rename(1, next(names)))
    mask.selected_label = 1
    measure_report(panel, mask, run)


def measure_report(panel: SegmentWidget, mask: Labels, run: Callable[..., None]) -> None:
    """Measure the page of the mask, as its button writes it."""
    writer = ReportWriter(panel)
    with TemporaryDirectory() as folder:
        typed = str(Path(folder) / "report.html")
        with patch.object(QFileDialog, "getSaveFileName", return_value=(typed, "")):
            run("report", lambda: writer.save(mask), lambda: writer.busy)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (default 3)")
    repeats = parser.parse_args().repeats

    viewer = napari.Viewer()
    rng = np.random.default_rng(0)
    place = {"scale": (1.0,) * 3, "units": ("mm",) * 3}
    scan = rng.integers(0, 400, SHAPE, dtype=np.int16)
    scan[ball(40.0)] += 400
    viewer.add_image(scan, name="scan", **place)
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg")
    section: CorrectSection = panel.correct

    lesion = ball(30.0) & (rng.random(SHAPE) < 0.99)
    other = viewer.add_labels(ball(30.0, (75, 128, 125)).astype(np.uint8), name="other", **place)
    mask = viewer.add_layer(Layer.create(*model_s_mask(panel, lesion)))
    viewer.dims.set_current_step(0, CENTRE[0])
    section.amount.setValue(2.0)
    section.smallest.setValue(20.0)
    settle()

    rows: dict[str, tuple[float, float, float, int]] = {}

    def run(title: str, act: Callable[[], None], busy: Callable[[], bool] = lambda: False) -> None:
        rows[title] = measure(mask, act, busy, repeats)

    def tool(title: str, name: str, whole: bool) -> None:
        (section.all if whole else section.one).setChecked(True)
        run(title, lambda: section.use(name), lambda: section.runner.busy)

    def model_busy() -> bool:
        return section.rerun.run.running or section.runner.busy

    run("nothing", lambda: None)
    measure_planes(panel, rows)

    rows_drawn = iter(range(110, 140))

    def scribble() -> None:
        section.use("inside")
        line = np.array(
            [(75, row, column) for row in (next(rows_drawn),) for column in range(95, 126)]
        )
        viewer.layers["Strokes"].data_setitem(tuple(line.T), 1)

    for title, whole in (("this slice", False), ("all slices", True)):
        (section.all if whole else section.one).setChecked(True)
        run(f"scribble, {title}", scribble, lambda: section.runner.busy)
        run(f"end of scribbling, {title}", section.done.click)
    section.one.setChecked(True)
    measure_canvas_tools(panel, mask, run)
    # The first run loads libraries and weights, as Segment does.
    watch(lambda: section.use("slice"), lambda: not model_busy())
    mask.undo()
    run("model on this slice", lambda: section.use("slice"), model_busy)
    mask.n_edit_dimensions = 3
    run("napari's fill bucket", lambda: mask.fill(CENTRE, 2))
    for name in TOOLS:
        tool(f"{name}, this slice", name, False)
        tool(f"{name}, all slices", name, True)
    tool("next", "next", False)
    larger = ball(40.0)
    larger[np.setdiff1d(np.arange(SHAPE[0]), (62, 75, 88))] = False
    mask.data_setitem(np.nonzero(larger), 1)
    tool("interpolate", "interpolate", True)

    head = ball(1500.0)
    other.data = head.astype(np.uint8)
    mask.data = np.zeros(SHAPE, dtype=np.uint8)
    tool(f"add {head.sum():,} voxels", "add", True)
    mask.data = head.astype(np.uint8)
    run("napari's fill bucket, as many", lambda: mask.fill(CENTRE, 2))
    tool("grow, as many", "grow", True)

    peer = rows["napari's fill bucket"][0]
    heads = ("gap, clock", "to napari's", "gap, work", "done after")
    print(f"{'ms':36}" + "".join(f"{head:>13}" for head in heads) + f"{'voxels':>12}")
    for title, (clock, work, taken, changed) in rows.items():
        numbers = f"{clock:13.1f}{clock / peer:13.2f}{work:13.1f}{taken:13.0f}"
        print(f"{title:36}{numbers}{changed:12,}")
    panel.keeper.discard_all()
    viewer.close()
    settle(1000)  # for workers and autosave to end


if __name__ == "__main__":
    main()
