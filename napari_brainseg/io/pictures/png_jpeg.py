"""PNG and JPEG pictures, decoded by Pillow."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from napari_brainseg.errors import ScanError
from napari_brainseg.io.guards import decoding
from napari_brainseg.io.volumes import Pixels
from napari_brainseg.language import tr
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["load"]

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
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                _check_single(picture, path)
                _check_kind(picture, path)
                array = _array(ImageOps.exif_transpose(picture))
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


def _array(picture: Image.Image) -> NDArray[Any]:
    """Pixels of shape (Y, X), or (Y, X, 3) for colour."""
    if picture.mode in ("LA", "La"):
        picture = picture.convert("L")
    elif picture.mode not in GREY_MODES:
        picture = picture.convert("RGB")
    array = np.array(picture)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
