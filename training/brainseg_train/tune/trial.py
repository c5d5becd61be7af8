"""One trial: a training that is watched, and ended early where it promises little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.train.identity import RunIdentity, names
from brainseg_train.train.run import open_run
from brainseg_train.tune.network import keep_trained
from brainseg_train.tune.study import ERROR, UNTAUGHT
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from brainseg_train.train.progress import Epoch, Watcher
    from brainseg_train.tune.data import SearchData
    from brainseg_train.tune.study import SearchStudy, TakenTrial

__all__ = ["run_trial"]


def run_trial(
    study: SearchStudy, taken: TakenTrial, data: SearchData, accelerator: str, watch: Watcher
) -> None:
    """Train by a trial's recipe, and tell the study what came of it.

    A recipe that cannot be trained fails, and the search goes on.
    """
    import optuna

    state = optuna.trial.TrialState
    try:
        value = _train(taken, data, accelerator, watch)
    except optuna.TrialPruned:
        study.study.tell(taken.trial, state=state.PRUNED)
    except BrainsegError as error:
        taken.trial.set_user_attr(ERROR, str(error))
        study.study.tell(taken.trial, state=state.FAIL)
    else:
        study.study.tell(taken.trial, value)
    finally:
        taken.lock.release()


def _train(taken: TakenTrial, data: SearchData, accelerator: str, watch: Watcher) -> float:
    """Return the validation IoU of the epoch that would be exported."""
    config = taken.config
    run = open_run(config, taken.folder, accelerator, _pruning(taken, watch))
    run.check(data.channels(config), data.classes)
    run.claim(
        RunIdentity(
            config=config.plain(),
            data=data.sha256,
            train=names(data.fold.train),
            validation=names(data.fold.validation),
            test=names(data.fold.test),
        )
    )
    try:
        trained = run.train(data.learned(config).slices, data.validated(config).slices)
        iou = trained.history[trained.best].iou
        if iou is None:
            raise DataError("Nobody was validated on, so recipes cannot be compared.")
        if trained.learned and trained.learned.nothing:
            taken.trial.set_user_attr(UNTAUGHT, trained.learned.text)
        keep_trained(trained.network, taken.folder)
        run.drop_checkpoints()
    finally:
        for lock in run.locks:
            lock.release()
    return iou


def _pruning(taken: TakenTrial, watch: Watcher) -> Watcher:
    """Report each epoch, and end the training where the study finds it not worth while."""
    import optuna

    seen: set[int] = set()

    def ended(number: int, epoch: Epoch) -> None:
        watch.epoch(number, epoch)
        if epoch.iou is None or number in seen:  # another network of the same recipe
            return
        seen.add(number)
        taken.trial.report(epoch.iou, number)
        if taken.trial.should_prune():
            raise optuna.TrialPruned

    return replace(watch, epoch=ended)
