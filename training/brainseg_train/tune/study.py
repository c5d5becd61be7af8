"""The trials of a search, in one file that several processes share.

Which trial is next is settled under a lock. Each trial that runs holds a lock of its own, which the
system releases whatever ends its process: so a trial that was killed is noticed, and begun again
with the same values, from its checkpoint.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from brainseg_train.errors import DataError
from brainseg_train.files import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import FrozenTrial

    from brainseg_train.train.config import RunConfig
    from brainseg_train.tune.space import SearchSpace

__all__ = ["ERROR", "UNTAUGHT", "SearchStudy", "TakenTrial", "check_optuna", "is_finished"]

TRIALS_NAME = "trials.log"
LOCK_NAME = "tune.lock"
ORIGIN, ERROR, UNTAUGHT = "origin", "error", "untaught"
"""Attributes of a trial: in whose folder it goes on, why it failed, why it is no use."""

LOCK_S = 60
"""Others hold the lock for the time of a few lines."""

UNPRUNED = 4
"""Trials that run to their end before one is compared with them."""


def check_optuna() -> None:
    """See that Optuna is installed.

    Raises
    ------
    DataError
        Which says how to get it.
    """
    if find_spec("optuna") is None:
        raise DataError("tune needs Optuna. Install with: pip install 'napari-brainseg[tune]'")


def is_finished(trial: FrozenTrial) -> bool:
    """Whether a trial came to an end: whole, ended early, or failed by an error of its own."""
    return trial.state.name in ("COMPLETE", "PRUNED") or ERROR in trial.user_attrs


@dataclass(frozen=True, slots=True, eq=False)
class TakenTrial:
    """A trial to run.

    Parameters
    ----------
    trial : optuna.Trial
        To report to.
    config : RunConfig
        Its recipe.
    folder : Path
        Where it keeps what it is of.
    lock : FileLock
        Held while it runs.
    """

    trial: optuna.Trial
    config: RunConfig
    folder: Path
    lock: FileLock


class SearchStudy:
    """A search in a folder.

    Parameters
    ----------
    folder : Path
        Of the search.
    space : SearchSpace
        What is searched.
    data : str
        SHA-256 of the data.

    Raises
    ------
    DataError
        If the folder holds another search, its list of trials is damaged or locked by another
        program, or Optuna is not installed.
    """

    def __init__(self, folder: Path, space: SearchSpace, data: str) -> None:
        check_optuna()
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.folder, self.space = folder, space
        make_folder(folder)
        self._lock = FileLock(folder / LOCK_NAME)
        file = str(folder / TRIALS_NAME)
        backend = JournalFileBackend(file, lock_obj=JournalFileOpenLock(file))
        with self._alone():
            self.study = optuna.create_study(
                study_name=space.name,
                storage=self._storage(backend),
                direction="maximize",
                load_if_exists=True,
                pruner=optuna.pruners.MedianPruner(
                    n_startup_trials=UNPRUNED, n_warmup_steps=1, n_min_trials=2
                ),
            )
            self._claim({"space": space.text, "data": data})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from the list of trials."""
        try:
            self._lock.acquire(timeout=LOCK_S)
        except Timeout:
            raise DataError(
                f"{self.folder.name}: the list of trials has been locked by another program for "
                f"{LOCK_S} s. Wait for it or end it, and start again: the search goes on."
            ) from None
        try:
            yield
        finally:
            self._lock.release()

    def _storage(self, backend: JournalFileBackend) -> JournalStorage:
        """Read the list of trials."""
        from optuna.storages import JournalStorage

        try:
            return JournalStorage(backend)
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            raise DataError(
                f"{self.folder.name}/{TRIALS_NAME} is damaged ({type(error).__name__}). Choose "
                "another --output, or delete it to start anew."
            ) from error

    def _claim(self, identity: dict[str, str]) -> None:
        known = self.study.user_attrs
        if not known:
            for name, text in identity.items():
                self.study.set_user_attr(name, text)
            self.study.enqueue_trial(self.space.default)
        elif known != identity:
            what = "data" if known.get("space") == identity["space"] else "space"
            raise DataError(
                f"{self.folder.name} holds a search over another {what}. Choose another --output, "
                "or delete it to start anew."
            )

    def take(self, trials: int | None) -> TakenTrial | None:
        """Begin the next trial; None where this many are done or going on."""
        from optuna.samplers import TPESampler

        with self._alone():
            self._begin_again()
            begun = [each for each in self.trials if is_finished(each) or _is_running(each)]
            if trials is not None and len(begun) >= trials:
                return None
            # By how many there are: so a search that was killed goes on as it would have.
            seed = self.space.recipe.seed + len(begun)
            self.study.sampler = TPESampler(n_startup_trials=UNPRUNED, seed=seed % 2**32)
            trial = self.study.ask()
            config = self.space.suggest(trial)
            lock = self._lock_of(trial.number)
            lock.acquire(blocking=False)
        origin = trial.user_attrs.get(ORIGIN, trial.number)
        return TakenTrial(trial, config, self.folder / f"trial-{origin:04}", lock)

    def _begin_again(self) -> None:
        """Put the values of trials whose process is gone before the others."""
        import optuna

        for trial in self.trials:
            if not _is_running(trial) or self.is_alive(trial):
                continue
            origin = trial.user_attrs.get(ORIGIN, trial.number)
            self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            self.study.enqueue_trial(trial.params, user_attrs={ORIGIN: origin})

    def is_alive(self, trial: FrozenTrial) -> bool:
        """Whether the process of a trial that runs is still there."""
        lock = self._lock_of(trial.number)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False

    def _lock_of(self, number: int) -> FileLock:
        return FileLock(self.folder / f"trial-{number:04}.lock")

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials as they are now."""
        return self.study.get_trials(deepcopy=False)

    @property
    def going_on(self) -> int:
        """How many trials other processes are at."""
        return sum(_is_running(each) and self.is_alive(each) for each in self.trials)

    @property
    def complete(self) -> list[FrozenTrial]:
        """Trials that ran to their end, the best first; of equals the earlier."""
        whole = [each for each in self.trials if each.state.name == "COMPLETE"]
        return sorted(whole, key=lambda each: (-(each.value or 0.0), each.number))


def _is_running(trial: FrozenTrial) -> bool:
    return trial.state.name == "RUNNING"
