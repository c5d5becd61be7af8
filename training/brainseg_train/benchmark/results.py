"""What a benchmark keeps: one record a row and fold (``row.json``), one file of results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from brainseg_train.data.split import SplitBy
from brainseg_train.errors import DataError
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.evaluate.results import ModelResult, Plain, Record, Results
from brainseg_train.train.progress import Epoch
from napari_brainseg.models.card import StartingWeights

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BenchmarkResults",
    "CaseNames",
    "Costs",
    "Leak",
    "Pooled",
    "RowRecord",
    "RowResult",
    "SliceCounts",
    "read_results",
    "read_row",
]

RESULTS_NAME = "results.json"


class CaseNames(Record):
    """Names of the cases of a fold, by part."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


class SliceCounts(Record):
    """Slices that a row learned from, and slices that it watched."""

    train: int
    validation: int


class RowRecord(Record):
    """A row, trained and tested on one fold: everything but its weights and probabilities.

    Parameters
    ----------
    config : dict
        Of :meth:`~brainseg_train.train.config.RunConfig.plain`.
    fold, folds, split
        Which part of the patients was tested, from 0, of how many; what was divided.
    initialisation : str
        What the encoder started from, in words.
    start : StartingWeights, optional
        The same as data; records from before have none.
    parameters, bundle_bytes : int
        Size of the network, and of its bundle on disk.
    history : tuple of Epoch
        Each epoch.
    exported_epoch : int
        The one that was exported, from 0.
    prediction : Prediction
        What was chosen.
    inference_ms_per_slice : float
        Of the test patients.
    machine : str
        What trained.
    versions : dict of str to str
        Of what decides the outcome.
    cases : CaseNames
        Names by part.
    slices : SliceCounts
        By part.
    data_sha256 : str
        Digest of the data.
    untaught : str
        Why the network is no use, where it has learned next to nothing.
    short : str
        The same where so few steps were taken that no more could be expected.
    """

    schema_version: Literal[1] = 1
    config: dict[str, Plain]
    fold: int
    folds: int
    split: SplitBy
    initialisation: str
    start: StartingWeights | None = None
    parameters: int
    bundle_bytes: int
    history: tuple[Epoch, ...]
    exported_epoch: int
    prediction: Prediction
    inference_ms_per_slice: float
    machine: str
    versions: dict[str, str]
    cases: CaseNames
    slices: SliceCounts
    data_sha256: str
    untaught: str = ""
    short: str = ""


class Costs(Record):
    """What a row took, in means over its folds.

    ``exported_epoch`` counts from 1; ``memory_gb`` is the highest of any epoch.
    """

    parameters: float
    bundle_mb: float
    epochs: float
    exported_epoch: float
    training_seconds: float
    training_cpu_seconds: float
    memory_gb: float
    inference_ms_per_slice: float


class RowResult(ModelResult):
    """A row, over all its folds: ``prediction`` of each fold, ``history`` of the first.

    ``untaught`` says of the folds in which it has learned next to nothing, in words; ``short`` the
    same of folds of so few steps that no more could be expected.
    """

    split: SplitBy
    prediction: tuple[Prediction, ...]
    costs: Costs
    history: tuple[Epoch, ...]
    machine: str
    untaught: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


class Pooled(Record):
    """Agreement of all voxels counted together."""

    iou_pooled: float
    dice_pooled: float
    accuracy_pooled: float


class Leak(Record):
    """One row by both splits, on the same slices of test patients, and the difference."""

    row: str
    title: str
    slices: int
    patient: Pooled
    slice: Pooled
    difference: Pooled


class BenchmarkResults(Results):
    """The rows of a benchmark side by side.

    Parameters
    ----------
    protocol : str
        Its name.
    size : int
        Height and width of the slices, in pixels.
    split : SplitBy
        What was divided.
    folds : int
        Parts that the patients were divided into.
    tested_folds : tuple of int
        Those that were tested, from 1.
    slices : SliceCounts
        Of the first row and fold.
    versions : dict of str to str
        Of what decides the outcome.
    leaks : tuple of Leak
        Of rows that were run by both splits.
    """

    protocol: str
    size: int
    split: SplitBy
    folds: int
    tested_folds: tuple[int, ...]
    slices: SliceCounts
    versions: dict[str, str]
    rows: tuple[RowResult, ...]
    leaks: tuple[Leak, ...] = ()


def read_row(path: Path) -> RowRecord:
    """Read ``row.json``.

    Raises
    ------
    DataError
        If it cannot be read as a row.
    """
    try:
        return RowRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DataError(
            f"{path} cannot be read as a row of a benchmark ({type(error).__name__}). Delete it to "
            "measure the row again."
        ) from error


def read_results(path: Path) -> BenchmarkResults:
    """Read the results of a benchmark from the folder of its report, or from the file in it.

    Raises
    ------
    DataError
        If there are none.
    """
    file = path / RESULTS_NAME if path.is_dir() else path
    try:
        return BenchmarkResults.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise DataError(
            f"{file.name} cannot be read as the results of a benchmark "
            f"({type(error).__name__}). Name the folder of its report."
        ) from error
