"""Only the head is run, and slices in which nothing is are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.pipeline import runner
from napari_brainseg.pipeline.head import Head, find_head
from napari_brainseg.pipeline.predict import predict_slices
from napari_brainseg.pipeline.prepare import PreparedSlices, prepare_scan
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle

PARAMS = Preprocessing(mean=(0.5,), std=(0.5,), size=128)


def prepared(
    data: NDArray[Any], params: Preprocessing = PARAMS, pixel: float = 0.9
) -> PreparedSlices:
    affine = DISPLAY_AFFINE @ np.diag([pixel, pixel, 3.0, 1.0])
    return prepare_scan(Scan(data[np.newaxis], affine, ("FLAIR",), Source("layer", "scan")), params)


def head_at(rows: slice, columns: slice, shape: tuple[int, int, int] = (4, 128, 160)) -> Any:
    data = np.random.default_rng(0).uniform(0, 5, shape)
    data[1:3, rows, columns] = 100 + data[1:3, rows, columns]
    return data


def test_the_box_holds_the_head_and_some_air_and_fits_the_network() -> None:
    head = find_head(prepared(head_at(slice(40, 80), slice(50, 100))))
    rows, columns = head.boxes[1]
    assert rows.start <= 32
    assert rows.stop >= 88
    assert columns.start <= 42
    assert columns.stop >= 108
    # Elsewhere than on its stride a network answers otherwise.
    assert {edge % 32 for edge in (rows.start, rows.stop, columns.start, columns.stop)} == {0}
    assert head.filled.tolist() == [False, True, True, False]


def test_a_head_at_the_edge_stays_within_the_slice() -> None:
    head = find_head(prepared(head_at(slice(0, 128), slice(130, 160))))
    rows, columns = head.boxes[2]
    assert rows == slice(0, 128)
    assert columns.stop == 160
    assert columns.start >= 96


def test_each_slice_has_a_box_of_its_own() -> None:
    data = head_at(slice(72, 112), slice(82, 132), (4, 192, 224))
    data[2, :, 82:] = 0
    data[2, 82:92, 92:102] = 100
    rows, columns = find_head(prepared(data)).boxes[2]
    assert (rows, columns) == (slice(32, 128), slice(32, 160))


def test_pixels_of_noise_are_no_head() -> None:
    data = head_at(slice(40, 80), slice(50, 100), (4, 192, 224))
    data[3, 184, 150] = data[1, 184, 150] = data[0, 3, 3] = 300
    head = find_head(prepared(data))
    assert head.boxes[1][0].stop == 128
    assert not head.filled[3]


def test_the_box_is_found_on_resampled_slices_too() -> None:
    data = head_at(slice(80, 160), slice(100, 200), (4, 256, 320))
    fine = find_head(prepared(data, pixel=0.45))
    coarse = find_head(prepared(data[:, ::2, ::2]))
    assert fine.boxes == coarse.boxes


def test_a_slice_next_to_one_with_something_is_shown_with_it() -> None:
    params = replace(PARAMS, neighbours=1)
    head = find_head(prepared(head_at(slice(40, 80), slice(50, 100), (6, 128, 160)), params))
    assert head.filled.tolist() == [True, True, True, True, False, False]
    assert head.boxes[0] == head.boxes[1]


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_an_even_scan_has_no_slice_to_run(value: float) -> None:
    head = find_head(prepared(np.full((3, 128, 128), value)))
    assert not head.filled.any()
    assert all(box == (slice(0, 128), slice(0, 128)) for box in head.boxes)


class Ones:
    """Answers 1 everywhere, and notes the sizes it was shown."""

    def __init__(self) -> None:
        self.shown: set[tuple[int, ...]] = set()

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shown.add(batch.shape[2:])
        return np.ones_like(batch[:, :1])


def test_only_the_box_is_run_and_the_rest_is_0() -> None:
    network, slices = Ones(), prepared(head_at(slice(40, 80), slice(50, 100)))
    head = Head(((slice(32, 96), slice(32, 128)),) * 4, np.ones(4, dtype=bool))
    ((_, values),) = predict_slices(network, slices, [1], flip=True, head=head)
    assert network.shown == {(64, 96)}
    expected = np.zeros((1, 1, 128, 160))
    expected[..., 32:96, 32:128] = 1
    np.testing.assert_array_equal(values, expected)


def test_a_scan_of_nothing_ends_at_once_and_is_complete(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(runner, "open_network")
    data = np.zeros((1, 1024, 64, 64), dtype=np.uint8)
    scan = Scan(data, np.diag([-0.9, -0.9, 2.0, 1.0]), ("FLAIR",), Source("nifti", "scan"))
    result = segment_scan(scan, tiny_bundle, device="cpu")
    assert result.complete
    assert len(result.slices) == 1024
    assert not result.labels.any()
    assert not result.probabilities.any()


def test_slices_of_one_box_are_run_together_in_their_order() -> None:
    network, slices = Ones(), prepared(head_at(slice(40, 80), slice(50, 100), (6, 128, 160)))
    small, large = (slice(32, 96), slice(32, 128)), (slice(0, 128), slice(0, 160))
    head = Head((small, large, large, large, small, small), np.ones(6, dtype=bool))
    order = [3, 2, 1, 4, 5, 0]
    batches = [
        batch
        for batch, _ in predict_slices(network, slices, order, batch_size=2, flip=False, head=head)
    ]
    assert batches == [(3, 2), (1,), (4, 5), (0,)]
