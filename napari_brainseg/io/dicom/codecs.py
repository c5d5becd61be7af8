"""JPEG in its kinds, as DICOM holds it, decoded by imagecodecs.

pydicom's plugins each know some of the kinds, and JPEG lossless, the usual one of CT archives,
only under the GPL or by way of GDCM. imagecodecs is installed for TIFF anyway and knows them all,
so a file decodes to the same values on every installation. pydicom is kept out of the way here
because its own look into a damaged JPEG 2000 stream may never end.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import uid
from pydicom.encaps import generate_frames, get_frame

from napari_brainseg.errors import ScanError
from napari_brainseg.io.jpeg import check_scans, is_whole_jpeg
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag
    from pydicom.uid import UID

__all__ = ["CODECS", "JPEG_XL", "can_decode", "decode_frames"]

JPEG_XL = tuple(uid.UID(f"1.2.840.10008.1.2.4.{number}") for number in (110, 111, 112))
"""In the standard since 2024, and not in pydicom's list."""

CODECS = {
    **dict.fromkeys(JPEG_XL, "jpegxl_decode"),
    uid.JPEGBaseline8Bit: "jpeg8_decode",
    uid.JPEGExtended12Bit: "jpeg8_decode",
    uid.JPEGLossless: "jpeg8_decode",
    uid.JPEGLosslessSV1: "jpeg8_decode",
    uid.JPEGLSLossless: "jpegls_decode",
    uid.JPEGLSNearLossless: "jpegls_decode",
    uid.JPEG2000Lossless: "jpeg2k_decode",
    uid.JPEG2000: "jpeg2k_decode",
    uid.HTJ2KLossless: "jpeg2k_decode",
    uid.HTJ2KLosslessRPCL: "jpeg2k_decode",
    uid.HTJ2K: "jpeg2k_decode",
}

OVERLAYS = frozenset(range(0x6000, 0x6100))
"""Groups of elements that draw on a picture, in its spare bits too."""

J2K_START = b"\xff\x4f\xff\x51"
J2K_DEPTH = 42
"""Where a JPEG 2000 stream states sign and depth of its samples, counted from its start."""


def can_decode(syntax: UID) -> bool:
    """Whether a transfer syntax is a kind of JPEG that can be decoded here."""
    return syntax in CODECS and find_spec("imagecodecs") is not None


def decode_frames(
    dataset: Dataset, frames: Sequence[int], count: int, name: str
) -> Iterator[NDArray[Any]]:
    """Decode grey frames.

    Parameters
    ----------
    dataset : Dataset
        With compressed pixels.
    frames : sequence of int
        Indices of the frames, rising.
    count : int
        How many frames the file holds.
    name : str
        Of the file, for errors.

    Yields
    ------
    ndarray of int8, uint8, int16 or uint16, shape (Y, X)
        Values as stored, with the sign that the header states.

    Raises
    ------
    ScanError
        If a picture is cut short, or holds more bits than the header announces.
    ValueError
        If it is not of the size that the header announces.
    """
    # An extended offset table says nothing that is not there: frames come one after another.
    stream = dataset.PixelData
    if len(frames) == count:
        sources = generate_frames(stream, number_of_frames=count)
    else:
        sources = (get_frame(stream, index, number_of_frames=count) for index in frames)
    for source in sources:
        yield _decode(source, dataset, name)


def _decode(source: bytes, dataset: Dataset, name: str) -> NDArray[Any]:
    """Decode one frame."""
    import imagecodecs

    syntax = dataset.file_meta.TransferSyntaxUID
    decode = getattr(imagecodecs, CODECS[syntax])
    shape = (int(dataset.Rows), int(dataset.Columns))
    is_jpeg = decode is imagecodecs.jpeg8_decode
    if is_jpeg:
        check_scans(source, name)
    # Given an array, the codec compares it with what the stream announces, and allocates nothing.
    try:
        values = decode(source, out=np.empty(shape, np.uint16))
    except ValueError:  # not two bytes a pixel, or not of this shape, which fails again
        values = decode(source, out=np.empty(shape, np.uint8))
    if is_jpeg and not is_whole_jpeg(source, values, decode):
        raise ScanError(tr("{name}: a picture in it is cut short. Get a fresh copy.", name=name))
    depth = _depth(source, dataset)
    decoded = _with_sign(values, depth, bool(dataset.PixelRepresentation))
    if _loses(values, decoded, depth) and OVERLAYS.isdisjoint(map(_group, dataset.keys())):
        raise ScanError(
            tr(
                "{name}: its pixels take more than the {bits} bits that its header states, and "
                "programs disagree on what that means. Export the series again.",
                name=name,
                bits=depth,
            )
        )
    return decoded


def _group(tag: BaseTag) -> int:
    return tag.group


def _loses(values: NDArray[Any], decoded: NDArray[Any], depth: int) -> bool:
    """Whether there was more in the bits above the depth than zeros or a sign."""
    held = values.view(f"u{values.itemsize}")
    is_kept = (decoded.view(held.dtype) == held) | (held >> depth == 0)
    return not is_kept.all()


def _depth(source: bytes, dataset: Dataset) -> int:
    """Bits that hold the value: those of the header, or of the stream where its sign differs."""
    stored = int(dataset.BitsStored)
    start = source.find(J2K_START)
    if dataset.file_meta.TransferSyntaxUID not in uid.JPEG2000TransferSyntaxes or start < 0:
        return stored
    stated = source[start + J2K_DEPTH]
    if stated >> 7 == dataset.PixelRepresentation:
        return stored
    return min(stored, (stated & 0x7F) + 1)


def _with_sign(values: NDArray[Any], depth: int, is_signed: bool) -> NDArray[Any]:
    """Read the lowest ``depth`` bits as a number with or without sign; others may be anything."""
    bits = 8 * values.itemsize
    typed = values.view(f"{'i' if is_signed else 'u'}{values.itemsize}")
    spare = max(bits - depth, 0)
    return (typed << spare) >> spare
