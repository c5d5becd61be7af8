"""A division of patients on disk: our own ``split.json``, and nnU-Net's ``splits_final.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from brainseg_train.data.layouts.found import few
from brainseg_train.data.split import Split
from brainseg_train.errors import DataError
from brainseg_train.files import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brainseg_train.data.case import Case

__all__ = ["SPLIT_NAME", "Division", "folds_in", "read_split", "write_split"]

SPLIT_NAME = "split.json"


class SplitFile(BaseModel):
    """Names of the cases of each side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    train: tuple[str, ...]
    validation: tuple[str, ...]


class NnUnetFold(BaseModel):
    """One fold of nnU-Net's list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    train: tuple[str, ...]
    val: tuple[str, ...]


_FOLDS: TypeAdapter[tuple[NnUnetFold, ...]] = TypeAdapter(tuple[NnUnetFold, ...])


@dataclass(frozen=True, slots=True)
class Division:
    """A file that divides cases, and which fold of it.

    Parameters
    ----------
    path : Path
        Our own file, or nnU-Net's.
    fold : int
        Which fold of nnU-Net's, from 0.
    """

    path: Path
    fold: int = 0

    def read(self, cases: Sequence[Case]) -> Split:
        """Divide the cases of a folder; see :func:`read_split`."""
        return read_split(self.path, cases, self.fold)


def read_split(path: Path, cases: Sequence[Case], fold: int = 0) -> Split:
    """Read which cases are learned from, and which are validated on.

    Parameters
    ----------
    path : Path
        Our own file, or nnU-Net's.
    cases : sequence of Case
        Those of the folder; cases that the file does not name are left out.
    fold : int
        Which fold of nnU-Net's, from 0.

    Raises
    ------
    DataError
        If the file cannot be read, names cases that are not there, leaves a side empty, or has a
        patient on both sides.
    """
    train, validation = _read(path, fold)
    if unknown := sorted({*train, *validation} - {case.name for case in cases}):
        raise DataError(
            f"{path.name} names {len(unknown)} cases that are not in the folder: {few(unknown)}."
        )
    if not train or not validation:
        raise DataError(f"{path.name} leaves one side empty. Name cases to learn and to validate.")
    split = Split(_named(cases, train), _named(cases, validation))
    _check_sides(path, split)
    return split


def folds_in(path: Path) -> int:
    """Count the folds that a file divides into.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    content = _content(path)
    return 1 if isinstance(content, SplitFile) else len(content)


def _named(cases: Sequence[Case], names: Sequence[str]) -> tuple[Case, ...]:
    return tuple(case for case in cases if case.name in names)


def _check_sides(path: Path, split: Split) -> None:
    """See that no patient is on both sides."""
    learned, held_out = (
        {case.patient for case in side} for side in (split.train, split.validation)
    )
    if both := sorted(learned & held_out):
        raise DataError(
            f"{path.name} has {len(both)} patients on both sides: {few(both)}. All cases of a "
            "patient belong to one side; see --patient-table if these are not one patient."
        )


def write_split(path: Path, split: Split) -> None:
    """Write our own file.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    content = SplitFile(
        train=tuple(case.name for case in split.train),
        validation=tuple(case.name for case in split.validation),
    )
    write_text(path, content.model_dump_json(indent=2) + "\n")


def _content(path: Path) -> SplitFile | tuple[NnUnetFold, ...]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        is_list = isinstance(content, list)
        return _FOLDS.validate_python(content) if is_list else SplitFile.model_validate(content)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path.name} cannot be read as a split ({_reason(error)}). Expected is a "
            f"{SPLIT_NAME} with the lists train and validation, or nnU-Net's splits_final.json."
        ) from error


def _reason(error: Exception) -> str:
    """Return where a file is wrong, and how; else what kind of error it is."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    first = error.errors()[0]
    place = ", ".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _read(path: Path, fold: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    content = _content(path)
    if isinstance(content, SplitFile):
        return content.train, content.validation
    if not 0 <= fold < len(content):
        raise DataError(f"{path.name} has no fold {fold + 1}; it has {len(content)}.")
    return content[fold].train, content[fold].val
