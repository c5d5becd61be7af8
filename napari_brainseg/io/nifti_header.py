"""NIfTI headers that other programs read and nibabel refuses: mended as they are read.

A quaternion may be longer than 1 by rounding, and an sform may be said to be there and be empty,
beside a qform that is not. nibabel asks for the affine as soon as it has read a header, so the
mending is part of reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RotationError", "image_kind", "load_image", "plain_header"]

MAX_EXCESS = 0.01
"""By how much a quaternion may be longer than 1: numbers of two decimals are."""

QUATERNION = ("quatern_b", "quatern_c", "quatern_d")
ROWS = ("srow_x", "srow_y", "srow_z")


class RotationError(ValueError):
    """The only place that a header states is turned by no rotation."""


class _Mended:
    """A header that is mended as it is read."""

    @classmethod
    def from_fileobj(cls, fileobj: Any, endianness: Any = None, check: bool = True) -> Any:
        header = super().from_fileobj(fileobj, endianness, check)  # type: ignore[misc]
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
    RotationError
        If the only place that the header states is turned by no rotation.
    """
    sniff = None
    for kind in KINDS:
        is_such, sniff = kind.path_maybe_image(str(path), sniff)
        if is_such:
            return kind.from_filename(path, mmap=False)
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
    length = float(np.linalg.norm([float(header[name]) for name in QUATERNION]))
    if 1 < length <= 1 + MAX_EXCESS:
        for name in QUATERNION:
            header[name] = float(header[name]) / length * (1 - 1e-15)
    has_rotation = header["qform_code"] > 0 and length <= 1 + MAX_EXCESS
    if has_rotation and not any(header[name][:3].any() for name in ROWS):
        header["sform_code"] = 0
    if header["sform_code"] <= 0 < header["qform_code"] and not has_rotation:
        raise RotationError(f"its quaternion has the length {length:.3g}")
