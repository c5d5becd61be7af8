"""What a training set holds, as its ``manifest.json`` says, and reading and writing that file."""

from __future__ import annotations

import datetime
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_brainseg.errors import TrainingSetError
from napari_brainseg.io import replacing
from napari_brainseg.io.files import file_text
from napari_brainseg.language import tr
from napari_brainseg.models.patients import Split
from napari_brainseg.scan import DicomSource
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from napari_brainseg.scan import Scan

__all__ = [
    "MANIFEST_NAME",
    "MASK_NAME",
    "MAX_NAME",
    "Contents",
    "Entry",
    "StoredImage",
    "TrainingSet",
    "open_training_set",
    "save_contents",
    "tidy",
]

MANIFEST_NAME = "manifest.json"
MASK_NAME = "mask.nii.gz"
MAX_NAME = 64
_SHA256 = r"^[0-9a-f]{64}$"
_FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9+._-]*$"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredImage(_Record):
    """One image of an entry.

    Parameters
    ----------
    role : str
        The input role that it feeds.
    file : str
        Its name in the entry's folder.
    sha256 : str
        Of the file.
    voxels_sha256 : str
        Of its intensities (:func:`~napari_brainseg.models.patients.voxels_sha256`), the same
        whatever the file is called.
    """

    role: str
    file: str = Field(pattern=_FILE_NAME)
    sha256: str = Field(pattern=_SHA256)
    voxels_sha256: str = Field(pattern=_SHA256)


class Entry(_Record):
    """One scan with its corrected mask.

    Parameters
    ----------
    id : str
        Name of the entry's folder.
    patient : str
        The pseudonym.
    images : tuple of StoredImage
        All on one grid.
    mask_sha256 : str
        Of the mask's file.
    labels : dict of int to str
        What the labels of the mask mean.
    units : {"mm", "pixel"}
        ``"pixel"`` where the source stored no spacing.
    source : str
        Name of the file, or of the folder of slices, that the scan was opened from.
    note : str
        Who corrected it and when, in the user's own words.
    added : date
        When the entry was made.
    """

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    patient: str = Field(min_length=1, max_length=MAX_NAME)
    images: tuple[StoredImage, ...] = Field(min_length=1)
    mask_sha256: str = Field(pattern=_SHA256)
    labels: dict[int, str] = Field(min_length=1)
    units: Literal["mm", "pixel"]
    source: str
    note: str
    added: datetime.date

    @property
    def title(self) -> str:
        """Patient and source, for messages and tables."""
        return f"{self.patient} · {self.source}"

    @property
    def digests(self) -> frozenset[str]:
        """Hashes of what the images show, whatever their names."""
        return frozenset(image.voxels_sha256 for image in self.images)


class Contents(_Record):
    """What ``manifest.json`` says of a training set.

    Parameters
    ----------
    salt : str
        Goes into the pseudonyms of patients.
    patients : dict of str to {"train", "validation", "test"}
        The part that each patient is in.
    entries : tuple of Entry
        In the order in which they were added.

    Raises
    ------
    ValueError
        If two patients or two entries cannot be told apart, an entry's patient is in no part, or
        an entry has two images of one role.
    """

    schema_version: Literal[1] = 1
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    patients: dict[str, Split] = Field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Contents:
        spellings = [name.casefold() for name in self.patients]
        if len(set(spellings)) < len(spellings):
            raise ValueError("two patients differ in upper and lower case only")
        ids = [entry.id for entry in self.entries]
        if len(set(ids)) < len(ids):
            raise ValueError("two entries have one id")
        if missing := sorted({e.patient for e in self.entries} - self.patients.keys()):
            raise ValueError(f"no part is given for patients {', '.join(missing)}")
        for entry in self.entries:
            roles = [image.role for image in entry.images]
            if len(set(roles)) < len(roles):
                raise ValueError(f"entry {entry.id} has two images of one role")
        return self

    def find(self, patient: str) -> tuple[str, Split | None]:
        """Look a patient up, in any spelling.

        Returns
        -------
        str
            The name as it is spelt in the set; tidied if the patient is new.
        str or None
            Their part; None for a new patient.
        """
        name = tidy(patient)
        for known, split in self.patients.items():
            if known.casefold() == name.casefold():
                return known, split
        return name, None


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A training set on disk: its folder, and its contents when it was opened."""

    folder: Path
    contents: Contents

    def split_of(self, patient: str) -> Split | None:
        """Return the part that a patient is in, in any spelling; None for a new patient."""
        return self.contents.find(patient)[1]

    def propose_patient(self, scan: Scan) -> str:
        """Propose a pseudonym for the patient of a scan.

        For DICOM a salted hash of the patient's ID, the same for all scans of that patient in
        this set; otherwise the scan's name.
        """
        identity = ""
        if isinstance(scan.source, DicomSource):
            said = (scan.source.dataset.get(key) for key in ("PatientID", "PatientName"))
            identity = next((str(value) for value in said if value), "")
        if not identity:
            return tidy(scan.source.name)[:MAX_NAME] or "patient"
        salted = f"{self.contents.salt}:{identity}".encode()
        return f"patient-{hashlib.sha256(salted).hexdigest()[:10]}"


def open_training_set(folder: Path | str, *, create: bool = False) -> TrainingSet:
    """Read what a training set holds; the files that it lists are not looked at.

    Parameters
    ----------
    folder : path
        The set's folder, or its ``manifest.json``.
    create : bool
        Whether to start an empty set where there is none, in a new or empty folder.

    Raises
    ------
    TrainingSetError
        If there is no ``manifest.json``, or it is not valid; every defect is listed.

    Examples
    --------
    >>> training_set = open_training_set("corrected", create=True)
    >>> [entry.title for entry in training_set.contents.entries]
    []
    """
    path = Path(folder)
    home = path.parent if path.name == MANIFEST_NAME else path
    target = home / MANIFEST_NAME
    if create and not target.exists():
        _start(home)
    try:
        text = file_text(target)
        return TrainingSet(home, Contents.model_validate_json(text))
    except ValidationError as error:
        found = "\n".join(_plain(problem) for problem in error.errors())
        raise TrainingSetError(
            tr(
                "{name}/{manifest} is not a valid manifest:\n{found}\nUndo "
                "what was edited by hand, or restore the file from a copy.",
                name=home.name,
                manifest=MANIFEST_NAME,
                found=found,
            )
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingSetError(
            tr(
                "{name}/{manifest} cannot be read ({error}). Name the "
                "folder of a training set, which masks are put into with Add "
                "to training set.",
                name=home.name,
                manifest=MANIFEST_NAME,
                error=type(error).__name__,
            )
        ) from error


def save_contents(folder: Path, contents: Contents) -> None:
    """Write ``manifest.json``, whole or not at all.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    with replacing(folder / MANIFEST_NAME, MANIFEST_NAME) as aside:
        aside.write_text(contents.model_dump_json(indent=2) + "\n", encoding="utf-8")


def tidy(text: str) -> str:
    """Return a name in Unicode's composed form, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _start(folder: Path) -> None:
    """Make an empty set, in a folder that holds nothing else."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise TrainingSetError(
            tr(
                "The folder {name} cannot be made or listed ({reason}). Choose another.",
                name=folder.name,
                reason=error.strerror,
            )
        ) from error
    if others:
        raise TrainingSetError(
            tr(
                "The folder {name} holds other files, such as {others}, and no "
                "{manifest}. Choose a training set, or a new or empty "
                "folder.",
                name=folder.name,
                others=min(others),
                manifest=MANIFEST_NAME,
            )
        )
    save_contents(folder, Contents(salt=secrets.token_hex(16)))


def _plain(problem: ErrorDetails) -> str:
    """Return one problem of validation as a line, with its place in the file."""
    where = ".".join(str(part) for part in problem["loc"]) or "the whole"
    return printable(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
