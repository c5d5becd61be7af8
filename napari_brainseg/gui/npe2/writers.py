"""Saving masks from napari's File menu and from scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import napari
from napari.utils.notifications import show_info

from napari_brainseg.autosave.digests import slice_digests
from napari_brainseg.errors import SaveError
from napari_brainseg.gui.domain.mask_record import record_in
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.domain.provenance import info_of
from napari_brainseg.gui.layers.belonging import settle
from napari_brainseg.gui.layers.mask_layers import mask_to_grid
from napari_brainseg.gui.save.names import IDENTITY, UNPLACED, with_suffix
from napari_brainseg.gui.state.edit_clock import Work, keep_edits
from napari_brainseg.io import carries_identity, keep_mask
from napari_brainseg.language import tr

__all__ = ["write_labels_layer"]


def write_labels_layer(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Save a labels layer on the grid of its scan.

    An existing file is replaced: napari's dialog has asked by then, and a script that names a file
    means it. The scan's own files are refused.

    Parameters
    ----------
    path : str
        Where to save; ``.nii.gz`` is added where there is no suffix, ``.dcm`` is DICOM SEG.
    data : array of int
        The layer's data.
    meta : dict
        The layer's keywords; the scan is found in its metadata.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    SaveError
        If the mask cannot be written, or the layer is an overlay.
    """
    metadata = meta.get("metadata", {})
    if OVERLAY_KEY in metadata:
        raise SaveError(
            tr(
                "{name}: shows something about a mask, and is none. Save the mask.",
                name=meta["name"],
            )
        )
    viewer = napari.current_viewer()
    if viewer is not None:
        settle(viewer.layers)
    labels, scan = mask_to_grid(data, meta)
    target = with_suffix(path)
    # napari asked about the name as typed; a name that we completed may hit another file.
    overwrite = target == Path(path)
    record = record_in(metadata)
    work = Work.on(record)
    info = info_of(work.provenance, labels)
    target, moved = keep_mask(labels, scan, target, overwrite=overwrite, info=info)
    if moved:
        show_info(moved)
    if record is not None:
        record.note_saved(slice_digests(labels), target, info)
    if edits := keep_edits(work, labels, scan, target):
        show_info(edits)
    if scan.source.placed_by == "nobody":
        show_info(f"{target.name}: {tr(UNPLACED)}")
    if carries_identity(target):
        show_info(f"{target.name}: {tr(IDENTITY)}")
    return [str(target)]
