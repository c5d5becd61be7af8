"""A table of paths: one row a case, a column for each sequence, one for the mask."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.layouts.found import Found, FoundCase
from brainseg_train.errors import DataError
from napari_brainseg.io import scan_name
from napari_brainseg.io.files import has_suffix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_brainseg.models.patients import Split

__all__ = ["is_table", "read_table"]

MASK_COLUMNS = ("mask", "label", "seg", "segmentation")
CASE, PATIENT, PART = "case", "patient", "part"
PARTS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}


def is_table(path: Path) -> bool:
    """Whether a path is a table, by its name."""
    return has_suffix(path, (".csv", ".tsv"))


def read_table(path: Path) -> Found:
    """Read a table of paths; these are relative to its folder.

    Columns are ``mask``, one for each sequence, named as that is called, and if wanted ``case``,
    ``patient`` and ``part`` (train, validation or test). A sequence that a case lacks is left
    empty.

    Raises
    ------
    DataError
        If it cannot be read; all rows that are wrong are listed.
    """
    rows = _rows(path)
    mask, images = _columns(path, rows.fieldnames or ())
    problems: list[str] = []
    cases = []
    for number, row in enumerate(rows, start=2):
        try:
            cases.append(_case(path, _stripped(row), mask, images))
        except DataError as error:
            problems.append(f"line {number}: {error}")
    if not cases and not problems:
        problems.append("no row holds a case")
    if problems:
        raise DataError(f"{path.name} cannot be used:\n" + "\n".join(problems))
    return Found("table of paths", tuple(cases), None, read_description(path.parent))


def _rows(path: Path) -> csv.DictReader[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = type(error).__name__
        raise DataError(f"{path.name} cannot be read as a table ({reason}).") from error
    head = text.split("\n", 1)[0]
    return csv.DictReader(text.splitlines(), delimiter=max("\t;,", key=head.count))


def _columns(path: Path, columns: Sequence[str]) -> tuple[str, list[str]]:
    """Tell the column of the mask, and those of images."""
    named = {name: name.strip().lower() for name in columns if name and name.strip()}
    masks = [name for name, plain in named.items() if plain in MASK_COLUMNS]
    others = (*MASK_COLUMNS, CASE, PATIENT, PART)
    images = [name for name, plain in named.items() if plain not in others]
    if len(masks) == 1 and images:
        return masks[0], images
    raise DataError(
        f"{path.name} has the columns {', '.join(named)}; expected are mask, and one for each "
        "sequence, such as FLAIR, that hold paths."
    )


def _stripped(row: dict[str, str | None]) -> dict[str, str]:
    return {name: (value or "").strip() for name, value in row.items() if name}


def _case(table: Path, row: dict[str, str], mask: str, images: list[str]) -> FoundCase:
    lower = dict(zip(map(str.lower, map(str.strip, row)), row.values(), strict=True))
    if not row.get(mask):
        raise DataError("the mask is missing")
    paths = {name.strip(): table.parent / row[name] for name in images if row.get(name)}
    marked = table.parent / row[mask]
    if absent := [each.name for each in (*paths.values(), marked) if not each.exists()]:
        raise DataError(f"there is no {', '.join(absent)}")
    first = next(iter(paths.values()), marked)
    return FoundCase(
        lower.get(CASE) or scan_name(first),
        {name: ImageFile(each) for name, each in paths.items()},
        (marked,),
        lower.get(PATIENT) or None,
        _part(lower.get(PART, "")),
    )


def _part(said: str) -> Split | None:
    if said and said.lower() not in PARTS:
        raise DataError(f"part is {said!r}, expected train, validation or test")
    return PARTS[said.lower()] if said else None
