"""Measuring a network on whole patients, with the plugin's own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.measure.metrics import overlap
from napari_brainseg.pipeline.backends.torch_backend import TorchNetwork
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.predict import predict_slices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.cases import Patient
    from napari_brainseg.measure.metrics import Overlap

__all__ = ["predict_patient", "score"]


def predict_patient(
    network: nn.Module, patient: Patient, device: str, *, flip: bool
) -> NDArray[np.float32]:
    """Probabilities (Z, Y, X) of one patient on its own grid."""
    prepared = patient.prepared
    stack = np.zeros(prepared.geometry.shape, dtype=np.float32)
    indices = range(len(prepared))
    runnable = TorchNetwork(network, device, tile=prepared.params.tile)
    for chosen, probabilities in predict_slices(runnable, prepared, indices, flip=flip):
        stack[list(chosen)] = probabilities[:, 0]
    return prepared.geometry.frame.invert(stack)


def score(
    pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.uint8]]], threshold: float, keep: float
) -> list[Overlap]:
    """Overlap of each patient's mask, made as the plugin makes it, with the reference."""
    return [overlap(label_map(p, threshold, keep, value=1), mask) for p, mask in pairs]
