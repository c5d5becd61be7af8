"""Of thin slices every second one is run, and those beside what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.alternate import THIN, predict_alternately
from napari_brainseg.pipeline.backends.sparing import SEEN
from napari_brainseg.pipeline.segment import segment_steps
from napari_brainseg.sample import phantom
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

Batch = tuple[tuple[int, ...], "NDArray[np.float32]"]


class Lesion:
    """Predicts two slices at a time: ``most`` in one pixel of the slices that hold the lesion."""

    def __init__(self, *slices: int, most: float = 0.9) -> None:
        self.slices, self.most, self.shown = slices, most, list[int]()

    def __call__(self, wanted: Sequence[int]) -> Iterator[Batch]:
        for start in range(0, len(wanted), 2):
            batch = tuple(wanted[start : start + 2])
            self.shown += batch
            values = np.zeros((len(batch), 1, 4, 4), dtype=np.float32)
            values[[index in self.slices for index in batch], 0, 2, 3] = self.most
            yield batch, values


def run(
    lesion: Lesion, wanted: Sequence[int], spacing: float | None = 1.0, threshold: float = 0.3
) -> list[int]:
    for batch, values in predict_alternately(lesion, wanted, spacing, threshold):
        assert len(batch) == len(values)
    return lesion.shown


def test_the_slices_beside_what_was_seen_follow() -> None:
    assert run(Lesion(4, 5, 6), range(11)) == [0, 2, 4, 6, 8, 10, 3, 5, 7]


def test_a_lesion_of_two_slices_is_never_passed_over() -> None:
    for first in range(10):
        assert {first, first + 1} <= set(run(Lesion(first, first + 1), range(11)))


def test_it_begins_with_the_first_and_keeps_the_order_outward() -> None:
    outward = sorted(range(9), key=lambda index: (abs(index - 5), index))
    # Slices 0 and 8 lie at the edge: they have one neighbour only.
    assert run(Lesion(), outward) == [5, 3, 7, 8, 1, 0]


@pytest.mark.parametrize("spacing", [None, THIN + 0.1, 5.0])
def test_thick_slices_and_those_of_unknown_spacing_are_all_run(spacing: float | None) -> None:
    assert run(Lesion(), range(5), spacing) == [0, 1, 2, 3, 4]


def test_a_slice_with_no_neighbour_to_go_by_is_run() -> None:
    assert sorted(run(Lesion(), [2, 5, 7, 8, 9, 10])) == [2, 5, 7, 8, 10]


def test_what_a_model_marks_is_seen() -> None:
    faint = SEEN / 2
    assert 5 in run(Lesion(4, 5, 6, most=faint), range(11), threshold=faint)
    assert 5 not in run(Lesion(4, 5, 6, most=faint), range(11))


def test_a_thin_scan_is_segmented_whole_with_fewer_slices_run() -> None:
    bundle, source = find_models().default, phantom()
    affine = source.affine.copy()
    affine[:3, 2] /= np.linalg.norm(affine[:3, 2])
    thin = Scan(source.data, affine, source.channels, source.source)
    shown: list[int] = []
    results = []
    for scan in (source, thin):
        steps = segment_steps(scan, bundle, device="cpu")
        while True:
            try:
                shown += next(steps).slices
            except StopIteration as stop:
                results.append(stop.value)
                break
    whole, fewer = results
    assert fewer.complete
    assert fewer.slices == whole.slices
    assert len(shown) < 2 * len(whole.slices)
    np.testing.assert_array_equal(fewer.labels, whole.labels)
