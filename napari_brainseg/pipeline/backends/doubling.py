"""A convolution of a doubled picture, run before it is doubled: four products for nine.

U-Net's decoders double a picture, each pixel four times, lay an encoder's beside it, and convolve.
A 3 x 3 kernel then meets the same number up to four times. Its weights for these summed first, what
is left is a transposed convolution of stride 2 with a 4 x 4 kernel on the picture as it was (Shi et
al., Is the deconvolution layer the same as a convolutional layer?, 2016, arXiv:1609.07009). The
answer is the same up to rounding, in four fifths of the time of the whole network.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.pipeline.backends.openvino_runtime import core, openvino

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_IN_INT8", "convolve_before_doubling", "is_quick"]

MOST_IN_INT8 = 80_000
"""Kernels (inputs times outputs) beyond which 8-bit integers on AVX2 take longer so than before."""

SEEN_AT = (64, 96)
"""Height and width at which it is seen what doubles: whole multiples of every network's stride."""

_PLAIN = {
    "strides": [1, 1],
    "pads_begin": [1, 1],
    "pads_end": [1, 1],
    "dilations": [1, 1],
    "auto_pad": "explicit",
}
_NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "antialias": False}


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A convolution, the picture that is doubled for it, what lies beside, and its kernels."""

    convolution: Any
    picture: Any
    beside: tuple[Any, ...]
    kernels: NDArray[np.float32]

    @property
    def width(self) -> int:
        """Channels of the picture; the kernels' first so many inputs are theirs."""
        return int(self.picture.get_partial_shape()[1].get_length())


@functools.cache
def is_quick(hint: str) -> bool:
    """Whether OpenVINO has kernels for transposed convolutions on this processor: AVX2 and later.

    Without, it makes matrix products of them, and takes five times as long as before
    (``ONEDNN_MAX_CPU_ISA=SSE41``); on ARM it lays zeros between the pixels and convolves these.

    Parameters
    ----------
    hint : {"f32", "bf16"}
        Arithmetic, as OpenVINO calls it.
    """
    ops = openvino().opset13
    picture = ops.parameter([1, 16, 8, 8], np.float32)
    kernels = ops.constant(np.ones((16, 16, 4, 4), np.float32))
    answer = ops.convolution_backprop_data(picture, kernels, strides=[2, 2])
    model = openvino().Model([answer], [picture], "transposed")
    try:
        compiled = core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": hint})
    except RuntimeError:
        return False
    told = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
    return any(
        each["layerType"].astype(str) == "Deconvolution"
        and "avx" in each["primitiveType"].astype(str)
        for each in told
    )


def convolve_before_doubling(model: Any, most: int | None = None) -> int:
    """Change an OpenVINO model in place, where it convolves what it has just doubled.

    Parameters
    ----------
    model : openvino.Model
        Of one input (n, C, H, W); weights in floats.
    most : int, optional
        Kernels, channels in times channels out, beyond which a place is left as it is.

    Returns
    -------
    int
        How many places were changed.
    """
    (image,) = model.inputs
    shape = image.partial_shape
    model.reshape({image: [1, shape[1], *SEEN_AT]})
    places = [place for node in model.get_ordered_ops() if (place := _place(node)) is not None]
    chosen = [p for p in places if most is None or p.width * len(p.kernels) <= most]
    for place in chosen:
        place.convolution.output(0).replace(_undoubled(place).output(0))
    model.reshape({image: shape})
    return len(chosen)


def _place(node: Any) -> _Place | None:
    if node.get_type_name() != "Convolution" or not _has(node, _PLAIN):
        return None
    source, kernels = (node.input_value(index) for index in (0, 1))
    joined = source.get_node()
    is_joined = joined.get_type_name() == "Concat" and joined.get_attributes()["axis"] == 1
    first, *beside = joined.input_values() if is_joined else [source]
    weights = _floats(kernels.get_node())
    if not _doubles(first.get_node()) or weights is None or weights.shape[2:] != (3, 3):
        return None
    return _Place(node, first.get_node().input_value(0), tuple(beside), weights)


def _doubles(node: Any) -> bool:
    if node.get_type_name() != "Interpolate" or not _has(node, _NEAREST):
        return False
    before, after = (port.get_partial_shape() for port in (node.input_value(0), node.output(0)))
    if before.is_dynamic or after.is_dynamic:
        return False
    return list(after.to_shape())[2:] == [2 * side for side in list(before.to_shape())[2:]]


def _has(node: Any, expected: dict[str, Any]) -> bool:
    found = node.get_attributes()
    return all(found.get(name) == value for name, value in expected.items())


def _floats(node: Any) -> NDArray[np.float32] | None:
    """Read a constant that may be stored in half precision; None for anything else."""
    if node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Constant" or node.get_element_type().is_integral():
        return None
    return np.asarray(node.data, dtype=np.float32)


def _undoubled(place: _Place) -> Any:
    ops = openvino().opset13
    own, rest = np.split(place.kernels, [place.width], axis=1)
    summed = ops.constant(_summed(own))
    found = ops.convolution_backprop_data(
        place.picture, summed, strides=[2, 2], pads_begin=[1, 1], pads_end=[1, 1]
    )
    if not place.beside:
        return found
    beside = place.beside[0] if len(place.beside) == 1 else ops.concat([*place.beside], 1)
    one = [1, 1]
    return ops.add(ops.convolution(beside, ops.constant(rest.copy()), one, one, one, one), found)


def _summed(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make kernels (in, out, 4, 4) of a transposed convolution from these (out, in, 3, 3)."""
    turned = kernels.swapaxes(0, 1)[..., ::-1, ::-1]
    summed = np.zeros((*turned.shape[:2], 4, 4), dtype=np.float32)
    for down in (0, 1):
        for across in (0, 1):
            summed[..., down : down + 3, across : across + 3] += turned
    return summed
