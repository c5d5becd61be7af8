"""Which files of a folder are one case: the sequences of a patient, and their segmentation.

By names alone, in the layouts in which data sets are published: BraTS and the like
(``case_flair``, ``case_seg``), BIDS (``sub-01_ses-1_T1w``, masks in ``derivatives``), nnU-Net and
the Medical Segmentation Decathlon (``imagesTr/case_0000``, ``labelsTr/case``). What is not clearly
so named stays a scan of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import file_text, files_in, folders_in, has_suffix, is_folder
from napari_brainseg.io.formats import (
    MASK_ENDING,
    SEG_NRRD,
    is_slice_mask,
    is_volume,
    scan_name,
)
from napari_brainseg.io.layouts import bids, mask_names, numbered
from napari_brainseg.io.sequences import guess_sequence, split_sequence
from napari_brainseg.io.volumes import MAX_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["CaseFiles", "Companion", "cases_of", "is_left_out"]

PREFERRED = ("FLAIR", "post-contrast", "T1", "pre-contrast", "T2")
"""Which sequence stands for the case: the lesion is drawn on it."""

MAX_JSON = 4_000_000
LONGEST_NAME = 64
"""Bytes of ``dataset.json`` that are read, and letters of a channel's name."""

NO_LESION_SHOWN = frozenset({"dwi", "perf"})
"""Folders of BIDS subjects whose images are series, on which nobody draws a lesion."""

_NO_SUBJECTS = {bids.DERIVATIVES, "sourcedata", "code", "stimuli"}


@dataclass(frozen=True, slots=True)
class Companion:
    """An image of a case beside the one that stands for it.

    Parameters
    ----------
    path : Path
        The file.
    channels : tuple of str
        What its volumes show, where the layout says so; else empty.
    series : str
        Which series of a folder of DICOM files; empty for other formats. Not for display.
    """

    path: Path
    channels: tuple[str, ...] = ()
    series: str = ""


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """The files of one case.

    Parameters
    ----------
    name : str
        What the layout calls it.
    path : Path
        The image that stands for it, and that a mask is drawn on.
    channels : tuple of str
        What its volumes show, where the layout says so; else empty.
    companions : tuple of Companion
        Its other images.
    mask : Path, optional
        Its segmentation; None where there is none, or several.
    """

    name: str
    path: Path
    channels: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    mask: Path | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is a file like any other: nothing goes with it, and nothing names it."""
        return not (self.companions or self.mask or self.channels)


@dataclass(frozen=True, slots=True)
class _Named:
    """A file, and what its name says."""

    path: Path
    case: str
    sequence: str
    channels: tuple[str, ...] = ()
    is_segmentation: bool = False


def cases_of(folder: Path, files: Iterable[Path]) -> Iterator[CaseFiles]:
    """Group files of one folder into cases.

    Parameters
    ----------
    folder : Path
        Where they lie.
    files : iterable of Path
        Volumes and masks, in the order in which cases are to come.

    Yields
    ------
    CaseFiles
        Each volume is in one of them, segmentations aside that belong to a case. What can only be
        a mask (``….seg.nrrd``, ``…_mask``) and belongs to none is left out.
    """
    volumes = list(files)
    read = _Layout.of(folder, volumes)
    named = [each for each in map(read.name, volumes) if each.is_segmentation or _may_be_scan(each)]
    images = {scan_name(each.path): each.case for each in named if not each.is_segmentation}
    groups: dict[str, list[_Named]] = {}
    for each in named:
        groups.setdefault(_case_of(each, images), []).append(each)
    for case, group in groups.items():
        yield from _cases_of_group(folder, case, group)


def _may_be_scan(file: _Named) -> bool:
    """Whether a file is a scan of its own where no case has it for its mask."""
    return not (_is_slicers(file.path) or is_slice_mask(file.path))


def _is_slicers(path: Path) -> bool:
    return has_suffix(path, SEG_NRRD.suffixes)


def _case_of(each: _Named, images: dict[str, str]) -> str:
    """Return the case of a file, by the case of each image by its name without ending."""
    if not each.is_segmentation:
        return each.case
    if is_slice_mask(each.path) and scan_name(each.path)[: -len(MASK_ENDING)] in images:
        return ""  # saved on an image, not given with the case
    # flair_seg is that of flair, which may be one sequence of several.
    case = images.get(each.case, each.case)
    only = set(images.values())
    return only.pop() if _is_slicers(each.path) and case not in only and len(only) == 1 else case


def is_left_out(folder: Path) -> bool:
    """Whether a folder holds by its layout no scans to segment: labels, derivatives, other data."""
    images = numbered.images_of(folder)
    if images is not None:
        return is_folder(images)
    name, parent = folder.name, folder.parent
    if bids.holds_no_images(folder):
        return True
    if name in NO_LESION_SHOWN:
        return bids.is_of_subject(folder)
    if name not in _NO_SUBJECTS:
        return False
    return any(map(_holds_subjects, (parent, *(parent / raw for raw in bids.RAW))))


def _holds_subjects(folder: Path) -> bool:
    return any(each.name.startswith("sub-") for each in _folders(folder))


def _cases_of_group(folder: Path, name: str, group: list[_Named]) -> Iterator[CaseFiles]:
    """Make one case of files whose names say so, or one of each."""
    images = [each for each in group if not each.is_segmentation]
    if images and (len(images) == 1 or len(images) < len(group) or _are_apart(images)):
        yield _case(folder, name, images, [each.path for each in group if each.is_segmentation])
    else:
        yield from map(_scan_alone, filter(_may_be_scan, group))


def _scan_alone(file: _Named) -> CaseFiles:
    return CaseFiles(scan_name(file.path), file.path)


def _are_apart(images: list[_Named]) -> bool:
    """Whether the names say of each image what it shows, and none is there twice."""
    stems = {scan_name(each.path) for each in images}
    return len(stems) == len(images) and all(each.sequence for each in images)


def _case(folder: Path, name: str, images: list[_Named], masks: list[Path]) -> CaseFiles:
    main, *others = sorted(images, key=_rank)
    known = masks or _masks_elsewhere(folder, name, main.path)
    mask = known[0] if len(known) == 1 else None
    companions = tuple(Companion(each.path, each.channels) for each in others)
    found = CaseFiles(name, main.path, main.channels, companions, mask)
    return replace(found, name=scan_name(main.path)) if found.is_plain else found


def _rank(image: _Named) -> int:
    return PREFERRED.index(image.sequence) if image.sequence in PREFERRED else len(PREFERRED)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the names of a folder are to be read.

    Parameters
    ----------
    channels : tuple of str
        What ``dataset.json`` says of them, by number.
    first : frozenset of str
        Cases that have a file of the number 0000.
    labelled : frozenset of str
        Names of the files in the folder of labels.
    """

    channels: tuple[str, ...] = ()
    first: frozenset[str] = frozenset()
    labelled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, folder: Path, files: list[Path]) -> _Layout:
        labels = numbered.labels_of(folder)
        if labels is None:
            return cls()
        split = (numbered.split_channel(scan_name(path)) for path in files)
        first = frozenset(each[0] for each in split if each is not None and each[1] == 0)
        return cls(_channel_names(folder), first, frozenset(map(scan_name, _files(labels))))

    def name(self, path: Path) -> _Named:
        """Read the name of a file."""
        stem = scan_name(path)
        if (self.first or self.labelled) and not _is_slicers(path):
            return self._numbered(path, stem)
        named = bids.read_bids_name(stem)
        return _by_last_words(path, stem) if named is None else _of_bids(path, named)

    def _numbered(self, path: Path, stem: str) -> _Named:
        """Read a name of nnU-Net's, or of the Decathlon's, whose files hold all channels."""
        whole = _Named(path, stem, "", self.channels)
        split = numbered.split_channel(stem)
        if split is None or stem in self.labelled:
            return whole
        case, number = split
        if case not in self.first or number >= (len(self.channels) or MAX_CHANNELS):
            return whole
        name = self.channels[number] if self.channels else f"channel {number}"
        return _Named(path, case, guess_sequence(name) or name, (name,))


def _of_bids(path: Path, named: bids.BidsName) -> _Named:
    marks_lesions = _marks_lesions(path, named)
    if not (named.is_mask or marks_lesions):
        return _Named(path, named.case, named.sequence)
    case = named.case if marks_lesions else named.stem
    return _Named(path, case, "", is_segmentation=marks_lesions)


def _marks_lesions(path: Path, named: bids.BidsName) -> bool:
    if _is_slicers(path):
        return named.may_mark_lesions or not named.is_mask
    return named.marks_lesions


def _by_last_words(path: Path, stem: str) -> _Named:
    is_slicers = _is_slicers(path) and not mask_names.marks_no_lesion(stem)
    if mask_names.is_mask_name(stem) or is_slicers:
        case = mask_names.mask_owner(stem) or path.parent.name
        return _Named(path, case, "", is_segmentation=True)
    case, sequence = split_sequence(stem) or (stem, "")
    return _Named(path, case or path.parent.name, sequence)


def _channel_names(folder: Path) -> tuple[str, ...]:
    """Return what ``dataset.json`` says of the channels; empty where it says nothing usable."""
    path = folder.parent / numbered.DATASET_JSON
    try:
        if path.stat().st_size > MAX_JSON:
            return ()
        names = numbered.channels_said(json.loads(file_text(path, "utf-8-sig")))
    except (OSError, ValueError, AttributeError, RecursionError, ScanError):
        return ()
    return tuple(name[:LONGEST_NAME] for name in names)


def _masks_elsewhere(folder: Path, case: str, image: Path) -> list[Path]:
    """Find the segmentations of a case that its layout keeps in another folder."""
    labels = numbered.labels_of(folder)
    if labels is not None:
        return [path for path in _files(labels) if _may_be_mask(path) and scan_name(path) == case]
    named = bids.read_bids_name(scan_name(image))
    return [] if named is None else _bids_masks(folder, named)


def _bids_masks(folder: Path, image: bids.BidsName) -> list[Path]:
    """Find the masks of a session's lesions, beside its images and in all derivatives."""
    above = (each for each in (folder, *folder.parents) if each.name == image.subject)
    subject = next(above, None)
    if subject is None:
        return []
    programs = chain.from_iterable(map(_folders, bids.derivatives_of(subject.parent)))
    sessions = [root / image.subject / image.session for root in (subject.parent, *programs)]
    files = [path for each in sessions for path in (*_files(each / "anat"), *_files(each))]
    return sorted(path for path in files if _marks_lesions_of(path, image.case))


def _marks_lesions_of(path: Path, case: str) -> bool:
    named = bids.read_bids_name(scan_name(path))
    return named is not None and named.case == case and _marks_lesions(path, named)


def _may_be_mask(path: Path) -> bool:
    return is_volume(path) or _is_slicers(path)


def _files(folder: Path) -> list[Path]:
    try:
        return files_in(folder) if is_folder(folder) else []
    except ScanError:
        return []


def _folders(folder: Path) -> list[Path]:
    try:
        return folders_in(folder) if is_folder(folder) else []
    except ScanError:
        return []
