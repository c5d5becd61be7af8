"""NIfTI in two files: the header (.hdr), and the voxels (.img) beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import first_bytes, is_file
from napari_brainseg.io.guards import decoding
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HEADER_SIZES", "PAIR_SUFFIXES", "find_pair", "is_pair"]

PAIR_SUFFIXES = (".hdr", ".img")

MAGICS_1 = (b"ni1", b"n+1")
MAGICS_2 = (b"ni2", b"n+2")

HEADER_SIZES = (348, 540)
"""Of NIfTI-1 and Analyze, and of NIfTI-2."""


def is_pair(path: Path) -> bool:
    """Whether a file belongs to a NIfTI or Analyze pair; other things are called .hdr or .img."""
    size = first_bytes(path.with_suffix(".hdr" if path.suffix.islower() else ".HDR"))[:4]
    return not set(HEADER_SIZES).isdisjoint(
        (int.from_bytes(size, "little"), int.from_bytes(size, "big"))
    )


def find_pair(path: Path) -> tuple[Path, Path]:
    """Find the header and the voxels of a pair; refuse Analyze 7.5.

    It looks like NIfTI and stores no orientation: programs disagree on which side is left, and
    a tumour's mask must not be on the wrong one.

    Raises
    ------
    ScanError
        If one of the two is missing, or the header is not NIfTI.
    """
    lower = path.suffix.islower()
    header, voxels = (path.with_suffix(end if lower else end.upper()) for end in PAIR_SUFFIXES)
    if not is_file(voxels) and is_file(packed := voxels.with_name(f"{voxels.name}.gz")):
        voxels = packed
    _check_kind(header)
    for file in (header, voxels):
        if not is_file(file):
            raise ScanError(
                tr(
                    "{name}: {file} is not beside it. Put both in one folder.",
                    name=path.name,
                    file=file.name,
                )
            )
    _check_side(header)
    return header, voxels


def _check_kind(header: Path) -> None:
    if is_file(header) and not is_pair(header):
        raise ScanError(
            tr(
                "{header}: is no header of NIfTI, though other programs call theirs so too. "
                "Convert the scan to NIfTI with the program that made it.",
                header=header.name,
            )
        )


def _check_side(header: Path) -> None:
    """Refuse what does not tell left from right."""
    with decoding(header, "NIfTI"), header.open("rb") as stream:
        start = stream.read(348)
    if len(start) == 348 and start[344:347] not in MAGICS_1 and start[4:7] not in MAGICS_2:
        raise ScanError(
            tr(
                "{header}: the header is not NIfTI but maybe Analyze 7.5, which does not "
                "tell left from right. Convert the original DICOM files to NIfTI, or this "
                "pair with a program that knows how it was made.",
                header=header.name,
            )
        )
