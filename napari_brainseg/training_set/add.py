"""Adding a corrected mask and its scan to a training set."""

from __future__ import annotations

import datetime
import re
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import EntryExistsError, SaveError, TrainingSetError
from napari_brainseg.io import MaskInfo, write_image, write_mask
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.models.patients import voxels_sha256
from napari_brainseg.pipeline.channels import Channel, place_channels
from napari_brainseg.training_set.record import (
    MASK_NAME,
    MAX_NAME,
    Entry,
    Manifest,
    StoredImage,
    open_training_set,
    save_manifest,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.patients import Split
    from napari_brainseg.scan import Scan

__all__ = ["add_to_training_set"]

HOLD_OUT = 5
"""Every so many-th new patient is held out to validate on, unless the user says otherwise."""


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
    name, meanings = _check_patient(patient), _meanings(labels, info or MaskInfo())
    placed, _ = place_channels(scan, _own_channels(scan) if channels is None else channels)
    if not placed:
        raise TrainingSetError("No image was chosen for any role. Choose at least one.")
    digests = {role: _digest(role, image) for role, image in placed.items()}
    source, found = _source_name(scan), frozenset(digests.values())
    request = _Request(name, source, found, split, model, replace)
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
            source=source,
            note=note.strip(),
            added=datetime.date.today(),
        )
        kept = (each for each in manifest.entries if each not in decision.replaced)
        patients = manifest.patients | {decision.patient: decision.split}
        save_manifest(home, Manifest(salt=manifest.salt, patients=patients, entries=(*kept, entry)))
    finally:
        _sweep(home, [identifier])
    _sweep(home, [each.id for each in decision.replaced])
    return entry


@dataclass(frozen=True, slots=True)
class _Decision:
    """Under which name a patient goes to which part, and which entries give way."""

    patient: str
    split: Split
    replaced: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be added, as far as the set and the model have a say in it."""

    patient: str
    source: str
    digests: frozenset[str]
    split: Split | None
    model: ModelCard | None
    replace: bool

    def decide(self, manifest: Manifest) -> _Decision:
        """Choose name and part, or refuse with the reason."""
        patient, part = manifest.find(self.patient)
        same = tuple(each for each in manifest.entries if self.digests & each.digests)
        if same and not self.replace:
            raise EntryExistsError(
                f"This image is in the training set already, as {same[0].title}, added on "
                f"{same[0].added}. Replace that entry, or leave it."
            )
        record = self.model.patients if self.model is not None else None
        texts = (patient, self.source, *self.digests)
        seen = record.part_of(texts) if record is not None else None
        parts = [part, *(manifest.patients[each.patient] for each in same)]
        fixed = next((each for each in parts if each is not None), None)
        chosen = self.split or fixed or seen or _turn(manifest)
        if any(each not in (None, chosen) for each in parts):
            raise TrainingSetError(
                f"Patient {patient} is in the {fixed} part of this training set and cannot go to "
                f"the {chosen} part: a model would be measured on whom it learned from. Add the "
                "scan to the part that the patient is in."
            )
        if record is not None and (reason := record.objection(chosen, texts)):
            raise TrainingSetError(
                f"Patient {patient} cannot go to the {chosen} part: {reason}. Choose another part."
            )
        return _Decision(patient, chosen, same)


def _turn(manifest: Manifest) -> Split:
    return "train" if (len(manifest.patients) + 1) % HOLD_OUT else "validation"


def _check_patient(patient: str) -> str:
    name = tidy(patient)
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise TrainingSetError(
            f"The patient is called {name[:MAX_NAME]!r}, expected a pseudonym of 1 to {MAX_NAME} "
            "printable characters, the same for all scans of one patient."
        )
    return name


def _meanings(labels: NDArray[Any], info: MaskInfo) -> dict[int, str]:
    """Tell what labels mean; those that a mask holds must be among them."""
    if unknown := sorted(set(np.unique(labels).tolist()) - {0, *info.names}):
        known = ", ".join(f"{value} ({name})" for value, name in info.names.items())
        raise TrainingSetError(
            f"The mask holds labels {unknown[:6]}, expected 0 and {known}. Erase or renumber them."
        )
    return dict(info.names)


def _own_channels(scan: Scan) -> dict[str, Channel | None]:
    return {name: Channel(scan, index) for index, name in enumerate(scan.channels)}


def _digest(role: str, image: NDArray[Any]) -> str:
    """Tell an image from others; one without any content would be like all of its shape."""
    if image.min() == image.max():
        raise TrainingSetError(
            f"The image given as {role} has the value {image.min()} everywhere. Choose another, "
            "or none."
        )
    return voxels_sha256(image)


def _source_name(scan: Scan) -> str:
    """Name of the scan's file, or of the folder of its slices; never a path."""
    files = scan.source.files
    return files[0].name if len(files) == 1 else scan.source.name


def _write_files(
    folder: Path,
    scan: Scan,
    placed: Mapping[str, NDArray[Any]],
    digests: Mapping[str, str],
    labels: NDArray[Any],
) -> tuple[tuple[StoredImage, ...], str]:
    """Fill the folder of an entry; every file is read back and compared."""
    try:
        folder.mkdir()
    except OSError as error:
        raise SaveError(
            f"Nothing can be written to the folder {folder.parent.name} ({error.strerror}). Ask "
            "for write access, or choose another training set."
        ) from error
    images = []
    for number, (role, image) in enumerate(placed.items(), start=1):
        name = f"{number}-{re.sub('[^A-Za-z0-9]+', '-', role).strip('-')[:40]}.nii.gz"
        write_image(image, scan, folder / name)
        images.append(
            StoredImage(
                role=role,
                file=name,
                sha256=file_sha256(folder / name),
                voxels_sha256=digests[role],
            )
        )
    mask = write_mask(labels, scan, folder / MASK_NAME)
    return tuple(images), file_sha256(mask)


def _sweep(folder: Path, ids: Iterable[str]) -> None:
    """Remove folders of entries, unless the manifest as it is on disk lists them."""
    listed = {entry.id for entry in open_training_set(folder).manifest.entries}
    for each in set(ids) - listed:
        shutil.rmtree(folder / each, ignore_errors=True)
