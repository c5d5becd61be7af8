"""Patients, and their slices laid out in one long row for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from brainseg_train.data.elsewhere import Span
from brainseg_train.data.labels import ONE_CLASS, ClassTable
from brainseg_train.data.prepared import CaseSlices, case_slices, open_patient
from brainseg_train.data.roles import ROLES
from brainseg_train.data.slices import TrainingSlices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from brainseg_train.data.case import Case, Patient
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["Dataset", "load_dataset"]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Patients and their slices, numbered through from the first patient to the last.

    Parameters
    ----------
    patients : tuple of Patient
        In the order of their names.
    slices : TrainingSlices
        All their slices.
    """

    patients: tuple[Patient, ...]
    slices: TrainingSlices

    def numbers(self, cases: Iterable[Case]) -> list[int]:
        """Numbers of all slices of some cases."""
        wanted = {case.name for case in cases}
        owners = [self.patients[number].case.name for number in self.slices.place[:, 0].tolist()]
        return [number for number, owner in enumerate(owners) if owner in wanted]

    def of(self, cases: Iterable[Case]) -> list[Patient]:
        """Patients of some cases."""
        wanted = {case.name for case in cases}
        return [patient for patient in self.patients if patient.case.name in wanted]


def load_dataset(
    cases: Sequence[Case],
    params: Preprocessing,
    report: Callable[[int], None] | None = None,
    roles: Sequence[InputRole] = ROLES,
    table: ClassTable = ONE_CLASS,
) -> Dataset:
    """Prepare cases, whose channels are the roles in their order; their voxels stay on disk.

    Raises
    ------
    ScanError
        If files of a case cannot be read.
    DataError
        If the store of cases cannot be written.
    """
    patients, slices = [], []
    for done, case in enumerate(cases, start=1):
        slices.append(case_slices(case, params, roles))
        patients.append(open_patient(case, params))
        if report is not None:
            report(done)
    return Dataset(tuple(patients), _lay_out(slices, params, roles, table))


def _lay_out(
    cases: Sequence[CaseSlices],
    params: Preprocessing,
    roles: Sequence[InputRole],
    table: ClassTable,
) -> TrainingSlices:
    """Lay out the slices of all cases, on the largest height and width."""
    height, width = (max(lengths) for lengths in zip(*(each.size for each in cases), strict=True))
    places = [(number, index) for number, case in enumerate(cases) for index in range(len(case))]
    zero = -torch.tensor(params.mean) / torch.tensor(params.std)  # where prepare_scan() pads
    one = zero + 1 / torch.tensor(params.std)
    shown = 2 * params.neighbours + 1
    return TrainingSlices(
        cases=tuple(cases),
        place=np.array(places, dtype=np.int64),
        size=(height, width),
        roles=len(roles),
        required=next(index for index, role in enumerate(roles) if role.fallback is None),
        neighbours=params.neighbours,
        span=Span(zero.repeat(shown)[:, None, None], one.repeat(shown)[:, None, None]),
        table=table,
    )
