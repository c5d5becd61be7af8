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
from napari_brainseg.language import tr
from napari_brainseg.models.bundle import file_sha256
from napari_brainseg.models.patients import voxels_sha256
from napari_brainseg.pipeline.assemble import place_channels
from napari_brainseg.pipeline.channels import channels_of
from napari_brainseg.training_set.contents import (
    MASK_NAME,
    MAX_NAME,
    Contents,
    Entry,
    StoredImage,
    open_training_set,
    save_contents,
    tidy,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.models.patients import Split
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["add_to_training_set"]

HOLD_OUT = 5
"""Of new patients every fifth is held out to validate on, unless the user says otherwise."""


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
    """Copy a scan and its corrected mask into a training set; start the set if there is none.

    Slow (hashing, compression): call it in a worker. Killed at any moment, it leaves the set as it
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
        A pseudonym; see :meth:`TrainingSet.propose_patient`. Case does not matter.
    note : str
        Who corrected it and when, in the user's own words.
    channels : mapping of str to Channel or None, optional
        The image of each input role of the model, as the scan was segmented with; images of
        another grid are resampled onto the scan's. By default the scan's own channels, under
        their own names.
    info : MaskInfo, optional
        What the labels mean; by default label 1 is tumour.
    split : {"train", "validation", "test"}, optional
        The part that the patient goes to. By default a patient who is known stays where they
        are. Of new ones, those that ``model`` was measured on go to ``"test"``, those that it
        learned from to ``"train"``, and of the others every fifth to ``"validation"``.
    model : ModelCard, optional
        The model to train further: it must not learn from its held-out patients.
    replace : bool
        Whether this entry replaces one of the same image.

    Returns
    -------
    Entry
        As it is in the set now.

    Raises
    ------
    EntryExistsError
        If the same image is there already and may not be replaced.
    TrainingSetError
        If the patient is in another part of the set or of the model's dataset, the image belongs
        to another patient, the mask holds a label without meaning, or the set is damaged.
    ChannelError
        If an image of another grid cannot be laid on the scan.
    SaveError
        If the mask does not fit the scan, or files cannot be written.

    Examples
    --------
    >>> entry = add_to_training_set("corrected", scan, mask, patient="patient-1", split="train")
    >>> entry.title, [image.file for image in entry.images]
    ('patient-1 · brain_sample',
     ['1-pre-contrast.nii.gz', '2-FLAIR.nii.gz', '3-post-contrast.nii.gz'])
    """
    name, meanings = _check_patient(patient), _meanings(labels, info or MaskInfo())
    if channels is None:
        channels = {each.name: each for each in channels_of(scan)}
    placed, _ = place_channels(scan, channels)
    if not placed:
        raise TrainingSetError(tr("No image was chosen for any role. Choose at least one."))
    digests = {role: _digest(role, image) for role, image in placed.items()}
    source, found = _source_name(scan), frozenset(digests.values())
    addition = _Addition(name, source, found, split, model, replace)
    training_set = open_training_set(folder, create=True)
    addition.decide(training_set.contents)  # before the slow part
    home, identifier = training_set.folder, secrets.token_hex(6)
    try:
        images, mask_sha256 = _write_files(home / identifier, scan, placed, digests, labels)
        # Read again: another program may have added to the set meanwhile.
        contents = open_training_set(home).contents
        decision = addition.decide(contents)
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
        kept = (each for each in contents.entries if each not in decision.replaced)
        patients = contents.patients | {decision.patient: decision.split}
        save_contents(home, Contents(salt=contents.salt, patients=patients, entries=(*kept, entry)))
    finally:
        _sweep(home, [identifier])
    _sweep(home, [each.id for each in decision.replaced])
    return entry


@dataclass(frozen=True, slots=True)
class _Decision:
    """The spelling of the patient's name, the part they go to, and the entries that give way."""

    patient: str
    split: Split
    replaced: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Addition:
    """What is to be added, as far as the set and the model have a say in it."""

    patient: str
    source: str
    digests: frozenset[str]
    split: Split | None
    model: ModelCard | None
    replace: bool

    def decide(self, contents: Contents) -> _Decision:
        """Choose name and part, or refuse with the reason."""
        patient, part = contents.find(self.patient)
        same = self._replaced(contents)
        parts = (part, *(contents.patients[each.patient] for each in same))
        fixed = [each for each in parts if each is not None]
        texts = (patient, self.source, *self.digests)
        split = self.split or (fixed[0] if fixed else self._known_part(texts)) or _turn(contents)
        if set(fixed) - {split}:
            raise TrainingSetError(
                tr(
                    "Patient {patient} is in the {fixed} part of this training set "
                    "and cannot go to the {split} part: a model would be measured "
                    "on patients that it learned from. Add the scan to the part "
                    "that the patient is in.",
                    patient=patient,
                    fixed=fixed[0],
                    split=split,
                )
            )
        if reason := self._objection(split, texts):
            raise TrainingSetError(
                tr(
                    "Patient {patient} cannot go to the {split} part: {reason}. "
                    "Choose another part.",
                    patient=patient,
                    split=split,
                    reason=reason,
                )
            )
        return _Decision(patient, split, same)

    def _replaced(self, contents: Contents) -> tuple[Entry, ...]:
        """Return the entries of the same image, or refuse if they may not be replaced."""
        same = tuple(each for each in contents.entries if self.digests & each.digests)
        if same and not self.replace:
            raise EntryExistsError(
                tr(
                    "This image is in the training set already, as {title}, added "
                    "on {added}. Replace that entry, or leave it.",
                    title=same[0].title,
                    added=same[0].added,
                )
            )
        return same

    def _known_part(self, texts: tuple[str, ...]) -> Split | None:
        """Return the part that the model knows the patient from."""
        record = self.model.patients if self.model is not None else None
        return record.part_of(texts) if record is not None else None

    def _objection(self, split: Split, texts: tuple[str, ...]) -> str:
        """Say what the model has against a part; empty if nothing."""
        record = self.model.patients if self.model is not None else None
        return record.objection(split, texts) if record is not None else ""


def _turn(contents: Contents) -> Split:
    """Return the part for a patient whom nobody knows."""
    return "train" if (len(contents.patients) + 1) % HOLD_OUT else "validation"


def _check_patient(patient: str) -> str:
    name = tidy(patient)
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise TrainingSetError(
            tr(
                "The patient is called {name!r}, expected a pseudonym of 1 to "
                "{max_name} printable characters, the same for all scans of "
                "one patient.",
                name=name[:MAX_NAME],
                max_name=MAX_NAME,
            )
        )
    return name


def _meanings(labels: NDArray[Any], info: MaskInfo) -> dict[int, str]:
    """Return what the labels mean; those that a mask holds must be among them."""
    if unknown := sorted(set(np.unique(labels).tolist()) - {0, *info.names}):
        known = ", ".join(f"{value} ({name})" for value, name in info.names.items())
        raise TrainingSetError(
            tr(
                "The mask holds labels {unknown}, expected 0 and {known}. Erase or renumber them.",
                unknown=unknown[:6],
                known=known,
            )
        )
    return dict(info.names)


def _digest(role: str, image: NDArray[Any]) -> str:
    """Hash an image; one without content would be like all others of its shape."""
    if image.min() == image.max():
        raise TrainingSetError(
            tr(
                "The image given as {role} has the value {min} everywhere. "
                "Choose another, or none.",
                role=role,
                min=image.min(),
            )
        )
    return voxels_sha256(image)


def _source_name(scan: Scan) -> str:
    """Return the name of the scan's file, or of the folder of its slices; never a path."""
    files = scan.source.files
    return files[0].name if len(files) == 1 else scan.source.name


def _write_files(
    folder: Path,
    scan: Scan,
    placed: Mapping[str, NDArray[Any]],
    digests: Mapping[str, str],
    labels: NDArray[Any],
) -> tuple[tuple[StoredImage, ...], str]:
    """Fill the folder of an entry; read every file back and compare."""
    try:
        folder.mkdir()
    except OSError as error:
        raise SaveError(
            tr(
                "Nothing can be written to the folder {name} ({reason}). Ask "
                "for write access, or choose another training set.",
                name=folder.parent.name,
                reason=error.strerror,
            )
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
    """Remove folders of entries that the set on disk does not list."""
    listed = {entry.id for entry in open_training_set(folder).contents.entries}
    for each in set(ids) - listed:
        shutil.rmtree(folder / each, ignore_errors=True)
