"""Unsaved masks on disk, so that neither a crash nor a killed process loses them.

A journal is one file per mask with unsaved edits; :class:`MaskJournal` keeps it in step with the
mask, :func:`find_orphans` finds those that a process left behind. The file is there only while
there is something to lose: saving the mask deletes it.

Nothing in a journal says who the patient is: of the scan it holds the file's name (none for a
series of DICOM files or a folder of slices) and a hash of voxels and affine, by which the scan is
known when it is open.
"""

from __future__ import annotations

from napari_brainseg.autosave.files import FOLDER_VARIABLE, journal_folder
from napari_brainseg.autosave.format import (
    Header,
    Restored,
    ScanMark,
    mark_of,
    read_journal,
    scan_hash,
    slice_digests,
)
from napari_brainseg.autosave.mask_file import MaskJournal, Snapshot
from napari_brainseg.autosave.orphans import Orphan, find_orphans

__all__ = [
    "FOLDER_VARIABLE",
    "Header",
    "MaskJournal",
    "Orphan",
    "Restored",
    "ScanMark",
    "Snapshot",
    "find_orphans",
    "journal_folder",
    "mark_of",
    "read_journal",
    "scan_hash",
    "slice_digests",
]
