"""The same mask on a CUDA device; skipped where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from napari_brainseg.errors import DeviceError
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.fixture
def limited_memory() -> Iterator[None]:
    """Leave the process hardly any memory of the device."""
    torch.cuda.empty_cache()
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def test_cpu_and_cuda_give_the_same_mask() -> None:
    bundle = find_models().default
    cpu, cuda = (segment_scan(phantom(), bundle, device=name) for name in ("cpu", "cuda"))
    assert cuda.device.startswith("CUDA")
    assert overlap(cuda.labels, cpu.labels).dice > 0.999
    difference = np.abs(cuda.probabilities.astype(np.float32) - cpu.probabilities)
    assert difference.max() < 0.02


def test_it_is_what_auto_means() -> None:
    assert segment_scan(phantom(), slices=[10]).device.startswith("CUDA")


def test_with_little_memory_it_takes_smaller_batches(limited_memory: None) -> None:
    whole = segment_scan(phantom(), device="cuda")
    peak = torch.cuda.max_memory_allocated()
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(0.6 * peak / total)
    again = segment_scan(phantom(), device="cuda")
    assert again.complete
    assert overlap(again.labels, whole.labels).dice > 0.999


def test_without_memory_for_one_slice_it_says_so(limited_memory: None) -> None:
    segment_scan(phantom(), device="cuda", slices=[10])
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((40 << 20) / total)
    with pytest.raises(DeviceError, match="too little free memory"):
        segment_scan(phantom(), device="cuda")
