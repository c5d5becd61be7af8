"""What measuring costs while a mask is being corrected, on a scan of 256 x 256 x 150 voxels.

Run as ``scripts/with_display.sh python benchmarks/measuring.py``. Opens napari with a mask of one
large and one small lesion, paints strokes and prints how long the numbers took to follow and the
longest time in which Qt handled no event: without the section *Measure*, with it, and with
diameters, comparison and changes shown too. Beside the time on the clock stands the processor time
of the GUI thread in such a gap, which other programs on the machine do not lengthen.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

import napari
import numpy as np
from probe import Probe
from qtpy.QtWidgets import QApplication

from napari_brainseg.gui.domain.provenance import Provenance, ScanHandle
from napari_brainseg.gui.layers.mask_layers import mask_layer_data
from napari_brainseg.gui.layers.scan_layers import scan_layers
from napari_brainseg.gui.measure.reference import ORIGINAL
from napari_brainseg.gui.measure.section import MeasureSection
from napari_brainseg.gui.state.working_mask import WorkingMask
from napari_brainseg.io import Reading
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from napari.layers import Labels

SHAPE = (150, 256, 256)
PATIENCE = 120.0


def lesions() -> np.ndarray:
    """Mark an ellipsoid of 200 mL and a small one far from it."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    large = ((z - 60) / 30) ** 2 + ((y - 90) / 40) ** 2 + ((x - 90) / 42) ** 2 <= 1
    small = ((z - 130) / 6) ** 2 + ((y - 220) / 8) ** 2 + ((x - 210) / 8) ** 2 <= 1
    return (large | small).astype(np.uint8)


def wait(seconds: float, until: object = None) -> None:
    """Let Qt work, sleeping in between as a real event loop does."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and not (callable(until) and until()):
        QApplication.processEvents()
        time.sleep(0.001)


def strokes(
    layer: Labels, probe: Probe, places: list[int], section: MeasureSection | None = None
) -> str:
    """Paint, and tell how long the numbers took to follow (median), and the longest gaps, in ms."""
    wait(3.0)
    probe.restart()
    taken = []
    for row in places:
        before = section.measured if section else None
        begin = time.perf_counter()
        layer.paint((60, row, 200), 1)
        if section is None:
            wait(2.0)
        else:
            wait(PATIENCE, lambda before=before: section.measured is not before)
            taken.append(time.perf_counter() - begin)
    follow = f"{1e3 * statistics.median(taken):12.1f}" if taken else " " * 12
    return f"{follow}   {probe.clock:12.1f}   {probe.work:12.1f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=8, help="strokes of each kind (default 8)")
    count = parser.parse_args().strokes

    data = np.random.default_rng(0).integers(0, 400, (1, *SHAPE), dtype=np.int16)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    viewer = napari.Viewer()
    scan = Scan(data, affine, ("FLAIR",), Source("probe"))
    for values, keywords, _ in scan_layers(Reading(scan)):
        viewer.add_image(values, **keywords)
    image: ScanHandle = viewer.layers[0].metadata["brainseg"]
    labels = lesions()
    known = Provenance(scan, image.frame, original=labels)
    values, keywords, _ = mask_layer_data(labels, known, "mask")
    layer = viewer.add_labels(values, **keywords)
    layer.brush_size = 12
    working = WorkingMask(viewer)
    probe = Probe()
    rows = iter(range(10, 250))
    places = [[next(rows) for _ in range(count)] for _ in range(3)]

    alone = strokes(layer, probe, places[0])

    section = MeasureSection(viewer, working)
    section.show()
    wait(PATIENCE, lambda: section.measured is not None)
    numbers = strokes(layer, probe, places[1], section)

    section.diameters.setChecked(True)
    section.choice.activated.emit(section.choice.findText(ORIGINAL))
    wait(PATIENCE, lambda: section.measured.report.comparison is not None)
    section.changes.setChecked(True)
    everything = strokes(layer, probe, places[2], section)

    print(f"{SHAPE} voxels, {int(labels.sum()):,} of them mask, {count} strokes of each kind")
    print("                                    follow       gap, clock   gap, GUI thread (ms)")
    print(f"mask alone                    {alone}")
    print(f"with Measure                  {numbers}")
    print(f"with comparison and overlays  {everything}")
    working.leave()
    section.close()
    viewer.close()


if __name__ == "__main__":
    main()
