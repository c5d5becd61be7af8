"""Which files are by their names masks of lesions, beside images of one folder (BraTS and labs)."""

from __future__ import annotations

import re

__all__ = ["SEPARATORS", "is_mask_name", "mask_owner", "plain_stem"]

SEPARATORS = " _.-"

_MASK = re.compile(
    r"(^|[^a-z0-9])(seg|segm|segmentation|masks?|labels?|lesions?|tumou?r|roi|gt|ot|annotation)"
    r"\d*$",
    re.IGNORECASE,
)
_NO_LESION = re.compile(r"(brain|skull|head|bet)[^a-z0-9]*mask$", re.IGNORECASE)


def plain_stem(stem: str) -> str:
    """Return a file's name without ending; ``.seg.nrrd`` of 3D Slicer is read as ``_seg``."""
    return re.sub(r"\.(seg|label)$", r"_\1", stem, flags=re.IGNORECASE)


def is_mask_name(stem: str) -> bool:
    """Whether a file is by its name, without ending, a mask of lesions."""
    plain = plain_stem(stem)
    return bool(_MASK.search(plain)) and not _NO_LESION.search(plain)


def mask_owner(stem: str) -> str:
    """Return what a mask is named after: the case or the image, e.g. ``case`` of ``case_seg``."""
    return _MASK.sub("", plain_stem(stem)).strip(SEPARATORS)
