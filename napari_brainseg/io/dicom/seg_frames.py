"""The frames of a DICOM SEG: of a bit a pixel, packed or not, or of the numbers of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.encaps import generate_frames
from pydicom.pixels import iter_pixels  # type: ignore[attr-defined]
from pydicom.uid import UID, RLELossless

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["LABEL_MAP", "label_frames"]

LABEL_MAP = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""SOP class of a segmentation whose pixels are numbers of segments; pydicom does not name it."""

RLE_HEADER = 64
"""Bytes of a frame before its segments: their number and where they begin."""


def label_frames(
    dataset: Dataset, segments: Sequence[int], labels: Mapping[int, int], name: str
) -> Iterator[NDArray[np.uint16]]:
    """Decode the frames, one after another; whatever decoders raise comes out.

    Parameters
    ----------
    dataset : Dataset
        A binary segmentation, or a label map.
    segments : sequence of int
        The segment of each frame; empty for a label map, whose frames hold all.
    labels : mapping of int to int
        Number of a segment to its label.
    name : str
        Of the file, for errors.

    Yields
    ------
    ndarray of uint16, of rows x columns values
        Labels; 0 outside of the segments.

    Raises
    ------
    ScanError
        If a frame is of a number, or holds one, that is none of a segment.
    """
    if dataset.SOPClassUID == LABEL_MAP:
        yield from _mapped(dataset, labels, name)
        return
    for segment, frame in zip(segments, _of_bits(dataset), strict=True):
        if segment not in labels:
            raise _no_segment(segment, name)
        yield (frame > 0) * np.uint16(labels[segment])


def _mapped(dataset: Dataset, labels: Mapping[int, int], name: str) -> Iterator[NDArray[np.uint16]]:
    """Turn numbers of segments into labels."""
    label_of = np.full(1 << 16, -1)
    label_of[[*labels]] = [*labels.values()]
    label_of[int(dataset.get("PixelPaddingValue", 0))] = 0
    for frame in iter_pixels(dataset, raw=True):
        found = label_of[frame]
        if (found < 0).any():
            raise _no_segment(frame[found < 0][0], name)
        yield found.astype(np.uint16)


def _no_segment(number: int, name: str) -> ScanError:
    return ScanError(
        tr(
            "{name}: holds the number {number}, which is none of its segments. Export it "
            "again from the program that made it.",
            name=name,
            number=number,
        )
    )


def _of_bits(dataset: Dataset) -> Iterator[NDArray[Any]]:
    """Decode the frames of a binary segmentation: 0 outside of the segment."""
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
