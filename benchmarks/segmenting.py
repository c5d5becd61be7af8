"""How long the window stands still while a scan of 256 x 256 x 150 voxels is opened and segmented.

    scripts/with_display.sh python benchmarks/segmenting.py [--runs 28]

Opens a NIfTI file through napari, presses Segment twice (the first time libraries and weights are
loaded) and, for the median, ``--runs`` times more, each mask removed again; then walks through the
slices and saves the mask. Given are the longest gap of the event loop, on the clock and as work of
the GUI thread, and the time until done and until the slice on the screen is drawn, in ms; beside
them what napari alone takes to add the same voxels as a layer that is there already.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import napari
import nibabel as nib
import numpy as np
from probe import Probe, settle, watch
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.warm import warm_up
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (256, 256, 150)


def write_scan(folder: Path) -> Path:
    """Write the phantom's FLAIR, repeated until it is large enough, as a compressed file."""
    scan = phantom()
    slices = scan.data[scan.channels.index("FLAIR")].transpose(2, 1, 0)
    data = np.zeros(SHAPE, dtype=np.int16)
    size = [min(a, b) for a, b in zip(slices.shape[:2], SHAPE[:2], strict=True)]
    for index in range(SHAPE[2]):
        part = slices[: size[0], : size[1], index * slices.shape[2] // SHAPE[2]]
        data[: size[0], : size[1], index] = part
    path = folder / "FLAIR.nii.gz"
    nib.save(nib.Nifti1Image(data, np.diag([-1.0, -1.0, 1.0, 1.0])), path)
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=0, help="more runs, whose median is printed")
    more = parser.parse_args().runs
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg", "Segment")
    warm_up(find_models().default)  # what the panel loads while the user chooses
    settle(2000)
    rows: dict[str, tuple[float, float, float]] = {}

    def run(title: str, act: Callable[[], object], done: Callable[[], bool]) -> None:
        rows[title] = watch(act, done)

    run("nothing", lambda: None, lambda: True)
    with tempfile.TemporaryDirectory() as folder:
        path = write_scan(Path(folder))
        run(
            "open the file",
            partial(viewer.open, str(path), plugin="napari-brainseg"),
            lambda: len(viewer.layers) == 1,
        )
        probe, gaps = Probe(), [(0.0, 0.0)]
        panel.run.stepped.connect(lambda _: gaps.append((probe.clock, probe.work)))
        seen: list[float] = []

        def segment() -> tuple[float, float, float]:
            masks = len(viewer.layers)
            seen.clear()

            def done() -> bool:
                shown = panel.running.layer
                if shown is not None and shown.visible:
                    seen.append(time.perf_counter())
                return len(viewer.layers) > masks and not (panel.run.running or panel.landing.busy)

            return watch(panel.segment_button.click, done)

        def first_slice(began: float) -> float:
            # It is drawn between the first look that finds it and the next.
            return 1e3 * (seen[1] - began)

        for title in ("Segment, first time", "Segment, again"):
            probe.restart()
            began = time.perf_counter()
            rows[title] = segment()
            rows[f"{title}: the first slice is drawn"] = (0.0, 0.0, first_slice(began))
            # Before the mask becomes a layer, which takes napari as long as below.
            rows[f"{title}: while slices are run"] = (*gaps[-1], 0.0)
        mask = panel.working.layer
        gone_through = []
        for _ in range(more):
            began = time.perf_counter()
            gone_through.append((*segment(), first_slice(began)))
            viewer.layers.remove(viewer.layers[-1])
            settle(300)
        viewer.layers.selection.active = mask
        run(
            "twenty slices on",
            lambda: [viewer.dims.set_current_step(0, 60 + step) for step in range(20)],
            lambda: viewer.dims.current_step[0] == 79,
        )
        saved: list[object] = []
        panel.saver.saved.connect(lambda *_: saved.append(1))
        QFileDialog.getSaveFileName = lambda *_: (f"{folder}/mask.nii.gz", "NIfTI (*.nii.gz *.nii)")
        run("save the mask", panel.save_button.click, lambda: bool(saved))
        copies = viewer.layers[0].data.copy(), mask.data.copy()
        run(
            "napari alone: an image layer",
            partial(viewer.add_image, copies[0], contrast_limits=(0, 1000)),
            lambda: True,
        )
        run("napari alone: a labels layer", partial(viewer.add_labels, copies[1]), lambda: True)

    print(f"{' x '.join(map(str, SHAPE))} voxels, {int((mask.data > 0).sum()):,} of them mask")
    print(f"{'':44}{'gap, clock':>12}{'gap, work':>12}{'done after (ms)':>18}")
    for title, (clock, work, taken) in rows.items():
        print(f"{title:44}{clock:12.1f}{work:12.1f}{f'{taken:.0f}' if taken else '':>18}")
    if gone_through:
        clock, work, taken, first = np.transpose(gone_through)
        print(
            f"{f'{more} more runs, median':44}{np.median(clock):12.1f}{np.median(work):12.1f}",
            end="",
        )
        print(f"{np.median(taken):18.0f}  (gap, clock: {clock.min():.0f} to {clock.max():.0f})")
        spread = f"{first.min():.0f} to {first.max():.0f}"
        print(f"{'their first slice is drawn, median':68}{np.median(first):18.0f}  ({spread})")
    panel.keeper.discard_all()
    viewer.close()
    settle(1000)  # for workers and autosave to end


if __name__ == "__main__":
    main()
