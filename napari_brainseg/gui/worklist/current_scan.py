"""A scan of a work list on screen: which layers are its own, and what of its mask is unsaved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels, Layer

from napari_brainseg.gui.domain.mask_record import adopt, provenance_of, record_of
from napari_brainseg.gui.domain.mask_standing import Saved
from napari_brainseg.gui.domain.metadata import METADATA_KEY, scan_handle_of
from napari_brainseg.gui.domain.provenance import Provenance
from napari_brainseg.gui.layers.mask_layers import is_mask_layer, mask_layer_data, mask_on_grid
from napari_brainseg.gui.layers.results import BRUSH_SIZE, turn_to_mask
from napari_brainseg.gui.state.edit_clock import Work
from napari_brainseg.gui.state.run import Outcome, RunJob
from napari_brainseg.worklist.items import Status

if TYPE_CHECKING:
    from pathlib import Path

    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.mask_record import MaskRecord
    from napari_brainseg.gui.domain.mask_standing import Look, Seen, Standing
    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.gui.worklist.prefetch import Prefetched
    from napari_brainseg.io import MaskInfo, Reading
    from napari_brainseg.scan import Scan
    from napari_brainseg.worklist.items import WorkItem

__all__ = ["MaskToSave", "Visit"]


@dataclass(frozen=True, eq=False)
class MaskToSave:
    """A mask as it was at one moment.

    Parameters
    ----------
    labels : ndarray of int, shape (Z, Y, X)
        A copy on the scan's grid.
    scan : Scan
        The scan.
    work : Work
        On the mask so far, for the edit record.
    record : MaskRecord
        To be told once it is saved.
    standing : Standing
        By what it is judged.
    seen : Seen or None
        What was seen of it, where nothing happened since; None where it has to be looked at.
    """

    labels: NDArray[Any]
    scan: Scan
    work: Work
    record: MaskRecord
    standing: Standing
    seen: Seen | None

    @cached_property
    def as_seen(self) -> Seen:
        """What is to be seen of it; slow where something happened since it was looked at."""
        return self.seen or self.record.look_at_copy(self.labels).take()

    @property
    def needs_saving(self) -> bool:
        """Whether there is more to it than what lies on disk."""
        return self.standing.is_unsaved(self.as_seen)

    @property
    def info(self) -> MaskInfo:
        """How it came about."""
        known = self.work.provenance
        assert known is not None, "the mask of a scan on screen knows its scan"
        return known.info if self.standing.is_original(self.as_seen) else known.info.corrected()

    @property
    def status(self) -> Status:
        """What it counts as without the user's word on it."""
        return Status.SEGMENTED if self.info.made == "AUTOMATIC" else Status.CORRECTED


class Visit:
    """A scan on screen.

    Parameters
    ----------
    viewer : Viewer
        Gets the layers.
    prefetched : Prefetched
        Layers of a scan, with what there is of a mask.
    reading : Reading
        The scan.

    Attributes
    ----------
    item : WorkItem
        As it was when the mask on screen was opened or saved last.
    is_touched : bool
        Whether the mask was edited since.
    """

    def __init__(self, viewer: Viewer, prefetched: Prefetched, reading: Reading) -> None:
        self.item: WorkItem = prefetched.item
        self.is_touched = False
        self.scan = reading.scan
        self._viewer = viewer
        self._others = list(viewer.layers)
        self._layers = [viewer.add_layer(Layer.create(*each)) for each in prefetched.layers]
        if prefetched.saved is not None:
            handle = self._handle
            given = Provenance(
                handle.scan, handle.frame, prefetched.saved.info, prefetched.saved.labels
            )
            name = f"{self.scan.source.name} · mask"
            saved = Saved(path=prefetched.request.worklist.mask_path(prefetched.item))
            data, keywords, _ = mask_layer_data(prefetched.saved.labels, given, name, saved)
            self._layers.append(viewer.add_layer(Labels(data, **keywords)))
        self.turn()

    def outcome(self, prefetched: Prefetched) -> Outcome | None:
        """Return a mask that was made ahead in the form of one that was asked for."""
        if (
            prefetched.segmentation is None
            or prefetched.measures is None
            or prefetched.bundle is None
        ):
            return None
        image = next((layer for layer in self._layers if isinstance(layer, Image)), None)
        if image is None or image not in self._viewer.layers:
            return None
        job = RunJob(
            layer=image,
            handle=self._handle,
            bundle=prefetched.bundle,
            channels={},
            device=prefetched.request.device,
            plane=prefetched.segmentation.plane,
            slices=None,
            replace=None,
            active=self._viewer.layers.selection.active,
        )
        return Outcome(job, prefetched.segmentation, prefetched.measures)

    def mask(self, preferred: Labels | None) -> Labels | None:
        """Find the mask of this scan: the preferred one, if it is one of it, or else the newest."""
        masks = [layer for layer in self._viewer.layers if self._is_mask(layer)]
        if preferred is not None and preferred in masks:
            return preferred
        return masks[-1] if masks else None

    def news(self, mask: Labels | None) -> dict[MaskRecord, Look]:
        """Return the masks of this scan to which something happened since they were looked at."""
        if mask is not None:
            adopt(mask, Provenance(self.scan, self._handle.frame))
        masks = [layer for layer in self._viewer.layers if self._is_mask(layer)]
        known = [(record_of(layer), layer.data) for layer in masks]
        return {
            record: record.look_at(data)
            for record, data in known
            if record is not None and not record.is_settled
        }

    def snapshot(self, mask: Labels) -> MaskToSave:
        """Copy the mask as it is now; painting may go on meanwhile."""
        record = adopt(mask, Provenance(self.scan, self._handle.frame))
        labels, scan = mask_on_grid(mask)
        return MaskToSave(labels, scan, Work.on(record), record, record.standing, record.seen)

    def saved(self, item: WorkItem, snapshot: MaskToSave, path: Path | None) -> None:
        """Take note that a mask was saved, and where."""
        self.item, self.is_touched = item, False
        snapshot.record.note_saved(snapshot.as_seen.digests, path, snapshot.info)

    def close(self, mask: Labels | None) -> list[str]:
        """Take the scan off the screen, its mask and masks that are the model's work alone.

        Returns
        -------
        list of str
            Names of other masks of this scan; these were changed by hand, and stay.
        """
        masks = [layer for layer in self._viewer.layers if self._is_mask(layer)]
        kept = [layer for layer in masks if layer != mask and _is_handwork(layer)]
        for layer in [*self._layers, *masks]:
            if layer in self._viewer.layers and layer not in kept:
                self._viewer.layers.remove(layer)
        return [layer.name for layer in kept]

    @property
    def _handle(self) -> ScanHandle:
        handles = (scan_handle_of(layer.metadata) for layer in self._layers)
        return next(handle for handle in handles if handle is not None)

    def _is_mask(self, layer: Any) -> bool:
        """Whether a layer is a mask on this scan; napari's own new labels layer is one too."""
        if not is_mask_layer(layer) or layer in self._others:
            return False
        image = self._layers[0]
        if layer.data.shape != image.data.shape:
            return False
        known = provenance_of(layer)
        if known is None and not layer.metadata.keys() - {METADATA_KEY}:
            return np.array_equal(layer.extent.world, image.extent.world)
        return known is not None and known.scan is self.scan

    def turn(self) -> None:
        """Turn to the slice with the most mask, or to the middle, and get ready to paint."""
        viewer, first = self._viewer, self._layers[0]
        mask = self.mask(None)
        world = first.data_to_world((first.data.shape[0] // 2, 0, 0))
        viewer.dims.set_point(viewer.dims.ndim - first.ndim, world[0])
        if mask is not None:
            turn_to_mask(viewer, mask)
        viewer.layers.selection.active = mask or first
        if mask is not None:
            mask.brush_size = BRUSH_SIZE
            mask.mode = "paint"


def _is_handwork(mask: Labels) -> bool:
    record = record_of(mask)
    if record is None:
        return True
    # What was painted on since it was looked at is taken for handwork.
    return record.seen is None or not record.standing.is_original(record.seen)
