"""Running a network over prepared slices, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["BATCH_SIZE", "predict_slices"]

BATCH_SIZE = 8
"""Slices per forward pass, unless memory is short."""


def predict_slices(
    network: nn.Module,
    prepared: PreparedSlices,
    indices: Sequence[int],
    device: str,
    *,
    batch_size: int = BATCH_SIZE,
    flip: bool,
) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
    """Predict slices in float32, the same arithmetic in training's evaluation and in the plugin.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode, on ``device``; gives logits (n, K, H, W), one channel per class.
    prepared : PreparedSlices
        The scan as the network expects it.
    indices : sequence of int
        Which slices, along the slice axis of the frame.
    device : str
        A torch device name.
    batch_size : int
        Slices per forward pass.
    flip : bool
        Average with the prediction of the left-right mirrored slice.

    Yields
    ------
    tuple
        The indices of a batch and their probabilities, float32 of shape (n, K, h, w), on the
        slices of the frame. Classes are independent of each other: they need not sum to 1.
    """
    import torch

    for start in range(0, len(indices), batch_size):
        chosen = tuple(indices[start : start + batch_size])
        images = torch.from_numpy(prepared.batch(chosen)).to(device)
        with torch.inference_mode():
            probabilities = _probabilities(network, images, flip, prepared.params.tile)
        yield chosen, prepared.geometry.inverse(probabilities.cpu().numpy())


def _probabilities(network: nn.Module, images: Tensor, flip: bool, tile: int) -> Tensor:
    import torch

    images = images.to(memory_format=torch.channels_last)
    probabilities = _logits(network, images, tile).sigmoid()
    if flip:
        mirrored = _logits(network, images.flip(-1), tile).sigmoid().flip(-1)
        probabilities = (probabilities + mirrored) / 2
    return probabilities


def _logits(network: nn.Module, images: Tensor, tile: int) -> Tensor:
    """Run the network on whole slices, or on overlapping tiles whose seams are blended."""
    if not 0 < tile < max(images.shape[-2:]):
        whole: Tensor = network(images)
        return whole
    from monai.inferers.utils import sliding_window_inference

    blended = sliding_window_inference(
        images, (tile, tile), len(images), network, overlap=0.5, mode="gaussian"
    )
    assert not isinstance(blended, (tuple, dict)), "networks give one tensor"
    return blended
