"""One training run, which ``fit``, ``refit``, ``finetune`` and ``benchmark`` share.

What differs between them is which patients are learned from and what is said of them; how a run
is known again, trained, exported and answers is the same, and stands here.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from filelock import BaseFileLock, FileLock, Timeout

from brainseg_train.errors import DataError
from brainseg_train.evaluate.choose import choose_prediction
from brainseg_train.files import make_folder
from brainseg_train.train.ensemble import train_members
from brainseg_train.train.export import copy_bundle, see_room, write_bundle
from brainseg_train.train.identity import CHECKPOINT_NAME, checkpoints, claim_folder
from brainseg_train.train.init import start_network
from brainseg_train.train.learned import see_what_was_learned
from brainseg_train.train.logging import LOG_NAME, check_logger, logged
from brainseg_train.train.loop import steps_per_epoch
from brainseg_train.train.processes import in_step, make_fabric, part
from brainseg_train.train.try_out import try_out
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.ensemble import Ensemble
from napari_brainseg.pipeline.devices import resolve_device

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from lightning_fabric import Fabric
    from numpy.typing import NDArray
    from torch import nn

    from brainseg_train.data.case import Patient
    from brainseg_train.data.slices import TrainingSlices
    from brainseg_train.evaluate.prediction import Prediction
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.ensemble import Start
    from brainseg_train.train.identity import RunIdentity
    from brainseg_train.train.loop import Trained
    from brainseg_train.train.progress import Watcher
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

__all__ = ["BUNDLE_NAME", "TrainingRun", "open_run"]

BUNDLE_NAME = "bundle"
"""Folder of the exported model, below that of the run."""
LOCK_NAME = "run.lock"
CHECKPOINT_WEIGHTS = 5
"""Sets of weights in a checkpoint: network, average, best, two of the optimiser."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """A run on its device and in its folder; made by :func:`open_run`.

    Parameters
    ----------
    config : RunConfig
        What is trained, and how.
    folder : Path
        Where it keeps what it is of, checkpoints, learning curves and its bundle.
    fabric : Fabric
        Device and precision.
    watch : Watcher
        Progress.
    locks : list of FileLock
        Keeps other processes out of the folder while the run is in use.

    Examples
    --------
    >>> run = open_run(config, runs / config.name, "auto", watch)
    >>> run.check(params.in_channels)
    >>> run.claim(RunIdentity(config=config.plain(), data=report.sha256, train=names(cases)))
    >>> trained = run.train(dataset.slices, held_out.slices)
    >>> bundle = run.export(trained, card)
    >>> prediction, probabilities = run.choose(bundle, held_out.patients)
    >>> run.publish(bundle, prediction.on(bundle.card), models / config.name)
    """

    config: RunConfig
    folder: Path
    fabric: Fabric
    watch: Watcher
    locks: list[BaseFileLock] = field(default_factory=list)

    @property
    def device(self) -> str:
        """The device, as torch names it."""
        return str(self.fabric.device)

    @property
    def precision(self) -> str:
        """The precision that runs: a processor trains in bfloat16 where half is asked for."""
        return str(self.fabric.strategy.precision.precision)

    def check(
        self,
        channels: int,
        classes: int = 1,
        going_on: nn.Module | None = None,
        models: Path | None = None,
    ) -> float:
        """See, before hours of reading and training, that the run can be started here.

        Parameters
        ----------
        channels, classes : int
            That the network sees, and finds.
        going_on : Module, optional
            The network that the run goes on from, instead of a new one.
        models : Path, optional
            Where its model is to be put.

        Returns
        -------
        float
            How many bytes its model will take.

        Raises
        ------
        DataError
            If another process is at the run, starting weights cannot be had, there is no model to
            blend with or to learn from, oedema is asked for around lesions of several classes, the
            network does not take slices of this size, the logger is not installed, the folder
            cannot be made, or the disks have no room for the checkpoints or for the model.
        ModelError
            If architecture and encoder do not go together.
        """
        if self.fabric.is_global_zero and (self.folder / LOCK_NAME).is_file():
            self._locked().release()
        check_logger(self.watch.logger)
        if going_on is None:
            self._see_that_nothing_is_needed()
        self._see_whose_oedema_it_is(classes)
        network = going_on or start_network(self.config, channels, classes).network
        try_out(network, self.config, channels)
        make_folder(self.folder)
        weights = sum(each.numel() * each.element_size() for each in network.parameters())
        networks = 1 if isinstance(network, Ensemble) else self.config.members
        there = sum(path.stat().st_size for path in checkpoints(self.folder))
        kept = networks + 1  # the next is written aside before it takes the place of the last
        needed = CHECKPOINT_WEIGHTS * weights * kept - there
        see_room(self.folder.parent, needed, f"Checkpoints of {self.config.name!r}", "--runs")
        halved = weights * networks / 2  # they are written in half precision
        if models is not None:
            see_room(models, halved, f"The weights of {self.config.name!r}", "--models")
        return halved

    def _see_that_nothing_is_needed(self) -> None:
        """Refuse to blend with, or learn from, a model that the run does not go on from."""
        for option in ("blend", "distilled"):
            if share := getattr(self.config, option):
                raise DataError(
                    f"{option} is {share:g}, and {self.config.name!r} goes on from no model, which "
                    f"it needs. Leave recipe.{option} out."
                )

    def _see_whose_oedema_it_is(self, classes: int) -> None:
        """Refuse oedema around lesions of several classes."""
        if self.config.oedema and classes > 1:
            raise DataError(
                f"oedema is {self.config.oedema:g}, and there are {classes} classes: which of them "
                "it belongs to is not known. Leave recipe.oedema out."
            )

    def claim(self, identity: RunIdentity) -> None:
        """Make the folder this run's own, or see that it is.

        Raises
        ------
        DataError
            If it holds what another run has trained, another process is at it, or it cannot be
            written.
        """
        with in_step(self.fabric):
            if self.fabric.is_global_zero:
                self._claim(identity)
            self.fabric.barrier()

    def _claim(self, identity: RunIdentity) -> None:
        make_folder(self.folder)
        self.locks.append(self._locked())
        claim_folder(self.folder, identity)

    def _locked(self) -> BaseFileLock:
        lock = FileLock(self.folder / LOCK_NAME, is_singleton=True)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise DataError(
                f"The run {self.folder.name!r} is going on in another process. Wait for it, or "
                "choose another --name or --runs."
            ) from error
        return lock

    def train(
        self,
        data: TrainingSlices,
        validation: TrainingSlices | None,
        start: Start | None = None,
        members: Sequence[Start] = (),
    ) -> Trained:
        """Train, going on from the folder's checkpoints if there are any.

        Of several processes the first comes back; the others end here, since what follows
        (exporting, choosing, measuring) is for one.

        Parameters
        ----------
        data : TrainingSlices
            What to learn from.
        validation : TrainingSlices, optional
            What to watch after each epoch.
        start : Start, optional
            The network to go on from, instead of new ones as the configuration says.
        members : sequence of Start
            What each network of the run goes on from, instead of new ones.

        Raises
        ------
        DataError
            If there is no tumour to learn, starting weights cannot be had, a checkpoint is damaged,
            or the loss is not finite.
        ModelError
            If architecture and encoder do not go together.
        SystemExit
            In all processes but the first, when the training is done.
        """
        if not data.holds.any():
            raise DataError(
                "No slice that is to be learned from holds any tumour. Add patients with one to "
                "the training side."
            )
        checkpoint = self.folder / CHECKPOINT_NAME
        first = self.fabric.is_global_zero
        logs = logged(self.watch, self.folder / LOG_NAME) if first else nullcontext(self.watch)
        with logs as watch:
            trained = train_members(
                self.config, data, validation, self.fabric, checkpoint, watch, start, members
            )
        part(self.fabric)
        drawn = self.config.slices_per_epoch or len(data)
        steps = steps_per_epoch(drawn, self.config.batch_size, self.fabric.world_size)
        networks = 1 if start is not None else self.config.members
        done = steps * len(trained.history) // networks
        learned = see_what_was_learned(trained.network, data, done, self.fabric.device)
        return replace(trained, learned=learned)

    def export(self, trained: Trained, card: ModelCard, *, useless: bool = False) -> Bundle:
        """Write weights and card as the run's own bundle, in its folder.

        What is measured from here on is measured on the weights as exported. Of a run that was too
        short to learn anything the card says so.

        Parameters
        ----------
        trained : Trained
            The network.
        card : ModelCard
            Without what is measured afterwards.
        useless : bool
            Whether a network that has learned next to nothing is of use all the same, to be
            compared with others.

        Raises
        ------
        DataError
            If it was trained long enough and has learned next to nothing. It stays in the run's
            folder, whose name is free again.
        """
        update: dict[str, object] = {"training": {**card.training, "precision": self.precision}}
        doubt = trained.learned.text if trained.learned else ""
        if doubt:
            update["trained_on"] = f"{card.trained_on}; {doubt}"
            self.watch.stage(f"{self.config.name}: {doubt}")
        ran = card.model_copy(update=update)
        bundle = write_bundle(trained.network, ran, self.folder / BUNDLE_NAME, overwrite=True)
        if trained.learned and trained.learned.refused and not useless:
            self.drop_checkpoints()
            raise DataError(
                f"{self.config.name!r} is not exported: {doubt}. Train anew with a lower learning "
                "rate, other starting weights or more epochs, and look at the masks of the data. "
                f"What was trained is kept in {bundle.path}."
            )
        return bundle

    def choose(
        self, bundle: Bundle, patients: Sequence[Patient]
    ) -> tuple[Prediction, list[NDArray[np.float32]]]:
        """Choose how the bundle answers, on patients that it did not learn from.

        Returns
        -------
        Prediction
            Threshold, component filter, mirroring and temperature.
        list of ndarray of float32, shape (Z, Y, X)
            The patients' probabilities by it.
        """
        network = load_network(bundle).to(self.device)
        return choose_prediction(network, patients, self.device)

    def publish(
        self, bundle: Bundle, card: ModelCard, target: Path, *, overwrite: bool = False
    ) -> Bundle:
        """Put the run's bundle, with its final card, where the plugin finds it.

        Nothing is there before the card is whole: a kill while measuring leaves nothing that would
        be taken for a model, or be in the way of going on.

        Raises
        ------
        DataError
            If a model is there and may not be replaced.
        """
        published = copy_bundle(bundle, card, target, overwrite=overwrite)
        shutil.rmtree(bundle.path, ignore_errors=True)
        self.drop_checkpoints()
        return published

    def drop_checkpoints(self) -> None:
        """Delete the checkpoints of a run that is finished: they are several times the model."""
        for path in checkpoints(self.folder):
            path.unlink(missing_ok=True)


def open_run(config: RunConfig, folder: Path, accelerator: str, watch: Watcher) -> TrainingRun:
    """Set up device and precision of a run; nothing is written yet.

    Parameters
    ----------
    config : RunConfig
        What is trained, and how.
    folder : Path
        Of the run.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    watch : Watcher
        Progress.

    Raises
    ------
    DeviceError
        If there is no such accelerator here; the message lists what is.
    DataError
        If batches cannot be divided among the processes of the training.
    """
    resolve_device(accelerator)
    fabric = make_fabric(config, accelerator)
    if not fabric.is_global_zero:
        watch = replace(watch, stage=_unheard, step=_unheard, epoch=_unheard)
    return TrainingRun(config, folder, fabric, watch)


def _unheard(*_: object) -> None:
    """Say nothing: of several processes the first one speaks."""
