"""Who is learned from and who is validated on: by a file, by the data set itself, or drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.split import Split, split_by_patient, without
from brainseg_train.data.split_file import read_split
from brainseg_train.errors import DataError

if TYPE_CHECKING:
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
        If the file does not fit, or either side would be empty.
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
    if not sides["train"]:
        raise DataError("No case of the data set is in its train part. Put patients there.")
    if not sides["validation"]:
        return split_by_patient(sides["train"], share, seed)
    return Split(sides["train"], sides["validation"])
