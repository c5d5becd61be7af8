"""A training set: corrected masks and their scans, kept for a model to learn from.

A folder with ``manifest.json`` and one folder an entry, which holds the images (one NIfTI file per
input role) and the mask on their grid. Everything that training needs is copied in, so an entry
stays valid when its source moves. What the manifest does not list is no part of the set: an entry
counts from the moment that the manifest, replaced in one step, names it.

A patient is in one part of the set for good (to learn from, to choose on, or to measure on): the
manifest keeps parts per patient, not per entry, so there is no way to say otherwise.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_brainseg.channels import Channel, place_channels
from napari_brainseg.errors import EntryExistsError, ScanError, TrainingSetError
from napari_brainseg.io import (
    MaskInfo,
    read_mask_on,
    read_scan,
    replacing,
    write_image,
    write_mask,
)
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.models.patients import Split, voxels_sha256
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard

__all__ = [
    "MANIFEST_NAME",
    "Entry",
    "Manifest",
    "StoredImage",
    "TrainingSet",
    "add_to_training_set",
    "check_training_set",
    "open_training_set",
]

MANIFEST_NAME = "manifest.json"
MASK_NAME = "mask.nii.gz"
HOLD_OUT = 5
"""Every so many-th new patient is held out to validate on, unless the user says otherwise."""

_SHA256 = r"^[0-9a-f]{64}$"
_FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9+._-]*$"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredImage(_Record):
    """One image of an entry: its input role, its file in the entry's folder, and two hashes.

    ``sha256`` is of the file, ``voxels_sha256`` of what it shows, whatever the file was called.
    """

    role: str = Field(min_length=1, max_length=64)
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
        Who and when, in the user's own words.
    added : date
        When the entry was made.
    """

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    patient: str = Field(min_length=1, max_length=64)
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


class Manifest(_Record):
    """What ``manifest.json`` says: which patient is in which part, and the entries."""

    schema_version: Literal[1] = 1
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    patients: dict[str, Split] = Field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Manifest:
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


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A training set on disk: its folder, and its manifest as it was when opened."""

    folder: Path
    manifest: Manifest

    def split_of(self, patient: str) -> Split | None:
        """Say which part a patient is in, in any spelling; None for a patient not seen yet."""
        return _known(self.manifest, patient)[1]

    def propose_patient(self, scan: Scan) -> str:
        """Propose a pseudonym for the patient of a scan.

        For DICOM a salted hash of the patient's ID, the same for all scans of that patient within
        this set; else the scan's name.
        """
        header = scan.source.header if scan.source.format == "dicom" else None
        said = (header.get(key) for key in ("PatientID", "PatientName")) if header else ()
        identity = next((str(value) for value in said if value), "")
        if not identity:
            return _tidy(scan.source.name)[:64] or "patient"
        salted = f"{self.manifest.salt}:{identity}".encode()
        return f"patient-{hashlib.sha256(salted).hexdigest()[:10]}"


def open_training_set(folder: Path | str, *, create: bool = False) -> TrainingSet:
    """Read the manifest of a training set; the files it lists are not looked at.

    Parameters
    ----------
    folder : path
        The set's folder, or its ``manifest.json``.
    create : bool
        Whether to start an empty set where there is none, in a new or empty folder.

    Raises
    ------
    TrainingSetError
        If there is no manifest, or it is not valid; all that is wrong with it is listed.
    """
    path = Path(folder)
    home = path.parent if path.name == MANIFEST_NAME else path
    target = home / MANIFEST_NAME
    if create and not target.exists():
        _start(home)
    try:
        text = target.read_text(encoding="utf-8")
        return TrainingSet(home, Manifest.model_validate_json(text))
    except ValidationError as error:
        found = "\n".join(_plain(problem) for problem in error.errors())
        raise TrainingSetError(
            f"{home.name}/{MANIFEST_NAME} is not a valid manifest:\n{found}\nUndo what was edited "
            "by hand, or restore the file from a copy."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingSetError(
            f"{home.name}/{MANIFEST_NAME} cannot be read ({type(error).__name__}). Name the folder "
            "of a training set, which masks are put into with Add to training set."
        ) from error


def add_to_training_set(
    folder: Path | str,
    scan: Scan,
    labels: NDArray[Any],
    *,
    patient: str,
    note: str = "",
    channels: Mapping[str, Channel | None] | None = None,
    info: MaskInfo | None = None,
    split: Split | None = None,
    model: ModelCard | None = None,
    replace: bool = False,
) -> Entry:
    """Copy a scan and its corrected mask into a training set, which is started where there is none.

    Slow (hashes, compression): call it in a worker. Killed at any moment it leaves the set as it
    was before or as it is afterwards.

    Parameters
    ----------
    folder : path
        The set's folder; a new or empty one starts a new set.
    scan : Scan
        The scan that the mask was made on.
    labels : ndarray of int or bool, shape (Z, Y, X)
        The mask on the scan's grid; an empty one says that there is nothing to find.
    patient : str
        A pseudonym; see :meth:`TrainingSet.propose_patient`. Upper and lower case are not told
        apart.
    note : str
        Who corrected it and when, in the user's own words.
    channels : mapping of str to Channel or None, optional
        Which image is which input role of the model, as it was segmented with; images of another
        grid are resampled onto the scan's. The scan's own channels under their own names if not
        given.
    info : MaskInfo, optional
        What the labels mean; label 1 is tumour if not given.
    split : {"train", "validation", "test"}, optional
        The part that the patient goes to. If not given, a patient who is known stays where they
        are; of new ones those go to ``"test"`` that ``model`` was measured on, those to
        ``"train"`` that it learned from, and of the others every fifth to ``"validation"``.
    model : ModelCard, optional
        The model that is to be trained further: its held-out patients cannot be learned from.
    replace : bool
        Whether an entry of the same image gives way to this one.

    Returns
    -------
    Entry
        As it is in the manifest now.

    Raises
    ------
    EntryExistsError
        If the same image is there already and may not be replaced.
    TrainingSetError
        If the patient is in another part of the set or of the model's cohort, the image belongs to
        another patient, the mask holds a label without meaning, or the set is damaged.
    ChannelError
        If an image of another grid cannot be laid on the scan.
    SaveError
        If the mask does not fit the scan, or files cannot be written.
    """
    name, names = _patient_name(patient), (info or MaskInfo()).names
    meanings = _meanings(labels, names)
    placed, _ = place_channels(scan, _own_channels(scan) if channels is None else channels)
    digests = {role: _digest(role, image) for role, image in placed.items()}
    request = _Request(name, frozenset(digests.values()), scan.source.name, split, model, replace)
    training_set = open_training_set(folder, create=True)
    request.decide(training_set.manifest)  # before the slow part
    home, identifier = training_set.folder, secrets.token_hex(6)
    try:
        images, mask_sha256 = _write_files(home / identifier, scan, placed, digests, labels)
        # Anew: another program may have added to the set meanwhile.
        manifest = open_training_set(home).manifest
        decision = request.decide(manifest)
        entry = Entry(
            id=identifier,
            patient=decision.patient,
            images=images,
            mask_sha256=mask_sha256,
            labels=meanings,
            units=scan.units,
            source=_source_name(scan),
            note=note.strip(),
            added=datetime.date.today(),
        )
        kept = tuple(each for each in manifest.entries if each not in decision.replaced)
        patients = manifest.patients | {decision.patient: decision.split}
        _save(home, manifest.model_copy(update={"patients": patients, "entries": (*kept, entry)}))
    finally:
        _sweep(home, [identifier])
    _sweep(home, [each.id for each in decision.replaced])
    return entry


def check_training_set(training_set: TrainingSet) -> list[str]:
    """Read every file of a set and list what is wrong with it, never stopping early.

    Looked for are missing and changed files, images and masks that do not share one grid, labels
    without meaning, and images that two patients share.

    Returns
    -------
    list of str
        One sentence a problem; empty if there is none.
    """
    problems: list[str] = []
    owners: dict[str, str] = {}
    for entry in training_set.manifest.entries:
        problems += [f"{entry.title}: {text}" for text in _entry_problems(training_set, entry)]
        for image in entry.images:
            owner = owners.setdefault(image.voxels_sha256, entry.patient)
            if owner != entry.patient:
                problems.append(f"{entry.title}: {image.role} is the same image as of {owner}")
    return problems
