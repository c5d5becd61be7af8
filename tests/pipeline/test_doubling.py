"""What is convolved before it is doubled comes out as it did, and nothing else is touched."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_brainseg.pipeline.backends.doubling import convolve_before_doubling
from napari_brainseg.pipeline.backends.openvino_runtime import core, openvino

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")

SHAPES = ((64, 96), (128, 32))


def decoder(
    *,
    beside: int = 1,
    mode: str = "nearest",
    times: int = 2,
    kernel: int = 3,
    pad: int = 1,
    stored: type[np.floating[Any]] = np.float32,
) -> Any:
    """Make a picture half as large, enlarge it, lay others beside it, and convolve."""
    ops = openvino().opset13
    random = np.random.default_rng(0)

    def kernels(*shape: int) -> Any:
        made = ops.constant(random.normal(size=shape).astype(stored))
        return made if stored is np.float32 else ops.convert(made, "f32")

    image = ops.parameter([1, 3, -1, -1], np.float32)
    half = ops.convolution(image, kernels(5, 3, 3, 3), [2, 2], [1, 1], [1, 1], [1, 1])
    scales, axes = ops.constant(np.full(2, times, np.float32)), ops.constant(np.array([2, 3]))
    large = ops.interpolate(half, scales, mode, "scales", axes=axes, nearest_mode="floor",
                            coordinate_transformation_mode="asymmetric")  # fmt: skip
    joined = ops.concat([large, *[image] * beside], 1) if beside else large
    channels = 5 + 3 * beside
    answer = ops.convolution(
        joined, kernels(4, channels, kernel, kernel), [1, 1], [pad, pad], [pad, pad], [1, 1]
    )
    return openvino().Model([ops.relu(answer)], [image], "decoder")


def answers(model: Any) -> list[NDArray[np.float32]]:
    """Run a model on slices of noise, one of each shape."""
    request = core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    random = np.random.default_rng(1)
    images = [random.normal(size=(1, 3, *shape)).astype(np.float32) for shape in SHAPES]
    return [request([image])[0].copy() for image in images]


@pytest.mark.parametrize("stored", [np.float32, np.float16])
@pytest.mark.parametrize("beside", [0, 1, 2])
def test_it_answers_as_before(beside: int, stored: type[np.floating[Any]]) -> None:
    model = decoder(beside=beside, stored=stored)
    before = answers(model)
    assert convolve_before_doubling(model) == 1
    kinds = [node.get_type_name() for node in model.get_ordered_ops()]
    assert "Interpolate" not in kinds
    assert "ConvolutionBackpropData" in kinds
    for expected, found in zip(before, answers(model), strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    "other",
    [
        {"mode": "linear_onnx"},
        {"times": 4, "beside": 0},
        {"kernel": 1, "pad": 0},
        {"kernel": 5, "pad": 2},
        {"pad": 0},
    ],
    ids=str,
)
def test_what_is_otherwise_is_left_as_it_is(other: dict[str, Any]) -> None:
    model = decoder(**other)
    before = [node.get_friendly_name() for node in model.get_ordered_ops()]
    assert convolve_before_doubling(model) == 0
    assert [node.get_friendly_name() for node in model.get_ordered_ops()] == before


def test_many_kernels_are_left_where_that_is_asked() -> None:
    assert convolve_before_doubling(decoder(), most=5 * 4 - 1) == 0
    assert convolve_before_doubling(decoder(), most=5 * 4) == 1


def test_the_model_takes_the_shapes_that_it_took() -> None:
    model = decoder()
    before = model.inputs[0].partial_shape
    convolve_before_doubling(model)
    assert model.inputs[0].partial_shape == before


OLD = """
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.backends.doubling import is_quick
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom
assert not is_quick("f32")
found = segment_scan(phantom(), find_models().default, device="cpu", slices=[12])
assert (found.device, found.precision) == ("CPU (OpenVINO, fp32)", "fp32"), found.device
assert found.labels.any()
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the processor is no x86")
def test_an_old_processor_takes_floats_and_convolves_what_was_doubled() -> None:
    limited = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX"}
    subprocess.run([sys.executable, "-c", OLD], env=limited, check=True, timeout=240)
