"""Choosing a scan among the viewer's layers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari.layers import Image
from qtpy.QtCore import Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import ScanError
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY, scan_handle_of
from napari_brainseg.gui.layers.foreign import has_moved
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.gui.layers.results import uncover
from napari_brainseg.gui.layers.scan_layers import scan_of
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.scan import Scan

__all__ = ["ScanChooser"]

WATCHED = ("name", "scale", "translate", "rotate", "shear", "affine", "units")
"""The events of a layer that another name or place is told by."""


class ScanChooser(PopupCombo):
    """The scans open in the viewer; the channels of one scan are one entry.

    The newest is chosen as it arrives, and that of a mask as the mask is selected, unless it only
    accompanies the one chosen; nothing else changes the choice of the user, which is shown.

    Parameters
    ----------
    viewer : Viewer
        Whose layers are offered.
    accompanies : callable
        Whether one scan, given first, only goes with another.
    """

    changed = Signal()

    def __init__(
        self,
        viewer: Viewer,
        accompanies: Callable[[Scan, Scan], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setToolTip(tr("The scan to segment; open one to see it here"))
        self._accompanies = accompanies
        self._viewer = viewer
        self._groups: list[list[Image]] = []
        self._handles: WeakKeyDictionary[Image, tuple[Any, ScanHandle]] = WeakKeyDictionary()
        self._events = Connections(self)
        self._events.connect(viewer.layers.events.inserted, self._on_inserted)
        self._events.connect(viewer.layers.events.removed, self._on_removed)
        self._events.connect(viewer.layers.selection.events.active, self._on_selected)
        self.currentIndexChanged.connect(self.changed)
        self.activated.connect(self._on_activated)
        self._events.at_end(_unwatch, viewer.layers, self._on_altered)
        for layer in viewer.layers:
            _watch(layer, self._on_altered)
        self._fill(None)

    def choose(self) -> None:
        """Choose as if the scans that are open had arrived one by one."""
        for index, group in enumerate(self._groups):
            if index == 0 or not self._is_aside(group[0]):
                self.setCurrentIndex(index)

    @property
    def layer(self) -> Image | None:
        """The layer that stands for the chosen scan: the visible one, or else the first."""
        group = self.group
        return next((layer for layer in group if layer.visible), group[0] if group else None)

    @property
    def group(self) -> list[Image]:
        """All layers of the chosen scan."""
        index = self.currentIndex()
        return self._groups[index] if 0 <= index < len(self._groups) else []

    @property
    def groups(self) -> list[list[Image]]:
        """The layers of every scan."""
        return self._groups

    @property
    def chosen(self) -> tuple[ScanHandle | None, str]:
        """The chosen scan, or else why it cannot be read."""
        layer = self.layer
        try:
            return (self.handle(layer) if layer is not None else None), ""
        except ScanError as error:
            return None, str(error)

    def scans(self) -> list[Scan]:
        """Return every scan in the viewer, the chosen one first."""
        chosen = self.layer
        scans = []
        for group in sorted(self._groups, key=lambda group: chosen not in group):
            with suppress(ScanError):
                scans.append(self.handle(group[0]).scan)
        return scans

    def handle(self, layer: Image) -> ScanHandle:
        """Find the scan of a layer; the same one each time while the layer's data stay in place.

        Raises
        ------
        ScanError
            If the layer cannot be a scan.
        """
        data, handle = self._handles.get(layer, (None, None))
        if handle is None or data is not layer.data or has_moved(layer, handle.scan):
            handle = scan_of(layer)
            self._handles[layer] = (layer.data, handle)
        return handle

    def _on_activated(self, _: int) -> None:
        """Show the scan that the user has chosen, and not another one that lies on it."""
        layer = self.layer
        if layer is None or self._viewer.canvas.grid.enabled:  # each has a field of its own
            return
        layer.visible = True
        with suppress(ScanError):
            uncover(self._viewer, self.handle(layer).scan)

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        _watch(layer, self._on_altered)
        if OVERLAY_KEY in layer.metadata:
            return
        # The channels of one scan arrive one by one: the first of them makes the choice.
        self._fill(layer if _can_be_scan(layer) and not self._is_aside(layer) else None)

    def _is_aside(self, layer: Image) -> bool:
        chosen = self.layer
        if chosen is None:
            return False
        with suppress(ScanError):
            return self._accompanies(self.handle(layer).scan, self.handle(chosen).scan)
        return False

    def _on_selected(self, event: Any) -> None:
        """Choose what a mask was drawn on, such as an earlier examination: it is shown by then."""
        known = provenance_of(event.value) if is_mask_layer(event.value) else None
        if known is None:
            return
        for index, (image, *_) in enumerate(self._groups):
            with suppress(ScanError):
                if self.handle(image).scan is known.scan and not self._is_aside(image):
                    self.setCurrentIndex(index)

    def _on_removed(self, event: Any) -> None:
        _unwatch([event.value], self._on_altered)
        self._fill(None)

    def _on_altered(self, event: Any = None) -> None:
        self._fill(None)

    def _fill(self, wanted: Image | None) -> None:
        """List the scans anew; ``wanted`` is chosen, else what was chosen before, else the last."""
        before = self.group
        self._groups = _grouped(self._viewer.layers)
        self.blockSignals(True)
        self.clear()
        self.addItems([_title(group) for group in self._groups])
        targets = [wanted] if wanted is not None else before
        found = [i for i, group in enumerate(self._groups) if any(t in group for t in targets)]
        self.setCurrentIndex(found[0] if found else len(self._groups) - 1)
        self.blockSignals(False)
        self.changed.emit()


def _can_be_scan(layer: Any) -> bool:
    return isinstance(layer, Image) and OVERLAY_KEY not in layer.metadata


def _grouped(layers: Any) -> list[list[Image]]:
    """Put the layers that show channels of one scan together, in the order of the list."""
    groups: dict[int, list[Image]] = {}
    for layer in layers:
        if _can_be_scan(layer):
            handle = scan_handle_of(layer.metadata)
            key = id(handle.scan) if handle is not None else id(layer)
            groups.setdefault(key, []).append(layer)
    return list(groups.values())


def _title(group: list[Image]) -> str:
    handle = scan_handle_of(group[0].metadata)
    if len(group) > 1 and handle is not None:
        return handle.scan.source.name
    return str(group[0].name)


def _watch(layer: Any, altered: Callable[[Any], None]) -> None:
    for name in WATCHED:
        getattr(layer.events, name).connect(altered)


def _unwatch(layers: Iterable[Any], altered: Callable[[Any], None]) -> None:
    for layer in layers:
        for name in WATCHED:
            getattr(layer.events, name).disconnect(altered)
