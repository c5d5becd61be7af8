"""A table of paths: one row a case, a column for each sequence, one for the mask.

So cases of several data sets are learned from together, each in the files that it has.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.layouts.found import Found, FoundCase, tidy_listing
from brainseg_train.data.roles import ROLES
from brainseg_train.errors import DataError
from napari_brainseg.io import scan_name
from napari_brainseg.io.files import has_suffix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_brainseg.models.patients import Split

__all__ = ["is_table", "read_table"]

MASK_COLUMNS = ("mask", "label", "seg", "segmentation")
CASE, PATIENT, PART, FOLDER = "case", "patient", "part", "folder"
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
    empty. A row may name a ``folder`` of slices with their masks, as in the public LGG set, instead
    of images and mask.

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
        raise DataError(
            f"{path.name} cannot be read as a table ({reason}). Save it as UTF-8 text."
        ) from error
    head = text.split("\n", 1)[0]
    return csv.DictReader(text.splitlines(), delimiter=max("\t;,", key=head.count))


def _columns(path: Path, columns: Sequence[str]) -> tuple[str, list[str]]:
    """Tell the column of the mask, and those of images; there may be none beside folders."""
    named = {name: name.strip().lower() for name in filter(str.strip, columns)}
    masks = [name for name, plain in named.items() if plain in MASK_COLUMNS]
    others = (*MASK_COLUMNS, CASE, PATIENT, PART, FOLDER)
    images = [name for name, plain in named.items() if plain not in others]
    folders = {(0, False)} if FOLDER in named.values() else set()
    if (len(masks), bool(images)) in {(1, True), *folders}:
        return "".join(masks), images
    raise DataError(
        f"{path.name} has the columns {', '.join(named)}; expected are mask, and one for each "
        "sequence, such as FLAIR, that hold paths; or folder, of slices with their masks."
    )


def _stripped(row: dict[str, str | None]) -> dict[str, str]:
    return {name: (value or "").strip() for name, value in row.items() if name}


def _case(table: Path, row: dict[str, str], mask: str, images: list[str]) -> FoundCase:
    lower = {name.strip().lower(): value for name, value in row.items()}
    volumes = {name: row[name] for name in images if row.get(name)}
    if folder := lower.get(FOLDER):
        if volumes or row.get(mask):
            raise DataError("there is a folder, and an image or a mask. Leave one out")
        shown, beside = _of_slices(table.parent / folder)
    else:
        shown, beside = _of_volumes(table.parent, volumes, row.get(mask, ""))
    first = _present([*(each.path for each in shown.values()), beside])[0]
    name, patient = lower.get(CASE) or scan_name(first), lower.get(PATIENT) or None
    return FoundCase(name, shown, (beside,), patient, _part(lower.get(PART, "")))


def _of_volumes(
    home: Path, images: Mapping[str, str], mask: str
) -> tuple[dict[str, ImageFile], Path]:
    """Return images and mask of a row."""
    if not mask:
        raise DataError("the mask is missing")
    found = {name.strip(): ImageFile(home / path) for name, path in images.items()}
    return found, _only_file(home / mask)


def _of_slices(folder: Path) -> tuple[dict[str, ImageFile], Path]:
    """Return the images of a folder of slices, and where their masks lie: there too."""
    return {role.name: ImageFile(folder, place) for place, role in enumerate(ROLES)}, folder


def _present(files: list[Path]) -> list[Path]:
    """See that files are there.

    Raises
    ------
    DataError
        Which names those that are not.
    """
    if absent := [each.name for each in dict.fromkeys(files) if not each.exists()]:
        raise DataError(f"there is no {', '.join(absent)}")
    return files


def _only_file(path: Path) -> Path:
    """Return the one file of a folder, as a DICOM SEG lies in; other paths as they are."""
    files = tidy_listing(path) if path.is_dir() else []
    return files[0] if len(files) == 1 else path


def _part(said: str) -> Split | None:
    if said and said.lower() not in PARTS:
        raise DataError(f"part is {said!r}, expected train, validation or test")
    return PARTS[said.lower()] if said else None
