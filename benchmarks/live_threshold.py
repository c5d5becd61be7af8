"""How fast the mask follows the threshold slider, and how long the window stands still for it.

    scripts/with_display.sh python benchmarks/live_threshold.py [--steps 40]

A scan of 256 x 256 x 150 voxels with a lesion of about 150 mL in a real viewer. Printed are the
times from a move of the slider to the new mask in the layer, and the longest gap of the event loop
meanwhile, in ms, and the median as a ratio to napari's own ``layer.data = mask`` of the same masks
in the same run. (Gaps hold the drawing of the picture too, and what else the panel does.)
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

import napari
import numpy as np
from probe import Probe, settle
from qtpy.QtCore import QEventLoop

from napari_brainseg.gui.domain.provenance import ScanHandle
from napari_brainseg.gui.layers.scan_layers import scan_layers
from napari_brainseg.gui.state.run import Outcome, RunJob
from napari_brainseg.io import Reading
from napari_brainseg.measure import measure_mask
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.postprocess import MaskRules, mark
from napari_brainseg.pipeline.segment import Segmentation
from napari_brainseg.pipeline.warm import warm_up
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.gui.panel.widget import SegmentWidget

GRID = (150, 256, 256)


def lesion() -> NDArray[np.float16]:
    """Give a ragged lesion, smaller ones around it, and a haze as networks leave it."""
    chance = np.random.default_rng(0)
    z, y, x = np.ogrid[:150, :256, :256]
    logits = np.full(GRID, -6.0, dtype=np.float32)
    for middle, radius in (
        ((80, 110, 100), (28, 38, 34)),
        ((50, 150, 170), (9, 8, 9)),
        ((100, 60, 160), (4, 5, 4)),
    ):
        steps = zip((z, y, x), middle, radius, strict=True)
        distance = np.sqrt(sum(((at - centre) / size) ** 2 for at, centre, size in steps))
        np.maximum(logits, 10 * (1 - distance), out=logits)
    logits += chance.normal(0, 0.7, GRID).astype(np.float32)
    return (1 / (1 + np.exp(-logits))).astype(np.float16)


def opened(viewer: napari.Viewer) -> SegmentWidget:
    """Show the scan, the panel, and the mask as if Segment had just ended."""
    chance = np.random.default_rng(1)
    data = chance.integers(0, 1000, (1, *GRID)).astype(np.int16)
    scan = Scan(data, DISPLAY_AFFINE, ("FLAIR",), Source("benchmark"), "mm")
    (layer,) = (viewer._add_layer_from_data(*each)[0] for each in scan_layers(Reading(scan)))
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    bundle = find_models().default
    probabilities = lesion()
    found = mark(probabilities, MaskRules(bundle.card.threshold)).astype(np.uint8)
    result = Segmentation(
        *(scan, bundle.card, probabilities[np.newaxis], found, "axial"),
        *(tuple(range(len(found))), True, "CPU", 1.0, ()),
    )
    handle = layer.metadata["brainseg"]
    assert isinstance(handle, ScanHandle)
    job = RunJob(layer, handle, bundle, {}, "cpu", "axial", None, None, layer)
    panel.run.deliver(Outcome(job, result, measure_mask(found, scan)))
    return panel


def slide(
    panel: SegmentWidget, thresholds: NDArray[np.float64], *, drag: bool
) -> tuple[list[float], float]:
    """Move the slider and wait for the mask, move by move: times in ms, and the longest gap."""
    slider, live, probe = panel.mask_rules.threshold, panel.mask_rules.live, Probe()
    times = []
    slider.slider.setSliderDown(drag)
    probe.restart()
    for threshold in thresholds:
        loop = QEventLoop()
        live.moved.connect(loop.quit)
        begin = time.perf_counter()
        slider.setValue(float(threshold))
        loop.exec()
        times.append(1000 * (time.perf_counter() - begin))
        live.moved.disconnect(loop.quit)
        settle(30)  # so that the picture is drawn as well
    slider.slider.setSliderDown(False)
    return times, probe.clock


def refined(panel: SegmentWidget, thresholds: NDArray[np.float64]) -> tuple[list[float], float]:
    """Do as :func:`slide` with every other rule on."""
    section = panel.mask_rules
    section.holes.setChecked(True)
    section.smooth.setValue(2.0)
    section.largest.setValue(2)
    section.minimum.setValue(100.0)
    settle(1000)
    return slide(panel, thresholds, drag=True)


def assign(panel: SegmentWidget, thresholds: NDArray[np.float64]) -> tuple[list[float], float]:
    """Do as :func:`slide` by napari's own means, the masks given for free."""
    layer, handle = panel.working.layer, panel.working.provenance
    assert layer is not None
    assert handle is not None
    assert handle.result is not None
    masks = [mark(handle.result.probabilities[0], MaskRules(t)) for t in thresholds]
    probe, times = Probe(), []
    probe.restart()
    for mask in masks:
        begin = time.perf_counter()
        layer.data = mask.astype(np.uint8)
        times.append(1000 * (time.perf_counter() - begin))
        settle(30)
    return times, probe.clock


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    steps = parser.parse_args().steps
    warm_up(find_models().default)  # as in a session in which a mask was made
    viewer = napari.Viewer(show=False)
    panel = opened(viewer)
    viewer.window.resize(1366, 768)
    viewer.show()
    viewer.dims.set_current_step(0, 80)
    while not panel.mask_rules.threshold.isEnabled():
        settle(50)
    settle(2000)  # what starts with a new mask is over
    thresholds = np.random.default_rng(2).permutation(np.linspace(0.1, 0.95, steps)).round(2)
    thresholds = thresholds[np.flatnonzero(np.diff(thresholds, prepend=0.0))]
    rows: dict[str, Callable[[], tuple[list[float], float]]] = {
        "dragging the slider": lambda: slide(panel, thresholds, drag=True),
        "single moves (keys, reset), each a step to undo": lambda: slide(
            panel, thresholds, drag=False
        ),
        "dragging, with smoothing, holes, largest, minimum": lambda: refined(panel, thresholds),
        "layer.data = mask": lambda: assign(panel, thresholds),
    }
    measured = {name: row() for name, row in rows.items()}
    own = statistics.median(measured["layer.data = mask"][0])
    print(f"{' x '.join(map(str, GRID))} voxels, {len(thresholds)} moves, ms")
    print("| | fastest | median | worst | longest gap | median / layer.data |")
    print("|---|---|---|---|---|---|")
    for name, (times, gap) in measured.items():
        median = statistics.median(times)
        spread = f"{min(times):.0f} | {median:.0f} | {max(times):.0f}"
        print(f"| {name} | {spread} | {gap:.0f} | {median / own:.2f} |")
    viewer.close()
    settle(1000)  # for the autosave to be closed


if __name__ == "__main__":
    main()
