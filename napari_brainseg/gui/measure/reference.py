"""Choosing what the working mask is compared with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_error
from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_brainseg.errors import BrainsegError
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.workers import background
from napari_brainseg.gui.layers.metadata import is_mask
from napari_brainseg.gui.state.mask_record import provenance_of
from napari_brainseg.io import MASK_SUFFIXES, read_mask_on

if TYPE_CHECKING:
    from napari.components import LayerList
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.working_mask import WorkingMask
    from napari_brainseg.scan import Scan

__all__ = ["Reference", "ReferenceChoice"]

ORIGINAL = "Mask as the model made it"
FROM_FILE = "A file…"


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
        self.setToolTip("A reference or an earlier mask on the same voxels")
        self._viewer, self._working = viewer, working
        self._file: tuple[Scan, Reference] | None = None
        self._chosen: Any = None
        self._worker: Any = None
        events = viewer.layers.events
        events.inserted.connect(self._offer)
        events.removed.connect(self._offer)
        self.destroyed.connect(partial(_leave, viewer.layers, self._offer))
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
            return None if original is None else Reference(ORIGINAL, original, True)
        if chosen is None or isinstance(chosen, Reference):
            return chosen
        return Reference(chosen.name, chosen.data, False)

    def _offer(self, event: Any = None) -> None:
        """List what there is now; the choice stays if it is among it."""
        mask, handle = self._working.layer, self._working.provenance
        self.clear()
        self.addItem("nothing", None)
        if handle is not None and handle.original is not None:
            self.addItem(ORIGINAL, ORIGINAL)
        for layer in self._viewer.layers:
            if mask is not None and layer != mask and is_mask(layer) and _same_place(layer, mask):
                self.addItem(layer.name, layer)
        if handle is not None:
            if self._file is not None and self._file[0] is handle.scan:
                self.addItem(self._file[1].name, self._file[1])
            self.addItem(FROM_FILE, FROM_FILE)
        self._select(self._chosen)

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
        if handle is None or self._worker is not None:
            return
        endings = " ".join(f"*{suffix}" for suffix in MASK_SUFFIXES)
        path, _ = QFileDialog.getOpenFileName(self, "Compare with", "", f"Masks ({endings})")
        if path:
            self._worker = background(_read, Path(path), handle.scan)
            self._worker.returned.connect(self._on_read)
            self._worker.start()

    def _on_read(self, result: tuple[Scan, Reference] | str) -> None:
        self._worker = None
        if isinstance(result, str):
            show_error(result)
            return
        self._file = result
        handle = self._working.provenance
        self._offer()
        if handle is not None and handle.scan is result[0]:
            self._select(result[1])


def _read(path: Path, scan: Scan) -> tuple[Scan, Reference] | str:
    """Read in the worker thread; what is wrong comes back as a sentence."""
    try:
        return scan, Reference(path.name, read_mask_on(path, scan), True)
    except BrainsegError as error:
        return str(error)


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


def _leave(layers: LayerList, callback: Any, *_: Any) -> None:
    """Take leave of the viewer after Qt has deleted the widget."""
    with suppress(AttributeError):
        layers.events.inserted.disconnect(callback)
        layers.events.removed.disconnect(callback)
