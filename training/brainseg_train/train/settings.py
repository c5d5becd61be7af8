"""Everything of a run in one TOML file: read, overridden, checked with the line, written again.

Three parts: ``[recipe]`` decides what is trained and how (:class:`RunConfig`), ``[data]`` on what
(:class:`~brainseg_train.data.options.DataOptions`), ``[run]`` where and what with.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path  # noqa: TC003  # pydantic reads it
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from brainseg_train.data.options import DataOptions
from brainseg_train.errors import DataError
from brainseg_train.train.config import Accelerator, Logger, RunConfig, parsed_toml
from brainseg_train.train.toml_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "SETTINGS_NAME",
    "PlaceOptions",
    "RunSettings",
    "load_run_settings",
    "read_assignments",
    "settings_text",
]

SETTINGS_NAME = "run.toml"
PRIVATE = ("folder", "patient_table", "patient_pattern", "exclude", "split_file", "split_fold")
"""What names patients or places, and so is not kept with a model."""


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """The part ``[run]``: where a run keeps things, and what it runs with.

    Parameters
    ----------
    models : Path, optional
        Where the model is exported; the plugin's folder if not given.
    runs : Path, optional
        Where checkpoints are kept.
    accelerator : Accelerator
        What trains.
    logger : Logger
        What keeps the learning curves.
    overwrite : bool
        Whether a model of that name is replaced.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    models: Path | None = None
    runs: Path | None = None
    accelerator: Accelerator = Accelerator.AUTO
    logger: Logger = Logger.TENSORBOARD
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Everything of a run."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    recipe: RunConfig
    data: DataOptions = field(default_factory=DataOptions)
    run: PlaceOptions = field(default_factory=PlaceOptions)

    def shared(self) -> RunSettings:
        """Return what is kept with a model: without patients' names and places on this machine."""
        kept = {f.name: getattr(self.data, f.name) for f in fields(DataOptions)}
        data = DataOptions(**{key: v for key, v in kept.items() if key not in PRIVATE})
        init = str(self.recipe.plain()["init"])
        return RunSettings(replace(self.recipe, init=init), data)


def load_run_settings(
    path: Path | None = None,
    given: Mapping[str, object] | None = None,
    assignments: Sequence[str] = (),
    recipe: Mapping[str, object] | None = None,
) -> RunSettings:
    """Read settings: defaults, over them a file, the command line's options, and assignments.

    Parameters
    ----------
    path : Path, optional
        A TOML file with the tables ``recipe``, ``data`` and ``run``, none of which is needed.
    given : mapping of str to object, optional
        Values by dotted name, e.g. ``"recipe.size"``; None leaves a value as it is.
    assignments : sequence of str
        Such as ``"recipe.size=192"``, in TOML; a text needs no quotes.
    recipe : mapping of str to object, optional
        Fields of the recipe, instead of its defaults.

    Raises
    ------
    DataError
        If a file or an assignment is not TOML, or a name or a value does not fit: what, and in
        which line.

    Examples
    --------
    >>> settings = load_run_settings(None, {"recipe.name": "mine"}, ["recipe.size=192"])
    >>> settings.recipe.size
    192
    """
    text = _read(path) if path else ""
    values: dict[str, Any] = {"recipe": {}, **parsed_toml(text, path.name if path else "")}
    for part, held in values.items():
        if not isinstance(held, dict):
            raise DataError(f"{part} is {held!r:.60}, expected a table [{part}].")
    values["recipe"] = {**(recipe or {}), **values["recipe"]}
    origins: dict[tuple[str, ...], str] = {}
    for name, value in (given or {}).items():
        if value is not None:
            place = tuple(name.split("."))
            _put(values, place, value)
            origins[place] = "the command line"
    for assignment in assignments:
        for place, value in _leaves(read_assignments([assignment])):
            _put(values, place, value)
            origins[place] = f"--set {assignment}"
    try:
        return TypeAdapter(RunSettings).validate_python(values)
    except ValidationError as error:
        raise DataError(_told(error, origins, text, path)) from error


def read_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE`` as nested values.

    Raises
    ------
    DataError
        If one is not TOML.
    """
    values: dict[str, Any] = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise DataError(f"--set {text}: expected NAME=VALUE, such as recipe.size=192.")
        try:
            parsed = parsed_toml(text, "--set")
        except DataError:
            parsed = parsed_toml(f"{name} = {json.dumps(value.strip())}", f"--set {text[:80]}")
        for place, leaf in _leaves(parsed):
            _put(values, place, leaf)
    return values


def settings_text(settings: RunSettings) -> str:
    """Write settings as TOML, every value of them; what is not set stands in a comment."""
    parts = []
    for part in fields(RunSettings):
        lines = [f"[{part.name}]"]
        for name, value in asdict(getattr(settings, part.name)).items():
            said = _toml(value)
            lines.append(f"# {name} is not set" if said is None else f"{name} = {said}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The settings {path.name!r} cannot be read ({type(error).__name__})."
        ) from error


def _put(values: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    """Set a nested value, making the tables above it."""
    for name in place[:-1]:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    values[place[-1]] = value


def _leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _told(
    error: ValidationError, origins: Mapping[tuple[str, ...], str], text: str, path: Path | None
) -> str:
    """Say of every value that does not fit where it was given, and what would fit."""
    lines = []
    for each in error.errors():
        place = tuple(str(part) for part in each["loc"])
        where = next((said for at, said in origins.items() if at == place[: len(at)]), "")
        if not where and path is not None and (line := line_of(text, place)):
            where = f"{path.name}, line {line}"
        name = ".".join(place)
        lines.append(f"{where}: {_said(each, name, place)}" if where else _said(each, name, place))
    return "\n".join(dict.fromkeys(lines))


def _said(each: Any, name: str, place: tuple[str, ...]) -> str:
    if each["type"] == "missing" and not place[-1].isdecimal():
        return f"{name} is missing: --{place[-1]}, or {name} in the settings."
    if each["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = _names(place[:-1])
        near = difflib.get_close_matches(place[-1], known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
        return f"{name} is not known. {hint}"
    said = each["msg"].removeprefix("Value error, ")
    return f"{name}: {said}, found {each['input']!r:.60}."


def _names(above: tuple[str, ...]) -> list[str]:
    """Return the names that a table may hold."""
    holders = {"recipe": RunConfig, "data": DataOptions, "run": PlaceOptions}
    holder: Any = holders.get(above[0]) if above else RunSettings
    return [each.name for each in fields(holder)] if is_dataclass(holder) else []


def _toml(value: object) -> str | None:
    """Write a value as TOML; None where there is none."""
    if value is None:
        return None
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)} = {_toml(v)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(str(_toml(each)) for each in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)
