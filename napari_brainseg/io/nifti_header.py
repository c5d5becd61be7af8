"""NIfTI headers that other programs read and nibabel refuses: mended as they are read.

A quaternion may be longer than 1 by rounding, and an sform may be said to be there and place
nothing, beside a qform that does. nibabel asks for the affine as soon as it has read a header, so
the mending is part of reading. What cannot be mended is named. Extensions are left unread: nothing
is made of them, and a damaged one would hide the image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["AGAIN", "HeaderError", "image_kind", "load_image", "plain_header"]

MAX_EXCESS = 0.01
"""By how much a quaternion may be longer than 1: numbers of two decimals are."""

QUATERNION = ("quatern_b", "quatern_c", "quatern_d")
ROWS = ("srow_x", "srow_y", "srow_z")


FLATTEST = 1e-9
"""Axes whose directions span less than this, of 1, place nothing."""

AGAIN = "Save the scan again from the program that made it."

TYPES = {0: "unknown", 1: "binary, of one bit", 1536: "float of 128 bits", 2048: "complex"}
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
            header.check_fix()
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
            "its header lacks the mark of NIfTI, so it may be Analyze 7.5, which does not tell "
            "left from right. Convert the original DICOM files to NIfTI, or this file with a "
            "program that knows how it was made."
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
            "the place that its header states (qform) is turned by no rotation: its quaternion has "
            f"the length {length:.3g}, expected at most 1. Repair the header, or save the scan "
            "again from the program that made it."
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
        named = f" ({TYPES[code]})" if code in TYPES else ""
        raise HeaderError(
            f"its voxels are of type {code}{named}, expected whole or real numbers. {AGAIN}"
        )
    if not 1 <= axes <= 7:
        raise HeaderError(f"its header states {axes} axes, expected 1 to 7. {AGAIN}")
    start, size = float(header["vox_offset"]), header.sizeof_hdr
    if not np.isfinite(start) or start < (size + 4 if header.is_single else 0):
        raise HeaderError(
            f"the voxels are said to begin at byte {start:g}, within the header of {size} bytes "
            "and the 4 after it; the header is damaged. Get a fresh copy."
        )
    _check_scale(header)


def _check_scale(header: Any) -> None:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if np.isfinite(slope) and slope and not np.isfinite(intercept):
        raise HeaderError(
            f"its values are rescaled by slope {slope:g}, intercept {intercept:g}, expected finite "
            f"numbers. {AGAIN}"
        )
