"""A second network is asked only where the first one sees something."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from scipy.special import expit

from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.backends import open_network
from napari_brainseg.pipeline.backends.sparing import SEEN, SparingNetwork
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.sample import phantom


class Fixed:
    """Gives the log-odds of its own in every pixel of the slices it is shown, and counts these."""

    def __init__(self, *odds: float) -> None:
        self.odds, self.shown = odds, 0

    def run(self, batch: np.ndarray) -> np.ndarray:
        """Tell the slices apart by what their first pixel holds."""
        self.shown += len(batch)
        odds = [self.odds[int(image[0, 0, 0])] for image in batch]
        return np.broadcast_to(
            np.array(odds, np.float32)[:, None, None, None], (len(batch), 1, 4, 4)
        ).copy()


def test_only_slices_with_something_are_shown_to_the_others() -> None:
    slices = np.zeros((3, 3, 4, 4), dtype=np.float32)
    slices[:, 0, 0, 0] = range(3)
    first, second = Fixed(-9.0, 1.0, -2.0), Fixed(5.0, 3.0, -4.0)
    found = SparingNetwork([first, second]).run(slices)
    assert (first.shown, second.shown) == (3, 2)
    assert found[:, 0, 0, 0] == pytest.approx(expit([-9.0, 2.0, -3.0]))
    assert found.dtype == np.float32


def test_one_pixel_is_something() -> None:
    class Spot(Fixed):
        def run(self, batch: np.ndarray) -> np.ndarray:
            odds = super().run(batch)
            odds[..., 3, 2] = np.log(SEEN / (1 - SEEN)) + 0.01
            return odds

    second = Fixed(0.0)
    SparingNetwork([Spot(-9.0), second]).run(np.zeros((1, 3, 4, 4), dtype=np.float32))
    assert second.shown == 1


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_the_default_marks_what_both_of_its_networks_mark() -> None:
    bundle = find_models().default
    assert bundle.card.members > 1
    prepared = prepare_scan(phantom(), bundle.card.preprocessing)
    whole, sparing = (open_network(bundle, "openvino", sparing=each) for each in (False, True))
    images = prepared.batch(range(0, len(prepared), 4))
    expected, found = whole.run(images), sparing.run(images)
    seen = found.max(axis=(1, 2, 3)) >= SEEN
    assert 0 < seen.sum() < len(seen)
    np.testing.assert_allclose(found[seen], expected[seen], atol=1e-4)
    assert expected[~seen].max() < bundle.card.threshold
