"""One run from folder to bundle: check, split, train, choose on validation, export, measure."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import torch
from lightning_fabric import Fabric

import napari_brainseg
from brainseg_train.data import DataError, find_cases, inspect, load_patient
from brainseg_train.evaluate import choose_postprocessing, predict_patient, score
from brainseg_train.export import check_target, write_bundle
from brainseg_train.initialise import encoder_statistics, initialise_encoder
from brainseg_train.loop import TrainingSlices, train
from brainseg_train.metrics import aggregate
from brainseg_train.split import Split, split_by_patient
from napari_brainseg.models.architectures import build_network, short_encoder_name
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import InputRole, ModelCard, TargetClass
from napari_brainseg.prepare import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.config import RunConfig
    from brainseg_train.data import DataReport, Patient
    from brainseg_train.evaluate import Choice
    from napari_brainseg.models.bundle import Bundle

__all__ = ["ROLES", "FitResult", "Watcher", "fit"]

ROLES = (
    InputRole(name="pre-contrast", fallback="FLAIR"),
    InputRole(name="FLAIR"),
    InputRole(name="post-contrast", fallback="FLAIR"),
)
REQUIRED = 1
LICENCE = (
    "Weights trained on CC BY-NC-SA 4.0 data (lgg-mri-segmentation): research use, not commercial."
)
INTENDED_USE = (
    "Research on lower-grade glioma in MRI: a first mask of FLAIR abnormality for a person to "
    "correct. Not a medical device; not for diagnosis or treatment."
)


@dataclass(frozen=True, slots=True)
class FitResult:
    """The exported bundle and its Dice per validation patient."""

    bundle: Bundle
    dice: dict[str, float]


@dataclass(frozen=True, slots=True)
class Watcher:
    """Where a run reports to: a stage in words, and (epoch, step, mean loss) after each step."""

    stage: Callable[[str], None]
    step: Callable[[int, int, float], None]


def fit(
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    exclude: Sequence[str] = (),
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> FitResult:
    """Train one architecture on a folder in the LGG layout and export it.

    Parameters
    ----------
    root : Path
        The data folder.
    config : RunConfig
        The run.
    models : Path
        The bundle is written to ``models / config.name``.
    runs : Path
        The checkpoint is kept in ``runs / config.name`` and resumed from there.
    watch : Watcher
        Progress.
    exclude : sequence of str
        Patients or cases to keep out of training and validation.
    accelerator : str
        As Lightning Fabric names it.
    overwrite : bool
        Whether a model of that name may be replaced.

    Raises
    ------
    DataError
        If the folder has problems (all are listed), weights cannot be had, the model exists, or
        the checkpoint belongs to another run.
    """
    check_target(models / config.name, overwrite)
    watch.stage("Checking the data")
    cases = find_cases(root)
    report = inspect(cases)
    if report.problems:
        raise DataError("The data cannot be trained on:\n" + "\n".join(report.problems))
    split = split_by_patient(cases, config.validation, config.seed, exclude)
    checkpoint = _claim_run(runs / config.name, config, report, split)
    mean, std = encoder_statistics(config.encoder)
    params = Preprocessing(mean=mean, std=std)
    watch.stage(f"Reading {len(split.train)} training cases")
    slices = _training_slices([load_patient(case, params) for case in split.train])
    torch.manual_seed(config.seed)
    network = build_network(config.architecture, config.encoder, len(ROLES), 1)
    said = initialise_encoder(network, config.encoder, config.init)
    fabric = Fabric(accelerator=accelerator, devices=1, precision=config.precision)  # type: ignore[arg-type]
    watch.stage(f"Training from {said}")
    trained = train(network, slices, config, fabric, checkpoint, watch.step)
    watch.stage(f"Measuring on {len(split.validation)} validation cases")
    patients = [load_patient(case, params) for case in split.validation]
    card = _card(config, params, report, split, said)
    # The plugin's folder gets the model only once its card is whole: a kill while measuring leaves
    # nothing there that would be taken for a model, or be in the way of going on.
    draft = write_bundle(trained, card, checkpoint.parent / "draft", overwrite=True)
    chosen, dice = _measure(draft, patients, str(fabric.device))
    card = card.model_copy(update=chosen)
    return FitResult(write_bundle(trained, card, models / config.name, overwrite=overwrite), dice)


def _measure(
    draft: Bundle, patients: Sequence[Patient], device: str
) -> tuple[dict[str, Any], dict[str, float]]:
    """Choose and measure on the weights as exported: what the card says, and Dice per case."""
    network = load_network(draft).to(device)
    flip, choice, probabilities = _choose(network, patients, device)
    overlaps = score(
        zip(probabilities, (patient.mask for patient in patients), strict=True),
        choice.threshold,
        choice.keep_fraction,
    )
    chosen = {
        "threshold": choice.threshold,
        "keep_fraction": choice.keep_fraction,
        "flip": flip,
        "metrics": {key: round(value, 4) for key, value in aggregate(overlaps).items()},
    }
    names = [patient.case.name for patient in patients]
    return chosen, {name: each.dice for name, each in zip(names, overlaps, strict=True)}


def _choose(
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


def _training_slices(patients: Sequence[Patient]) -> TrainingSlices:
    sizes = {patient.prepared.geometry.padded for patient in patients}
    if len(sizes) > 1:
        raise DataError(
            f"The prepared slices have different sizes {sorted(sizes)}. Bring the images of all "
            "cases to one height and width first."
        )
    total = sum(len(patient.prepared) for patient in patients)
    height, width = sizes.pop()
    images = torch.empty((total, len(ROLES), height, width), dtype=torch.float32)
    masks = torch.empty((total, height, width), dtype=torch.uint8)
    start = 0
    for patient in patients:
        count = len(patient.prepared)
        batch = patient.prepared.batch(range(count))
        images[start : start + count] = torch.from_numpy(batch)
        masks[start : start + count] = torch.from_numpy(patient.target)
        start += count
    return TrainingSlices(images, masks, REQUIRED)


def _claim_run(folder: Path, config: RunConfig, report: DataReport, split: Split) -> Path:
    """Return the run's checkpoint, after making sure that the folder is this very run's."""
    identity = {
        "config": config.plain(),
        "data": report.sha256,
        "validation": [case.name for case in split.validation],
        "train": [case.name for case in split.train],
    }
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "run.json"
    if record.is_file() and json.loads(record.read_text(encoding="utf-8")) != identity:
        raise DataError(
            f"The run {folder.name!r} was started with other settings or data. Choose another "
            "--name, or delete its folder to start anew."
        )
    record.write_text(json.dumps(identity, indent=2) + "\n", encoding="utf-8")
    return folder / "checkpoint.pt"


def _card(
    config: RunConfig, params: Preprocessing, report: DataReport, split: Split, said: str
) -> ModelCard:
    return ModelCard(
        name=config.name,
        title=f"{config.architecture.label} · {short_encoder_name(config.encoder)}",
        description="Lower-grade glioma: FLAIR abnormality, slice by slice.",
        architecture=config.architecture,
        encoder=config.encoder,
        roles=ROLES,
        classes=(TargetClass(name="tumour", value=1, color="#e6194b"),),
        preprocessing=params,
        threshold=0.5,
        trained_on=f"{len(split.train)} cases in the layout of the LGG MRI set (Buda et al. 2019)",
        validation=(
            f"{len(split.validation)} cases of held-out patients; threshold, component filter and "
            "mirroring were chosen on the same cases, so the numbers are slightly optimistic"
        ),
        metrics={},
        training=config.plain(),
        data_sha256=report.sha256,
        initialisation=said,
        versions={
            "python": platform.python_version(),
            "napari-brainseg": napari_brainseg.__version__,
            **{name: version(name) for name in ("torch", "segmentation-models-pytorch", "numpy")},
        },
        licence=LICENCE,
        intended_use=INTENDED_USE,
        weights_sha256="0" * 64,
    )
