"""Decoding DICOM pixels, and the modality transform that makes Hounsfield units of them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import RLELossless

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.codecs import CODECS, can_decode, decode_frames
from napari_brainseg.io.dicom.image import load, reading, rescale_of
from napari_brainseg.io.files import see_unchanged, unchanged
from napari_brainseg.language import tr
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from warnings import WarningMessage

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset
    from pydicom.uid import UID

    from napari_brainseg.io.dicom.image import Image

__all__ = ["decode", "is_turned_round"]


PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

RLE_SPARE = re.compile(r"padding - (\d+) vs\. (\d+)")
"""pydicom's warning of bytes that it drops: how many there are, and how many are expected."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What the numbers of a file stand for, as far as its header says."""

    file: str
    bits: int
    is_silent: bool
    is_identity: bool


def decode(images: Sequence[Image]) -> dict[Image, NDArray[Any]]:
    """Decode and rescale slices, opening each file once.

    Parameters
    ----------
    images : sequence of Image
        Slices of any files.

    Returns
    -------
    dict of Image to ndarray, shape (Y, X)
        Whole numbers where the modality transform is exact in them, else float32.

    Raises
    ------
    ScanError
        If a file is damaged, compressed in a way that cannot be decoded here, or silent on how its
        values compare with those of the others.
    """
    by_file: dict[Path, list[Image]] = defaultdict(list)
    for image in images:
        by_file[image.path].append(image)
    decoded: dict[Image, NDArray[Any]] = {}
    meanings = []
    for group in by_file.values():
        meaning, pixels = _decode_file(group)
        meanings.append(meaning)
        decoded.update(pixels)
    _check_comparable(meanings)
    return decoded


def is_turned_round(image: Image) -> bool:
    """Whether white is stored as zero and is turned round.

    Not for CT: Hounsfield units are a measured quantity, whatever grey they are shown in.
    """
    return image.photometric == "MONOCHROME1" and image.modality != "CT"


def _decode_file(images: list[Image]) -> tuple[_Meaning, dict[Image, NDArray[Any]]]:
    """Decode the wanted frames of one file."""
    images = sorted(images, key=lambda image: image.frame)
    path = images[0].path
    with reading(path) as odd:
        with unchanged(path):
            see_unchanged(path, images[0].stamp)  # since its header was read
            dataset = load(path)
        _fill_in(dataset, path.name)
        _check_decodable(dataset, images[0])
        decoded = {
            image: _rescale(_turn_round(stored, image, dataset), image, dataset)
            for image, stored in zip(images, _stored(dataset, images), strict=True)
        }
        _check_unpacked(odd, images[0], int(dataset.BitsAllocated))
        return _meaning_of(dataset, images), decoded


def _meaning_of(dataset: Dataset, images: list[Image]) -> _Meaning:
    stated = [each for each in (image.rescale for image in images) if each is not None]
    if not stated and (of_file := rescale_of(dataset, images[0].path.name)) is not None:
        stated = [of_file]
    has_table = "ModalityLUTSequence" in dataset
    return _Meaning(
        images[0].path.name,
        int(dataset.BitsAllocated),
        is_silent=not (stated or has_table),
        is_identity=not has_table and all(each == (1, 0) for each in stated),
    )


def _check_comparable(meanings: list[_Meaning]) -> None:
    """Refuse slices of which nobody says how their values compare with those of the others."""
    silent = next((each for each in meanings if each.is_silent), None)
    if silent is None:
        return
    if not all(each.is_identity for each in meanings):
        raise ScanError(
            tr(
                "{file}: does not state how its values are rescaled, and other slices of its "
                "series do. Export the series again.",
                file=silent.file,
            )
        )
    if len({each.bits for each in meanings}) > 1:
        raise ScanError(
            tr(
                "{file}: holds values of {bits} bits, and other slices of its series of others, "
                "without stating how they are rescaled. Export the series again.",
                file=silent.file,
                bits=silent.bits,
            )
        )


def _fill_in(dataset: Dataset, file: str) -> None:
    """Put in what a header leaves out; see :data:`napari_brainseg.io.dicom.headers.ASSUMED`."""
    if dataset.get("BitsAllocated") in (None, ""):
        raise ScanError(
            tr(
                "{file}: does not state BitsAllocated, expected the bits that each pixel "
                "takes. Export the series again.",
                file=file,
            )
        )
    assumed = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsStored": dataset.BitsAllocated,
        "PixelRepresentation": 0,
    }
    for keyword, value in assumed.items():
        if dataset.get(keyword) in (None, ""):
            setattr(dataset, keyword, value)
    if "HighBit" not in dataset:
        dataset.HighBit = dataset.BitsStored - 1
    if (rescale := rescale_of(dataset, file)) is not None:
        slope_and_intercept = (dataset.get("RescaleSlope"), dataset.get("RescaleIntercept"))
        if None in slope_and_intercept or slope_and_intercept != rescale:
            dataset.RescaleSlope, dataset.RescaleIntercept = rescale
    else:  # empty elements
        for keyword in ("RescaleSlope", "RescaleIntercept"):
            dataset.pop(keyword, None)


def _stored(dataset: Dataset, images: list[Image]) -> Iterator[NDArray[Any]]:
    """Decode frames to the values that are stored."""
    syntax, count = dataset.file_meta.TransferSyntaxUID, images[0].frames
    frames = [image.frame for image in images]
    if can_decode(syntax):
        return decode_frames(dataset, frames, count, images[0].path.name)
    # No indices is pydicom's way to say all, and with compressed frames the fast one.
    return iter_pixels(
        dataset,
        indices=None if len(frames) == count else frames,
        decoding_plugin="pydicom" if syntax.is_encapsulated else "",
    )


def _check_decodable(dataset: Dataset, image: Image) -> None:
    """Compare what the header announces with what is there, and with what can be decoded."""
    file, syntax = image.path.name, dataset.file_meta.TransferSyntaxUID
    bits, samples = int(dataset.BitsAllocated), int(dataset.get("SamplesPerPixel", 1) or 1)
    if samples != 1 or bits not in (8, 16, 32, 64):
        raise ScanError(
            tr(
                "{file}: holds {samples} samples of {bits} bits a pixel, expected one of 8 "
                "to 32 bits. Open the original series.",
                file=file,
                samples=samples,
                bits=bits,
            )
        )
    if not any(keyword in dataset for keyword in PIXELS):
        raise ScanError(
            tr("{file}: holds a header and no pixels. Export the series again.", file=file)
        )
    if _is_encapsulated(syntax, file):
        _check_codec(syntax, file)
        return
    if "PixelData" in dataset:  # real numbers have a tag of their own
        _check_bits(dataset, bits, file)
    _check_amount(dataset, image, bits)


def _is_encapsulated(syntax: UID, file: str) -> bool:
    """Whether pixels are compressed; asked of what it does not know, pydicom raises."""
    try:
        return syntax in CODECS or syntax.is_encapsulated
    except ValueError as error:
        raise ScanError(
            tr(
                "{file}: its transfer syntax is {syntax}, which is not known here. Export "
                "the series uncompressed.",
                file=file,
                syntax=shortened(syntax),
            )
        ) from error


def _check_codec(syntax: UID, file: str) -> None:
    if can_decode(syntax) or syntax == RLELossless:
        return
    texts = {"file": file, "syntax": syntax.name}
    if syntax in CODECS:
        raise ScanError(
            tr(
                "{file}: compressed as {syntax}, for which no decoder is installed. Install "
                "imagecodecs, or export the series uncompressed.",
                **texts,
            )
        )
    raise ScanError(
        tr(
            "{file}: compressed as {syntax}, for which no decoder is installed. Export the "
            "series uncompressed.",
            **texts,
        )
    )


def _check_bits(dataset: Dataset, bits: int, file: str) -> None:
    if dataset["PixelData"].is_undefined_length:  # so it is compressed, whatever the header says
        raise ScanError(
            tr(
                "{file}: the pixels are compressed and the header does not say how, expected "
                "a transfer syntax. Export the series again.",
                file=file,
            )
        )
    used = int(dataset.get("BitsStored", bits))
    if not 1 <= used <= bits:
        raise ScanError(
            tr(
                "{file}: states {used} bits stored of {bits} a pixel, expected 1 to {bits}. "
                "Export the series again.",
                file=file,
                used=used,
                bits=bits,
            )
        )
    if (high := int(dataset.get("HighBit", used - 1))) > used - 1:
        raise ScanError(
            tr(
                "{file}: keeps its {used} bits a pixel up to bit {high}, expected the lowest "
                "ones, up to bit {top}. Export the series again with a current program.",
                file=file,
                used=used,
                high=high,
                top=used - 1,
            )
        )


def _check_amount(dataset: Dataset, image: Image, bits: int) -> None:
    """Refuse pixels that lack, or are more than the header says: rows would be shifted, or lost.

    Padding is of zeros, or of less than a byte a row: no row is wider by that.
    """
    rows, columns = image.shape
    expected = rows * columns * image.frames * bits // 8
    for pixels in (dataset[keyword].value or b"" for keyword in PIXELS if keyword in dataset):
        spare = pixels[expected:] if len(pixels) >= expected + rows else b""
        if len(pixels) < expected or any(spare):
            raise _disagrees(image, bits, expected, len(pixels))


def _check_unpacked(odd: Sequence[WarningMessage], image: Image, bits: int) -> None:
    """Refuse what unpacked, by pydicom's warning, to more than the header says, as unpacked."""
    for found in filter(None, (RLE_SPARE.search(str(each.message)) for each in odd)):
        stored, expected = map(int, found.groups())
        if stored >= expected + image.shape[0]:
            raise _disagrees(image, bits, expected * bits // 8, stored * bits // 8)


def _disagrees(image: Image, bits: int, expected: int, stored: int) -> ScanError:
    return ScanError(
        tr(
            "{name}: announces {frames} x {rows} x {columns} pixels of {bits} bits, that "
            "is {expected:,} bytes, and holds {stored:,}; it is cut short or its header "
            "is damaged. Get a fresh copy.",
            name=image.path.name,
            frames=image.frames,
            rows=image.shape[0],
            columns=image.shape[1],
            bits=bits,
            expected=expected,
            stored=stored,
        )
    )


def _turn_round(stored: NDArray[Any], image: Image, dataset: Dataset) -> NDArray[Any]:
    """Make values from white to black values from black to white, over the same range."""
    if not is_turned_round(image):
        return stored
    top = -1 if dataset.PixelRepresentation else (1 << int(dataset.BitsStored)) - 1
    return top - stored.astype(np.int64)


def _rescale(stored: NDArray[Any], image: Image, dataset: Dataset) -> NDArray[Any]:
    """Apply the transform of this frame, or else that of the file."""
    if image.rescale is None:
        return _compact(apply_modality_lut(stored, dataset))
    slope, intercept = image.rescale
    if (slope, intercept) == (1, 0):
        return _compact(stored)
    return _compact(stored.astype(np.float64) * slope + intercept)


def _compact(values: NDArray[Any]) -> NDArray[Any]:
    """Use int16 or uint16 where these hold the values exactly, else int32 or float32."""
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return values.astype(np.float32)
    low, high = values.min(), values.max()
    for kind in (np.int16, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.float32)
