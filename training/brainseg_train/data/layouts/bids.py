"""BIDS: ``sub-<label>[/ses-<label>]/anat/*_<suffix>``, masks beside them or in ``derivatives``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from brainseg_train.data.csv_rows import read_rows
from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import Found, FoundCase, tidy_listing
from napari_brainseg.io import is_segmentation
from napari_brainseg.io.files import is_file, is_folder
from napari_brainseg.io.formats import is_volume, scan_name
from napari_brainseg.io.layouts.bids import (
    DERIVATIVES,
    RAW,
    BidsName,
    holds_no_images,
    read_bids_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_bids", "read_bids"]

DEPTH = 8

Named: TypeAlias = tuple["Path", BidsName]


def is_bids(root: Path) -> bool:
    """Whether a folder holds subjects as BIDS names them, or its ``rawdata`` or ``raw`` does."""
    return any(
        entry.name.startswith("sub-") and is_folder(entry) and _has_modality(entry)
        for entry in tidy_listing(_raw(root))
    )


def _raw(root: Path) -> Path:
    """Return the folder of the subjects, beside which the derivatives may lie."""
    beside = (root / name for name in RAW if is_folder(root / name))
    return next(beside, root)


def _has_modality(subject: Path) -> bool:
    inside = [entry.name for entry in tidy_listing(subject) if is_folder(entry)]
    return any(name in ("anat", "ct", "pet") or name.startswith("ses-") for name in inside)


def read_bids(root: Path) -> Found:
    """Read a BIDS folder and its derivatives.

    One case a session. Of several runs of a sequence the first is taken, and said so.
    """
    masks: dict[str, list[Path]] = {}
    images: dict[str, list[Named]] = {}
    for path, name in _named(root, DEPTH):
        if name.may_mark_lesions or (is_segmentation(path) and not name.is_mask):
            masks.setdefault(name.case, []).append(path)
        elif not name.is_mask and DERIVATIVES not in path.relative_to(root).parts:
            images.setdefault(name.case, []).append((path, name))
    alone = {case for case, paths in masks.items() if not all(map(_may_be_tissues, paths))}
    names = sorted({*images, *alone})
    cases = [_case(case, images.get(case, []), masks.get(case, [])) for case in names]
    return Found("BIDS", tuple(cases), _table(root), read_description(_raw(root)))


def _may_be_tissues(mask: Path) -> bool:
    """Whether a mask need not be of lesions: programs leave such ones where no image is."""
    name = read_bids_name(scan_name(mask))
    return name is not None and name.suffix == "dseg" and not name.marks_lesions


def _named(folder: Path, depth: int) -> Iterator[Named]:
    """Find volumes with BIDS names, in a folder and those in it."""
    for entry in tidy_listing(folder):
        may_be = is_volume(entry) or is_segmentation(entry)
        name = read_bids_name(scan_name(entry)) if may_be else None
        if is_folder(entry) and depth and not holds_no_images(entry):
            yield from _named(entry, depth - 1)
        elif name is not None and is_file(entry):
            yield entry, name


def _case(case: str, images: list[Named], masks: list[Path]) -> FoundCase:
    runs: dict[str, list[Path]] = {}
    for path, name in images:
        runs.setdefault(name.shows, []).append(path)
    notes = tuple(
        f"{sequence} has {len(paths)} runs, of which {paths[0].name} is taken"
        for sequence, paths in runs.items()
        if len(paths) > 1
    )
    chosen = {sequence: ImageFile(paths[0]) for sequence, paths in runs.items()}
    return FoundCase(case, chosen, tuple(masks), case.partition("_")[0], notes=notes)


def _table(root: Path) -> ClassTable | None:
    """Read what the labels mean from the first ``dseg.tsv``, if there is one.

    Raises
    ------
    DataError
        If it is no table.
    """
    for path in sorted(filter(_is_label_table, root.rglob("*dseg.tsv"))):
        rows = read_rows(path)[1]
        found = [(row.said("name"), row.said("index")) for _, row in rows]
        named = [(name, (int(n),)) for name, n in found if name and n.isdecimal() and int(n)]
        if named:
            return ClassTable(classes_of(named))
    return None


def _is_label_table(path: Path) -> bool:
    """Whether a path is a file, and no note of macOS (``._dseg.tsv``)."""
    return is_file(path) and not path.name.startswith(".")
