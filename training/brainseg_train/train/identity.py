"""Which run a folder belongs to: what decides the outcome, kept as ``run.json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from brainseg_train.data.labels import ONE_CLASS
from brainseg_train.data.layouts.found import few
from brainseg_train.data.roles import ROLES
from brainseg_train.errors import DataError
from brainseg_train.files import clear_leftovers, make_folder, write_text
from brainseg_train.train.config import RunConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from brainseg_train.data.case import Case
    from brainseg_train.data.data_folder import DataFolder
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = [
    "CHECKPOINT_NAME",
    "RunIdentity",
    "checkpoints",
    "claim_folder",
    "names",
    "see_that_it_is",
    "shown_by",
]

CHECKPOINT_NAME = "checkpoint.pt"
IDENTITY_NAME = "run.json"

DIFFERS = {
    "data": "the data are others",
    "train": "other cases were learned from",
    "validation": "other cases were validated on",
    "test": "other cases were tested on",
    "shown": "it had other channels, windows or classes",
    "start": "it went on from other weights",
}
"""What is said of a part of a run's identity that differs; of others their value."""

Names = tuple[str, ...]


class RunIdentity(BaseModel):
    """Everything that decides the outcome of a run.

    Parameters
    ----------
    config : dict
        Of :meth:`RunConfig.plain`; fields that a configuration has got since it was written are
        added at their defaults, at which they change nothing.
    data : str
        SHA-256 of the data.
    train, validation, test : tuple of str, optional
        Names of the cases, by part.
    shown : tuple of str, optional
        Channels and classes, where they are others than those of the LGG set.
    start : str, optional
        SHA-256 of the weights that the run goes on from.
    images, choose, split, seed
        Of a benchmark's protocol.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    config: dict[str, str | int | float | bool | None]
    data: str
    train: Names | None = None
    validation: Names | None = None
    test: Names | None = None
    shown: Names | None = None
    start: str | None = None
    images: int | None = None
    choose: bool | None = None
    split: str | None = None
    seed: int | None = None

    @field_validator("config", mode="before")
    @classmethod
    def _complete(cls, config: dict[str, Any]) -> dict[str, Any]:
        return RunConfig(name="").plain() | config


def names(cases: Iterable[Case]) -> Names:
    """Names of cases, in their order."""
    return tuple(case.name for case in cases)


def shown_by(data: DataFolder, params: Preprocessing) -> Names | None:
    """Say what a network is shown and asked; None for the channels and the class of the LGG set."""
    if data.roles == ROLES and data.table == ONE_CLASS and not params.windows:
        return None
    windows = params.windows or (None,) * len(data.roles)
    pairs = zip(data.roles, windows, strict=True)
    channels = (f"{role.name} {window or ''}" for role, window in pairs)
    classes = (f"{each.name} {each.labels} {each.value}" for each in data.table.classes)
    return (*channels, *classes, f"ignored {data.table.ignored}")


def checkpoints(folder: Path) -> Iterator[Path]:
    """Find the checkpoints of a run, one for each of its networks."""
    name = Path(CHECKPOINT_NAME)
    return folder.glob(f"{name.stem}*{name.suffix}")


def claim_folder(folder: Path, identity: RunIdentity) -> None:
    """Make a folder this run's own, or see that it is.

    A folder in which nothing was trained yet is free: a start that failed takes no name.

    Raises
    ------
    DataError
        If the folder holds what another run has trained, or cannot be written.
    """
    if any(checkpoints(folder)):
        see_that_it_is(folder, identity)
    make_folder(folder)
    clear_leftovers(folder)
    write_text(folder / IDENTITY_NAME, identity.model_dump_json(indent=2) + "\n")


def see_that_it_is(folder: Path, identity: RunIdentity) -> None:
    """Compare a folder's run with this one; nothing is written.

    Raises
    ------
    DataError
        If the folder belongs to another run, or does not say to which.
    """
    try:
        text = (folder / IDENTITY_NAME).read_text(encoding="utf-8")
        others = few(list(_others(RunIdentity.model_validate_json(text), identity)))
    except (OSError, UnicodeDecodeError, ValidationError):
        others = f"{IDENTITY_NAME} cannot be read"
    if others:
        raise DataError(
            f"The run {folder.name!r} was started with other settings or data: {others}. Delete "
            f"{folder} to start anew, or keep it and choose another --name or --runs."
        )


def _others(stored: RunIdentity, now: RunIdentity) -> Iterator[str]:
    """Name what differs between a run and the one that is to go on with it."""
    for name, value in now.config.items():
        if (before := stored.config.get(name)) != value:
            yield f"{name} was {before}, and is {value}"
    for name in RunIdentity.model_fields:
        if name != "config" and getattr(stored, name) != getattr(now, name):
            yield DIFFERS.get(name, f"{name} was {getattr(stored, name)}")
    if gone := sorted(set(stored.config) - set(now.config)):
        yield f"{gone[0]} is not known here"
