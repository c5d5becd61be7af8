"""One scan of one patient with its reference mask: on disk, and as a network sees it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.labels import ONE_CLASS, ClassTable
from brainseg_train.data.patients import PatientNaming
from brainseg_train.data.roles import ROLES
from brainseg_train.data.unpaired import unpaired
from napari_brainseg.errors import ScanError
from napari_brainseg.frames import acquisition_plane
from napari_brainseg.io import list_series, read_mask_on, read_scan
from napari_brainseg.io.files import is_folder
from napari_brainseg.models.patients import voxels_sha256
from napari_brainseg.pipeline.assemble import place_channels
from napari_brainseg.pipeline.channels import Channel
from napari_brainseg.pipeline.prepare import PreparedSlices, prepare_scan
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from brainseg_train.data.image_file import ImageFile
    from napari_brainseg.io import Reading
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = ["Case", "Patient", "VolumeCase", "load_patient"]


@dataclass(frozen=True, slots=True)
class Case:
    """One scan of one patient, still on disk: a folder of slices with their masks.

    Parameters
    ----------
    name : str
        Of its folder.
    folder : Path
        Its files.
    naming : PatientNaming
        Finds the patient.
    sequences : tuple of str
        What the channels are, where somebody has said so; else the reader names them.
    table : ClassTable
        What the labels mean.
    roles : tuple of InputRole
        Those of the data set: what is missing is stood in for as they say.
    """

    name: str
    folder: Path
    naming: PatientNaming = field(default_factory=PatientNaming, kw_only=True, compare=False)
    sequences: tuple[str, ...] = field(default=(), kw_only=True)
    table: ClassTable = field(default=ONE_CLASS, kw_only=True)

    roles: tuple[InputRole, ...] = field(default=ROLES, kw_only=True)

    @property
    def patient(self) -> str:
        """The patient, e.g. ``TCGA_CS_4941`` of ``TCGA_CS_4941_19960909``."""
        return self.naming.patient_of(self.name)

    @property
    def institution(self) -> str:
        """Institution code, the second part of a TCGA name; empty for other names."""
        parts = self.name.split("_")
        return parts[1] if parts[0] == "TCGA" and len(parts) > 2 else ""

    @property
    def files(self) -> tuple[Path, ...]:
        """All that :meth:`read` reads, in order."""
        return tuple(sorted(path for path in self.folder.iterdir() if path.is_file()))

    @property
    def channels(self) -> tuple[str, ...]:
        """What the channels have to be, for a network to learn from them."""
        return tuple(role.name for role in self.roles)

    @property
    def reading(self) -> object:
        """What decides, beside the files, how they are read."""
        return None

    def may_lack(self, role: str) -> bool:
        """Whether a role is a sequence of its own, and not another window of the required one."""
        return True

    def defects(self) -> list[str]:
        """Say what is wrong with the files, as far as their names tell."""
        return _unpaired(self.folder)

    def labels(self) -> tuple[Scan, NDArray[np.unsignedinteger]]:
        """Read the scan and the labels (Z, Y, X) of its reference mask.

        Raises
        ------
        ScanError
            If the files cannot be read, or there is no mask among them.
        """
        reading = read_scan(self.folder)
        scan, mask = reading.scan, _mask_of(reading)
        if len(self.sequences) == len(scan.channels):
            scan = replace(scan, channels=self.sequences)
        return scan, mask

    def read(self) -> tuple[Scan, NDArray[np.uint8]]:
        """Read the scan and its reference mask.

        Returns
        -------
        scan : Scan
            A channel for each role, in their order.
        mask : ndarray of uint8, shape (Z, Y, X)
            A bit for each class, as of :meth:`~brainseg_train.data.labels.ClassTable.bits`: 0 and
            1 where there is one class.

        Raises
        ------
        ScanError
            If the files cannot be read, or there is no mask among them.
        """
        scan, labels = self.labels()
        return scan, self.table.bits(labels)


@dataclass(frozen=True, slots=True)
class VolumeCase(Case):
    """A case whose images and mask are files of their own.

    Parameters
    ----------
    images : dict of str to ImageFile
        By role; roles that were not acquired are missing.
    mask : Path
        The reference mask, or the folder of slices that it lies beside.
    sequences : tuple of str
        Those that some case of the data set has: other roles are windows of the required one.
    notes, problems : tuple of str
        What the search for files noticed: what is odd, and what forbids any use.
    """

    images: dict[str, ImageFile] = field(kw_only=True, compare=False)
    mask: Path = field(kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    problems: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that :meth:`read` reads, in order."""
        images = (image.path for image in self.images.values())
        return tuple(dict.fromkeys((*images, self.mask)))

    @property
    def reading(self) -> object:
        """What decides, beside the files, how they are read."""
        volumes = [(name, each.path.name, each.volume) for name, each in self.images.items()]
        return volumes, self.mask.name, self.roles, self.notes

    def may_lack(self, role: str) -> bool:
        """Whether a role is a sequence of its own, and not another window of the required one."""
        return role in self.sequences

    def defects(self) -> list[str]:
        """Say what is wrong with the files, as far as their names tell."""
        return [*self.problems, *(_unpaired(self.mask) if self.mask.is_dir() else ())]

    def labels(self) -> tuple[Scan, NDArray[np.unsignedinteger]]:
        """Read the images on the grid of the mask, and its labels (Z, Y, X).

        The grid is that of the required image if the mask lies on it, else of another; images of
        other grids are resampled onto it.

        Raises
        ------
        ScanError
            If a file cannot be read, or the mask lies on none of the images.
        ChannelError
            If an image does not overlap the others.
        """
        images = self._images()
        paths = dict.fromkeys(each.path for each in images.values())
        readings = {path: _read(path) for path in paths}
        for path, reading in readings.items():
            self._see_volumes(path, reading.scan)
        channels: dict[str, Channel | None] = {}
        for name, image in images.items():
            scan = readings[image.path].scan
            channels[name] = Channel(scan, _volume(image, scan))
        if (beside := readings.get(self.mask)) is not None:
            reference, labels = beside.scan, _mask_of(beside)
        else:
            reference, labels = self._grid(channels)
        placed, notes = place_channels(reference, channels)
        for role in self.roles:
            if role.name not in placed and role.fallback is not None:
                placed[role.name] = placed[role.fallback]
        seen = (text for each in readings.values() for text in each.scan.source.warnings)
        warnings = tuple(dict.fromkeys((*self.notes, *seen, *notes)))
        source = replace(reference.source, name=self.name, warnings=warnings)
        data = np.stack([placed[name] for name in self.channels])
        scan = Scan(data, reference.affine, self.channels, source, reference.units)
        return scan, _binary(labels, self.table)

    def _see_volumes(self, path: Path, scan: Scan) -> None:
        """See that a file holds no volume of which nobody says what it is."""
        named = [
            name
            for name, each in self.images.items()
            if (each.path, each.volume) != (path, None) and each.path == path
        ]
        if 0 < len(named) < len(scan.channels):
            raise ScanError(
                f"{path.name}: holds {len(scan.channels)} volumes, expected {len(named)}: "
                f"{', '.join(named)}. Name all of them, in their order"
            )

    def _images(self) -> dict[str, ImageFile]:
        """Return the images of the roles; those that a file is needed for are there."""
        for role in self.roles:
            if role.fallback is None and role.name not in self.images:
                raise ScanError(
                    f"there is no {role.name}, which every case needs. Add it, leave the case "
                    "out with --exclude, or name another: --set data.required=…"
                )
        held = (role.name for role in self.roles if role.name in self.images)
        return {name: self.images[name] for name in held}

    def _grid(
        self, channels: dict[str, Channel | None]
    ) -> tuple[Scan, NDArray[np.unsignedinteger]]:
        """Find the image that the mask lies on, the required one first."""
        required = [role.name for role in self.roles if role.fallback is None]
        refused: ScanError | None = None
        for name in (*required, *channels):
            channel = channels.get(name)
            if channel is None:
                continue
            try:
                return channel.scan, read_mask_on(self.mask, channel.scan)
            except ScanError as error:
                refused = refused or error
        raise refused or ScanError("there is no image")


def _read(path: Path) -> Reading:
    """Read an image; of several series nobody says which one is meant.

    Raises
    ------
    ScanError
        If it cannot be read, or there are several series.
    """
    series = list_series(path) if is_folder(path) else []
    if len(series) > 1:
        titles = ", ".join(each.title for each in series[:4])
        raise ScanError(
            f"{path.name}: holds {len(series)} DICOM series ({titles}), expected one. Put each in "
            "a folder of its own, called as its sequence is"
        )
    return read_scan(path)


def _binary(labels: NDArray[np.unsignedinteger], table: ClassTable) -> NDArray[np.unsignedinteger]:
    """Return a mask of black and white (0 and 255), as pictures are painted, as one of 0 and 1."""
    if 255 in table.known or labels.max(initial=0) != 255 or ((labels > 0) & (labels < 255)).any():
        return labels
    return (labels > 0).astype(np.uint8)


def _mask_of(reading: Reading) -> NDArray[np.unsignedinteger]:
    """Return the mask (Z, Y, X) that lies beside a scan's slices."""
    if reading.mask is None:
        raise ScanError("there is no mask file at all")
    return reading.mask


def _unpaired(folder: Path) -> list[str]:
    """Say which slices and masks of a folder have no counterpart."""
    missing, masks = unpaired(folder)
    found = [
        f"no mask for slice {number}; add one, empty where nothing is marked" for number in missing
    ]
    return found + [f"mask {number} has no slice; add it, or take it away" for number in masks]


def _volume(image: ImageFile, scan: Scan) -> int:
    count = len(scan.channels)
    if image.volume is None and count > 1:
        raise ScanError(
            f"{image.path.name}: holds {count} volumes, expected one image. Say in their order "
            'what they are: --set data.sequences=\'["T1", "FLAIR", …]\''
        )
    if (wanted := image.volume or 0) >= count:
        raise ScanError(f"{image.path.name}: holds {count} volumes, expected {wanted + 1} or more")
    return wanted


@dataclass(frozen=True, eq=False)  # no slots: what is calculated when it is asked for, is kept
class Patient:
    """One case as the network sees it.

    Parameters
    ----------
    case : Case
        Where it came from.
    scan : Scan
        The scan on its own grid.
    mask : ndarray of uint8, shape (Z, Y, X)
        Reference mask on the scan's grid, a bit for each class.
    params : Preprocessing
        What the network expects.
    """

    case: Case
    scan: Scan
    mask: NDArray[np.uint8]
    params: Preprocessing

    @cached_property
    def prepared(self) -> PreparedSlices:
        """The network's input."""
        # As the plugin does: the network is shown slices of the plane of acquisition.
        return prepare_scan(self.scan, self.params, acquisition_plane(self.scan.affine))

    @property
    def target(self) -> NDArray[np.uint8]:
        """The mask as the network should answer: bits, uint8 of shape (N, H, W)."""
        geometry = self.prepared.geometry
        turned = np.ascontiguousarray(geometry.frame.apply(self.mask))
        held = np.bitwise_or.reduce(turned, axis=None)
        found = np.zeros((len(turned), *geometry.padded), np.uint8)
        for bit in np.uint8(1) << np.arange(8, dtype=np.uint8):
            if held & bit:
                forward = geometry.forward(((turned & bit) > 0).astype(np.float32))
                found |= (forward >= 0.5) * bit
        return found

    @property
    def traces(self) -> tuple[str, ...]:
        """By what the patient can be known again: names, and digests of the images."""
        return (self.case.patient, self.case.name, *map(voxels_sha256, self.scan.data))


def load_patient(case: Case, params: Preprocessing) -> Patient:
    """Read and prepare one case.

    Raises
    ------
    ScanError
        If its files cannot be read.
    """
    scan, mask = case.read()
    return Patient(case, scan, mask, params)
