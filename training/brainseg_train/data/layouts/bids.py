"""BIDS: ``sub-<label>[/ses-<label>]/anat/*_<suffix>``, masks beside them or in ``derivatives``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainseg_train.data.description import read_description
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import Found, FoundCase, tidy_listing
from napari_brainseg.io.files import is_file, is_folder
from napari_brainseg.io.formats import is_volume, scan_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_bids", "read_bids"]

MASK_SUFFIXES = frozenset({"mask", "dseg", "seg", "roi", "label"})
NO_LESION = re.compile(r"brain|skull|head|gm|wm|csf|eye|tissue|aseg|aparc", re.IGNORECASE)
DEPTH = 8

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    """A file by its BIDS name."""

    path: Path
    entities: dict[str, str]
    suffix: str

    @property
    def key(self) -> Key:
        """Subject and session."""
        return self.entities["sub"], self.entities.get("ses", "")

    @property
    def is_mask(self) -> bool:
        """Whether it may mark lesions; masks of the brain and of tissues do not."""
        said = (self.entities.get(each, "") for each in ("desc", "label"))
        return self.suffix in MASK_SUFFIXES and not any(map(NO_LESION.search, said))


def is_bids(root: Path) -> bool:
    """Whether a folder holds subjects as BIDS names them."""
    return any(
        entry.name.startswith("sub-") and is_folder(entry) and _has_modality(entry)
        for entry in tidy_listing(root)
    )


def _has_modality(subject: Path) -> bool:
    inside = [entry.name for entry in tidy_listing(subject) if is_folder(entry)]
    return any(name in ("anat", "ct", "pet") or name.startswith("ses-") for name in inside)


def read_bids(root: Path) -> Found:
    """Read a BIDS folder and its derivatives.

    One case a session. Of several runs of a sequence the first is taken, and said so.
    """
    named = list(_named(root, DEPTH))
    masks: dict[Key, list[Path]] = {}
    images: dict[Key, list[_File]] = {}
    for each in named:
        if each.is_mask:
            masks.setdefault(each.key, []).append(each.path)
        elif each.suffix not in MASK_SUFFIXES and "derivatives" not in each.path.parts:
            images.setdefault(each.key, []).append(each)
    cases = [_case(key, images.get(key, []), masks.get(key, [])) for key in sorted(images)]
    return Found("BIDS", tuple(cases), _table(root), read_description(root))


def _named(folder: Path, depth: int) -> Iterator[_File]:
    """Find volumes with BIDS names, in a folder and those in it."""
    for entry in tidy_listing(folder):
        if is_folder(entry) and depth:
            yield from _named(entry, depth - 1)
        elif is_file(entry) and is_volume(entry):
            *parts, suffix = scan_name(entry).split("_")
            entities = dict(part.split("-", 1) for part in parts if "-" in part)
            if entities.get("sub"):
                yield _File(entry, entities, suffix)


def _case(key: Key, images: list[_File], masks: list[Path]) -> FoundCase:
    subject, session = key
    name = f"sub-{subject}" + (f"_ses-{session}" if session else "")
    by_name: dict[str, list[Path]] = {}
    for each in images:
        contrast = "ce" if each.entities.get("ce") else ""
        by_name.setdefault(each.suffix + contrast, []).append(each.path)
    notes = tuple(
        f"{sequence} has {len(paths)} runs, of which {paths[0].name} is taken"
        for sequence, paths in by_name.items()
        if len(paths) > 1
    )
    chosen = {sequence: ImageFile(paths[0]) for sequence, paths in by_name.items()}
    return FoundCase(name, chosen, tuple(masks), f"sub-{subject}", notes=notes)


def _table(root: Path) -> ClassTable | None:
    """Read what the labels mean from the first ``dseg.tsv``, if there is one."""
    for path in sorted(root.rglob("*dseg.tsv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        found = [(row.get("name") or "", row.get("index") or "") for row in rows]
        named = [(name, (int(n),)) for name, n in found if name and n.isdigit() and int(n)]
        if named:
            return ClassTable(classes_of(named))
    return None
