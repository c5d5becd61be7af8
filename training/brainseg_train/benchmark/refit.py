"""A cross-validated row trained again on every patient: measured first, exported afterwards.

Held-out patients are lost to training. Once cross-validation has told what a recipe is worth, the
network to be used learns from all of them, and its card carries the cross-validated numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from brainseg_train.benchmark.rows import CHOSEN
from brainseg_train.data.cases import checked_cases
from brainseg_train.data.dataset import ROLES, load_dataset
from brainseg_train.data.split import SplitBy, without
from brainseg_train.errors import DataError
from brainseg_train.train.config import Precision, RunConfig
from brainseg_train.train.describe import fingerprint_of
from brainseg_train.train.ensemble import train_members
from brainseg_train.train.export import (
    LAYOUT,
    describe_run,
    record_patients,
    target_for,
    write_bundle,
)
from brainseg_train.train.logging import LOG_NAME, logged
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.run_folder import claim_run, fabric_for
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle

__all__ = ["Measured", "read_measured", "refit"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of a benchmark whose folds together tested every patient.

    Parameters
    ----------
    row : dict
        Of the benchmark's ``results.json``.
    recipe : RunConfig
        What it was trained by.
    folds : int
        Parts that the patients were divided into.
    tested : frozenset of str
        Names of the cases.
    data_sha256 : str
        Digest of the data.
    """

    row: dict[str, Any]
    recipe: RunConfig
    folds: int
    tested: frozenset[str]
    data_sha256: str

    def chosen(self, config: RunConfig) -> dict[str, Any]:
        """Return what the folds chose, as one: medians, the vote to mirror.

        Where more networks answer than were measured, they take the place of mirrored slices: in
        as many forward passes they bring more (``benchmarks/members.py``).
        """
        folds = self.row["prediction"]
        middle = {key: median(float(fold[key]) for fold in folds) for key in CHOSEN}
        alone = config.members <= self.recipe.members
        return {**middle, "flip": alone and middle["flip"] > 0.5}

    @property
    def metrics(self) -> dict[str, float]:
        """The row's numbers, for a card."""
        return {key: round(value, 4) for key, value in self.row["metrics"].items()}

    def config(
        self, name: str, init: str | None, precision: Precision, members: int | None = None
    ) -> RunConfig:
        """Return the recipe under another name, with nobody held out.

        Parameters
        ----------
        name : str
            Of the model.
        init : str, optional
            What the encoder starts from; the row's if not given.
        precision : Precision
            Of training.
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
            precision=precision,
            members=members or self.recipe.members,
        )

    def told(self, config: RunConfig) -> str:
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


def read_measured(path: Path, name: str | None) -> Measured:
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
    file = path / "results.json" if path.is_dir() else path
    try:
        return _measured(json.loads(file.read_text(encoding="utf-8")), name)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{file.name} cannot be read as the results of a benchmark "
            f"({type(error).__name__}). Name the folder of its report."
        ) from error


def _measured(results: dict[str, Any], name: str | None) -> Measured:
    rows = {row["name"]: row for row in results["rows"]}
    best = max(rows, key=lambda each: float(rows[each]["metrics"]["dice_mean"]))
    if (name or best) not in rows:
        raise DataError(f"The report has no row {name!r}; there are {', '.join(rows)}.")
    if results["split"] != SplitBy.PATIENT:
        raise DataError(
            "The report is of a split by slice, whose numbers say nothing of new patients. Name "
            "one of a split by patient."
        )
    if len(tested := results["tested_folds"]) < results["folds"]:
        raise DataError(
            f"The report tested {len(tested)} of {results['folds']} folds. Run the benchmark with "
            "every --fold, so that each patient is tested once."
        )
    row = rows[name or best]
    return Measured(
        row=row,
        recipe=TypeAdapter(RunConfig).validate_python(row["config"]),
        folds=results["folds"],
        tested=frozenset(patient["case"] for patient in row["patients"]),
        data_sha256=results["data_sha256"],
    )


def _networks(count: int) -> str:
    return "one network" if count == 1 else f"the mean of {count} networks"


def refit(
    measured: Measured,
    root: Path,
    config: RunConfig,
    models: Path,
    runs: Path,
    watch: Watcher,
    exclude: Sequence[str] = (),
    *,
    accelerator: str = "auto",
    overwrite: bool = False,
) -> Bundle:
    """Train the recipe of a cross-validated row on every patient that it was measured on.

    Parameters
    ----------
    measured : Measured
        The row.
    root : Path
        The data folder of the benchmark.
    config : RunConfig
        Of :meth:`Measured.config`.
    models, runs, watch, exclude, accelerator, overwrite
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
    fabric = fabric_for(config, accelerator)
    watch.stage("Checking the data")
    found, report = checked_cases(root, "trained")
    cases = without(found, exclude)
    if report.sha256 != measured.data_sha256 or {c.name for c in cases} != measured.tested:
        raise DataError(
            f"{root.name!r}, less what is excluded, is not what the row was measured on: "
            f"{len(cases)} cases here, {len(measured.tested)} there. Give the folder of the "
            "benchmark and exclude the same patients."
        )
    identity = {
        "config": config.plain(),
        "data": report.sha256,
        "train": [case.name for case in cases],
    }
    checkpoint = claim_run(runs / config.name, identity)
    params = preprocessing_for(config)
    watch.stage(f"Reading {len(cases)} cases")
    cohort = load_dataset(cases, params)
    with logged(watch, checkpoint.parent / LOG_NAME) as seen:
        trained, said = train_members(
            config, params.in_channels, cohort.slices, None, fabric, checkpoint, seen
        )
    card = describe_run(
        config,
        params,
        ROLES,
        said,
        trained_on=f"{len(cases)} cases of {LAYOUT}",
        validation=measured.told(config),
        data_sha256=report.sha256,
        patients=record_patients(PatientRecord(salt=report.sha256), cohort.patients, ()),
    )
    known = {"fingerprint": fingerprint_of(cohort.patients, card), "metrics": measured.metrics}
    card = card.model_copy(update=measured.chosen(config) | known)
    return write_bundle(trained.network, card, target, overwrite=overwrite)
