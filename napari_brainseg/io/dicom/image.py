"""One DICOM slice, as its header describes it.

Nothing that names the patient is kept: these records feed messages and lists.
"""

from __future__ import annotations

import io
import logging
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.multival import MultiValue
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.geometry import Plane
from napari_brainseg.io.guards import check_memory, check_unpacked, decoding
from napari_brainseg.language import marked, tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from napari_brainseg.io.files import Stamp

__all__ = [
    "GREY",
    "Image",
    "Mark",
    "check_loading",
    "decimals",
    "load",
    "mark_text",
    "place",
    "reading",
    "rescale_of",
    "thickness_of",
]

GREY = ("MONOCHROME1", "MONOCHROME2")

CHUNK = 1 << 20

ITEM_MARKS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
SMALLEST_ITEM, MOST_ITEMS = 8, 300_000
"""What items of sequences begin with, in either order of bytes; 10,000 frames have 30 each."""

MOST_READS = 1_200_000
"""Of elements, one or two each: more take minutes."""

FARTHEST_MM = 1e6
"""Coordinates beyond a kilometre are damage, and would overflow on the way."""

Mark = tuple[str, str]
"""What may tell images at one place apart: a name with its unit, and the value."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One slice of a file.

    Parameters
    ----------
    path : Path
        The file.
    frame : int
        Index of the slice in it, 0 for a file of one slice.
    frames : int
        How many slices the file holds.
    series, number, description, modality, photometric : str
        As in the header; empty where it is silent.
    shape : tuple of int
        Rows and columns.
    plane : Plane or None
        Where the slice lies; None where the header does not say.
    thickness : float or None
        Slice thickness in mm.
    stack_id : str
        The stack of slices it belongs to, in multi-frame files.
    rescale : tuple of float, optional
        Slope and intercept of this frame; None where the file's own transform holds.
    marks : tuple of Mark
        What may tell it from other images at its place.
    instance : int, optional
        Number of the image in its series; None where none is stated.
    frame_of_reference, study, patient : str
        UIDs of the coordinate system and of the study, and the patient's ID, which is not for
        display; empty where the header is silent.
    written_as : (str, int, int)
        Which file, of how many, of a picture that is written in several, and its UID.
    remarks : tuple of str
        What the header leaves out or has wrong, one sentence each.
    stamp : tuple of int, optional
        What tells whether the file is still the one whose header was read.
    """

    path: Path
    frame: int
    frames: int
    series: str
    number: str
    description: str
    modality: str
    photometric: str
    shape: tuple[int, int]
    plane: Plane | None
    thickness: float | None
    stack_id: str = ""
    rescale: tuple[float, float] | None = None
    marks: tuple[Mark, ...] = ()
    instance: int | None = None
    frame_of_reference: str = ""
    study: str = ""
    patient: str = ""
    written_as: tuple[str, int, int] = ("", 1, 1)
    remarks: tuple[str, ...] = ()
    stamp: Stamp = None

    @property
    def title(self) -> str:
        """The file, and the frame where it holds several, for messages."""
        return f"{self.path.name}, frame {self.frame + 1}" if self.frames > 1 else self.path.name

    @property
    def types(self) -> list[str]:
        """The words of its image type, such as ORIGINAL or LOCALIZER."""
        return " ".join(value for label, value in self.marks if label == "image type").split()


@contextmanager
def reading(path: Path) -> Iterator[list[warnings.WarningMessage]]:
    """Guard calls into pydicom: a bad file gives a ScanError, and no warning gets out.

    pydicom's warnings and log entries may quote values, such as names, and the whole path.

    Yields
    ------
    list of WarningMessage
        Grows by what pydicom finds odd.

    Raises
    ------
    ScanError
        For any exception inside the block.
    """
    log = logging.getLogger("pydicom")
    was_disabled = log.disabled
    with decoding(path, "DICOM"), warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always")
        log.disabled = True
        try:
            with np.errstate(all="ignore"):
                yield odd
        finally:
            log.disabled = was_disabled


def check_loading(path: Path) -> None:
    """Refuse, before it is loaded, a file that would take gigabytes or minutes.

    Raises
    ------
    ScanError
        If it inflates to more bytes than memory has room for, or than a file of its size holds; or
        if its sequences have more items than any file: each takes 8 bytes, and its time to read.
    """
    items = 0
    for chunk in _inflated(path):
        items += max(map(chunk.count, ITEM_MARKS))
        if items > MOST_ITEMS:
            raise _too_many(path.name, MOST_ITEMS)


def _too_many(name: str, most: int) -> ScanError:
    return ScanError(
        tr(
            "{name}: its header lists more than {most:,} items, more than of any series; it is "
            "damaged. Export the series again.",
            name=name,
            most=most,
        )
    )


def _inflated(path: Path) -> Iterator[bytes]:
    """Iterate over what a file holds, inflated where it is deflated; nothing of a small one."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(132 if stream.read(132)[128:] == b"DICM" else 0)  # some have no preamble
        start = stream.read(12)
        # The first element of the file meta information is its own length.
        length = int.from_bytes(start[8:], "little") if start[:4] == b"\2\0\0\0" else 0
        if DeflatedExplicitVRLittleEndian.encode() not in stream.read(min(length, CHUNK)):
            while size > MOST_ITEMS * SMALLEST_ITEM and (chunk := stream.read(CHUNK)):
                yield chunk
            return
        inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
        # Behind the end there may be padding, which would stay unconsumed for ever.
        while not inflater.eof and (chunk := inflater.unconsumed_tail or stream.read(CHUNK)):
            inflated = inflater.decompress(chunk, CHUNK)
            total += len(inflated)
            check_memory(path.name, total)
            check_unpacked(path.name, total, size)
            yield inflated


class _Counted(io.BufferedReader):
    """A file that is read so many times and no more: pydicom reads each element by itself."""

    _reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > MOST_READS:
            raise _too_many(Path(self.name).name, MOST_READS)
        return super().read(size)


def load(path: Path, **options: Any) -> Dataset:
    """Read a file with pydicom, also one without a preamble, as old archives and exports hold.

    Where such a file does not say how it is encoded, what pydicom found is put in.

    Parameters
    ----------
    path : Path
        The file, known to be DICOM; see :func:`~napari_brainseg.io.dicom.sniff.is_dicom`.
    options
        For ``pydicom.dcmread``.
    """
    with _Counted(io.FileIO(path)) as stream:
        dataset = pydicom.dcmread(stream, force=True, **options)
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit
    return dataset


def place(file: str, position: object, orientation: object, spacing: object) -> Plane | None:
    """Place of an image by the values of its header, or None where one of them is missing.

    Raises
    ------
    ScanError
        If a value is not a length or direction, or there are more or fewer than there should be.
    """
    counts = {marked("position"): 3, marked("orientation"): 6, marked("pixel size"): 2}
    given = zip(counts.items(), (position, orientation, spacing), strict=True)
    found = [_lengths(file, name, value, count) for (name, count), value in given]
    if any(each is None for each in found):
        return None
    position_, orientation_, spacing_ = (np.array(each, dtype=np.float64) for each in found)
    plane = Plane(file, position_, orientation_.reshape(2, 3), spacing_)
    values = np.concatenate([plane.position, plane.cosines.ravel(), plane.spacing])
    # "not <=" rather than ">", which would let NaN pass.
    if not (np.abs(values) <= FARTHEST_MM).all():
        raise ScanError(
            tr(
                "{file}: position, orientation and pixel size are {values}, expected finite "
                "numbers of millimetres. Export the series again.",
                file=file,
                values=values.tolist(),
            )
        )
    return plane


def _lengths(file: str, name: str, value: object, count: int) -> list[float] | None:
    """So many numbers of a header; None where it is silent."""
    parts = [part for part in _parts(value) if part not in (None, "")]
    if not parts:
        return None
    try:
        found = decimals(parts)
    except ValueError:
        found = []
    if len(found) != count:
        said = shortened("\\".join(map(str, parts)))
        raise ScanError(
            tr(
                "{file}: its {name} is {said}, expected {count} numbers. Export the series again.",
                file=file,
                name=tr(name),
                said=said,
                count=count,
            )
        )
    return found


def decimals(value: object) -> list[float]:
    """Return the values of an element as numbers.

    Raises
    ------
    ValueError
        If one of them is none.
    """
    return [float(str(part)) for part in _parts(value)]


def _parts(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]


def rescale_of(holder: Any, title: str) -> tuple[float, float] | None:
    """Slope and intercept that a header or a functional group states; None where it has neither.

    One of them alone goes with the other's identity, and a slope of 0 is ignored, as others do.

    Raises
    ------
    ScanError
        If they are no finite numbers.
    """
    stated = [holder.get(keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    if all(value in (None, "") for value in stated):
        return None
    filled = [1 if stated[0] in (None, "") else stated[0], stated[1] or 0]
    slope, intercept = _decimals_or_nan(filled)
    if not np.isfinite([slope, intercept]).all():
        said = shortened(f"slope {filled[0]}, intercept {filled[1]}")
        raise ScanError(
            tr(
                "{title}: its values are rescaled by {said}, expected finite numbers. Export "
                "the series again.",
                title=title,
                said=said,
            )
        )
    return slope or 1.0, intercept


def _decimals_or_nan(values: list[Any]) -> list[float]:
    try:
        return decimals(values)
    except ValueError:
        return [np.nan] * len(values)


def thickness_of(value: Any) -> float | None:
    """Slice thickness in mm, or None where none is stated that could be one."""
    try:
        (thickness,) = decimals(value)
    except ValueError:
        return None
    return thickness if 0 < thickness < FARTHEST_MM else None


def mark_text(value: Any) -> str:
    """Return a header value as text, the same for equal values."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (list, tuple, MultiValue)):
        return " ".join(mark_text(item) for item in value)
    return f"{float(value):g}"
