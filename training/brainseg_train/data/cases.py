"""A folder of training data in the public LGG layout: one folder a patient, slice and mask files.

``<case>/<case>_<n>.tif`` beside ``<case>/<case>_<n>_mask.tif``, the number counting along z.
Slices are read and prepared by the same code that serves the plugin.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.patients import PatientNaming
from brainseg_train.errors import DataError
from napari_brainseg.errors import ScanError
from napari_brainseg.frames import acquisition_plane
from napari_brainseg.io import read_scan
from napari_brainseg.models.patients import voxels_sha256
from napari_brainseg.pipeline.prepare import PreparedSlices, prepare_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.models.preprocessing import Preprocessing
    from napari_brainseg.scan import Scan

__all__ = [
    "Case",
    "DataReport",
    "Patient",
    "checked_cases",
    "find_cases",
    "inspect",
    "load_patient",
]

SEQUENCES = 3
"""Channels of a slice in this layout."""

_SLICE = re.compile(r"^(?P<stem>.+_(?P<number>\d+))(?P<mask>_mask)?\.tiff?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One scan of one patient, still on disk.

    Parameters
    ----------
    name : str
        Of its folder.
    folder : Path
        Its files.
    naming : PatientNaming
        Finds the patient.
    """

    name: str
    folder: Path
    naming: PatientNaming = field(default_factory=PatientNaming, kw_only=True, compare=False)

    @property
    def patient(self) -> str:
        """The patient, e.g. ``TCGA_CS_4941`` of ``TCGA_CS_4941_19960909``."""
        return self.naming.patient_of(self.name)

    @property
    def institution(self) -> str:
        """Institution code, the second part of a TCGA name; empty for other names."""
        parts = self.name.split("_")
        return parts[1] if parts[0] == "TCGA" and len(parts) > 2 else ""

    def read(self) -> tuple[Scan, NDArray[np.uint8]]:
        """Read the scan and its reference mask, uint8 of shape (Z, Y, X).

        Raises
        ------
        ScanError
            If the files cannot be read, or there is no mask among them.
        """
        reading = read_scan(self.folder)
        if reading.mask is None:
            raise ScanError("there is no mask file at all")
        return reading.scan, reading.mask


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """One case in memory, as the network sees it.

    Parameters
    ----------
    case : Case
        Where it came from.
    scan : Scan
        The scan on its own grid.
    mask : ndarray of uint8, shape (Z, Y, X)
        Reference mask on the scan's grid, 0 or 1.
    prepared : PreparedSlices
        The network's input.
    """

    case: Case
    scan: Scan
    mask: NDArray[np.uint8]
    prepared: PreparedSlices

    @property
    def target(self) -> NDArray[np.uint8]:
        """The mask as the network should answer: uint8 of shape (N, H, W)."""
        geometry = self.prepared.geometry
        turned = np.ascontiguousarray(geometry.frame.apply(self.mask))
        forward = geometry.forward(turned.astype(np.float32))
        return (forward >= 0.5).astype(np.uint8)

    @property
    def traces(self) -> tuple[str, ...]:
        """By what the patient can be known again: names, and digests of the images."""
        return (self.case.patient, self.case.name, *map(voxels_sha256, self.scan.data))


@dataclass(frozen=True, slots=True)
class DataReport:
    """What a training folder holds.

    ``problems`` forbid any use, ``unfit`` forbids training alone; ``oddities`` are worth knowing.
    ``images`` holds, by name of the case, the digests of its images
    (:func:`~napari_brainseg.models.patients.voxels_sha256`).
    """

    cases: int
    patients: int
    slices: int
    tumour_slices: int
    tumour_share: float
    sha256: str
    problems: tuple[str, ...]
    oddities: tuple[str, ...]
    unfit: tuple[str, ...] = ()
    images: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


def find_cases(root: Path, naming: PatientNaming | None = None) -> list[Case]:
    """List the cases below a folder (or below its ``kaggle_3m``), sorted by name.

    Parameters
    ----------
    root : Path
        The folder.
    naming : PatientNaming, optional
        Finds the patient of each case; by its name if not given.

    Raises
    ------
    DataError
        If the folder is missing, holds no case, or a case of an unknown patient.
    """
    home = root / "kaggle_3m" if (root / "kaggle_3m").is_dir() else root
    folders = sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    naming = naming or PatientNaming()
    cases = [
        Case(folder.name, folder, naming=naming) for folder in folders if _slice_numbers(folder)[0]
    ]
    if not cases:
        raise DataError(
            f"No case was found in {root.name!r}. Expected one folder a patient with files "
            "<case>_<n>.tif and <case>_<n>_mask.tif, as in the public LGG set."
        )
    for case in cases:
        naming.patient_of(case.name)
    return cases


def inspect(cases: Sequence[Case], progress: Callable[[int], None] | None = None) -> DataReport:
    """Read every case once and report what is there and what is wrong, never stopping early."""
    found: list[_Inspected] = []
    for done, case in enumerate(cases, start=1):
        found.append(_inspect(case))
        if progress is not None:
            progress(done)
    patients = Counter(case.patient for case in cases)
    problems = chain.from_iterable(each.problems for each in found)
    oddities = chain.from_iterable(each.oddities for each in found)
    return DataReport(
        cases=len(cases),
        patients=len(patients),
        slices=_total(found, "slices"),
        tumour_slices=_total(found, "tumour_slices"),
        tumour_share=_total(found, "tumour") / max(1, _total(found, "voxels")),
        sha256=hashlib.sha256(b"".join(each.digested for each in found)).hexdigest(),
        problems=(*problems, *_repeated(found)),
        oddities=(*oddities, *(f"{p}: {n} cases" for p, n in patients.items() if n > 1)),
        unfit=tuple(_unfit(found, len(patients))),
        images={each.name: each.images for each in found},
    )


def _unfit(found: Sequence[_Inspected], patients: int) -> Iterable[str]:
    """Say why nothing can be learned from the data, though they can be read."""
    if not _total(found, "tumour_slices"):
        yield "no mask holds any tumour: there is nothing to learn"
    if patients < 2:
        yield "there is one patient only: nobody is left to validate on"
    for each in found:
        if each.images and len(each.images) != SEQUENCES:
            yield (
                f"{each.name}: {len(each.images)} channels, expected {SEQUENCES} (pre-contrast, "
                "FLAIR, post-contrast; FLAIR repeated where one is missing)"
            )


def _total(found: Sequence[_Inspected], key: str) -> int:
    return sum(getattr(each, key) for each in found)


@dataclass(frozen=True, slots=True)
class _Inspected:
    """What one case holds; ``content`` is the digest of its images, empty if they are unreadable.

    ``digested`` is what the digest of the data is made of.
    """

    name: str
    problems: tuple[str, ...]
    oddities: tuple[str, ...] = ()
    content: str = ""
    digested: bytes = b""
    images: tuple[str, ...] = ()
    slices: int = 0
    tumour_slices: int = 0
    tumour: int = 0
    voxels: int = 0


def _inspect(case: Case) -> _Inspected:
    """Read one case and look at all that can be wrong with it."""
    missing, unpaired = _unpaired(case.folder)
    problems = [f"no mask for slice {number}" for number in missing]
    problems += [f"mask {number} has no slice" for number in unpaired]
    try:
        scan, mask = case.read()
    except ScanError as error:
        return _Inspected(case.name, _named(case, [*problems, str(error)]))
    content = hashlib.sha256(scan.data.tobytes()).hexdigest()
    return _Inspected(
        name=case.name,
        problems=_named(case, [*problems, *_mask_problems(mask)]),
        oddities=_named(case, _oddities(scan, mask)),
        content=content,
        images=tuple(map(voxels_sha256, scan.data)),
        digested=f"{case.name}:{content}:".encode() + np.packbits(mask).tobytes(),
        slices=mask.shape[0],
        tumour_slices=int(mask.any(axis=(1, 2)).sum()),
        tumour=int((mask > 0).sum()),
        voxels=mask.size,
    )


def _named(case: Case, texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{case.name}: {text}" for text in texts)


def _repeated(found: Sequence[_Inspected]) -> Iterable[str]:
    """Name the cases that hold the images of another one."""
    seen: dict[str, str] = {}
    for each in found:
        if each.content in seen:
            yield f"{each.name}: the same images as {seen[each.content]}"
        if each.content:
            seen[each.content] = each.name


def checked_cases(
    root: Path, use: str, naming: PatientNaming | None = None
) -> tuple[list[Case], DataReport]:
    """Find and inspect the cases of a folder that is to be ``use``d on, e.g. ``"trained"``.

    Parameters
    ----------
    root : Path
        The folder.
    use : {"trained", "described", "measured"}
        What for; what cannot be learned from can still be measured on.
    naming : PatientNaming, optional
        Finds the patient of each case; by its name if not given.

    Raises
    ------
    DataError
        If there is no case, or a problem; all are listed.
    """
    cases = find_cases(root, naming)
    report = inspect(cases)
    problems = (*report.problems, *(report.unfit if use == "trained" else ()))
    if problems:
        raise DataError(f"The data cannot be {use} on:\n" + "\n".join(problems))
    return cases, report


def load_patient(case: Case, params: Preprocessing) -> Patient:
    """Read and prepare one case.

    Raises
    ------
    ScanError
        If its files cannot be read.
    """
    scan, mask = case.read()
    # As the plugin does: the network is shown slices of the plane of acquisition.
    return Patient(case, scan, mask, prepare_scan(scan, params, acquisition_plane(scan.affine)))


def _slice_numbers(folder: Path) -> tuple[set[int], set[int]]:
    """Numbers of the slice files and of the mask files in a folder."""
    slices: set[int] = set()
    masks: set[int] = set()
    for path in folder.iterdir():
        match = _SLICE.match(path.name)
        if match:
            (masks if match["mask"] else slices).add(int(match["number"]))
    return slices, masks


def _unpaired(folder: Path) -> tuple[list[int], list[int]]:
    slices, masks = _slice_numbers(folder)
    return sorted(slices - masks), sorted(masks - slices)


def _mask_problems(mask: NDArray[np.uint8]) -> Iterable[str]:
    values = np.unique(mask)
    if not set(values.tolist()) <= {0, 1}:
        yield f"the mask has values {values.tolist()[:6]}, expected two (0 and 1 or 255)"


def _oddities(scan: Scan, mask: NDArray[np.uint8]) -> Iterable[str]:
    yield from scan.source.warnings
    if not mask.any():
        yield "the mask is empty in every slice"
    flair = scan.channels.index("FLAIR") if "FLAIR" in scan.channels else 0
    for index, name in enumerate(scan.channels):
        if index != flair and np.array_equal(scan.data[index], scan.data[flair]):
            yield f"{name} repeats {scan.channels[flair]} (the sequence is missing)"
