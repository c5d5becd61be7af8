"""Unsaved masks on disk, so that neither a crash nor a killed process loses them.

An autosave is one file per unsaved mask; :class:`MaskAutosave` keeps it in step with the mask,
:func:`find_orphans` finds those that a process left behind. The file is there only while there is
something to lose: saving the mask deletes it.

Nothing in it says who the patient is: of the scan it holds the file's name (none for a series of
DICOM files or a folder of slices) and a hash of voxels and affine, by which the scan is known
again. Where the scan lies on this disk, and its own name, stand in a file beside it, the
:class:`ScanPlace`.

Files keep the suffix ``.journal`` of earlier versions, and theirs are still read.
"""

from __future__ import annotations

from napari_brainseg.autosave.files import FOLDER_VARIABLE, autosave_folder
from napari_brainseg.autosave.format import (
    AutosaveHeader,
    Restored,
    ScanMark,
    mark_of,
    read_autosave,
    scan_hash,
)
from napari_brainseg.autosave.mask_autosave import MaskAutosave, Snapshot
from napari_brainseg.autosave.orphans import Orphan, find_orphans
from napari_brainseg.autosave.place import ScanPlace, find_at, place_of

__all__ = [
    "FOLDER_VARIABLE",
    "AutosaveHeader",
    "MaskAutosave",
    "Orphan",
    "Restored",
    "ScanMark",
    "ScanPlace",
    "Snapshot",
    "autosave_folder",
    "find_at",
    "find_orphans",
    "mark_of",
    "place_of",
    "read_autosave",
    "scan_hash",
]
