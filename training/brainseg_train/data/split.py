"""Dividing cases into training, validation and test, by patient."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from brainseg_train.data.case import Case
    from brainseg_train.data.dataset import Dataset

__all__ = [
    "Fold",
    "Pools",
    "Split",
    "SplitBy",
    "draw_pools",
    "fold_by_patient",
    "fold_of_split",
    "split_by_patient",
    "without",
]


class SplitBy(StrEnum):
    """What is divided: patients, or (a mistake worth measuring) slices."""

    PATIENT = "patient"
    SLICE = "slice"


@dataclass(frozen=True, slots=True)
class Split:
    """Cases to learn from and cases to measure on; no patient is in both."""

    train: tuple[Case, ...]
    validation: tuple[Case, ...]

    @property
    def text(self) -> str:
        """The division in words, with the patients that are validated on."""
        held_out = sorted({case.patient for case in self.validation})
        return (
            f"Learning from {_counted(self.train)}; validating on {_counted(self.validation)}: "
            f"{', '.join(held_out)}"
        )


@dataclass(frozen=True, slots=True)
class Fold:
    """Cases to learn from, to choose on, and to measure on; no patient is in two of them."""

    train: tuple[Case, ...]
    validation: tuple[Case, ...]
    test: tuple[Case, ...]

    @property
    def text(self) -> str:
        """The division in words, with the patients that are tested on."""
        watched = f"validating on {_counted(self.validation)}; " if self.validation else ""
        return (
            f"Learning from {_counted(self.train)}; {watched}testing on {_counted(self.test)}: "
            f"{', '.join(sorted({case.patient for case in self.test}))}"
        )


@dataclass(frozen=True, slots=True)
class Pools:
    """Numbers of the slices that a run learns from and watches.

    ``shared`` are slices of test patients which no run, by either split, learns from.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    shared: tuple[int, ...]


def split_by_patient(
    cases: Sequence[Case], fraction: float, seed: int, exclude: Sequence[str] = ()
) -> Split:
    """Hold out a share of the patients of every institution.

    Parameters
    ----------
    cases : sequence of Case
        All cases of the folder.
    fraction : float
        Share of patients to validate on, in (0, 1); at least one patient is on either side.
    seed : int
        The same seed and patients always make the same split.
    exclude : sequence of str
        Patients or cases kept out of both sides; all cases of such a patient go.

    Raises
    ------
    DataError
        If an excluded name is not there, or either side would be empty.
    """
    kept, order = _patients(cases, seed, exclude)
    # Taking the lowest relative ranks of all institutions together keeps their shares.
    held = set(order[: min(max(1, round(fraction * len(order))), len(order) - 1)])
    split = Split(_of(kept, set(order) - held), _of(kept, held))
    if not split.train or not split.validation:
        raise DataError(
            f"{len(order)} patients leave one side empty: one to learn from and one to validate on "
            "are the least. Add patients."
        )
    return split


def fold_by_patient(
    cases: Sequence[Case],
    folds: int,
    fold: int,
    seed: int,
    exclude: Sequence[str] = (),
    *,
    validated: bool = True,
) -> Fold:
    """Test on every ``folds``-th patient, and validate on as many of the rest.

    Institutions keep their shares in all three parts, and each patient is tested in one fold.

    Parameters
    ----------
    cases : sequence of Case
        All cases of the folder.
    folds : int
        Parts that the patients are divided into.
    fold : int
        Which of them to test on, from 0.
    seed : int
        Of the division.
    exclude : sequence of str
        Patients or cases kept out of all parts.
    validated : bool
        Whether there are patients to validate on; otherwise these are learned from too, and the
        patients tested on stay the same.

    Raises
    ------
    DataError
        If an excluded name is not there, or there are too few patients.
    """
    kept, order = _patients(cases, seed, exclude)
    if len(order) < folds + 2:
        fewer = f"Take {len(order) - 2} folds at most, or add" if len(order) > 3 else "Add"
        raise DataError(
            f"{len(order)} patients are too few for {folds} folds with validation, which take "
            f"{folds + 2}. {fewer} patients."
        )
    test = set(order[fold::folds])
    rest = [patient for patient in order if patient not in test]
    validation = set(rest[fold % folds :: folds]) if validated else set()
    return Fold(_of(kept, set(order) - test - validation), _of(kept, validation), _of(kept, test))


def fold_of_split(
    split: Split, cases: Sequence[Case], folds: int, seed: int, validated: bool
) -> Fold:
    """Test on the patients that a file holds out, and validate on a part of the others.

    Parameters
    ----------
    split : Split
        As the file divides; cases that are not among ``cases`` are left out.
    cases : sequence of Case
        Those that are kept.
    folds : int
        One patient in so many of the file's training side, but no more than a fifth of them, is
        validated on.
    seed : int
        Of the drawing.
    validated : bool
        Whether there are patients to validate on.

    Raises
    ------
    DataError
        If a part would be empty.
    """
    known = {case.name for case in cases}
    train, test = (
        tuple(case for case in side if case.name in known)
        for side in (split.train, split.validation)
    )
    if not train or not test:
        raise DataError("The split file and the patients kept out leave one side empty.")
    if not validated:
        return Fold(train, (), test)
    inner = split_by_patient(train, 1 / max(folds, 5), seed)
    return Fold(inner.train, inner.validation, test)


def _counted(cases: Sequence[Case]) -> str:
    counts = {"case": len(cases), "patient": len({case.patient for case in cases})}
    return " of ".join(f"{n} {name}{'s' if n != 1 else ''}" for name, n in counts.items())


def _of(cases: Sequence[Case], patients: Collection[str]) -> tuple[Case, ...]:
    """Return the cases of some patients."""
    return tuple(case for case in cases if case.patient in patients)


def draw_pools(dataset: Dataset, fold: Fold, by: SplitBy, images: int, seed: int) -> Pools:
    """Choose the slices to learn from and to watch.

    By slice, all slices of all patients are mixed, so that neighbours of a test slice are learned
    from: the mistake that ``--split slice`` exists to measure. A fifth of the test patients'
    slices is kept from it, and both splits are compared on these.

    Parameters
    ----------
    dataset : Dataset
        All patients.
    fold : Fold
        Their division.
    by : SplitBy
        Which split.
    images : int
        Slices to draw for training and validation together, in proportion; 0 takes all.
    seed : int
        Of the drawing.
    """
    import numpy as np  # here: the command line asks only for SplitBy

    chance = np.random.default_rng(seed)
    test = chance.permutation(dataset.numbers(fold.test))
    shared = test[: max(1, len(test) // 5)]
    train = chance.permutation(dataset.numbers(fold.train))
    validation = chance.permutation(dataset.numbers(fold.validation))
    if by is SplitBy.SLICE:
        mixed = np.concatenate([train, validation, test[len(shared) :]])
        learned = len(mixed) * 4 // 5 if fold.validation else len(mixed)
        train, validation = np.split(chance.permutation(mixed), [learned])
    available = len(train) + len(validation)
    share = min(1.0, images / available) if images else 1.0
    train, validation = (pool[: round(share * len(pool))] for pool in (train, validation))
    return Pools(*(tuple(sorted(pool.tolist())) for pool in (train, validation, shared)))


def without(cases: Sequence[Case], exclude: Sequence[str]) -> list[Case]:
    """Leave out patients, or the patients of cases, by name; all cases of such a patient go.

    Raises
    ------
    DataError
        If a name is not there.
    """
    known = {case.name for case in cases} | {case.patient for case in cases}
    if unknown := sorted(set(exclude) - known):
        raise DataError(f"Cannot exclude {', '.join(unknown)}: no such case or patient.")
    out = {case.patient for case in cases if {case.name, case.patient} & set(exclude)}
    return [case for case in cases if case.patient not in out]


def _patients(
    cases: Sequence[Case], seed: int, exclude: Sequence[str]
) -> tuple[list[Case], list[str]]:
    """Cases that are kept, and their patients so ordered that institutions alternate."""
    kept = without(cases, exclude)
    groups: dict[str, set[str]] = {}
    for case in kept:
        groups.setdefault(case.institution, set()).add(case.patient)
    ranked: list[tuple[float, str]] = []
    shuffler = random.Random(seed)
    for _, members in sorted(groups.items()):
        shuffler.shuffle(patients := sorted(members))
        ranked += [((rank + 0.5) / len(patients), name) for rank, name in enumerate(patients)]
    return kept, [name for _, name in sorted(ranked)]
