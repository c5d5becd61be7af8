"""Dividing cases into training and validation, always by patient."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.data import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data import Case

__all__ = ["Split", "split_by_patient"]


@dataclass(frozen=True, slots=True)
class Split:
    """Cases to learn from and cases to measure on; no patient is in both."""

    train: tuple[Case, ...]
    validation: tuple[Case, ...]


def split_by_patient(
    cases: Sequence[Case], fraction: float, seed: int, exclude: Sequence[str] = ()
) -> Split:
    """Hold out a share of the patients of every institution.

    Parameters
    ----------
    cases : sequence of Case
        All cases of the folder.
    fraction : float
        Share of patients to validate on, in (0, 1).
    seed : int
        The same seed gives the same split of the same patients.
    exclude : sequence of str
        Patients or cases kept out of both sides; all cases of such a patient go.

    Raises
    ------
    DataError
        If an excluded name is not there, or either side would be empty.
    """
    known = {case.name for case in cases} | {case.patient for case in cases}
    if unknown := sorted(set(exclude) - known):
        raise DataError(f"Cannot exclude {', '.join(unknown)}: no such case or patient.")
    out = {case.patient for case in cases if {case.name, case.patient} & set(exclude)}
    groups: dict[str, list[str]] = {}
    for case in cases:
        patients = groups.setdefault(case.institution, [])
        if case.patient not in out and case.patient not in patients:
            patients.append(case.patient)
    order: list[tuple[float, str]] = []
    shuffler = random.Random(seed)
    for _, patients in sorted(groups.items()):
        shuffler.shuffle(patients := sorted(patients))
        order += [((rank + 0.5) / len(patients), name) for rank, name in enumerate(patients)]
    # Taking the lowest relative ranks of all institutions together keeps their shares.
    held = {name for _, name in sorted(order)[: round(fraction * len(order))]}
    kept = [case for case in cases if case.patient not in out]
    split = Split(
        tuple(case for case in kept if case.patient not in held),
        tuple(case for case in kept if case.patient in held),
    )
    if not split.train or not split.validation:
        raise DataError(
            f"{len(order)} patients with a validation share of {fraction} leave one side empty. "
            "Add patients or change --validation."
        )
    return split
