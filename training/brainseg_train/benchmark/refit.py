"""A cross-validated row trained again on every patient: measured first, exported afterwards.

Held-out patients are lost to training. Once cross-validation has measured a recipe, the
network to be used learns from all of them, and its card carries the cross-validated numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from brainseg_train.benchmark.record import row_command
from brainseg_train.benchmark.results import read_results
from brainseg_train.data.cases import see_data
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.data.split import SplitBy, without
from brainseg_train.errors import DataError
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.evaluate.quality import quality_of
from brainseg_train.train.card import DataUsed, make_card
from brainseg_train.train.config import RunConfig
from brainseg_train.train.export import target_for
from brainseg_train.train.identity import RunIdentity, names, shown_by
from brainseg_train.train.preprocessing import params_for
from brainseg_train.train.run import open_run
from napari_brainseg.models.card import CaseCounts

if TYPE_CHECKING:
    from pathlib import Path

    from brainseg_train.benchmark.results import RowResult
    from brainseg_train.train.config import TrainingPrecision
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.quality import Quality

__all__ = ["MeasuredRow", "read_measured", "refit"]


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """A row of a benchmark whose folds together tested every patient.

    Parameters
    ----------
    row : RowResult
        Of the benchmark's results.
    recipe : RunConfig
        What it was trained by.
    folds : int
        Parts that the patients were divided into.
    data_sha256 : str
        Digest of the data.
    command : str
        What measured the row.
    """

    row: RowResult
    recipe: RunConfig
    folds: int
    data_sha256: str
    command: str

    @property
    def tested(self) -> frozenset[str]:
        """Names of the cases."""
        return frozenset(each.case for each in self.row.patients)

    @property
    def quality(self) -> Quality:
        """What it reached, as the card of a model of this recipe says it."""
        return quality_of(
            self.row.patients,
            self.row.unit,
            self.command,
            of="recipe",
            folds=range(1, self.folds + 1),
            of_folds=self.folds,
        )

    def chosen(self, config: RunConfig) -> Prediction:
        """Return what the folds chose, as one: medians, the vote to mirror.

        Where more networks answer than were measured, they take the place of mirrored slices: in
        as many forward passes they bring more (``benchmarks/members.py``).
        """
        folds = self.row.prediction
        alone = config.members <= self.recipe.members
        return Prediction(
            threshold=median(fold.threshold for fold in folds),
            keep_fraction=median(fold.keep_fraction for fold in folds),
            flip=alone and median(fold.flip for fold in folds) > 0.5,
            temperature=median(fold.temperature for fold in folds),
        )

    def config(
        self,
        name: str,
        init: str | None,
        precision: TrainingPrecision | None = None,
        members: int | None = None,
    ) -> RunConfig:
        """Return the recipe under another name, with nobody held out.

        Parameters
        ----------
        name : str
            Of the model.
        init : str, optional
            What the encoder starts from; the row's if not given.
        precision : TrainingPrecision, optional
            Of training; the row's if not given.
        members : int, optional
            Networks whose mean answers; the row's if not given.

        Raises
        ------
        DataError
            If it needs held-out patients.
        """
        if self.recipe.patience is not None:
            raise DataError(
                f"The row {self.recipe.name!r} stops by its validation patients, and here there "
                "are none. Choose a row with a fixed number of epochs."
            )
        start = init or self.recipe.init
        return replace(
            self.recipe,
            name=name,
            init=start,
            validation=0.0,
            precision=precision or self.recipe.precision,
            members=members or self.recipe.members,
        )

    def validation_text(self, config: RunConfig) -> str:
        """Say, for a card, what the numbers are of, and what the model is that carries them."""
        here = "the network exported here" if config.members == 1 else "those exported here"
        if config.members != self.recipe.members:
            here = (
                f"these numbers are of {_networks(self.recipe.members)}, the model exported here "
                f"is {_networks(config.members)}, which"
            )
        return (
            f"{self.folds}-fold cross-validation of this recipe by patient: each of "
            f"{len(self.tested)} cases predicted by networks that saw none of its patient; "
            f"{here} then learned from all of them"
        )


def read_measured(path: Path, name: str | None) -> MeasuredRow:
    """Read a row from a report's folder, or from its ``results.json``.

    Parameters
    ----------
    path : Path
        Folder or file.
    name : str or None
        Of the row; the one of the highest mean Dice if not given.

    Raises
    ------
    DataError
        If the file is none of a benchmark, there is no such row, patients were not tested, or the
        split was by slice.
    """
    results = read_results(path)
    rows = {row.name: row for row in results.rows}
    best = max(rows, key=lambda each: rows[each].metrics["dice_mean"])
    if (name or best) not in rows:
        raise DataError(f"The report has no row {name!r}; there are {', '.join(rows)}.")
    if results.split is not SplitBy.PATIENT:
        raise DataError(
            "The report is of a split by slice, whose numbers say nothing of new patients. Name "
            "one of a split by patient."
        )
    if len(tested := results.tested_folds) < results.folds:
        raise DataError(
            f"The report tested {len(tested)} of {results.folds} folds. Run the benchmark with "
            "every --fold, so that each patient is tested once."
        )
    row = rows[name or best]
    try:
        recipe = TypeAdapter(RunConfig).validate_python(row.config)
    except ValidationError as error:
        raise DataError(
            f"The recipe of the row {row.name!r} cannot be read ({error.errors()[0]['msg']}). Run "
            "the benchmark again."
        ) from error
    command = row_command(results, row.name)
    return MeasuredRow(row, recipe, results.folds, results.data_sha256, command)


def _networks(count: int) -> str:
    return "one network" if count == 1 else f"the mean of {count} networks"


def refit(
    measured: MeasuredRow,
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    options: DataOptions | None = None,
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> Bundle:
    """Train the recipe of a cross-validated row on every patient that it was measured on.

    Parameters
    ----------
    measured : MeasuredRow
        The row.
    root : Path
        The data folder of the benchmark.
    config : RunConfig
        Of :meth:`MeasuredRow.config`.
    models, runs, watch, options, accelerator, overwrite
        As for :func:`~brainseg_train.train.fit.fit`.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If the folder has problems or is not the benchmark's, weights cannot be had, the model
        exists, or the checkpoint belongs to another run.
    """
    target = target_for(models, config.name, overwrite)
    run = open_run(config, runs / config.name, accelerator, watch)
    options = options or DataOptions()
    source = open_data(root, options)  # what is wrong at first sight is said at once
    params = params_for(config, source, options)
    run.check(params.in_channels, len(source.table), models=models)

    watch.stage("Checking the data")
    report = see_data(source, "trained", options, watch.stage)
    cases = without(source.cases, options.exclude)
    if report.sha256 != measured.data_sha256 or {c.name for c in cases} != measured.tested:
        raise DataError(
            f"{root.name!r}, less what is excluded, is not what the row was measured on: "
            f"{len(cases)} cases here, {len(measured.tested)} there. Name the folder of the "
            "benchmark and exclude the same patients."
        )
    run.claim(
        RunIdentity(
            config=config.plain(),
            data=report.sha256,
            train=names(cases),
            shown=shown_by(source, params),
        )
    )

    patients = len({case.patient for case in cases})
    watch.stage(f"Learning from {len(cases)} cases of {patients} patients")
    dataset = load_dataset(cases, params, roles=source.roles, table=source.table)
    trained = run.train(dataset.slices, None)
    data = DataUsed(
        source=source,
        sha256=report.sha256,
        learned=dataset.patients,
        held_out=(),
        cases=CaseCounts(train=len(cases)),
        trained_on=f"{len(cases)} cases of {source.description.title}",
        validation=measured.validation_text(config),
    )
    bundle = run.export(trained, make_card(config, params, trained, data))
    card = measured.chosen(config).on(bundle.card)
    numbers = {"metrics": measured.row.card_metrics, "quality": measured.quality}
    card = card.model_copy(update=numbers)
    return run.publish(bundle, card, target, overwrite=overwrite)
