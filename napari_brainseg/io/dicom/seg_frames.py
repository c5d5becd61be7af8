"""The frames of a DICOM SEG, of a bit a pixel, packed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.encaps import generate_frames
from pydicom.pixels import iter_pixels  # type: ignore[attr-defined]
from pydicom.uid import RLELossless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["seg_frames"]

RLE_HEADER = 64
"""Bytes of a frame before its segments: their number and where they begin."""


def seg_frames(dataset: Dataset) -> Iterator[NDArray[Any]]:
    """Decode the frames, one after another; whatever decoders raise comes out.

    Parameters
    ----------
    dataset : Dataset
        A binary segmentation.

    Yields
    ------
    ndarray of rows x columns values
        0 outside of the segment.
    """
    packed = int(dataset.BitsAllocated) == 1
    if packed and dataset.file_meta.TransferSyntaxUID == RLELossless:
        yield from _rle_of_bits(dataset)
    else:
        yield from iter_pixels(dataset)


def _rle_of_bits(dataset: Dataset) -> Iterator[NDArray[Any]]:
    """Decode frames of bits in RLE, which pydicom does not; some writers spend a byte a pixel."""
    from imagecodecs import packbits_decode

    pixels, count = int(dataset.Rows) * int(dataset.Columns), int(dataset.NumberOfFrames)
    for frame in generate_frames(dataset.PixelData, number_of_frames=count):
        segments, start = np.frombuffer(frame[:8], "<u4")
        if segments != 1:
            raise ValueError(f"{segments} segments")
        content = np.frombuffer(packbits_decode(frame[max(start, RLE_HEADER) :]), np.uint8)
        if len(content) < pixels:
            content = np.unpackbits(content, bitorder="little")
        if len(content) < pixels:
            raise ValueError(f"{len(content)} pixels of {pixels}")
        yield content[:pixels]
