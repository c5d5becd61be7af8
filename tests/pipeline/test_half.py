"""What is kept of probabilities."""

from __future__ import annotations

import numpy as np

from napari_brainseg.pipeline.half import as_half


def test_what_can_be_seen_is_rounded_as_numpy_rounds_it() -> None:
    values = np.random.default_rng(0).uniform(1e-4, 1, (3, 40, 40)).astype(np.float32)
    np.testing.assert_array_equal(as_half(values), values.astype(np.float16))


def test_nothing_is_subnormal() -> None:
    values = np.geomspace(1e-30, 1, 2000, dtype=np.float32)
    kept = as_half(values)
    least = np.finfo(np.float16).smallest_normal
    assert kept[values < least].max() == 0
    assert kept[values >= least].min() >= least
    assert as_half(np.float32([1.0]))[0] == 1
