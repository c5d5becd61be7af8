"""Measuring a network on whole patients, with the plugin's own engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.errors import DataError
from brainseg_train.evaluate.results import measure_patient
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.pipeline.backends import TorchNetwork
from napari_brainseg.pipeline.postprocess import label_map
from napari_brainseg.pipeline.predict import predict_slices
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.cases import Case, Patient
    from brainseg_train.evaluate.results import PatientResult
    from napari_brainseg.measure.metrics import Overlap
    from napari_brainseg.models.bundle import Bundle

__all__ = [
    "Choice",
    "best_choice",
    "choose_postprocessing",
    "choose_prediction",
    "dice_of_choices",
    "evaluate_bundle",
    "predict_patient",
    "score",
]

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
KEEP_FRACTIONS = (0.0, 0.05, 0.1, 0.2)
CHOICES = tuple((threshold, keep) for threshold in THRESHOLDS for keep in KEEP_FRACTIONS)


@dataclass(frozen=True, slots=True)
class Choice:
    """What turns probabilities into a mask, and the mean Dice it reached."""

    threshold: float
    keep_fraction: float
    dice: float


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


def choose_postprocessing(
    probabilities: Sequence[NDArray[np.float32]], references: Sequence[NDArray[np.uint8]]
) -> Choice:
    """Find threshold and component filter with the best mean Dice over patients."""
    return best_choice(dice_of_choices(probabilities, references))


def best_choice(dice: NDArray[np.float64]) -> Choice:
    """Take the choice with the best mean of a table by :func:`dice_of_choices`."""
    means = dice.mean(axis=0)
    best = int(means.argmax())
    return Choice(*CHOICES[best], float(means[best]))


def dice_of_choices(
    probabilities: Sequence[NDArray[np.float32]], references: Sequence[NDArray[np.uint8]]
) -> NDArray[np.float64]:
    """Dice of each patient by each of :data:`CHOICES`, as an array (patients, choices)."""
    columns = []
    for choice in CHOICES:
        overlaps = score(zip(probabilities, references, strict=True), *choice)
        columns.append([each.dice for each in overlaps])
    return np.array(columns).T


def score(
    pairs: Iterable[tuple[NDArray[np.float32], NDArray[np.uint8]]], threshold: float, keep: float
) -> list[Overlap]:
    """Overlap of each patient's mask, made as the plugin makes it, with the reference."""
    return [overlap(label_map(p, threshold, keep, value=1), mask) for p, mask in pairs]


def choose_prediction(
    network: nn.Module, patients: Sequence[Patient], device: str
) -> tuple[bool, Choice, list[NDArray[np.float32]]]:
    """Threshold, component filter and mirrored prediction, by mean validation Dice.

    Mirroring doubles the time of every prediction, so it has to earn half a point of Dice.
    """
    masks = [patient.mask for patient in patients]
    plain = [predict_patient(network, patient, device, flip=False) for patient in patients]
    both = [predict_patient(network, patient, device, flip=True) for patient in patients]
    without, mirrored = choose_postprocessing(plain, masks), choose_postprocessing(both, masks)
    if mirrored.dice > without.dice + 0.005:
        return True, mirrored, both
    return False, without, plain


def evaluate_bundle(
    bundle: Bundle, cases: Sequence[Case], device: str, report: Callable[[int], None]
) -> list[PatientResult]:
    """Measure a bundle on cases, segmenting them just as the plugin does.

    Parameters
    ----------
    bundle : Bundle
        Any model of the plugin.
    cases : sequence of Case
        Scans with reference masks.
    device : str
        As the plugin names it: auto, cpu, cuda, mps.
    report : callable
        Called with the number of cases done.

    Raises
    ------
    BrainsegError
        If a case cannot be read, or the model cannot be run on it, or has several classes.
    """
    if len(classes := bundle.card.classes) > 1:
        raise DataError(
            f"Model {bundle.card.name!r} tells {len(classes)} classes apart, but the reference "
            "masks know one only. Choose a model of one class."
        )
    results = []
    for done, case in enumerate(cases, start=1):
        scan, reference = case.read()
        segmented = segment_scan(scan, bundle, device=device)
        (probabilities,) = segmented.probabilities.astype(np.float32)
        results.append(measure_patient(probabilities, case, scan, reference, bundle.card))
        report(done)
    return results
