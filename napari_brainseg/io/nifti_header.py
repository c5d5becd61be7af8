"""NIfTI headers that other programs read and nibabel refuses: mended as they are read.

A quaternion may be longer than 1 by rounding, and an sform may be said to be there and place
nothing, beside a qform that does. nibabel asks for the affine as soon as it has read a header, so
the mending is part of reading. What cannot be mended is named. Extensions are left unread: nothing
is made of them, and a damaged one would hide the image.
"""

from __future__ import annotations

import logging
from itertools import product
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
from nibabel.fileholders import FileHolderError
from nibabel.spatialimages import HeaderDataError

from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "AGAIN",
    "HeaderError",
    "image_kind",
    "load_image",
    "plain_header",
    "stated_affine",
]

MAX_EXCESS = 0.01
"""By how much a quaternion may be longer than 1: numbers of two decimals are."""

QUATERNION = ("quatern_b", "quatern_c", "quatern_d")
ROWS = ("srow_x", "srow_y", "srow_z")


FLATTEST = 1e-9
"""Axes whose directions span less than this, of 1, place nothing."""

_SILENT = logging.Logger("nibabel", level=logging.CRITICAL + 1)
"""In the place of nibabel's logger, which prints where nobody asked for the log."""

AGAIN = marked("Save the scan again from the program that made it.")

MM_PER_UNIT = {"meter": 1000.0, "micron": 0.001}

TYPES = {
    0: marked("unknown"),
    1: marked("binary, of one bit"),
    1536: marked("float of 128 bits"),
    2048: marked("complex"),
}
"""Types of voxels that NIfTI has numbers for and NumPy does not hold."""


class HeaderError(ValueError):
    """What a header states, that an image cannot have; its text says what, and what to do."""


class _NoExtensions(nib.nifti1.Nifti1Extensions):
    """None, whatever there is."""

    @classmethod
    def from_fileobj(cls, fileobj: Any, size: int, byteswap: bool) -> Any:
        return cls()


class _Mended:
    """A header that is mended as it is read."""

    exts_klass = _NoExtensions

    @classmethod
    def from_fileobj(cls, fileobj: Any, endianness: Any = None, check: bool = True) -> Any:
        header: Any = super().from_fileobj(fileobj, endianness, False)  # type: ignore[misc]
        if check:
            _check(header)
            # Which way slices go, by its sign, as niftilib has it; nibabel would take any for 1.
            header["pixdim"][0] = -1 if header["pixdim"][0] < 0 else 1
            header.check_fix(_SILENT)  # what it mends on its way is nothing to act on
            _mend(header)
        return header


class _Header1(_Mended, nib.Nifti1Header):
    pass


class _PairHeader1(_Mended, nib.nifti1.Nifti1PairHeader):
    pass


class _Header2(_Mended, nib.Nifti2Header):
    pass


class _PairHeader2(_Mended, nib.nifti2.Nifti2PairHeader):
    pass


class _Image1(nib.Nifti1Image):
    header_class = _Header1


class _Pair1(nib.nifti1.Nifti1Pair):
    header_class = _PairHeader1


class _Image2(nib.Nifti2Image):
    header_class = _Header2


class _Pair2(nib.nifti2.Nifti2Pair):
    header_class = _PairHeader2


KINDS: tuple[Any, ...] = (_Pair1, _Image1, _Pair2, _Image2)


def load_image(path: Path) -> Any:
    """Read the header of a file, its voxels when asked for.

    Returns
    -------
    nibabel image
        Of another kind where the file is no NIfTI.

    Raises
    ------
    HeaderError
        If the header states what no image can have, or that it is no NIfTI.
    """
    sniff: Any = None
    for kind in KINDS:
        is_such, sniff = kind.path_maybe_image(str(path), sniff)
        if is_such:
            return kind.from_filename(path, mmap=False)
    start = sniff[0] if sniff else b""
    if 348 in (_number(start[:4], "little"), _number(start[:4], "big")):
        raise HeaderError(
            tr(
                "its header lacks the mark of NIfTI, so it may be Analyze 7.5, which does "
                "not tell left from right. Convert the original DICOM files to NIfTI, or "
                "this file with a program that knows how it was made."
            )
        )
    return nib.load(path, mmap=False)


def image_kind(size: bytes) -> Any:
    """Return the class of a single file by the first four bytes of it, the size of its header."""
    return _Image2 if 540 in (_number(size, "little"), _number(size, "big")) else _Image1


def plain_header(stored: Any) -> Any:
    """Copy a header as nibabel's own, for a single file, in which masks are saved."""
    is_second = isinstance(stored, nib.Nifti2Header)  # base of pairs too
    kind: Any = nib.Nifti2Header if is_second else nib.Nifti1Header
    header = kind(stored.binaryblock, stored.endianness, check=False)
    header["magic"] = kind.single_magic
    return header


def _number(size: bytes, order: Any) -> int:
    return int.from_bytes(size, order)


def _mend(header: Any) -> None:
    length = _length_of_rotation(header)
    if 1 < length <= 1 + MAX_EXCESS:
        for name in QUATERNION:
            header[name] = float(header[name]) / length * (1 - 1e-15)
    has_rotation = header["qform_code"] > 0 and length <= 1 + MAX_EXCESS
    if has_rotation and header["sform_code"] > 0 and not _places(header):
        header["sform_code"] = 0
        for name in ROWS:
            header[name] = 0
    if header["sform_code"] <= 0 < header["qform_code"] and not has_rotation:
        raise HeaderError(
            tr(
                "the place that its header states (qform) is turned by no rotation: its "
                "quaternion has the length {length:.3g}, expected at most 1. Repair the "
                "header, or save the scan again from the program that made it.",
                length=length,
            )
        )


def _length_of_rotation(header: Any) -> float:
    return float(np.linalg.norm([float(header[name]) for name in QUATERNION]))


def _places(header: Any) -> bool:
    """Whether the sform of a header is one."""
    rows = np.array([header[name] for name in ROWS], dtype=np.float64)
    if not np.isfinite(rows).all():
        return False
    sizes = np.linalg.norm(rows[:, :3], axis=0)
    return bool(sizes.all() and abs(np.linalg.det(rows[:, :3] / sizes)) > FLATTEST)


def _check(header: Any) -> None:
    """Refuse what nibabel would, in words.

    Raises
    ------
    HeaderError
        If the type of the voxels, their axes, their place in the file or their scale is none.
    """
    code, axes = int(header["datatype"]), int(header["dim"][0])
    codes = type(header)._data_type_codes
    if code not in codes.value_set() or not codes.dtype[code].itemsize:
        named = f" ({tr(TYPES[code])})" if code in TYPES else ""
        raise HeaderError(
            tr(
                "its voxels are of type {code}{named}, expected whole or real numbers. {again}",
                code=code,
                named=named,
                again=tr(AGAIN),
            )
        )
    if not 1 <= axes <= 7:
        raise HeaderError(
            tr(
                "its header states {axes} axes, expected 1 to 7. {again}",
                axes=axes,
                again=tr(AGAIN),
            )
        )
    start, size = float(header["vox_offset"]), header.sizeof_hdr
    if not np.isfinite(start) or start < (size + 4 if header.is_single else 0):
        raise HeaderError(
            tr(
                "the voxels are said to begin at byte {start:g}, within the header of {size} "
                "bytes and the 4 after it; the header is damaged. Get a fresh copy.",
                start=start,
                size=size,
            )
        )
    _check_scale(header)


def _check_scale(header: Any) -> None:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if np.isfinite(slope) and slope and not np.isfinite(intercept):
        raise HeaderError(
            tr(
                "its values are rescaled by slope {slope:g}, intercept {intercept:g}, "
                "expected finite numbers. {again}",
                slope=slope,
                intercept=intercept,
                again=tr(AGAIN),
            )
        )


def stated_affine(image: Any) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Affine in RAS+ mm, and what to tell about it."""
    header, notes = image.header, []
    affine = np.array(image.affine, dtype=np.float64)
    if header["sform_code"] <= 0 and header["qform_code"] <= 0:
        notes.append(
            tr(
                "Orientation is not stored in the file (sform and qform are unset): left and "
                "right are a guess, check them."
            )
        )
    if header["sform_code"] <= 0 and _states_no_size(image):
        notes.append(
            tr(
                "The header states a voxel size of 0, for which 1 is taken, so volumes and "
                "distances are a guess."
            )
        )
    try:
        unit = header.get_xyzt_units()[0]
    except KeyError:  # a code that the standard does not know
        unit = "unknown"
    factor = MM_PER_UNIT.get(unit, 1.0)
    affine[:3] *= factor
    if unit in MM_PER_UNIT:
        notes.append(tr("The header counts in {unit}s; shown in millimetres.", unit=unit))
    # An affine beyond all measure is refused later; what is no number may be of any bits.
    with np.errstate(over="ignore", invalid="ignore"):
        apart, size = factor * _forms_apart(image), np.linalg.norm(affine[:3, :3], axis=0).min()
    if apart > size / 2:
        notes.append(
            tr(
                "The file states two places (sform and qform) that are up to {apart:.1f} mm "
                "apart: its sform was taken, and masks keep both, but other programs may "
                "take the qform.",
                apart=apart,
            )
        )
    return affine, tuple(notes)


def _states_no_size(image: Any) -> bool:
    """Whether the file states a voxel size of 0, for which nibabel has put 1 by now."""
    stored = image.file_map.get("header", image.file_map["image"])
    try:
        with stored.get_prepare_fileobj("rb") as file:
            raw = type(image.header).from_fileobj(file, check=False)
    except (OSError, EOFError, TypeError, ValueError, HeaderDataError, FileHolderError):
        return bool((image.header["pixdim"][1:4] == 0).any())
    return bool((raw["pixdim"][1:4] == 0).any())


def _forms_apart(image: Any) -> float:
    """How far apart sform and qform put a corner of the grid; 0 unless both are set."""
    header = image.header
    try:
        forms = [form(coded=True)[0] for form in (header.get_sform, header.get_qform)]
    except (ValueError, HeaderDataError):  # no rotation; nobody can take that for the place
        return 0.0
    if any(form is None or not np.isfinite(form).all() for form in forms):
        return 0.0
    last = np.array([*image.shape[:3], 1, 1])[:3] - 1
    corners = [(*(np.array(end) * last), 1) for end in product((0, 1), repeat=3)]
    return float(np.linalg.norm(np.array(corners) @ (forms[0] - forms[1]).T, axis=1).max())
