"""Tags of a TIFF page that change the picture: what samples mean, and which way is up.

They are obeyed, or the file is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tifffile import PHOTOMETRIC, SAMPLEFORMAT, TIFF

from napari_brainseg.errors import ScanError
from napari_brainseg.io.pictures.tiff_parts import JPEG
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tifffile import TiffPage

__all__ = [
    "check_alike",
    "check_kind",
    "is_on_its_side",
    "kept_samples",
    "through_palette",
    "upright",
]

GREY = (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE)
SAMPLES: dict[int, int] = {**dict.fromkeys(GREY, 1), PHOTOMETRIC.PALETTE: 1, PHOTOMETRIC.RGB: 3}
"""How many samples a pixel has by what they mean; further ones are extra."""

BILEVEL = (2, 3, 4, 32771)
"""Compressions of pictures that are black and white."""

FLOAT_PREDICTORS = (3, 34894, 34895)
"""Predictors that take the bytes of real numbers apart."""

REDUCED_OR_MASK = 0b101
"""Of SubfileType: a smaller copy of another page, or what is transparent in it."""

UNSPECIFIED = 0
"""An extra sample that is data; the other kinds are transparency."""

ORIENTATION = 274
ON_ITS_SIDE = (5, 6, 7, 8)
ROWS_TURNED, COLUMNS_TURNED = (3, 4, 7, 8), (2, 3, 6, 7)
"""Orientations whose rows, or columns, run the other way once rows are rows."""


def check_kind(page: TiffPage, name: str) -> None:
    """Refuse a picture whose values are neither intensities nor red, green and blue.

    Raises
    ------
    ScanError
        For CMYK, CIELAB and other kinds, an orientation that is none, or a packing that nobody
        knows.
    """
    if page.photometric not in SAMPLES and not _is_jpeg_colour(page):
        kind = getattr(page.photometric, "name", str(page.photometric))
        kind = {"SEPARATED": "CMYK"}.get(kind, kind)
        raise ScanError(
            tr(
                "{name}: the picture is stored as {kind}, expected grey, RGB or a palette. "
                "Save it again as a grey picture.",
                name=name,
                kind=kind,
            )
        )
    _check_packing(page, name)
    if _orientation(page) not in range(1, 9):
        raise ScanError(
            tr(
                "{name}: its orientation is {orientation}, expected 1 to 8. Save it again.",
                name=name,
                orientation=_orientation(page),
            )
        )


def _check_packing(page: TiffPage, name: str) -> None:
    try:
        TIFF.DECOMPRESSORS[page.compression], TIFF.UNPREDICTORS[page.predictor]
        _check_fits(page)
    except KeyError as error:
        raise ScanError(
            tr(
                "{name}: its pixels are packed by the method {method} with the predictor "
                "{predictor}, which are not known here. Save it again without compression.",
                name=name,
                method=page.compression,
                predictor=page.predictor,
            )
        ) from error


def _check_fits(page: TiffPage) -> None:
    """Refuse a packing that is for other numbers: unpacked, they would be a picture of noise."""
    if page.predictor in FLOAT_PREDICTORS and page.sampleformat != SAMPLEFORMAT.IEEEFP:
        raise KeyError(page.predictor)
    if page.compression in BILEVEL and page.bitspersample != 1:
        raise KeyError(page.compression)


def kept_samples(page: TiffPage) -> tuple[list[int], bool]:
    """Tell data from transparency.

    Returns
    -------
    kept : list of int
        Which samples of a pixel hold data.
    is_colour : bool
        Whether these are red, green and blue.
    """
    usual = 3 if _is_jpeg_colour(page) else SAMPLES[page.photometric]
    extra = range(usual, page.samplesperpixel)
    kinds = dict(zip(extra, page.extrasamples, strict=False))
    kept = [i for i in range(page.samplesperpixel) if kinds.get(i, UNSPECIFIED) == UNSPECIFIED]
    return kept, usual == 3 == len(kept)


def through_palette(data: NDArray[Any], page: TiffPage) -> NDArray[Any]:
    """Replace the numbers of colours by the colours.

    Parameters
    ----------
    data : ndarray of uint8 or uint16, shape (1, Z, Y, X)
        As stored.
    page : TiffPage
        With a colour map.

    Returns
    -------
    ndarray, shape (3, Z, Y, X)
        Red, green and blue: in 8 bits where the map has no more, else in 16.
    """
    colours = np.asarray(page.colormap)
    for step in (257, 256):  # two ways to write 8 bits as 16
        if not (colours % step).any():
            colours = (colours // step).astype(np.uint8)
            break
    return np.asarray(colours[:, data[0]])


def check_alike(pages: Sequence[TiffPage], name: str) -> None:
    """Refuse pages of one stack that are stored or to be shown in different ways.

    Raises
    ------
    ScanError
        If their sizes, packings, orientations, kinds, palettes or roles differ.
    """
    shown = {_shown(page): page.index for page in pages}
    if len(shown) > 1:
        raise ScanError(
            tr(
                "{name}: its pages are stored or to be shown in {count} ways (size, packing, "
                "orientation, kind, palette, reduced copy or transparency; see page {page}), "
                "expected one. Save it again as one stack.",
                name=name,
                count=len(shown),
                page=max(shown.values()) + 1,
            )
        )


def _shown(page: TiffPage) -> tuple[object, ...]:
    """Return what of a page decides how its bytes are read, and its numbers shown."""
    palette = None if page.colormap is None else np.asarray(page.colormap).tobytes()
    return page.hash, _orientation(page), palette, page.subfiletype & REDUCED_OR_MASK


def upright(data: NDArray[Any], page: TiffPage) -> NDArray[Any]:
    """Turn a picture (C, Z, Y, X) as its orientation says: the first row on top, from the left."""
    orientation = _orientation(page)
    if orientation in ON_ITS_SIDE:
        data = data.swapaxes(-1, -2)
    if orientation in ROWS_TURNED:
        data = data[..., ::-1, :]
    if orientation in COLUMNS_TURNED:
        data = data[..., ::-1]
    return np.ascontiguousarray(data)


def is_on_its_side(page: TiffPage) -> bool:
    """Whether :func:`upright` exchanges rows and columns."""
    return _orientation(page) in ON_ITS_SIDE


def _orientation(page: TiffPage) -> int:
    value = page.tags.valueof(ORIENTATION, 1)
    return int(value) if isinstance(value, int) else 0


def _is_jpeg_colour(page: TiffPage) -> bool:
    return page.photometric == PHOTOMETRIC.YCBCR and page.compression in JPEG
