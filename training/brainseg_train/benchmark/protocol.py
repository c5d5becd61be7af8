"""A benchmark as data: what is held fixed, and the rows to compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainseg_train.errors import DataError
from brainseg_train.train.config import RunConfig, checked_config, misfit, parsed_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["PROTOCOLS", "Protocol", "load_protocol"]

PROTOCOLS = ("paper", "sound", "ablation", "candidates", "levers", "further", "outlook")


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is compared, and how.

    Parameters
    ----------
    name : str
        Stem of its file.
    title : str
        For reports.
    images : int
        Training and validation slices drawn from the patients of both; 0 takes all.
    choose : bool
        Whether threshold, component filter and mirroring are chosen on validation patients, and
        threshold and filter across the folds where a row holds none out; otherwise a mask is
        probability >= 0.5.
    rows : tuple of RunConfig
        One a row, in the order of the table.
    own_start : frozenset of str
        Names of the rows that say themselves where their weights come from.
    """

    name: str
    title: str
    images: int
    choose: bool
    rows: tuple[RunConfig, ...]
    own_start: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Height and width of the first row's slices, in pixels."""
        return self.rows[0].size

    @property
    def seed(self) -> int:
        """What patients are divided by: the first row's."""
        return self.rows[0].seed

    @property
    def text(self) -> str:
        """What all rows are run by, in words."""
        sizes, seeds, precisions = (
            ", ".join(sorted({str(getattr(row, key)) for row in self.rows}))
            for key in ("size", "seed", "precision")
        )
        count = f"{len(self.rows)} row{'s' if len(self.rows) > 1 else ''}"
        return f"{self.title}: {count} at {sizes} px, precision {precisions}, seed {seeds}"

    def title_of(self, row: RunConfig) -> str:
        """Name a row by its network, and by itself too where others have the same network."""
        title = row.network
        same = [each for each in self.rows if each.network == title]
        return f"{title}, {row.name}" if len(same) > 1 else title

    def starting_from(self, sources: Mapping[str, str]) -> Protocol:
        """Replace where encoders' weights come from, by encoder.

        A row that says so itself, e.g. to show what a random start is worth, keeps its own.

        Raises
        ------
        DataError
            If no row has such an encoder.
        """
        if unknown := sorted(set(sources) - {row.encoder for row in self.rows}):
            raise DataError(f"No row of {self.name} has the encoder {unknown[0]!r}.")
        rows = tuple(
            row
            if row.name in self.own_start
            else replace(row, init=sources.get(row.encoder, row.init))
            for row in self.rows
        )
        return replace(self, rows=rows)

    def only(self, names: Collection[str]) -> Protocol:
        """Keep the named rows, or all if none is named.

        Raises
        ------
        DataError
            If there is no such row.
        """
        known = [row.name for row in self.rows]
        if unknown := sorted(set(names) - set(known)):
            raise DataError(f"No row is called {unknown[0]!r}; there are {', '.join(known)}.")
        return replace(self, rows=tuple(r for r in self.rows if not names or r.name in names))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    images: int = Field(default=0, ge=0)
    choose: bool = True
    recipe: dict[str, Any] = {}
    row: list[dict[str, Any]] = Field(min_length=1)


def load_protocol(name: str, **overrides: Any) -> Protocol:
    """Read one of our protocols, or one from a TOML file.

    Parameters
    ----------
    name : str
        One of :data:`PROTOCOLS`, or the path of a file with ``title``, ``images``, ``choose``, a
        table ``recipe`` of :class:`RunConfig` fields for all rows, and tables ``row`` of fields
        for each.
    **overrides
        Fields that take the place of all rows' own; None leaves them to the file.

    Raises
    ------
    DataError
        If there is no such file, or a key or value is not known; the place is named.
    """
    file = Path(name)
    content = _read(name)
    given = {key: value for key, value in overrides.items() if value is not None}
    rows = tuple(_row(file.name, {**content.recipe, **row, **given}) for row in content.row)
    _check_rows(file.name, rows)
    own = frozenset(
        config.name for config, row in zip(rows, content.row, strict=True) if "init" in row
    )
    return Protocol(file.stem, content.title, content.images, content.choose, rows, own)


def _read(name: str) -> _File:
    """Read the file of a protocol; its rows are checked one by one."""
    ours = files("brainseg_train.benchmark") / "protocols" / f"{name}.toml"
    path = ours if name in PROTOCOLS else Path(name)
    try:
        content = parsed_toml(path.read_text(encoding="utf-8"), Path(name).name)
        return _File.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The protocol {name!r} cannot be read ({type(error).__name__}). Name one of "
            f"{', '.join(PROTOCOLS)}, or a TOML file."
        ) from error
    except ValidationError as error:
        raise DataError(f"{Path(name).name}: {misfit(error)}") from error


def _row(file: str, fields: dict[str, Any]) -> RunConfig:
    try:
        return checked_config(**fields)
    except DataError as error:
        raise DataError(f"{file}: {error}") from error


def _check_rows(file: str, rows: Sequence[RunConfig]) -> None:
    """See that rows have names of their own, and do not stop by patients that they do not have."""
    names = [row.name for row in rows]
    if repeated := sorted({row for row in names if names.count(row) > 1}):
        raise DataError(f"{file}: the row name {repeated[0]!r} is given twice.")
    if blind := [row.name for row in rows if row.patience is not None and not row.validation]:
        raise DataError(
            f"{file}: the row {blind[0]!r} stops by its validation patients (patience) and holds "
            "none out (validation = 0). Leave out one of the two."
        )
