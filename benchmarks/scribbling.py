"""How good a mask is after so many strokes, how long each takes, and what else was tried.

    python benchmarks/scribbling.py FOLDER [--every 4] [--model]

FOLDER holds the public LGG set: a folder per case. Of every fourth case two slices are drawn on as
a person would: a line through the middle, an arc on one side, then a short line in the largest
error each time, in the colour that mends it. Printed is the mean Dice with the reference after each
stroke, the worst tenth at the end, and the time of a stroke. The rivals get the same strokes, box
and chances, and differ in who gets which voxel. ``--model`` adds the probabilities of the default
model, which has learned from these very cases: better than they would be elsewhere. Then three
slices of whole scans are drawn on, the others follow; last a scan of 256 x 256 x 150 voxels.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage
from skimage.draw import line
from skimage.filters import sobel
from skimage.segmentation import random_walker, watershed

from brainseg_train.data.cases import find_cases
from napari_brainseg.edit import scribble
from napari_brainseg.edit.scribble import INSIDE, OUTSIDE, follow_strokes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Follow = Callable[["Drawing"], Mask]

STROKES = 6
APART, WIDE, ROUND = 6, 2, 0.35
"""The arc outside: voxels from the outline, width, and share of the way around."""
THICK = (4.0, 1.0, 1.0)
"""Spacing given to whole scans, whose pictures bring none."""


@dataclass
class Drawing:
    """A slice or scan that is drawn on."""

    scan: NDArray[Any]
    truth: Mask
    spacing: tuple[float, ...]
    likely: NDArray[Any] | None = None
    strokes: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.strokes = np.zeros(self.truth.shape, dtype=np.uint8)

    def draw(self, where: Mask, kind: int, at: int | tuple[()] = ()) -> None:
        """Draw a stroke, as far as it is right."""
        truth = self.truth[at] if kind == INSIDE else ~self.truth[at]
        self.strokes[at][where & truth] = kind


def geodesic(drawing: Drawing) -> Mask:
    """Do what the tool does."""
    none = np.zeros(drawing.truth.shape, dtype=bool)
    return follow_strokes(none, drawing.strokes, drawing.scan, drawing.spacing, drawing.likely)


def rival(share: Callable[[NDArray[Any], NDArray[Any], tuple[float, ...]], Mask]) -> Follow:
    """Let something else say who gets which voxel."""

    def follow(drawing: Drawing) -> Mask:
        own = scribble._nearer_inside
        scribble._nearer_inside = lambda chance, seeds, spacing, _: share(chance, seeds, spacing)
        try:
            return geodesic(drawing)
        finally:
            scribble._nearer_inside = own

    return follow


def by_watershed(chance: NDArray[Any], seeds: NDArray[Any], spacing: tuple[float, ...]) -> Mask:
    """Flood the edges of the chances."""
    return watershed(sobel(chance), seeds.astype(int)) == INSIDE


def by_walker(chance: NDArray[Any], seeds: NDArray[Any], spacing: tuple[float, ...]) -> Mask:
    """Walk at random over the chances (Grady 2006)."""
    found = random_walker(chance, seeds.astype(int), beta=90, mode="cg_j", spacing=spacing)
    return found == INSIDE


def by_chance(chance: NDArray[Any], seeds: NDArray[Any], spacing: tuple[float, ...]) -> Mask:
    """Ask the chances alone, wherever a voxel lies."""
    return np.where(seeds > 0, seeds == INSIDE, chance > 0.5)


METHODS: dict[str, Follow] = {
    "geodesic (the tool)": geodesic,
    "watershed": rival(by_watershed),
    "random walker": rival(by_walker),
    "intensities alone": rival(by_chance),
}


def bar(region: Mask, share: float) -> Mask:
    """Draw a line of three voxels along the longer axis of a region."""
    places = np.argwhere(region).astype(float)
    centre = places.mean(axis=0)
    if len(places) > 2:
        way = np.linalg.svd(places - centre, full_matrices=False)[2][0]
        along = (places - centre) @ way
        reach = np.quantile(along, (0.5 - share / 2, 0.5 + share / 2))
        ends = [centre + way * each for each in reach]
    else:
        ends = [places[0], places[-1]]
    mark = np.zeros(region.shape, dtype=bool)
    rows, columns = line(*np.round(np.concatenate(ends)).astype(int))
    mark[rows.clip(0, region.shape[0] - 1), columns.clip(0, region.shape[1] - 1)] = True
    return ndimage.binary_dilation(mark) & region


def arc(truth: Mask) -> Mask:
    """Draw an arc on one side, some voxels away."""
    away = ndimage.distance_transform_edt(~truth)
    centre = ndimage.center_of_mass(truth)
    down, right = (at - mid for at, mid in zip(np.indices(truth.shape), centre, strict=True))
    turn = (np.arctan2(down, right) / (2 * np.pi)) % 1
    return (away > APART) & (away <= APART + WIDE) & (turn < ROUND)


def largest(region: Mask) -> Mask:
    """Return the largest part."""
    parts, _ = ndimage.label(region)
    return parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])


def begin(truth: Mask) -> Mask:
    """Draw the first line."""
    inner = ndimage.binary_erosion(truth, iterations=2)
    return bar(largest(inner if inner.any() else truth), 0.6)


def mend(drawing: Drawing, mask: Mask, at: int | tuple[()] = ()) -> None:
    """Draw a short line where most is wrong."""
    wrong = mask[at] != drawing.truth[at]
    clear = ndimage.binary_opening(wrong)
    if wrong.any():
        region = largest(clear if clear.any() else wrong)
        inside = drawing.truth[at][region].mean() > 0.5
        drawing.draw(bar(region, 0.7), INSIDE if inside else OUTSIDE, at)


def on_a_slice(drawing: Drawing, follow: Follow) -> Iterator[Mask]:
    """Yield the mask after each stroke."""
    drawing.draw(begin(drawing.truth), INSIDE)
    yield follow(drawing)
    drawing.draw(arc(drawing.truth), OUTSIDE)
    mask = follow(drawing)
    yield mask
    for _ in range(STROKES - 2):
        mend(drawing, mask)
        mask = follow(drawing)
        yield mask


def on_a_scan(drawing: Drawing, follow: Follow) -> Iterator[Mask]:
    """Yield the mask after two strokes on each of three slices, then after more of them."""
    held = np.flatnonzero(drawing.truth.any(axis=(1, 2)))
    for share in (0.5, 0.15, 0.85):
        at = int(held[int(share * len(held))])
        drawing.draw(begin(drawing.truth[at]), INSIDE, at)
        drawing.draw(arc(drawing.truth[at]), OUTSIDE, at)
        mask = follow(drawing)
        yield mask
    for _ in range(3):
        mend(drawing, mask, int((mask != drawing.truth).sum(axis=(1, 2)).argmax()))
        mask = follow(drawing)
        yield mask


def dice(one: Mask, other: Mask) -> float:
    """Compute the Dice coefficient."""
    return 2 * float((one & other).sum()) / max(1, int(one.sum() + other.sum()))


def measure(name: str, drawings: list[Drawing], follow: Follow, draw: Any) -> None:
    """Print a row."""
    rows, slowest = [], []
    for given in drawings:
        drawing = replace(given)
        row, longest, begun = [], 0.0, time.thread_time()
        for mask in draw(drawing, follow):
            longest = max(longest, time.thread_time() - begun)
            row.append(dice(mask, drawing.truth))
            begun = time.thread_time()
        rows.append(row)
        slowest.append(longest)
    means = " ".join(f"{mean:6.3f}" for mean in np.mean(rows, axis=0))
    worst = np.quantile(np.array(rows)[:, -1], 0.1)
    times = f"{np.median(slowest):8.2f}{max(slowest):8.2f}"
    print(f"{name:24}{means}{worst:8.3f}{times}", flush=True)


def cases(folder: Path, every: int, with_model: bool) -> Iterator[Drawing]:
    """Read the scans: FLAIR, its reference, and what the model says."""
    for case in find_cases(folder)[::every]:
        scan, mask = case.read()
        likely = _probabilities(scan) if with_model else None
        flair = [name.casefold() for name in scan.channels].index("flair")
        yield Drawing(scan.data[flair], mask > 0, THICK, likely)


def _probabilities(scan: Any) -> NDArray[Any]:
    from napari_brainseg.models.catalog import find_models
    from napari_brainseg.pipeline.segment import segment_scan

    return segment_scan(scan, find_models().default).probabilities[0].astype(np.float32)


def slices(scans: list[Drawing]) -> Iterator[Drawing]:
    """Take the slice with the most of each lesion, and one nearer its end."""
    for scan in scans:
        areas = scan.truth.sum(axis=(1, 2))
        for at in {int(areas.argmax()), int(np.flatnonzero(areas > 0.4 * areas.max())[-1])}:
            likely = None if scan.likely is None else scan.likely[at]
            yield Drawing(scan.scan[at], scan.truth[at], THICK[1:], likely)


def large() -> Drawing:
    """Make a noisy scan of 256 x 256 x 150 voxels with a ball of 34 mL."""
    shape = (150, 256, 256)
    grid = np.ogrid[tuple(slice(size) for size in shape)]
    truth = sum((a - c) ** 2 for a, c in zip(grid, (75, 128, 110), strict=True)) <= 20**2
    noise = np.random.default_rng(0).normal(100, 20, shape)
    return Drawing((noise + 60 * truth).astype(np.float32), truth, (1.0, 1.0, 1.0))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the LGG set")
    parser.add_argument("--every", type=int, default=4, help="of the cases, every so many-th")
    parser.add_argument("--model", action="store_true", help="with the model's probabilities, too")
    options = parser.parse_args()
    scans = list(cases(options.folder, options.every, options.model))
    flat = [each for each in slices(scans) if each.truth.sum() > 60]
    heads = f"{'worst':>8}{'s':>8}{'most s':>8}"
    print(
        f"{f'{len(flat)} slices, Dice after':24}" + "".join(f"{n:7}" for n in range(1, 7)) + heads
    )
    blind, blind_scans = ([replace(one, likely=None) for one in each] for each in (flat, scans))
    for name, follow in METHODS.items():
        measure(name, blind, follow, on_a_slice)
    if options.model:
        measure("geodesic, model", flat, geodesic, on_a_slice)
    print(f"{f'{len(scans)} scans':24}")
    for name in ("geodesic (the tool)", "watershed"):
        measure(name, blind_scans, METHODS[name], on_a_scan)
    print("256 x 256 x 150")
    measure("geodesic (the tool)", [large()], geodesic, on_a_scan)


if __name__ == "__main__":
    main()
