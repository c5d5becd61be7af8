"""PNG and JPEG pictures, decoded by Pillow."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from napari_brainseg.errors import ScanError
from napari_brainseg.io._shared import Pixels, decoding
from napari_brainseg.scan import DISPLAY_AFFINE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["load"]

MAX_PIXELS = 89_478_485
"""Where Pillow begins to warn, 1,300 times a usual slice."""

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
    with decoding(path, "a picture"), warnings.catch_warnings():
        # Pillow's own limit lies higher than ours, and its message names no file.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise ScanError(
                    f"{path.name}: the picture claims {width} x {height} pixels, more than the "
                    f"{MAX_PIXELS:,} that any slice has. Crop or shrink it first."
                )
            array = _array(ImageOps.exif_transpose(picture))
    data = array[np.newaxis] if array.ndim == 2 else np.moveaxis(array, -1, 0)
    return Pixels(data[:, np.newaxis], array.ndim == 3, DISPLAY_AFFINE, "pixel")


def _array(picture: Image.Image) -> NDArray[Any]:
    """Pixels of shape (Y, X), or (Y, X, 3) for colour."""
    if picture.mode in ("LA", "La"):
        picture = picture.convert("L")
    elif picture.mode not in GREY_MODES:
        picture = picture.convert("RGB")
    array = np.array(picture)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
