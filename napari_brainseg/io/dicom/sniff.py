"""Telling DICOM files by their first bytes, without pydicom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from napari_brainseg.io.files import first_bytes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_dicom", "is_rtstruct", "is_seg"]

SEG_CLASSES = (b"1.2.840.10008.5.1.4.1.1.66.4", b"1.2.840.10008.5.1.4.1.1.66.7")
"""SOP classes of segmentations and of label map segmentations."""
RTSTRUCT_CLASS = b"1.2.840.10008.5.1.4.1.1.481.3"
VALUE_LENGTHS = {
    **dict.fromkeys((b"UL", b"UI", b"CS", b"DA", b"TM", b"DT", b"LO", b"SH", b"AE", b"PN"), (6, 2)),
    b"OB": (8, 4),
}
"""Where an element of the kinds that DICOM files begin with keeps its length, in how many bytes."""


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its first bytes, whatever its name."""
    head = first_bytes(path)
    return head[128:132] == b"DICM" or _is_bare_dicom(head)


def _is_bare_dicom(head: bytes) -> bool:
    """Whether bytes look like DICOM without preamble: three elements of its first groups in order.

    Such files come from old archives and from programs that write the bare data set.
    """
    order: Literal["little", "big"] = "big" if head[:1] == b"\0" else "little"
    at, before = 0, (0, -1)
    for _ in range(3):
        group, element = (head[at + i : at + i + 2] for i in (0, 2))
        tag = (int.from_bytes(group, order), int.from_bytes(element, order))
        kind = head[at + 4 : at + 6]
        start, size = VALUE_LENGTHS.get(kind, (4, 4))  # without a kind: implicit, so no group 2
        length = head[at + start : at + start + size]
        if tag[0] not in (2, 8) or tag <= before or (tag[0] == 2 and start == 4) or not length:
            return False
        at, before = at + start + size + int.from_bytes(length, order), tag
    return True


def is_seg(path: Path | str) -> bool:
    """Whether a file is a DICOM segmentation, so a mask and no scan; quick, and never raises."""
    return _class_of(path) in SEG_CLASSES


def is_rtstruct(path: Path | str) -> bool:
    """Whether a file holds contours, of which no mask is read; quick, and never raises."""
    return _class_of(path) == RTSTRUCT_CLASS


def _class_of(path: Path | str) -> bytes:
    """Return the SOP class that a file begins with; empty where it says none."""
    head = first_bytes(path)
    if head[128:132] != b"DICM":
        return b""
    # Media Storage SOP Class UID: always here, explicit and little-endian. pydicom would do, but
    # it warns of bytes that are no UID.
    _, _, rest = head[132:].partition(b"\x02\x00\x02\x00UI")
    uid = rest[2 : 2 + int.from_bytes(rest[:2], "little")]
    return uid.rstrip(b"\0 ")
