"""Patients in memory, and their slices laid out in one long row for training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import psutil
import torch

from brainseg_train.data.cases import load_patient
from brainseg_train.data.elsewhere import Span
from brainseg_train.data.skull import FURTHEST, brain_depth
from brainseg_train.data.slices import TrainingSlices
from brainseg_train.errors import DataError
from napari_brainseg.models.card import InputRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from brainseg_train.data.cases import Case, Patient
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["ROLES", "Dataset", "load_dataset"]

ROLES = (
    InputRole(name="pre-contrast", fallback="FLAIR"),
    InputRole(name="FLAIR"),
    InputRole(name="post-contrast", fallback="FLAIR"),
)
"""The channels of the LGG set, in their order."""


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
        ends = accumulate(len(patient.prepared) for patient in self.patients)
        return [
            number
            for patient, end in zip(self.patients, ends, strict=True)
            if patient.case.name in wanted
            for number in range(end - len(patient.prepared), end)
        ]

    def of(self, cases: Iterable[Case]) -> list[Patient]:
        """Patients of some cases."""
        wanted = {case.name for case in cases}
        return [patient for patient in self.patients if patient.case.name in wanted]


def load_dataset(
    cases: Sequence[Case],
    params: Preprocessing,
    report: Callable[[int], None] | None = None,
    roles: Sequence[InputRole] = ROLES,
) -> Dataset:
    """Read and prepare cases, whose channels are the roles in their order.

    Raises
    ------
    ScanError
        If files of a case cannot be read.
    DataError
        If the slices do not fit in memory.
    """
    patients = []
    for done, case in enumerate(cases, start=1):
        patients.append(load_patient(case, params))
        if report is not None:
            report(done)
    return Dataset(tuple(patients), _stack(patients, params, roles))


def _stack(
    patients: Sequence[Patient], params: Preprocessing, roles: Sequence[InputRole]
) -> TrainingSlices:
    """Lay slices on those of the largest height and width, amid background."""
    sizes = [patient.prepared.geometry.padded for patient in patients]
    height, width = (max(lengths) for lengths in zip(*sizes, strict=True))
    total = sum(len(patient.prepared) for patient in patients)
    needed = total * params.in_channels * height * width * 4
    if needed > (free := psutil.virtual_memory().available):
        raise DataError(
            f"{total} slices of {height} x {width} need {needed / 1e9:.1f} GB of memory and "
            f"{free / 1e9:.1f} GB are free. Close other programs, or train on fewer scans."
        )
    zero = -torch.tensor(params.mean) / torch.tensor(params.std)  # where prepare_scan() pads
    one = zero + 1 / torch.tensor(params.std)
    shown = 2 * params.neighbours + 1
    span = Span(zero.repeat(shown)[:, None, None], one.repeat(shown)[:, None, None])
    images = span.zero.expand(total, -1, height, width).clone()
    masks = torch.zeros((total, height, width), dtype=torch.uint8)
    depth = torch.full_like(masks, -FURTHEST, dtype=torch.int8)
    required = next(index for index, role in enumerate(roles) if role.fallback is None)
    start = 0
    for patient, (h, w) in zip(patients, sizes, strict=True):
        top, left = (height - h) // 2, (width - w) // 2
        place = (slice(top, top + h), slice(left, left + w))
        slices = slice(start, start + len(patient.prepared))
        batch = patient.prepared.batch(range(len(patient.prepared)))
        images[(slices, slice(None), *place)] = torch.from_numpy(batch)
        masks[(slices, *place)] = torch.from_numpy(target := patient.target)
        if params.scaling == "brain":
            middle = params.neighbours * len(roles) + required
            shades = batch[:, middle] * params.std[required] + params.mean[required]
            depth[(slices, *place)] = torch.from_numpy(brain_depth(shades, target))
        start = slices.stop
    known = depth if params.scaling == "brain" else None
    return TrainingSlices(images, masks, len(roles), required, span, known)
