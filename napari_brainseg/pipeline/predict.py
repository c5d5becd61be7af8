"""Running a network over prepared slices, batch by batch."""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.pipeline.backends.interface import Runnable
    from napari_brainseg.pipeline.head import Box, Head
    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["BATCH_SIZE", "predict_slices"]

BATCH_SIZE = 8
"""Slices per forward pass, unless memory is short."""


def predict_slices(
    network: Runnable,
    prepared: PreparedSlices,
    indices: Sequence[int],
    *,
    batch_size: int = BATCH_SIZE,
    flip: bool,
    head: Head | None = None,
) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
    """Predict slices, the same way in training's evaluation and in the plugin.

    Parameters
    ----------
    network : Runnable
        An opened network.
    prepared : PreparedSlices
        The scan as the network expects it.
    indices : sequence of int
        Which slices, along the slice axis of the frame.
    batch_size : int
        Slices per forward pass.
    flip : bool
        Average with the prediction of the left-right mirrored slice.
    head : Head, optional
        Show the network its boxes only; whole slices if not given.

    Yields
    ------
    tuple
        The indices of a batch and their probabilities, float32 of shape (n, K, h, w), on the
        slices of the frame; 0 outside the head. Classes are independent of each other: they need
        not sum to 1.
    """
    for chosen, box in _batches(indices, batch_size, head):
        images = prepared.batch(chosen)
        if box is None:
            whole = _probabilities(network, images, flip)
        else:
            inside = np.ascontiguousarray(images[..., *box])
            found = _probabilities(network, inside, flip)
            whole = np.zeros((*found.shape[:2], *images.shape[2:]), dtype=np.float32)
            whole[..., *box] = found
        yield chosen, prepared.geometry.inverse(whole)


def _batches(
    indices: Sequence[int], size: int, head: Head | None
) -> Iterator[tuple[tuple[int, ...], Box | None]]:
    """Divide slices, in their order, into batches of one box."""
    for box, alike in groupby(indices, lambda index: None if head is None else head.boxes[index]):
        while chosen := tuple(islice(alike, size)):
            yield chosen, box


def _probabilities(
    network: Runnable, images: NDArray[np.float32], flip: bool
) -> NDArray[np.float32]:
    probabilities = network.run(images)
    if flip:
        mirrored = network.run(np.ascontiguousarray(images[..., ::-1]))[..., ::-1]
        probabilities = (probabilities + mirrored) / np.float32(2)
    return probabilities
