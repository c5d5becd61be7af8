"""Choosing what the working mask is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.io import MASK_SUFFIXES, is_segmentation, read_mask_on, read_masks
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.scan import Scan

__all__ = ["Reference", "ReferenceChoice"]

ORIGINAL = marked("Mask as the model made it")
FROM_FILE = marked("A file…")


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A mask to compare with.

    Parameters
    ----------
    name : str
        What to call it.
    labels : ndarray of int
        Its labels.
    on_grid : bool
        Whether they are on the grid of the scan (Z, Y, X), or in the order of the layer.
    """

    name: str
    labels: NDArray[Any]
    on_grid: bool


class ReferenceChoice(PopupCombo):
    """Nothing, the model's own mask, another mask on the same grid, or a file.

    Signals
    -------
    changed
        Another reference was chosen, or the one chosen is gone.
    """

    changed = Signal()

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tr("A reference or an earlier mask on the same voxels"))
        self._viewer, self._working = viewer, working
        self._file: tuple[Scan, tuple[Reference, ...]] | None = None
        self._chosen: Any = None
        self._reading = Latest(self, self._on_read)
        events = Connections(self)
        events.connect(viewer.layers.events.inserted, self._offer)
        events.connect(viewer.layers.events.removed, self._offer)
        working.switched.connect(self._offer)
        self.opening.connect(self._offer)
        self.activated.connect(self._on_activated)
        self._offer()

    @property
    def reference(self) -> Reference | None:
        """What is chosen, as it is now."""
        chosen = self._chosen
        if chosen == ORIGINAL:
            handle = self._working.provenance
            original = None if handle is None else handle.original
            return None if original is None else Reference(tr(ORIGINAL), original, True)
        if chosen is None or isinstance(chosen, Reference):
            return chosen
        return Reference(chosen.name, chosen.data, False)

    def _offer(self, event: Any = None) -> None:
        """List what there is now; the choice stays if it is among it."""
        self.clear()
        for text, data in ((tr("nothing"), None), *self._masks(), *self._files()):
            self.addItem(text, data)
        self._select(self._chosen)

    def _masks(self) -> list[tuple[str, Any]]:
        """List the model's own mask and those of other layers."""
        mask, handle = self._working.layer, self._working.provenance
        own = (
            [(tr(ORIGINAL), ORIGINAL)] if handle is not None and handle.original is not None else []
        )
        if mask is None:
            return list(own)
        others = (layer for layer in self._viewer.layers if layer != mask and is_mask_layer(layer))
        return [*own, *((each.name, each) for each in others if _same_place(each, mask))]

    def _files(self) -> list[tuple[str, Any]]:
        """List the file that was read for this scan, and the way to another."""
        handle = self._working.provenance
        if handle is None:
            return []
        is_read = self._file is not None and self._file[0] is handle.scan
        known = [(each.name, each) for each in self._file[1]] if is_read and self._file else []
        return [*known, (tr(FROM_FILE), FROM_FILE)]

    def _select(self, choice: Any) -> None:
        found = [i for i in range(self.count()) if _equal(self.itemData(i), choice)]
        index = found[0] if found else 0
        self.setCurrentIndex(index)
        before, self._chosen = self._chosen, self.itemData(index)
        if not _equal(before, self._chosen):
            self.changed.emit()

    def _on_activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice != FROM_FILE:
            self._select(choice)
            return
        self._select(self._chosen)
        handle = self._working.provenance
        if handle is None or self._reading.running:
            return
        endings = " ".join(f"*{suffix}" for suffix in MASK_SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Compare with"), "", tr("Masks ({endings})", endings=endings)
        )
        if path:
            self._reading.run(_read, Path(path), handle.scan)

    def _on_read(self, result: tuple[Scan, tuple[Reference, ...]]) -> None:
        self._file = result
        handle = self._working.provenance
        self._offer()
        if handle is not None and handle.scan is result[0]:
            self._select(result[1][0])


def _read(path: Path, scan: Scan) -> tuple[Scan, tuple[Reference, ...]]:
    """Read a file; each layer of a segmentation is a reference of its own."""
    if not is_segmentation(path):
        return scan, (Reference(path.name, read_mask_on(path, scan), True),)
    found = tuple(
        Reference(mask.name, labels, True)
        for mask in read_masks(path)
        if (labels := mask.on(scan)) is not None
    )
    return scan, found or (Reference(path.name, read_mask_on(path, scan), True),)


def _equal(one: Any, other: Any) -> bool:
    # A proxy of a layer answers to == only, and an array must not be asked.
    return one is other or (type(one) is type(other) and bool(one == other))


def _same_place(layer: Labels, mask: Labels) -> bool:
    """Whether two layers have the same voxels at the same place."""
    if layer.data.shape != mask.data.shape:
        return False
    one, other = provenance_of(layer), provenance_of(mask)
    if one is not None and other is not None:
        return np.allclose(one.scan.affine, other.scan.affine, rtol=1e-5, atol=1e-3)
    return np.allclose(layer.extent.world, mask.extent.world, atol=1e-3)
