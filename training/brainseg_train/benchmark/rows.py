"""The rows of a benchmark, one after another: train, export, choose, predict.

Each row has a folder of its own below the benchmark's: checkpoint, exported bundle, the
probabilities of its test patients, and at the end ``row.json``. Every file appears whole or not at
all, and what is there is not made again; so a benchmark that was killed goes on where it stopped.
"""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import psutil
import torch

from brainseg_train.benchmark.results import CaseNames, RowRecord, SliceCounts, read_row
from brainseg_train.data.cases import see_data
from brainseg_train.data.dataset import Dataset, load_dataset
from brainseg_train.data.folder import open_data
from brainseg_train.data.options import DataOptions
from brainseg_train.data.split import (
    SplitBy,
    draw_pools,
    fold_by_patient,
    fold_of_split,
    without,
)
from brainseg_train.data.split_file import read_split
from brainseg_train.errors import DataError
from brainseg_train.evaluate.predict import predict_patient
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.files import replacing, write_json
from brainseg_train.train.card import DataUsed, make_card
from brainseg_train.train.export import replace_card, see_room
from brainseg_train.train.identity import RunIdentity, names, see_that_it_is, shown_by
from brainseg_train.train.preprocessing import params_for
from brainseg_train.train.run import BUNDLE_NAME, open_run
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.card import CaseCounts
from napari_brainseg.pipeline.devices import resolve_device
from napari_brainseg.pipeline.half import as_half

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from brainseg_train.benchmark.protocol import Protocol
    from brainseg_train.data.case import Case, Patient
    from brainseg_train.data.cases import DataReport
    from brainseg_train.data.split import Fold, Pools
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["Benchmark", "Plan", "Row", "row_folder"]

ROW_NAME = "row.json"
PREDICTIONS_NAME = "predictions.npz"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a benchmark is to do.

    Parameters
    ----------
    protocol : Protocol
        Rows and recipe.
    folds : int
        Parts that the patients are divided into; one is tested on.
    fold : int
        Which, from 0.
    split : SplitBy
        How slices are divided for training; see :func:`~brainseg_train.data.split.draw_pools`.
    seed : int
        Of the division and the drawing of slices.
    exclude : tuple of str
        Patients or cases kept out.

    Raises
    ------
    DataError
        If there is no such fold.
    """

    protocol: Protocol
    folds: int = 5
    fold: int = 0
    split: SplitBy = SplitBy.PATIENT
    seed: int = 0
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a fold that would be a part of another one's patients."""
        if not 0 <= self.fold < self.folds:
            raise DataError(
                f"There is no fold {self.fold + 1}: with {self.folds} folds they count from 1 to "
                f"{self.folds}."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A finished row: what ``row.json`` says, and where the rest of it lies."""

    record: RowRecord
    folder: Path

    @property
    def prediction(self) -> Prediction:
        """How the network answers."""
        return self.record.prediction

    @property
    def bundle(self) -> Bundle:
        """The exported network."""
        return open_bundle(self.folder / BUNDLE_NAME)

    @property
    def card(self) -> ModelCard:
        """The network's card, with what the record says was chosen."""
        return self.prediction.on(self.bundle.card)

    def predictions(self) -> dict[str, NDArray[np.float16]]:
        """Read the probabilities (Z, Y, X), by name of the test case."""
        with np.load(self.folder / PREDICTIONS_NAME, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def answering(self, prediction: Prediction) -> Row:
        """Return the row with another choice; its files stay."""
        return replace(self, record=self.record.model_copy(update={"prediction": prediction}))


def row_folder(runs: Path, plan: Plan, config: RunConfig) -> Path:
    """Name the folder of a row after all that distinguishes it from others of its benchmark."""
    variant = f"{plan.split}-{plan.fold + 1}of{plan.folds}"
    return runs / f"{plan.protocol.name}-{config.size}px" / f"{config.name}-{variant}"


class Benchmark:
    """Runs rows on one folder of data, which is read once.

    Parameters
    ----------
    root : Path
        Data folder in the LGG layout.
    runs : Path
        Where rows keep their folders.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    watch : Watcher
        Progress.
    options : DataOptions, optional
        What is said of the data; who is left out is the plan's.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If no case is found, or the options do not fit. The files are read when they are needed.
    """

    def __init__(
        self,
        root: Path,
        runs: Path,
        accelerator: str,
        watch: Watcher,
        options: DataOptions | None = None,
    ) -> None:
        self.runs = runs
        self._accelerator = accelerator
        self._watch = watch
        resolve_device(accelerator)  # refuse a wrong one before the data are read
        self.options = options or DataOptions()
        self.source = open_data(root, self.options)
        self.cases = self.source.cases
        self._loaded: tuple[Preprocessing, Dataset] | None = None

    @cached_property
    def report(self) -> DataReport:
        """What the data hold.

        Raises
        ------
        DataError
            If they have problems; all are told.
        """
        self._watch.stage("Checking the data")
        return see_data(self.source, "trained", self.options, self._watch.stage)

    def check(self, plans: Sequence[Plan]) -> None:
        """See, before hours of reading and training, that unfinished rows of a protocol can start.

        Raises
        ------
        DataError
            If the patients cannot be divided so, the logger is not installed, a folder cannot be
            made, or rows cannot be started: all of them, with the reason.
        """
        self._watch.stage("Checking what the rows start from")
        for plan in plans:
            self.fold(plan, plan.protocol.rows[0])  # a division that cannot be is told at once
        problems: dict[str, str] = {}
        sizes: dict[tuple[str | int, ...], float] = {}
        needed = 0.0
        for config in plans[0].protocol.rows:
            missing = [plan for plan in plans if self.finished(plan, config) is None]
            try:
                params = self.params(config)
                of_size = config.size, config.tile, config.augment, config.members
                key = config.architecture, config.encoder, config.init, params.in_channels, *of_size
                if missing and key not in sizes:  # a hub may take a minute to fail
                    folder = row_folder(self.runs, missing[0], config)
                    run = open_run(config, folder, self._accelerator, self._watch)
                    sizes[key] = run.check(params.in_channels, len(self.source.table))
                needed += len(missing) * sizes.get(key, 0)
            except BrainsegError as error:
                problems[config.name] = str(error)
        if problems:
            told = (f"{name}: {text}" for name, text in problems.items())
            raise DataError("No row was trained, since some cannot be started:\n" + "\n".join(told))
        see_room(self.runs, needed, "The models of all rows", "--runs")

    def params(self, config: RunConfig) -> Preprocessing:
        """Return what a row's network is shown."""
        return params_for(config, self.source, self.options)

    def fold(self, plan: Plan, config: RunConfig) -> Fold:
        """Return the plan's patients, divided for a row."""
        if self.options.split_file is not None:
            held_out = read_split(self.options.split_file, self.cases, plan.fold)
            kept = without(self.cases, plan.exclude)
            return fold_of_split(held_out, kept, plan.folds, plan.seed, config.validation > 0)
        return fold_by_patient(
            self.cases,
            plan.folds,
            plan.fold,
            plan.seed,
            plan.exclude,
            validated=config.validation > 0,
        )

    def dataset(self, params: Preprocessing) -> Dataset:
        """Return all cases, prepared; the last preparation is kept."""
        if self._loaded is None or self._loaded[0] != params:
            self._watch.stage(f"Reading {len(self.cases)} cases")
            roles, table = self.source.roles, self.source.table
            self._loaded = params, load_dataset(self.cases, params, roles=roles, table=table)
        return self._loaded[1]

    def pools(self, plan: Plan, fold: Fold, dataset: Dataset) -> Pools:
        """Return the slices that a row learns from."""
        return draw_pools(dataset, fold, plan.split, plan.protocol.images, plan.seed)

    def finished(self, plan: Plan, config: RunConfig) -> Row | None:
        """Return a row that was finished earlier with just these settings, if there is one.

        Nothing is written.

        Raises
        ------
        DataError
            If there is one of other settings or data.
        """
        folder = row_folder(self.runs, plan, config)
        if not (folder / ROW_NAME).is_file():
            return None
        see_that_it_is(folder, self._identity(plan, config))
        return Row(read_row(folder / ROW_NAME), folder)

    def run(self, plan: Plan, config: RunConfig) -> Row:
        """Return a row, from its folder where it is finished.

        Raises
        ------
        DataError
            If its folder belongs to other settings or data, or starting weights cannot be had.
        ModelError
            If architecture and encoder do not go together.
        """
        if row := self.finished(plan, config):
            return row
        folder = row_folder(self.runs, plan, config)
        run = open_run(config, folder, self._accelerator, self._watch)
        run.claim(self._identity(plan, config))
        params = self.params(config)
        dataset = self.dataset(params)
        fold = self.fold(plan, config)
        pools = self.pools(plan, fold, dataset)
        self._watch.stage(fold.text)

        learn = dataset.slices.select(pools.train)
        watch = dataset.slices.select(pools.validation) if pools.validation else None
        trained = run.train(learn, watch)
        data = self._data_used(plan, fold, pools, dataset)
        bundle = run.export(trained, make_card(config, params, trained, data), useless=True)
        untaught, short = trained.learned.told if trained.learned else ("", "")
        if plan.protocol.choose and fold.validation:
            prediction, _ = run.choose(bundle, dataset.of(fold.validation))
            bundle = replace_card(bundle, prediction.on(bundle.card))
        self._watch.stage(f"{config.name}: predicting {len(fold.test)} test cases")
        slice_ms = _predict(bundle, dataset.of(fold.test), run.device, folder / PREDICTIONS_NAME)

        record = RowRecord(
            config=config.plain(),
            fold=plan.fold,
            folds=plan.folds,
            split=plan.split,
            initialisation=trained.start.text,
            start=trained.start,
            parameters=sum(each.numel() for each in trained.network.parameters()),
            bundle_bytes=sum(path.stat().st_size for path in bundle.path.iterdir()),
            history=trained.history,
            exported_epoch=trained.best,
            prediction=Prediction.of(bundle.card),
            inference_ms_per_slice=slice_ms,
            machine=_machine(run.fabric.device),
            versions=bundle.card.versions,
            cases=_names(fold),
            slices=SliceCounts(train=len(pools.train), validation=len(pools.validation)),
            data_sha256=self.report.sha256,
            untaught=untaught,
            short=short,
        )
        write_json(folder / ROW_NAME, record.model_dump())
        run.drop_checkpoints()
        return Row(record, folder)

    def _identity(self, plan: Plan, config: RunConfig) -> RunIdentity:
        return RunIdentity(
            config=config.plain(),
            images=plan.protocol.images,
            choose=plan.protocol.choose,
            split=plan.split,
            seed=plan.seed,
            data=self.report.sha256,
            shown=shown_by(self.source, self.params(config)),
            **dict(_names(self.fold(plan, config))),
        )

    def _data_used(self, plan: Plan, fold: Fold, pools: Pools, dataset: Dataset) -> DataUsed:
        """Say of whose slices the row learned; by slice it learned from everyone."""
        learned, held_out, leak = fold.train, (*fold.validation, *fold.test), ""
        if plan.split is SplitBy.SLICE:
            learned, held_out = (*learned, *held_out), ()
            leak = " (split by slice, test patients among them)"
        slices = f"{len(pools.train)} slices of {_patients(fold.train)}"
        return DataUsed(
            source=self.source,
            sha256=self.report.sha256,
            learned=dataset.of(learned),
            held_out=dataset.of(held_out),
            cases=CaseCounts(
                train=len(fold.train), validation=len(fold.validation), test=len(fold.test)
            ),
            trained_on=f"{slices} of {self.source.description.title}{leak}",
            validation=f"{_patients(fold.test)} that the run never saw",
        )


def _names(fold: Fold) -> CaseNames:
    return CaseNames(
        train=names(fold.train), validation=names(fold.validation), test=names(fold.test)
    )


def _patients(cases: Sequence[Case]) -> str:
    return f"{len({case.patient for case in cases})} patients"


def _predict(bundle: Bundle, patients: Sequence[Patient], device: str, path: Path) -> float:
    """Write probabilities of the test patients; return milliseconds per slice."""
    network = load_network(bundle).to(device)
    flip = bundle.card.flip
    predict_patient(network, patients[0], device, flip=flip)  # the first run of all is slow
    started = time.perf_counter()
    stacks = {p.case.name: predict_patient(network, p, device, flip=flip) for p in patients}
    seconds = time.perf_counter() - started
    halves = {name: as_half(stack) for name, stack in stacks.items()}
    with replacing(path, path.name, path.suffix) as aside:
        np.savez_compressed(aside, **halves)  # type: ignore[arg-type]  # names are the keywords
    return 1000 * seconds / sum(len(patient.prepared) for patient in patients)


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return f"{platform.machine()} CPU, {cores} cores"
