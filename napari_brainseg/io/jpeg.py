"""Pictures that are cut short, and whose decoders say nothing: they fill up what lacks.

libjpeg and jxrlib warn of it at most, and neither imagecodecs nor Pillow passes that on. But a
decoder that lacks something takes whatever stands behind the data for it, so that the picture
becomes another one; one that has all it needs looks at nothing more.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["check_scans", "is_whole_jpeg", "is_whole_jpeg_xr"]

START, SCAN, END = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"

RESTART = re.compile(rb"\xff([\xd0-\xd7])")

MARK = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""What ends the data of a scan: any mark but of restarts, and no byte of 255 of the data."""

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
"""Second bytes of the marks that begin the header of a frame."""

COEFFICIENTS, BROKEN = 64, 99
"""Of a block of a progressive picture, sent bit by bit in several scans; where one lacks."""

MORE = b"\xee" + random.Random(1).randbytes(512).replace(b"\xff", b"\xfe")
"""What holds no marker, and begins unlike the zeros that libjpeg takes for what lacks."""


MOST_SCANS, MOST_PARTS = 100, 10_000
"""Ten and twenty are usual. A scan is a way through the whole picture, and may take a few bytes;
a part may take two."""


def check_scans(stream: bytes, name: str) -> None:
    """Refuse a picture in JPEG, before it is decoded, that would take minutes.

    Parameters
    ----------
    stream : bytes
        The picture.
    name : str
        Of its file, for errors.

    Raises
    ------
    ScanError
        If it has more scans or other parts than any program makes, or none.
    """
    parts = list(islice(_segments(stream), MOST_PARTS))
    count = sum(1 for part in parts if part.mark == SCAN[1])
    if len(parts) == MOST_PARTS or not parts:
        raise ScanError(
            tr(
                "{name}: its picture has no parts, or thousands of them; it is damaged. Get a "
                "fresh copy.",
                name=name,
            )
        )
    if count > MOST_SCANS:
        raise ScanError(
            tr(
                "{name}: its picture is sent in {count} scans, expected at most {most}; it is "
                "damaged, or made to take long. Save it again from the program that made it.",
                name=name,
                count=count,
                most=MOST_SCANS,
            )
        )


def is_whole_jpeg(
    stream: bytes, values: NDArray[Any], decode: Callable[[bytes], NDArray[Any]]
) -> bool:
    """Whether a picture in JPEG, lossless or not, holds all of its pixels.

    Not seen is what lacks a byte of the last block of a scan, and has an end all the same.

    Parameters
    ----------
    stream : bytes
        The picture; another one, or padding, may follow.
    values : ndarray
        What it decodes to.
    decode : callable
        Decodes another such stream to values of the same shape.
    """
    parts = list(_segments(stream))
    if not parts or parts[-1].mark != END[1] or _lacks_scans(parts):
        return False
    ends = [part.end for part in parts if part.mark == SCAN[1]]
    further, at = b"", 0
    for end in ends:
        further += _longer(stream[at:end])
        at = end
    return np.array_equal(decode(further + stream[at:]), values)


def is_whole_jpeg_xr(
    stream: bytes, values: NDArray[Any], decode: Callable[[bytes], NDArray[Any]]
) -> bool:
    """Whether a picture in JPEG XR holds all of its pixels, as :func:`is_whole_jpeg` tells it."""
    return np.array_equal(decode(stream + MORE), values)


def _longer(data: bytes) -> bytes:
    """Put more behind the data of a scan, as a further restart interval too."""
    # A lone 0xff before the end would make a marker of what is put in.
    data = data.rstrip(b"\xff")
    return data + MORE + _restart(data) + MORE


def _restart(data: bytes) -> bytes:
    """Return the mark that a further restart interval would begin with; they count to eight."""
    marks = RESTART.findall(data)
    count = marks[-1][0] - 0xD0 + 1 if marks else 0
    return bytes((0xFF, 0xD0 + count % 8))


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of a picture: the second byte of its mark, what it says, and where it ends."""

    mark: int
    content: bytes
    end: int


def _segments(stream: bytes) -> Iterator[_Segment]:
    """Iterate over the parts of the first picture, its end the last; of a scan with its data.

    A header may hold a small picture with an end of its own, which is passed over with it.
    """
    at = stream.find(START) + len(START)
    while found := MARK.search(stream, at):
        at, mark = found.end(), found[0][1]
        if mark == END[1]:
            yield _Segment(mark, b"", at)
            return
        size = int.from_bytes(stream[at : at + 2], "big")
        content = stream[at + 2 : at + size]
        at += size
        if mark == SCAN[1]:
            following = MARK.search(stream, at)
            at = following.start() if following else len(stream)
        yield _Segment(mark, content, at)


def _lacks_scans(parts: list[_Segment]) -> bool:
    """Whether a component has no scan, or not every bit of its coefficients where they come so."""
    (frame,) = (part for part in parts if part.mark in FRAMES)
    scans = [part.content for part in parts if part.mark == SCAN[1]]
    components = frame.content[6::3]
    if frame.mark not in PROGRESSIVE:
        return not set(components) <= {each for scan in scans for each in scan[1:-3:2]}
    sent = _sent_bits(scans)
    return any(sent.get(each) != 0 for each in product(components, range(COEFFICIENTS)))


def _sent_bits(scans: list[bytes]) -> dict[tuple[int, int], int]:
    """Count down to which bit each coefficient of a component is sent, a scan after the other."""
    sent: dict[tuple[int, int], int] = {}
    for *said, first, last, bits in scans:
        for each in product(said[1::2], range(first, last + 1)):
            follows = sent.get(each) == (bits >> 4 or None)
            sent[each] = bits & 0xF if follows else BROKEN
    return sent
