"""The recipe found and the one to beat, on patients that no trial has seen."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.evaluate.choose import choose_prediction
from brainseg_train.evaluate.predict import predict_patient, score
from brainseg_train.evaluate.statistics import confidence_interval, paired_p_value
from brainseg_train.tune.network import load_trained
from brainseg_train.tune.results import HeldOut
from napari_brainseg.pipeline.devices import resolve_device

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from brainseg_train.train.config import RunConfig
    from brainseg_train.tune.data import SearchData

__all__ = ["compare_held_out", "dice_held_out"]


def compare_held_out(
    found: dict[str, float], default: dict[str, float], owners: Mapping[str, str]
) -> HeldOut:
    """Compare two recipes by the Dice of the same cases, whose patients are told.

    Examples
    --------
    >>> owners = {"a": "one", "b": "other"}
    >>> compare_held_out({"a": 0.9, "b": 0.8}, {"a": 0.8, "b": 0.8}, owners).difference
    0.05
    """
    cases = sorted(found)
    change = np.array([found[case] - default[case] for case in cases])
    whose = [owners[case] for case in cases]
    interval = confidence_interval(whose, lambda chosen: float(change[chosen].mean()))
    ours, theirs = (
        [fmean(dice[case] for case in cases if owners[case] == each) for each in sorted(set(whose))]
        for dice in (found, default)
    )
    return HeldOut(
        found=found,
        default=default,
        difference=round(float(change.mean()), 6),
        interval=interval,
        patients=len(ours),
        p=paired_p_value(ours, theirs),
    )


def dice_held_out(
    config: RunConfig, folder: Path, data: SearchData, accelerator: str
) -> dict[str, float]:
    """Return the Dice of each held-out case by a trial's network.

    How the network answers (threshold, component filter, mirroring) is chosen on the patients that
    it was validated on.
    """
    device = resolve_device(accelerator).name
    network = load_trained(config, data.channels(config), folder, data.classes).to(device)
    chosen, _ = choose_prediction(network, data.validated(config).patients, device)
    patients = data.held_out(config).patients
    probabilities = (
        predict_patient(network, patient, device, flip=chosen.flip) for patient in patients
    )
    pairs = zip(probabilities, (patient.mask for patient in patients), strict=True)
    overlaps = score(pairs, chosen.threshold, chosen.keep_fraction, data.source.table)
    names = [patient.case.name for patient in patients]
    dice = [fmean(each.dice for each in classes) for classes in overlaps]
    return dict(zip(names, dice, strict=True))
