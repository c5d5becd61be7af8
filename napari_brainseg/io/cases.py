"""Which files of a folder are one case: the sequences of a patient, and their segmentation.

By names alone, in the layouts in which data sets are published: BraTS and the like
(``case_flair``, ``case_seg``), BIDS (``sub-01_ses-1_T1w``, masks in ``derivatives``), nnU-Net and
the Medical Segmentation Decathlon (``imagesTr/case_0000``, ``labelsTr/case``). What is not clearly
so named stays a scan of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import files_in, folders_in, is_folder
from napari_brainseg.io.formats import is_volume, scan_name
from napari_brainseg.io.sequences import guess_sequence
from napari_brainseg.io.volumes import MAX_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["CaseFiles", "Companion", "cases_of", "is_left_out"]

PREFERRED = ("FLAIR", "post-contrast", "T1", "pre-contrast", "T2")
"""Which sequence stands for the case: the lesion is drawn on it."""

LABELS = {"imagesTr": "labelsTr", "imagesVal": "labelsVal", "imagesTs": "labelsTs"}
"""Folders of images, and of their labels."""

MAX_JSON = 4_000_000

_NUMBERED = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})")
_LAST_WORD = re.compile(r"(?:(?P<case>.*?)[_\-. ]+)?(?P<word>[A-Za-z0-9]+)")
_SEGMENTATION = re.compile(r"segm?|segmentation|labels?|gt|annotation", re.IGNORECASE)
_BIDS = re.compile(r"(?P<case>sub-[^_]+(_ses-[^_]+)?)_((?P<more>.+)_)?(?P<suffix>[A-Za-z0-9]+)")
_LESION = re.compile(r"lesion|tumou?r|glioma|roi|stroke", re.IGNORECASE)
_BIDS_MASKS = {"mask", "dseg", "seg", "roi"}
_NO_ANATOMY = {"func", "dwi", "fmap", "perf", "eeg", "meg", "ieeg", "beh"}
_NO_SUBJECTS = {"derivatives", "sourcedata", "code", "stimuli"}


@dataclass(frozen=True, slots=True)
class Companion:
    """An image of a case beside the one that stands for it.

    Parameters
    ----------
    path : Path
        The file.
    channels : tuple of str
        What its volumes show, where the layout says so; else empty.
    """

    path: Path
    channels: tuple[str, ...] = ()


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
    """Group volumes of one folder into cases.

    Parameters
    ----------
    folder : Path
        Where they lie.
    files : iterable of Path
        Volumes, in the order in which cases are to come.

    Yields
    ------
    CaseFiles
        Each file is in one of them, segmentations aside that belong to a case.
    """
    volumes = list(files)
    read = _Layout.of(folder, volumes)
    named = [read.name(path) for path in volumes]
    # flair_seg is that of flair, which may be one sequence of several.
    cases = {scan_name(each.path): each.case for each in named if not each.is_segmentation}
    groups: dict[str, list[_Named]] = {}
    for each in named:
        case = cases.get(each.case, each.case) if each.is_segmentation else each.case
        groups.setdefault(case, []).append(each)
    for case, group in groups.items():
        yield from _cases_of_group(folder, case, group)


def is_left_out(folder: Path) -> bool:
    """Whether a folder holds by its layout no scans to segment: labels, derivatives, other data."""
    name, parent = folder.name, folder.parent
    if name in LABELS.values():
        beside = {labels: images for images, labels in LABELS.items()}[name]
        return is_folder(parent / beside)
    if name in _NO_ANATOMY:
        return parent.name.startswith(("sub-", "ses-"))
    return name in _NO_SUBJECTS and any(each.name.startswith("sub-") for each in _folders(parent))


def _cases_of_group(folder: Path, name: str, group: list[_Named]) -> Iterator[CaseFiles]:
    images = [each for each in group if not each.is_segmentation]
    masks = [each.path for each in group if each.is_segmentation]
    stems = {scan_name(each.path) for each in images}
    told = all(each.sequence for each in images) and len(stems) == len(images)
    if not images or not (told or masks or len(images) == 1):
        yield from (CaseFiles(scan_name(each.path), each.path) for each in group)
        return
    main, *others = sorted(images, key=_rank)
    known = masks or _masks_elsewhere(folder, name)
    mask = known[0] if len(known) == 1 else None
    companions = tuple(Companion(each.path, each.channels) for each in others)
    found = CaseFiles(name, main.path, main.channels, companions, mask)
    yield replace(found, name=scan_name(main.path)) if found.is_plain else found


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
        if folder.name not in LABELS:
            return cls()
        matches = (_NUMBERED.fullmatch(scan_name(path)) for path in files)
        first = (match["case"] for match in matches if match and match["channel"] == "0000")
        labelled = map(scan_name, _files(folder.parent / LABELS[folder.name]))
        return cls(_channel_names(folder), frozenset(first), frozenset(labelled))

    def name(self, path: Path) -> _Named:
        """Read the name of a file."""
        stem = scan_name(path)
        if self.first or self.labelled:
            return self._numbered(path, stem)
        return _bids(path, stem) or _by_last_word(path, stem)

    def _numbered(self, path: Path, stem: str) -> _Named:
        """Read a name of nnU-Net's, or of the Decathlon's, whose files hold all channels."""
        match = _NUMBERED.fullmatch(stem)
        number = int(match["channel"]) if match else 0
        beyond = number >= (len(self.channels) or MAX_CHANNELS)
        if match is None or beyond or match["case"] not in self.first or stem in self.labelled:
            return _Named(path, stem, "", self.channels)
        name = self.channels[number] if self.channels else f"channel {number}"
        return _Named(path, match["case"], guess_sequence(name) or name, (name,))


def _bids(path: Path, stem: str) -> _Named | None:
    match = _BIDS.fullmatch(stem)
    if match is None:
        return None
    if match["suffix"] in _BIDS_MASKS:
        is_lesion = _LESION.search(stem) is not None
        return _Named(path, match["case"] if is_lesion else stem, "", is_segmentation=is_lesion)
    contrast = " post-contrast" if "ce-" in (match["more"] or "") else ""
    sequence = guess_sequence(match["suffix"] + contrast) or match["suffix"]
    return _Named(path, match["case"], sequence)


def _by_last_word(path: Path, stem: str) -> _Named:
    match = _LAST_WORD.fullmatch(stem)
    if match is None:
        return _Named(path, stem, "")
    case = match["case"] or path.parent.name
    if _SEGMENTATION.fullmatch(match["word"]):
        return _Named(path, case, "", is_segmentation=True)
    sequence = guess_sequence(match["word"])
    return _Named(path, case if sequence else stem, sequence or "")


def _channel_names(folder: Path) -> tuple[str, ...]:
    """Return what ``dataset.json`` says of the channels; empty where it says nothing usable."""
    path = folder.parent / "dataset.json"
    try:
        if path.stat().st_size > MAX_JSON:
            return ()
        content = json.loads(path.read_text(encoding="utf-8"))
        said = content.get("channel_names", content.get("modality"))
        listed = said if isinstance(said, list) else [said[key] for key in sorted(said, key=int)]
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return ()
    return tuple(str(each)[:64] for each in listed)


def _masks_elsewhere(folder: Path, case: str) -> list[Path]:
    """Find the segmentations of a case that its layout keeps in another folder."""
    if folder.name in LABELS:
        labels = folder.parent / LABELS[folder.name]
        return [path for path in _files(labels) if is_volume(path) and scan_name(path) == case]
    subject, _, session = case.partition("_")
    if not subject.startswith("sub-"):
        return []
    root = next((each.parent for each in folder.parents if each.name == subject), None)
    root = folder.parent if root is None and folder.name == subject else root
    if root is None:
        return []
    places = [
        place
        for pipeline in (root, *_folders(root / "derivatives"))
        for part in ("anat", "")
        for place in (pipeline / subject / session / part,)
    ]
    found = {path for place in places for path in _files(place) if _is_lesion_of(path, case)}
    return sorted(found)


def _is_lesion_of(path: Path, case: str) -> bool:
    """Whether a file is by its BIDS name a mask of the lesions of a case; of the brain, it is not.

    ``dseg`` alone may be tissues: the name, or that of the folder of derivatives, has to say it.
    """
    stem = scan_name(path)
    match = _BIDS.fullmatch(stem)
    if match is None or match["suffix"] not in _BIDS_MASKS:
        return False
    return match["case"] == case and _LESION.search(stem) is not None


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
