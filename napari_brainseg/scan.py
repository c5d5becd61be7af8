"""The scan: voxels, where they lie in the patient, and where they came from.

Axis order. Arrays are indexed ``(C, Z, Y, X)`` in the *source's own voxel order*: ``X`` is the
file's first (fastest) voxel axis, ``Z`` its third, as in SimpleITK and as in the transpose of a
nibabel array. Nothing is ever reoriented on the way in, so a mask in this order is a mask on the
source grid. How a scan is turned for the eye or for a network is :mod:`napari_brainseg.frames`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from nibabel.nifti1 import Nifti1Header
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = [
    "DISPLAY_AFFINE",
    "DicomSource",
    "FileSource",
    "NiftiSource",
    "Scan",
    "SlicesSource",
    "Source",
    "UnplacedSource",
]

DISPLAY_AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Affine of a grid that has no geometry of its own but is stored as radiologists look at it:
column 0 is the patient's right, row 0 is anterior, slice 0 is nearest the feet (LPS order)."""
DISPLAY_AFFINE.setflags(write=False)

FARTHEST = 1e9
"""Beyond so many mm, a thousand kilometres, no voxel can be told from its neighbour any more."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a scan came from; this class itself stands for one that is not on disk.

    Parameters
    ----------
    name : str
        A short name to show and to derive file names from, without suffix.
    files : tuple of Path
        The files read, in slice order; empty for a scan that is not on disk.
    warnings : tuple of str
        What the reader noticed, one sentence each; shown by what opens the scan.
    untold : tuple of str
        The same of a scan that nothing opened, such as a layer of napari: a run passes it on.

    Attributes
    ----------
    placed_by : {"scanner", "display", "nobody"}
        What the affine is worth: the file states where the voxels lie in the patient; or it is
        believed that they are stored, or shown, as radiologists look at them; or nothing is known.
    """

    placed_by: ClassVar[Literal["scanner", "display", "nobody"]] = "scanner"

    name: str
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    untold: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def exam(self) -> str:
        """Names the exam and whose it is, where the file says so; not for display."""
        return ""

    @property
    def place(self) -> Path | None:
        """The folder that a mask of the scan goes into; None for a scan that is not on disk."""
        return self.files[0].parent if self.files else None


@dataclass(frozen=True, slots=True)
class UnplacedSource(Source):
    """Voxels of which nothing is known, such as labels that belong to no scan."""

    placed_by: ClassVar[Literal["scanner", "display", "nobody"]] = "nobody"


@dataclass(frozen=True, slots=True)
class FileSource(Source):
    """One volume: in a file, or in a header and a data file."""


@dataclass(frozen=True, slots=True)
class NiftiSource(FileSource):
    """A NIfTI file, with its header for masks to be saved under.

    Parameters
    ----------
    header : nibabel header
        That of a single file, also where the scan is a pair.
    """

    header: Nifti1Header = field(kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SlicesSource(Source):
    """TIFF or picture files: one a slice, or a single stack."""

    placed_by: ClassVar[Literal["scanner", "display", "nobody"]] = "display"

    @property
    def place(self) -> Path | None:
        """Beside a single file, and beside the folder of many: among slices a mask would be one."""
        return _beside(self.files)


@dataclass(frozen=True, slots=True)
class DicomSource(Source):
    """A DICOM series.

    Parameters
    ----------
    dataset : Dataset
        Of the first slice, without pixels.
    frames : tuple of (Path, int)
        The file of each slice and the index of its frame there, in slice order; 0 in a file of
        one image.
    unreferable : str
        Why no file, such as a DICOM SEG, can refer to the images; empty where nothing is known
        to be in the way.
    """

    dataset: Dataset = field(kw_only=True, compare=False, repr=False)
    frames: tuple[tuple[Path, int], ...] = field(default=(), kw_only=True)
    unreferable: str = field(default="", kw_only=True)

    @property
    def exam(self) -> str:
        """The study, and its patient."""
        study, patient = (self.dataset.get(tag) for tag in ("StudyInstanceUID", "PatientID"))
        return f"{study} {patient}" if study else ""

    @property
    def place(self) -> Path | None:
        """Beside a single file, and beside the folder of many."""
        return _beside(self.files)


def _beside(files: tuple[Path, ...]) -> Path | None:
    if not files:
        return None
    return files[0].parent if len(files) == 1 else files[0].parent.parent


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Scan:
    """One scan on one voxel grid; several channels share the grid.

    Parameters
    ----------
    data : ndarray, shape (C, Z, Y, X)
        Intensities in the source's dtype (rescaled where the format says so; booleans as 0 and
        1), made read-only.
    affine : ndarray of float64, shape (4, 4)
        Maps the homogeneous voxel index ``(x, y, z, 1)`` to RAS+ millimetres: nibabel's
        convention, with the index in the reverse order of the array axes.
    channels : tuple of str
        One name per channel, e.g. ``("pre-contrast", "FLAIR", "post-contrast")``.
    source : Source
        Where it came from.
    units : {"mm", "pixel"}
        ``"pixel"`` where the source stores no spacing; the affine then counts pixels.

    Raises
    ------
    ScanError
        If shapes disagree, the affine is singular or not finite, or an axis is empty.

    Examples
    --------
    A scan of two sequences on one grid, 4 slices of 3 mm:

    >>> data = np.zeros((2, 4, 256, 256), dtype=np.int16)
    >>> affine = np.diag([-0.9, -0.9, 3.0, 1.0])  # (x, y, z, 1) to RAS+ mm
    >>> scan = Scan(data, affine, ("FLAIR", "T1"), Source("patient 7"))
    >>> scan.grid, scan.spacing  # both along Z, Y, X
    ((4, 256, 256), (3.0, 0.9, 0.9))
    >>> round(scan.voxel_volume, 2)  # mm³
    2.43
    """

    data: NDArray[Any]
    affine: NDArray[np.float64]
    channels: tuple[str, ...]
    source: Source
    units: Literal["mm", "pixel"] = "mm"

    def __post_init__(self) -> None:
        if self.data.ndim != 4 or 0 in self.data.shape:
            raise ScanError(
                tr(
                    "{name}: the image has shape {shape}, expected four non-empty "
                    "axes (channel, z, y, x). Check that the file holds a 2-D or "
                    "3-D image.",
                    name=self.source.name,
                    shape=self.data.shape,
                )
            )
        if self.data.dtype.kind not in "buif":
            raise ScanError(
                tr(
                    "{name}: voxels are of type {dtype}, expected whole or real "
                    "numbers. Convert the image to a scalar type first.",
                    name=self.source.name,
                    dtype=self.data.dtype,
                )
            )
        if len(self.channels) != self.data.shape[0]:
            raise ScanError(
                tr(
                    "{name}: {count} channel names for {shape} channels.",
                    name=self.source.name,
                    count=len(self.channels),
                    shape=self.data.shape[0],
                )
            )
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not (abs(affine) < FARTHEST).all() or _is_flat(affine):
            raise ScanError(
                tr(
                    "{name}: the affine {affine} does not place voxels in space, "
                    "expected a finite, invertible 4x4 matrix. Repair the header, "
                    "or save the scan again from the program that made it.",
                    name=self.source.name,
                    affine=affine.tolist(),
                )
            )
        # Arithmetic is not defined for booleans.
        data = self.data.view(np.uint8) if self.data.dtype.kind == "b" else self.data.view()
        for array in (affine, data):
            array.setflags(write=False)
        object.__setattr__(self, "affine", affine)
        object.__setattr__(self, "data", data)

    @property
    def grid(self) -> tuple[int, int, int]:
        """Shape (Z, Y, X) of the voxel grid."""
        _, z, y, x = self.data.shape
        return z, y, x

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size along (Z, Y, X), in :attr:`units`."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(z), float(y), float(x)

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel in cubic :attr:`units` (exact for sheared grids too)."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))


def _is_flat(affine: NDArray[np.float64]) -> bool:
    """Whether the voxel axes do not span space, judged free of the unit of length."""
    axes = affine[:3, :3]
    with np.errstate(over="ignore"):  # an axis of infinite length spans nothing
        lengths = np.linalg.norm(axes, axis=0)
        return bool((lengths < 1e-9).any() or abs(np.linalg.det(axes / lengths)) < 1e-3)
