"""Earlier time points: which masks the working one is followed from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.io import MASK_SUFFIXES, natural_key, read_masks
from napari_brainseg.language import tr
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["EarlierChoice", "EarlierMask"]

ALL = "all"
FROM_FILES = "files"


@dataclass(frozen=True, slots=True, eq=False)
class EarlierMask:
    """A mask of an earlier examination.

    Parameters
    ----------
    name : str
        Of its scan, or its file.
    labels : ndarray of int, shape (Z, Y, X)
        On the grid of the scan; they may be painted on meanwhile.
    scan : Scan
        The scan, or one made of the mask.
    """

    name: str
    labels: NDArray[Any]
    scan: Scan


class EarlierChoice(PopupCombo):
    """Nothing, the mask of another scan that is open, all of those, or files.

    Signals
    -------
    changed
        Others are chosen, or one of them is gone.
    """

    changed = Signal()

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(tr("The mask of an earlier examination, for the change of volume and size"))
        self._viewer, self._working = viewer, working
        self._files: tuple[EarlierMask, ...] = ()
        self._reading = Latest(self, self._on_read)
        events = Connections(self)
        events.connect(viewer.layers.events.inserted, self._fill)
        events.connect(viewer.layers.events.removed, self._fill)
        working.switched.connect(self._fill)
        self.opening.connect(self._fill)
        self.activated.connect(self._on_activated)
        self._fill()

    @property
    def masks(self) -> tuple[EarlierMask, ...]:
        """What is chosen, as it is now, in the order of names."""
        chosen = self.value()
        if chosen is None or self._working.provenance is None:
            return ()
        if chosen == FROM_FILES:
            return self._files
        layers = self._others() if chosen == ALL else [chosen]
        return tuple(each for layer in layers if (each := _earlier(layer)) is not None)

    def _others(self) -> list[Labels]:
        """List the masks of other scans."""
        own = self._working.provenance
        if own is None:
            return []
        known = ((layer, provenance_of(layer)) for layer in self._viewer.layers if _is_mask(layer))
        found = [layer for layer, each in known if each is not None and each.scan is not own.scan]
        return sorted(found, key=lambda layer: natural_key(layer.name))

    def _fill(self, event: Any = None) -> None:
        before, others = self.value(), self._others()
        entries: list[tuple[str, Any]] = [(tr("nothing"), None)]
        entries += [(layer.name, layer) for layer in others]
        if len(others) > 1:
            entries.append((tr("all {count} masks of other scans", count=len(others)), ALL))
        if self._files:
            entries.append((", ".join(each.name for each in self._files), FROM_FILES))
        self.offer([*entries, (tr("Files…"), FROM_FILES + "…")])
        if before is not None and self.value() is None:
            self.changed.emit()

    def _on_activated(self, index: int) -> None:
        if self.itemData(index) != FROM_FILES + "…":
            self.changed.emit()
            return
        self.setValue(FROM_FILES) if self._files else self.setCurrentIndex(0)
        endings = " ".join(f"*{suffix}" for suffix in MASK_SUFFIXES)
        paths, _ = QFileDialog.getOpenFileNames(
            self, tr("Earlier masks"), "", tr("Masks ({endings})", endings=endings)
        )
        if paths:
            self._reading.run(_read, [Path(path) for path in paths])

    def _on_read(self, masks: tuple[EarlierMask, ...]) -> None:
        self._files = masks
        self._fill()
        self.setValue(FROM_FILES)
        self.changed.emit()


def _is_mask(layer: Any) -> bool:
    return is_mask_layer(layer) and not layer.multiscale


def _earlier(layer: Labels) -> EarlierMask | None:
    known = provenance_of(layer)
    if known is None or layer.data.shape != known.shape:
        return None
    return EarlierMask(known.scan.source.name, known.frame.invert(layer.data), known.scan)


def _read(paths: list[Path]) -> tuple[EarlierMask, ...]:
    """Read masks; each stands on a grid of its own, for volume and diameters."""
    found = []
    for path in sorted(paths, key=lambda path: natural_key(path.name)):
        for mask in read_masks(path):
            voxels, source = mask.labels[None], Source(mask.name, (path,))
            scan = Scan(voxels, mask.affine, ("mask",), source, mask.units)
            found.append(EarlierMask(mask.name, mask.labels, scan))
    return tuple(found)
