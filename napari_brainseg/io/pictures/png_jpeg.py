"""PNG and JPEG pictures, decoded by Pillow."""

from __future__ import annotations

import io
import re
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import Image, ImageOps

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import decoding
from napari_brainseg.io.jpeg import check_scans, is_whole_jpeg
from napari_brainseg.io.volumes import Pixels
from napari_brainseg.language import tr
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["load"]

START_OF_JPEG = b"\xff\xd8"

SIGNATURE = b"\x89PNG\r\n\x1a\n"

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by the kind of colour in the header of a PNG."""

ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Left and upper edge, and distances, of the pixels of each pass of an interlaced PNG."""

GREY_MODES = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L")


def load(path: Path) -> Pixels:
    """Decode one picture as a slice.

    Parameters
    ----------
    path : Path
        A PNG or JPEG file, grey (8 or 16 bits), RGB or palette; transparency is dropped and the
        camera's rotation tag is obeyed.

    Returns
    -------
    Pixels
        Data of shape (C, 1, Y, X) with C = 1 or 3, in units of pixels.

    Raises
    ------
    ScanError
        If the file is damaged or unreasonably large.
    """
    with decoding(path, tr("a picture")), warnings.catch_warnings():
        # Pillow warns from 90 million pixels, 1,300 times a slice: no scan looks like that.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            content = path.read_bytes()
            if content.startswith(START_OF_JPEG):
                check_scans(content, path.name)  # before Pillow goes through its parts
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                _check_single(picture, path)
                _check_kind(picture, path)
                _check_rows(picture, content, path)
                is_deep = picture.format == "PNG" and _is_deep_colour(content)
                array = _deep_array(picture, content) if is_deep else _array(picture)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            count = re.search(r"\d+", str(error))
            pixels = f"{int(count[0]):,}" if count else tr("too many")
            raise ScanError(
                tr(
                    "{name}: the picture claims {pixels} pixels, far more than any slice has. "
                    "Crop or shrink it first.",
                    name=path.name,
                    pixels=pixels,
                )
            ) from error
    data = array[np.newaxis] if array.ndim == 2 else np.moveaxis(array, -1, 0)
    return Pixels(data[:, np.newaxis], array.ndim == 3, DISPLAY_AFFINE, "pixel")


def _check_single(picture: Image.Image, path: Path) -> None:
    """Refuse an animation: its first picture would pass for all. Cameras add small copies."""
    count = getattr(picture, "n_frames", 1)
    if picture.format == "PNG" and count > 1:
        raise ScanError(
            tr(
                "{name}: holds {count} pictures that are shown one after another, expected one. "
                "Save each in a file of its own.",
                name=path.name,
                count=count,
            )
        )


def _check_kind(picture: Image.Image, path: Path) -> None:
    """Refuse inks, whose amounts are no intensities, as of TIFF."""
    if picture.mode == "CMYK":
        raise ScanError(
            tr(
                "{name}: the picture is CMYK, expected grey or RGB. Save it as one of these.",
                name=path.name,
            )
        )


def _check_rows(picture: Image.Image, content: bytes, path: Path) -> None:
    """Refuse a picture of other rows than its header announces: Pillow fills up, or drops some."""
    holds_all = _holds_all_rows if picture.format == "PNG" else _is_whole
    if not holds_all(picture, content):
        raise ScanError(
            tr(
                "{name}: announces {rows} rows of {columns} pixels and holds fewer, or more; it "
                "is cut short, or its header is damaged. Get a fresh copy.",
                name=path.name,
                rows=picture.height,
                columns=picture.width,
            )
        )


def _is_whole(picture: Image.Image, content: bytes) -> bool:
    """Whether a JPEG is not cut short."""

    def decode(stream: bytes) -> NDArray[Any]:
        with Image.open(io.BytesIO(stream), formats=("JPEG",)) as other:
            return np.array(other)

    return is_whole_jpeg(content, np.array(picture), decode)


def _holds_all_rows(picture: Image.Image, content: bytes) -> bool:
    """Whether a PNG unpacks to as many bytes as its pixels take."""
    depth, kind, interlaced = content[24], content[25], content[28]
    bits = depth * SAMPLES[kind]
    needed = 0
    for left, top, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(picture.width - left) // across), -(-(picture.height - top) // down)
        needed += rows * (1 + -(-columns * bits // 8)) if columns else 0  # a byte for its filter
    return needed <= _held(content, needed + picture.height) < needed + picture.height


def _held(content: bytes, most: int) -> int:
    """Count the bytes that the data of a PNG unpack to, up to so many."""
    engine, held, at = zlib.decompressobj(), 0, len(SIGNATURE)
    while held < most and at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"IDAT":
            held += len(engine.decompress(content[at + 8 : at + 8 + size], most - held))
        at += 12 + size
    return held


def _is_deep_colour(content: bytes) -> bool:
    """Whether a PNG has several samples of 16 bits a pixel, of which Pillow keeps eight bits."""
    return content[24] == 16 and SAMPLES[content[25]] > 1


def _deep_array(picture: Image.Image, content: bytes) -> NDArray[Any]:
    """Pixels as :func:`_array`, of 16 bits."""
    values = imagecodecs.png_decode(content)
    places = np.arange(values.shape[0] * values.shape[1], dtype=np.int32)
    laid = Image.fromarray(places.reshape(values.shape[:2]))
    laid.info = picture.info  # which way the camera was held
    order = np.array(ImageOps.exif_transpose(laid))
    turned: NDArray[Any] = values.reshape(len(places), -1)[order]
    return turned[..., :3] if turned.shape[-1] > 2 else turned[..., 0]


def _array(picture: Image.Image) -> NDArray[Any]:
    """Pixels of shape (Y, X), or (Y, X, 3) for colour."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("LA", "La"):
        picture = picture.convert("L")
    elif picture.mode not in GREY_MODES:
        picture = picture.convert("RGB")
    array = np.array(picture)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
