"""A table of paths: one row a case, a column for each sequence, one for the mask.

So cases of several data sets are learned from together, each in the files that it has.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from brainseg_train.data.csv_rows import read_rows
from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.layouts.found import PARTS, Found, FoundCase, few, tidy_listing
from brainseg_train.data.roles import ROLES
from brainseg_train.errors import DataError
from napari_brainseg.io import scan_name
from napari_brainseg.io.files import followed, has_suffix, is_file, is_folder
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from brainseg_train.data.csv_rows import TableRow
    from napari_brainseg.models.patients import Split

__all__ = ["is_table", "read_table"]

MASK_COLUMNS = ("mask", "label", "seg", "segmentation")
NOTHING = ("n/a", "na", "nan")
"""What BIDS, R and pandas write into cells where nothing is."""
CASE, PATIENT, PART, FOLDER = "case", "patient", "part", "folder"


@dataclass(frozen=True, slots=True)
class _Columns:
    """A table, how many columns it has, and those of mask and images."""

    path: Path
    count: int
    mask: str
    images: tuple[str, ...]


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
    columns, rows = read_rows(path)
    table = _Columns(path, len(columns), *_named(path, columns))
    _see_paths(table, rows)
    problems: list[str] = []
    cases: list[FoundCase] = []
    owners: dict[Path, tuple[int, str]] = {}
    for number, row in rows:
        try:
            case = _case(table, row)
            _see_owner(case, owners, number)
            cases.append(case)
        except DataError as error:
            problems.append(f"line {number}: {error}")
    if not cases and not problems:
        problems.append("no row holds a case")
    if problems:
        raise DataError(f"{path.name} cannot be used:\n" + "\n".join(problems))
    if CASE not in map(str.lower, map(str.strip, columns)):
        cases = _told_apart(path.parent, cases)
    return Found("table of paths", tuple(cases), None, read_description(path.parent))


def _told_apart(home: Path, cases: Sequence[FoundCase]) -> list[FoundCase]:
    """Name cases whose files are called alike by their folders too: ``p1/FLAIR``, ``p2/FLAIR``."""
    counts = Counter(case.name for case in cases)

    def named(case: FoundCase) -> str:
        first = next(iter(case.images.values())).path
        inside = first.is_relative_to(home)
        above = first.relative_to(home).parent.parts if inside else first.parent.parts[-1:]
        return "-".join((*above, case.name))

    return [replace(case, name=named(case)) if counts[case.name] > 1 else case for case in cases]


def _named(path: Path, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Tell the column of the mask, and those of images; there may be none beside folders."""
    named = {name: name.strip().lower() for name in filter(str.strip, columns)}
    counts = Counter(name.strip().lower() for name in columns)
    if twice := [name for name in named.values() if counts[name] > 1]:
        raise DataError(
            f"{path.name} has {counts[twice[0]]} columns {twice[0]!r}, expected one. Name each as "
            "its sequence is called."
        )
    masks = [name for name, plain in named.items() if plain in MASK_COLUMNS]
    others = (*MASK_COLUMNS, CASE, PATIENT, PART, FOLDER)
    images = tuple(name for name, plain in named.items() if plain not in others)
    folders = {(0, False)} if FOLDER in named.values() else set()
    if (len(masks), bool(images)) in {(1, True), *folders}:
        return "".join(masks), images
    raise DataError(
        f"{path.name} has the columns {', '.join(named) or '(none)'}; expected are mask, and one "
        "for each sequence, such as FLAIR, that hold paths; or folder, of slices with their masks."
    )


def _see_paths(table: _Columns, rows: Sequence[tuple[int, TableRow]]) -> None:
    """See that no column beside those of images is taken for one, such as an age.

    Raises
    ------
    DataError
        If nothing is there that a column names, and what another names is.
    """
    home = table.path.parent
    named = {
        column: [cell for _, row in rows if (cell := _path_said(row, column))]
        for column in table.images
    }
    empty = [
        column
        for column, cells in named.items()
        if cells and not any(_is_there(_path(home, cell)) for cell in cells)
    ]
    if empty and len(empty) < len(named):
        raise DataError(
            f"{table.path.name}: nothing is there that the columns {few(empty)} name, such as "
            f"{named[empty[0]][0]!r}; expected are paths of images. Correct them, or leave these "
            "columns out."
        )


def _see_owner(case: FoundCase, owners: dict[Path, tuple[int, str]], number: int) -> None:
    """See that a mask is of one patient.

    Raises
    ------
    DataError
        If it has been another one's.
    """
    (mask,) = case.masks
    patient = case.patient or case.name
    line, owner = owners.setdefault(followed(mask), (number, patient))
    if owner != patient:
        raise DataError(
            f"{mask.name} is the mask of line {line} too. Correct one of them, or give both lines "
            "one patient"
        )


def _case(table: _Columns, row: TableRow) -> FoundCase:
    if any(row.beyond):
        raise DataError(
            f"there are {table.count + len(row.beyond)} cells, expected {table.count}. Put a text "
            "that holds the separator in quotes"
        )
    home = table.path.parent
    volumes = {name: cell for name in table.images if (cell := _path_said(row, name))}
    mask = _path_said(row, table.mask) if table.mask else ""
    if folder := row.said(FOLDER):
        if volumes or mask:
            raise DataError("there is a folder, and an image or a mask. Leave one out")
        shown, beside = _of_slices(_path(home, folder))
    else:
        shown, beside = _of_volumes(home, volumes, mask)
    first = _present([*(each.path for each in shown.values()), beside])[0]
    name, patient = row.said(CASE) or scan_name(first), row.said(PATIENT) or None
    return FoundCase(name, shown, (beside,), patient, _part(row.said(PART)))


def _path_said(row: TableRow, column: str) -> str:
    """Return what stands in a column of paths; empty where it says that nothing does."""
    said = row.by_column[column]
    return "" if said.lower() in NOTHING else said


def _of_volumes(
    home: Path, images: Mapping[str, str], mask: str
) -> tuple[dict[str, ImageFile], Path]:
    """Return images and mask of a row."""
    if not mask:
        raise DataError("the mask is missing")
    found = {name.strip(): ImageFile(_path(home, cell)) for name, cell in images.items()}
    beside = _only_file(_path(home, mask))
    if same := [name for name, image in found.items() if image.path == beside]:
        raise DataError(f"{same[0]} and the mask are one file, {beside.name}. Correct one of them")
    return found, beside


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
    if absent := [each.name for each in dict.fromkeys(files) if not _is_there(each)]:
        raise DataError(f"there is no {shortened(', '.join(absent), 200)}")
    return files


def _is_there(path: Path) -> bool:
    """Whether there is such a file or folder; False for what cannot be a path. Never raises."""
    return is_file(path) or is_folder(path)


def _path(home: Path, cell: str) -> Path:
    """Return the path that a cell names, with the separators of Windows too."""
    path = home / cell
    return path if _is_there(path) else home / cell.replace("\\", "/")


def _only_file(path: Path) -> Path:
    """Return the one file of a folder, as a DICOM SEG lies in; other paths as they are."""
    files = tidy_listing(path) if is_folder(path) else []
    return files[0] if len(files) == 1 else path


def _part(said: str) -> Split | None:
    if said and said.lower() not in PARTS:
        raise DataError(f"part is {said!r}, expected train, validation or test")
    return PARTS[said.lower()] if said else None
