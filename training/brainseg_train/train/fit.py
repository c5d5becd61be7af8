"""One run from folder to bundle: check, split, train, choose on validation, export, measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from brainseg_train.data.cases import see_data
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.division import divide
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.data.split_file import SPLIT_NAME, write_split
from brainseg_train.evaluate.patient_metrics import aggregate_classes
from brainseg_train.evaluate.predict import score
from brainseg_train.files import write_text
from brainseg_train.train.card import DataUsed, make_card
from brainseg_train.train.config import Accelerator
from brainseg_train.train.export import target_for
from brainseg_train.train.identity import RunIdentity, names, shown_by
from brainseg_train.train.preprocessing import params_for
from brainseg_train.train.run import open_run
from brainseg_train.train.settings import SETTINGS_NAME, PlaceOptions, RunSettings, settings_text
from napari_brainseg.models.card import CaseCounts

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle

__all__ = ["FitResult", "fit", "fit_settings"]


UNCALIBRATED = (
    "; no temperature within the bounds calibrates the network, so its probabilities, as shown, "
    "say little"
)


@dataclass(frozen=True, slots=True)
class FitResult:
    """The exported bundle and its Dice per validation case."""

    bundle: Bundle
    dice: dict[str, float]


def fit(
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    options: DataOptions | None = None,
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> FitResult:
    """Train one architecture on a data set and export it.

    Parameters
    ----------
    root : Path
        The data folder, or a table.
    config : RunConfig
        The run.
    models : Path
        The bundle is written to ``models / config.name``.
    runs : Path
        The checkpoint is kept in ``runs / config.name`` and resumed from there.
    watch : Watcher
        Progress.
    options : DataOptions, optional
        What is said of the data: sequences, classes, patients, who is left out, who is validated
        on. That division is written to the run's folder.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    overwrite : bool
        Whether a model of that name may be replaced.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If the folder has problems (all are listed), weights cannot be had, the model exists, or
        the checkpoint belongs to another run.
    """
    data = replace(options or DataOptions(), folder=root)
    chosen = PlaceOptions(accelerator=Accelerator(accelerator), overwrite=overwrite)
    return fit_settings(RunSettings(config, data, chosen), models, runs, watch)


def fit_settings(settings: RunSettings, models: Path, runs: Path, watch: Watcher) -> FitResult:
    """Train and export by settings that name the data folder; see :func:`fit`."""
    config, options = settings.recipe, settings.data
    assert options.folder is not None, "the caller has seen to the folder"
    target = target_for(models, config.name, settings.run.overwrite)
    run = open_run(config, runs / config.name, settings.run.accelerator, watch)
    watch = run.watch
    source = open_data(options.folder, options)  # what is wrong at first sight is said at once
    params = params_for(config, source, options)
    run.check(params.in_channels, len(source.table), models=models)
    split = divide(source, options, config.validation, config.seed)

    watch.stage("Checking the data")
    report = see_data(source, "trained", options, watch.stage)
    watch.stage(split.text)
    run.claim(
        RunIdentity(
            config=config.plain(),
            data=report.sha256,
            train=names(split.train),
            validation=names(split.validation),
            shown=shown_by(source, params),
        )
    )
    if run.fabric.is_global_zero:
        write_split(run.folder / SPLIT_NAME, split)
        write_text(run.folder / SETTINGS_NAME, settings_text(settings))

    watch.stage(f"Reading {len(split.train) + len(split.validation)} cases")
    dataset = load_dataset(split.train, params, roles=source.roles, table=source.table)
    held_out = load_dataset(split.validation, params, roles=source.roles, table=source.table)

    trained = run.train(dataset.slices, held_out.slices)
    data = DataUsed(
        source=source,
        sha256=report.sha256,
        learned=dataset.patients,
        held_out=held_out.patients,
        cases=CaseCounts(train=len(split.train), validation=len(split.validation)),
        trained_on=f"{len(split.train)} cases of {source.description.title}",
        validation=(
            f"{len(split.validation)} cases of held-out patients; threshold, component filter and "
            "mirroring were chosen on the same cases, so the numbers are slightly optimistic"
        ),
    )
    bundle = run.export(trained, make_card(config, params, trained, data))

    watch.stage(f"Measuring on {len(split.validation)} validation cases")
    prediction, probabilities = run.choose(bundle, held_out.patients)
    masks = [patient.mask for patient in held_out.patients]
    pairs = zip(probabilities, masks, strict=True)
    overlaps = score(pairs, prediction.threshold, prediction.keep_fraction, source.table)
    numbers = aggregate_classes(overlaps, source.table)
    metrics = {key: round(value, 4) for key, value in numbers.items()}
    validation = bundle.card.validation + (UNCALIBRATED if prediction.uncalibrated else "")
    card = prediction.on(bundle.card)
    card = card.model_copy(update={"metrics": metrics, "validation": validation})
    dice = [fmean(each.dice for each in classes) for classes in overlaps]
    write_text(bundle.path / SETTINGS_NAME, settings_text(settings.shared()))
    return FitResult(
        bundle=run.publish(bundle, card, target, overwrite=settings.run.overwrite),
        dice=dict(zip(names(split.validation), dice, strict=True)),
    )
