"""Pictures of a mask on its scan, as a page shows them: three planes through the lesion."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from napari_brainseg.ct_window import PRESETS, is_ct
from napari_brainseg.frames import PLANES, acquisition_plane, frame_for
from napari_brainseg.language import tr
from napari_brainseg.orientation import edge_letters, is_oriented

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame, Plane
    from napari_brainseg.io import MaskInfo
    from napari_brainseg.measure.diameters import Diameters
    from napari_brainseg.scan import Scan

__all__ = ["SlicePicture", "slice_pictures"]

SIDE = 420
"""Longest side of a picture, in pixels."""

LONG_COLOR, SHORT_COLOR = "#ffd23f", "#3fd2ff"
BAR_MM = 50.0
EDGE = 4
"""Distance of letters and bar from the edge, in pixels."""
LETTERS = 22
"""Their height, in pixels; the page shows pictures at half their size."""


@dataclass(frozen=True, slots=True)
class SlicePicture:
    """One slice with the outline of the mask.

    Parameters
    ----------
    caption : str
        Plane and number of the slice, as the viewer counts them.
    png : bytes
        The picture, its pixels square.
    """

    caption: str
    png: bytes


def slice_pictures(
    scan: Scan, labels: NDArray[Any], info: MaskInfo, lines: Diameters | None = None
) -> tuple[SlicePicture, ...]:
    """Draw the slices of three planes that show most of a mask, as radiologists look at them.

    Parameters
    ----------
    scan : Scan
        FLAIR is drawn, or else the first channel.
    labels : ndarray of int, shape (Z, Y, X)
        On the scan's grid; of an empty mask the middle slices are drawn.
    info : MaskInfo
        The colours of the labels.
    lines : Diameters, optional
        Drawn on the slice of the acquisition plane, which is then theirs.

    Returns
    -------
    tuple of SlicePicture
        The acquisition plane first.
    """
    names = [name.casefold() for name in scan.channels]
    image = scan.data[names.index("flair") if "flair" in names else 0]
    limits = PRESETS[0].limits if is_ct(scan) else _limits(image)
    first = acquisition_plane(scan.affine)
    planes = [first, *(plane for plane in PLANES if plane != first)]
    pictures = []
    for plane in planes:
        frame = frame_for(scan.affine, plane)
        ends = _ends(lines, frame, scan.grid) if lines is not None and plane == first else ()
        pictures.append(_picture(scan, image, labels, info, plane, frame, limits, ends))
    return tuple(pictures)


def _limits(image: NDArray[Any]) -> tuple[float, float]:
    sample = image[:, ::2, ::2]
    low, high = np.percentile(sample[np.isfinite(sample)], (0.5, 99.8))
    return float(low), float(high) if high > low else float(low) + 1.0


def _ends(
    lines: Diameters, frame: Frame, grid: tuple[int, int, int]
) -> tuple[NDArray[np.float64], ...]:
    """Return both ends of both lines in the frame, shape (2, 3) each."""
    return tuple(frame.place(np.array(line), grid) for line in (lines.long, lines.short))


def _picture(
    scan: Scan,
    image: NDArray[Any],
    labels: NDArray[Any],
    info: MaskInfo,
    plane: Plane,
    frame: Frame,
    limits: tuple[float, float],
    ends: tuple[NDArray[np.float64], ...],
) -> SlicePicture:
    shown, marked = frame.apply(image), frame.apply(labels)
    areas = np.count_nonzero(marked, axis=(1, 2))
    index = int(areas.argmax()) if areas.any() else len(shown) // 2
    if ends:
        index = int(np.clip(round(float(ends[0][0, 0])), 0, len(shown) - 1))
    _, row_mm, column_mm = frame.reorder(scan.spacing)
    height, width = shown.shape[1] * row_mm, shown.shape[2] * column_mm
    per_mm = SIDE / max(height, width)
    size = (max(1, round(width * per_mm)), max(1, round(height * per_mm)))
    canvas = _grey(shown[index], limits, size)
    _outline(canvas, marked[index], info, size)
    draw = ImageDraw.Draw(canvas)
    for end, color in zip(ends, (LONG_COLOR, SHORT_COLOR), strict=False):
        place = (end[:, [2, 1]] + 0.5) * (column_mm * per_mm, row_mm * per_mm)
        draw.line([tuple(point) for point in place.tolist()], fill=color, width=2)
    if is_oriented(scan):
        _letters(draw, frame, size)
    if scan.units == "mm":
        _bar(draw, per_mm, size)
    stream = io.BytesIO()
    canvas.save(stream, "PNG", optimize=True)
    return SlicePicture(
        tr("{plane}, slice {index}", plane=tr(plane), index=index), stream.getvalue()
    )


def _grey(slice_: NDArray[Any], limits: tuple[float, float], size: tuple[int, int]) -> Image.Image:
    low, high = limits
    scaled = np.clip((slice_.astype(np.float64) - low) / (high - low), 0, 1)
    grey = Image.fromarray((255 * np.nan_to_num(scaled)).astype(np.uint8))
    return grey.resize(size, Image.Resampling.BICUBIC).convert("RGB")


def _outline(
    canvas: Image.Image, marked: NDArray[Any], info: MaskInfo, size: tuple[int, int]
) -> None:
    for label in np.unique(marked[marked > 0]).tolist():
        inside = Image.fromarray((255 * (marked == label)).astype(np.uint8))
        region = np.asarray(inside.resize(size, Image.Resampling.BILINEAR)) >= 128
        edge = region & ~ndimage.binary_erosion(region, iterations=2, border_value=1)
        canvas.paste(info.color(label), mask=Image.fromarray((255 * edge).astype(np.uint8)))


def _letters(draw: ImageDraw.ImageDraw, frame: Frame, size: tuple[int, int]) -> None:
    """Write the patient's sides at the four edges."""
    width, height = size
    letters = edge_letters(dict(enumerate(frame.codes)), (1, 2), ("down", "right"))
    for place, letter, anchor in (
        ((EDGE, height // 2), letters.left, "lm"),
        ((width - EDGE, height // 2), letters.right, "rm"),
        ((width // 2, EDGE), letters.top, "ma"),
        ((width // 2, height - EDGE), letters.bottom, "md"),
    ):
        draw.text(
            place,
            letter,
            fill="#ffffff",
            font=ImageFont.load_default(LETTERS),
            anchor=anchor,
            stroke_width=2,
            stroke_fill="#000000",
        )


def _bar(draw: ImageDraw.ImageDraw, per_mm: float, size: tuple[int, int]) -> None:
    """Draw 5 cm, where there is room."""
    length, bottom = BAR_MM * per_mm, size[1] - 2 * EDGE
    if length < size[0] - 2 * EDGE:
        draw.line([(EDGE, bottom), (EDGE + length, bottom)], fill="#ffffff", width=2)
        font = ImageFont.load_default(LETTERS)
        draw.text((EDGE, bottom - EDGE), "5 cm", fill="#ffffff", font=font, anchor="ld")
