"""Which files are by their names masks of lesions, beside images of one folder (BraTS and labs)."""

from __future__ import annotations

import re

__all__ = ["SEPARATORS", "is_mask_name", "marks_no_lesion", "mask_owner", "plain_stem"]

SEPARATORS = " _.-"

_MASK = re.compile(
    r"(^|[^a-z0-9])(seg|segm|segmentation|masks?|labels?|lesions?|tumou?r|roi|gt|ot|annotation)"
    r"\d*$",
    re.IGNORECASE,
)
_NO_LESION = re.compile(
    r"(brain|skull|head|bet|parenchyma)[^a-z0-9]*(mask|segmentation)$", re.IGNORECASE
)


def plain_stem(stem: str) -> str:
    """Return a file's name without ending; ``.seg.nrrd`` of 3D Slicer is read as ``_seg``."""
    return re.sub(r"\.(seg|label)$", r"_\1", stem, flags=re.IGNORECASE)


def is_mask_name(stem: str) -> bool:
    """Whether a file is by its name, without ending, a mask of lesions."""
    return bool(_MASK.search(plain_stem(stem))) and not marks_no_lesion(stem)


def marks_no_lesion(stem: str) -> bool:
    """Whether a file is by its name, without ending, a mask of the brain."""
    return bool(_NO_LESION.search(plain_stem(stem)))


def mask_owner(stem: str) -> str:
    """Return what a mask is named after: ``case`` of ``case_seg`` and of ``case_tumor_seg``."""
    named, shorter = "", plain_stem(stem)
    while named != shorter:
        named, shorter = shorter, _MASK.sub("", shorter).strip(SEPARATORS)
    return named
