"""A folder of scans that is worked through: what is in it, and how far each scan got.

What was done is kept in one small file in the folder itself, so that it travels with the scans and
several people can share it; for a folder that cannot be written to, in a folder of the user's own,
masks included. It names scans and masks by their places within the folder, and nothing else of
them. It is read anew and merged at each change, so nobody's work is undone by somebody else's.
"""

from __future__ import annotations

from napari_brainseg.worklist.items import (
    Key,
    SavedMask,
    Status,
    Taken,
    WorkImage,
    WorkItem,
    WorkList,
)
from napari_brainseg.worklist.masks import (
    note_mask,
    open_mask,
    read_companions,
    read_item,
    save_mask,
)
from napari_brainseg.worklist.state import STATE_NAME, list_scans, open_worklist, record

__all__ = [
    "STATE_NAME",
    "Key",
    "SavedMask",
    "Status",
    "Taken",
    "WorkImage",
    "WorkItem",
    "WorkList",
    "list_scans",
    "note_mask",
    "open_mask",
    "open_worklist",
    "read_companions",
    "read_item",
    "record",
    "save_mask",
]
