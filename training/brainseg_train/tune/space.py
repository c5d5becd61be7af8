"""What is searched: a recipe to beat, and the ranges around it, from TOML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from brainseg_train.errors import DataError
from brainseg_train.train.config import RunConfig, checked_config, misfit, parsed_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import optuna

__all__ = ["Choices", "Range", "SearchSpace", "Value", "read_space"]

Value = str | int | float | bool
FORBID = ConfigDict(extra="forbid")
FIXED = ("name", "validation")
"""Fields of a recipe that make no sense to search: a trial is validated on the same patients."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; on a logarithmic scale, or in steps."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    low: float
    high: float
    log: bool = False
    step: Annotated[float, Field(gt=0)] | None = None

    def holds(self, value: object) -> bool:
        """Whether a value lies in the range."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    def suggest(self, trial: optuna.Trial, name: str, *, whole: bool) -> float:
        """Let a trial choose."""
        if whole:
            step = int(self.step or 1)
            return trial.suggest_int(name, int(self.low), int(self.high), log=self.log, step=step)
        return trial.suggest_float(name, self.low, self.high, log=self.log, step=self.step)

    @property
    def ends(self) -> tuple[float, float]:
        """Its two ends."""
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Choices:
    """Values, one of which is taken."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    choices: Annotated[tuple[Value, ...], Field(min_length=1)]

    def holds(self, value: object) -> bool:
        """Whether a value is among them."""
        return value in self.choices

    def suggest(self, trial: optuna.Trial, name: str, *, whole: bool) -> Value:
        """Let a trial choose."""
        chosen = trial.suggest_categorical(name, self.choices)
        assert chosen is not None, "TOML has no null"
        return chosen

    @property
    def ends(self) -> tuple[Value, ...]:
        """All of them."""
        return self.choices


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """What a search goes through.

    Parameters
    ----------
    name : str
        Of the search, and of the recipe that comes of it.
    recipe : RunConfig
        The recipe to beat, which the first trial is.
    parameters : dict of str to Range or Choices
        What is changed in it, by field.
    folds : int
        Parts that the patients are divided into: one is validated on, one is held out to the end.
    """

    name: str
    recipe: RunConfig
    parameters: dict[str, Range | Choices]
    folds: int = 5

    def suggest(self, trial: optuna.Trial) -> RunConfig:
        """Let a trial choose a recipe."""
        values: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            whole = not isinstance(getattr(self.recipe, name), float)
            values[name] = parameter.suggest(trial, name, whole=whole)
        return self.config(values)

    def config(self, values: Mapping[str, Any]) -> RunConfig:
        """Return the recipe with other values.

        Raises
        ------
        DataError
            If they do not fit.
        """
        return checked_config(**self.recipe.plain() | {"init": self.recipe.init} | dict(values))

    @property
    def default(self) -> dict[str, Any]:
        """What the recipe to beat has for the fields that are searched."""
        plain = self.recipe.plain() | {"init": self.recipe.init}
        return {name: plain[name] for name in self.parameters}

    @property
    def text(self) -> str:
        """All of it, by which a search is known again."""
        told = {name: parameter.ends for name, parameter in self.parameters.items()}
        return json.dumps([self.recipe.plain(), told, self.folds], sort_keys=True)


@dataclass(frozen=True, slots=True)
class _Tune:
    """The table ``[tune]``."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    name: str | None = None
    folds: Annotated[int, Field(ge=3)] = 5


@dataclass(frozen=True, slots=True)
class _File:
    """The file."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID

    space: Annotated[dict[str, Range | Choices], Field(min_length=1)]
    recipe: dict[str, Any] = field(default_factory=dict)
    tune: _Tune = field(default_factory=_Tune)


def read_space(path: Path, changes: Mapping[str, Any] | None = None) -> SearchSpace:
    """Read what is searched.

    Parameters
    ----------
    path : Path
        A TOML file with the tables ``space``, ``recipe`` and ``tune``.
    changes : mapping of str to object, optional
        Fields of the recipe to beat that take the place of the file's.

    Raises
    ------
    DataError
        If the file is not valid TOML, a name or a value does not fit, or the recipe to beat lies
        outside of the ranges.

    Examples
    --------
    A file that searches two fields::

        [recipe]
        size = 128
        epochs = 4

        [space]
        learning_rate = {low = 1e-4, high = 1e-2, log = true}
        encoder = {choices = ["resnet18", "timm-tf_efficientnet_lite0"]}

    >>> read_space(Path("space.toml")).default
    {'learning_rate': 0.001, 'encoder': 'resnet18'}
    """
    try:
        values = parsed_toml(path.read_text(encoding="utf-8-sig"), path.name)
        file = TypeAdapter(_File).validate_python(values)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read ({type(error).__name__}).") from error
    except ValidationError as error:
        raise DataError(f"{path.name}: {misfit(error)}") from error
    name = file.tune.name or path.stem
    recipe = checked_config(**{"name": name} | file.recipe | dict(changes or {}))
    found = SearchSpace(name, replace(recipe, name=name), file.space, file.tune.folds)
    _check(found, path.name)
    return found


def _check(space: SearchSpace, file: str) -> None:
    """See that every value that may come up fits, and that the recipe to beat is among them.

    Raises
    ------
    DataError
        If not.
    """
    known = [each for each in space.recipe.plain() if each not in FIXED]
    for name, parameter in space.parameters.items():
        if name not in known:
            raise DataError(
                f"{file}: space.{name} cannot be searched. There are {', '.join(known)}."
            )
        for value in parameter.ends:
            whole = isinstance(parameter, Range) and not isinstance(
                getattr(space.recipe, name), float
            )
            space.config({name: int(value) if whole else value})
        if not parameter.holds(default := space.default[name]):
            raise DataError(
                f"{file}: space.{name} leaves out {default!r}, which the recipe to beat has. Widen "
                f"it, or set recipe.{name} to a value within."
            )
