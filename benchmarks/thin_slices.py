"""What it changes to run, of thin slices, every second and those beside what was seen only.

    python benchmarks/thin_slices.py [MODEL] [--outside FOLDER]

All slices of the isotropic heads in ``../shared/outside`` (BraTS 2018 and 2013, FLAIR alone) are
run; which of them :func:`predict_alternately` would have asked for is told from the same answers.
Printed are the share of the slices that it asks for, the Dice with the reference both ways, and
the most millilitres that the masks differ by.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from outside import SHARED

from napari_brainseg.io import read_scan
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.alternate import predict_alternately
from napari_brainseg.pipeline.feed import feed_of
from napari_brainseg.pipeline.plan import plan_run
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.scan import Scan

HEADS = {
    "brats18/*/*_flair.nii.gz": "{name}_seg.nii.gz",
    "brats13_zscored/*/Flair_subtrMeanDivStd.nii.gz": "OTMultiClass.nii.gz",
}


def heads(folder: Path) -> Iterator[tuple[str, Scan, NDArray[np.bool_]]]:
    """Read FLAIR and reference (Z, Y, X) of each head."""
    for pattern, reference in HEADS.items():
        for path in sorted(folder.glob(pattern)):
            name = path.parent.name
            truth = read_scan(path.with_name(reference.format(name=name))).scan
            yield name, read_scan(path).scan, truth.data[0] > 0


def compare(bundle: Bundle, scan: Scan, truth: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the share of slices asked for, Dice of all and of those, and the difference in mL."""
    card, fed = bundle.card, feed_of(scan, bundle.card)
    filled = np.flatnonzero(fed.head.filled).tolist()
    runner = Runner(bundle, plan_run(bundle, "cpu"))
    runner.load()
    stack = np.zeros((len(fed.prepared), *fed.prepared.geometry.shape[1:]), dtype=np.float32)
    for batch, values in runner.predict(fed.prepared, filled, fed.head, first=0):
        stack[list(batch)] = values[:, 0]

    def again(wanted: Sequence[int]) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
        for index in wanted:
            yield (index,), stack[[index], np.newaxis]

    asked = np.zeros(len(stack), dtype=bool)
    spacing = fed.prepared.geometry.spacing
    for batch, _ in predict_alternately(again, filled, spacing, card.threshold):
        asked[list(batch)] = True
    invert = fed.prepared.geometry.frame.invert
    masks = [
        label_map(invert(each), card.threshold, card.keep_fraction, value=1)
        for each in (stack, stack * asked[:, np.newaxis, np.newaxis])
    ]
    apart = float((masks[0] != masks[1]).sum()) * scan.voxel_volume / 1000
    return (asked.sum() / len(filled), *(overlap(mask, truth).dice for mask in masks), apart)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", nargs="?", help="its name; the default if not given")
    parser.add_argument("--outside", type=Path, default=SHARED / "outside")
    options = parser.parse_args()
    models = find_models()
    bundle = models.get(options.model) if options.model else models.default
    rows = []
    print("| head | slices run | Dice, all slices | Dice | mL apart |\n|---|---|---|---|---|")
    for name, scan, truth in heads(options.outside):
        rows.append(compare(bundle, scan, truth))
        share, whole, dice, apart = rows[-1]
        print(f"| {name} | {share:.2f} | {whole:.4f} | {dice:.4f} | {apart:.2f} |", flush=True)
    if not rows:
        raise SystemExit(f"{options.outside} holds none of the heads")
    share, whole, dice, apart = np.mean(rows, axis=0)
    print(f"| mean | {share:.2f} | {whole:.4f} | {dice:.4f} | {apart:.2f} |")


if __name__ == "__main__":
    main()
