"""Who is learned from and who is validated on: by a file, by the data set itself, or drawn."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from brainseg_train.data.layouts.found import few
from brainseg_train.data.split import Split, split_by_patient, without
from brainseg_train.data.split_file import read_split
from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brainseg_train.data.case import Case
    from brainseg_train.data.data_folder import DataFolder
    from brainseg_train.data.options import DataOptions

__all__ = ["divide"]


def divide(data: DataFolder, options: DataOptions, share: float, seed: int) -> Split:
    """Divide the cases of a data set by patient.

    Parameters
    ----------
    data : DataFolder
        Its own parts are kept, where it has some; patients of its test part are in neither side.
    options : DataOptions
        Names a file, which counts more, and who is left out.
    share : float
        Of the patients to validate on, where nobody else says who.
    seed : int
        Of the drawing.

    Raises
    ------
    DataError
        If the file does not fit, a patient is on two sides, or either would be empty.
    """
    cases = without(data.cases, options.exclude)
    if options.split_file is not None:
        return read_split(options.split_file, cases, options.split_fold - 1)
    if not data.parts:
        return split_by_patient(cases, share, seed)
    sides = {
        part: tuple(case for case in cases if data.parts.get(case.name, "train") == part)
        for part in ("train", "validation", "test")
    }
    _see_sides(sides)
    if not sides["train"]:
        raise DataError("No case of the data set is in its train part. Put patients there.")
    if not sides["validation"]:
        return split_by_patient(sides["train"], share, seed)
    return Split(sides["train"], sides["validation"])


def _see_sides(sides: Mapping[str, Sequence[Case]]) -> None:
    """See that no patient is in two parts.

    Raises
    ------
    DataError
        If some are.
    """
    patients = [{case.patient for case in side} for side in sides.values()]
    both = sorted(set().union(*(one & other for one, other in combinations(patients, 2))))
    if both:
        raise DataError(
            f"{len(both)} patients are in two parts of the data set: {few(both)}. All cases of a "
            "patient belong to one part: correct where it says which, or whose the cases are."
        )
