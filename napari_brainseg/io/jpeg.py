"""Pictures that are cut short, and whose decoders say nothing: they fill up what lacks.

libjpeg and jxrlib warn of it at most, and neither imagecodecs nor Pillow passes that on. But a
decoder that lacks something takes whatever stands behind the data for it, so that the picture
becomes another one; one that has all it needs looks at nothing more.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["is_whole_jpeg", "is_whole_jpeg_xr"]

START, SCAN, END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"

RESTART = re.compile(rb"\xff([\xd0-\xd7])")

MORE = b"\xee" + random.Random(1).randbytes(512).replace(b"\xff", b"\xfe")
"""What holds no marker, and begins unlike the zeros that libjpeg takes for what lacks."""


def is_whole_jpeg(
    stream: bytes, values: NDArray[Any], decode: Callable[[bytes], NDArray[Any]]
) -> bool:
    """Whether a picture in JPEG, lossless or not, holds all of its pixels.

    Not seen is what lacks whole scans of a progressive picture, or a byte of the last block, and
    has an end all the same.

    Parameters
    ----------
    stream : bytes
        The picture; another one, or padding, may follow.
    values : ndarray
        What it decodes to.
    decode : callable
        Decodes another such stream to values of the same shape.
    """
    end = _end(stream)
    # A lone 0xff before the end would make a marker of what is put in.
    data = stream[: max(end, 0)].rstrip(b"\xff")
    further = data + MORE + _restart(data) + MORE + stream[end:]
    return end >= 0 and np.array_equal(decode(further), values)


def is_whole_jpeg_xr(
    stream: bytes, values: NDArray[Any], decode: Callable[[bytes], NDArray[Any]]
) -> bool:
    """Whether a picture in JPEG XR holds all of its pixels, as :func:`is_whole_jpeg` tells it."""
    return np.array_equal(decode(stream + MORE), values)


def _restart(data: bytes) -> bytes:
    """Return the mark that a further restart interval would begin with; they count to eight."""
    marks = RESTART.findall(data)
    count = marks[-1][0] - 0xD0 + 1 if marks else 0
    return bytes((0xFF, 0xD0 + count % 8))


def _end(stream: bytes) -> int:
    """Return where the end of the first picture is marked, behind its header; -1 if nowhere.

    A header may hold a small picture with an end of its own.
    """
    at = stream.find(START) + len(START)
    while stream[at : at + 1] == b"\xff" and stream[at : at + 2] != SCAN:
        is_filled = stream[at + 1 : at + 2] == b"\xff"
        at += 1 if is_filled else 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
    return stream.find(END, at)
