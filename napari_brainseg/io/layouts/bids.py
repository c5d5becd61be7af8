"""BIDS: ``sub-<label>[/ses-<label>]/anat/sub-<label>_…_<suffix>``, masks mostly in derivatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.io.sequences import guess_sequence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "DERIVATIVES",
    "RAW",
    "BidsName",
    "derivatives_of",
    "holds_no_images",
    "is_of_subject",
    "read_bids_name",
]

DERIVATIVES = "derivatives"
"""The folder of what was made of the images, a folder in it for each program."""

RAW = ("rawdata", "raw")
"""What the folder of the subjects is called where it lies beside that of derivatives."""

MASK_SUFFIXES = frozenset({"mask", "dseg", "seg", "roi", "label"})
NO_IMAGES = frozenset({"func", "fmap", "eeg", "meg", "ieeg", "beh"})
"""Folders of a subject in which nothing shows a lesion."""

_LESION = re.compile(r"lesion|tumou?r|glioma|roi|stroke", re.IGNORECASE)
_NO_LESION = re.compile(r"brain|skull|head|gm|wm|csf|eye|tissue|aseg|aparc", re.IGNORECASE)
_PART = re.compile(r"(?P<key>[A-Za-z0-9]+)-(?P<value>.+)")
_SUFFIX = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class BidsName:
    """What the name of a file says.

    Parameters
    ----------
    stem : str
        The name without ending.
    entities : mapping of str to str
        E.g. ``{"sub": "01", "ses": "1", "ce": "gadolinium"}``; ``sub`` is always there.
    suffix : str
        What it shows, e.g. ``T1w`` or ``mask``.
    """

    stem: str
    entities: Mapping[str, str]
    suffix: str

    @property
    def subject(self) -> str:
        """The name of the subject's folder, e.g. ``sub-01``."""
        return f"sub-{self.entities['sub']}"

    @property
    def session(self) -> str:
        """The name of the session's folder, e.g. ``ses-1``; empty where there is none."""
        return f"ses-{self.entities['ses']}" if self.entities.get("ses") else ""

    @property
    def case(self) -> str:
        """Subject and session, e.g. ``sub-01_ses-1``."""
        return f"{self.subject}_{self.session}" if self.session else self.subject

    @property
    def shows(self) -> str:
        """Its suffix, and whether contrast agent was given, e.g. ``T1w post-contrast``."""
        return f"{self.suffix} post-contrast" if self.entities.get("ce") else self.suffix

    @property
    def sequence(self) -> str:
        """Its sequence as :func:`.guess_sequence` calls it, or its suffix."""
        return guess_sequence(self.shows) or self.suffix

    @property
    def is_mask(self) -> bool:
        """Whether it marks anything: lesions, the brain, tissues."""
        return self.suffix in MASK_SUFFIXES

    @property
    def marks_lesions(self) -> bool:
        """Whether it is a mask and says of lesions: ``dseg`` alone may be tissues."""
        return self.is_mask and _LESION.search(self.stem) is not None

    @property
    def may_mark_lesions(self) -> bool:
        """Whether it is a mask and does not say of anything else."""
        said = (self.entities.get(key, "") for key in ("desc", "label"))
        return self.is_mask and not any(map(_NO_LESION.search, said))


def read_bids_name(stem: str) -> BidsName | None:
    """Read a file's name without ending; None where it is not named as BIDS asks.

    Examples
    --------
    >>> read_bids_name("sub-01_ses-1_ce-gadolinium_T1w").sequence
    'post-contrast'
    """
    *parts, suffix = stem.split("_")
    matches = filter(None, map(_PART.fullmatch, parts))
    entities = {match["key"]: match["value"] for match in matches}
    if next(iter(entities), "") != "sub" or not parts[0].startswith("sub-"):
        return None
    return BidsName(stem, entities, suffix) if _SUFFIX.fullmatch(suffix) else None


def derivatives_of(home: Path) -> tuple[Path, ...]:
    """Return where the derivatives of a folder of subjects may be: in it, or beside it."""
    beside = (home.parent,) if home.name in RAW else ()
    return tuple(folder / DERIVATIVES for folder in (home, *beside))


def is_of_subject(folder: Path) -> bool:
    """Whether a folder lies in that of a subject, or of a session."""
    return folder.parent.name.startswith(("sub-", "ses-"))


def holds_no_images(folder: Path) -> bool:
    """Whether a folder of a subject holds by its name nothing that shows a lesion."""
    return folder.name in NO_IMAGES and is_of_subject(folder)
