"""Tables as people keep them: CSV with commas, semicolons or tabs, as spreadsheets write them."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brainseg_train.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TableRow", "read_rows"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """What the cells of a row hold, by column, and beyond the last one; without blanks around."""

    by_column: dict[str, str]
    beyond: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """All of them."""
        return *self.by_column.values(), *self.beyond

    def said(self, column: str) -> str:
        """Return what stands in a column, whose name is in lower case; empty if nothing does."""
        named = {name.strip().lower(): value for name, value in self.by_column.items()}
        return named.get(column, "")


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, TableRow]]]:
    """Read the names of the columns, and the rows with their lines; empty ones are passed over.

    Raises
    ------
    DataError
        If the file cannot be read as a table.
    """
    try:
        content = path.read_bytes()
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig")
        head = text.split("\n", 1)[0]
        delimiter = max("\t;,", key=head.count)
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
        read = [(reader.line_num, row) for row in reader]
    except FileNotFoundError as error:
        raise DataError(f"There is no {path.name}. Check the name.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error if isinstance(error, csv.Error) else type(error).__name__
        raise DataError(
            f"{path.name} cannot be read as a table ({reason}). Save it as UTF-8 text, a row a "
            "line."
        ) from error
    rows = [(number, _stripped(row)) for number, row in read]
    return list(reader.fieldnames or ()), [(number, row) for number, row in rows if any(row.cells)]


def _stripped(row: dict[Any, Any]) -> TableRow:
    beyond = tuple(each.strip() for each in row.pop(None, None) or ())
    return TableRow({name: (value or "").strip() for name, value in row.items()}, beyond)
