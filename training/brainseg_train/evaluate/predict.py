"""Measuring a network on whole patients, with the plugin's own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.labels import ONE_CLASS
from brainseg_train.evaluate.masks import class_overlaps, mask_bits
from napari_brainseg.pipeline.backends.torch_backend import TorchNetwork
from napari_brainseg.pipeline.predict import predict_slices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.case import Patient
    from brainseg_train.data.labels import ClassTable
    from napari_brainseg.measure.metrics import Overlap

__all__ = ["predict_patient", "score"]


def predict_patient(
    network: nn.Module, patient: Patient, device: str, *, flip: bool
) -> NDArray[np.float32]:
    """Predict one patient on its own grid.

    Returns
    -------
    ndarray of float32, shape (Z, Y, X), or (K, Z, Y, X) where there are several classes
    """
    prepared = patient.prepared
    classes = len(patient.case.table)
    stack = np.zeros((classes, *prepared.geometry.shape), dtype=np.float32)
    indices = range(len(prepared))
    runnable = TorchNetwork(network, device, tile=prepared.params.tile)
    for chosen, probabilities in predict_slices(runnable, prepared, indices, flip=flip):
        stack[:, list(chosen)] = probabilities.swapaxes(0, 1)
    found = prepared.geometry.frame.invert(stack)
    return found[0] if classes == 1 else found


def score(
    pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.uint8]]],
    threshold: float,
    keep: float,
    table: ClassTable = ONE_CLASS,
) -> list[list[Overlap]]:
    """Overlap of each patient's mask, made as the plugin makes it, with the reference, by class."""
    return [class_overlaps(mask_bits(p, threshold, keep, table), mask, table) for p, mask in pairs]
