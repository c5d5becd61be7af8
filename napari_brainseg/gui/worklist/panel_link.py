"""The panel as the work list sees it: the only place of the work list that knows its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.panel.widget import SegmentWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

    from napari_brainseg.gui.state.run import Outcome
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.scan import Scan

__all__ = ["PanelLink"]

PANEL = "Segment"


class PanelLink(QObject):
    """The panel of a window, opened where there is none and something is asked of it.

    Parameters
    ----------
    viewer : Viewer
        Whose window it is.
    parent : QWidget
        Docked in that window.

    Signals
    -------
    run_started, run_ended
        Of Segment.
    model_changed
        Another model was chosen.
    mask_edited, mask_switched
        The mask that is worked on has other voxels, or is another one.
    mask_saved : Labels
        *Save mask…* wrote this layer to a file.
    """

    run_started = Signal()
    run_ended = Signal()
    model_changed = Signal()
    mask_edited = Signal()
    mask_switched = Signal()
    mask_saved = Signal(object)

    def __init__(self, viewer: Viewer, parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._parent = parent
        self._known: SegmentWidget | None = None
        self._connections = Connections(self)

    @property
    def is_open(self) -> bool:
        """Whether the window has a panel."""
        return self._find() is not None

    @property
    def widget(self) -> SegmentWidget:
        """The panel itself."""
        if self._known is None:
            panel = self._find()
            if panel is None:
                _, panel = self._viewer.window.add_plugin_dock_widget("napari-brainseg", PANEL)
            for source, told in (
                (panel.run.started, self.run_started),
                (panel.run.ended, self.run_ended),
                (panel.models.changed, self.model_changed),
                (panel.working.edited, self.mask_edited),
                (panel.working.switched, self.mask_switched),
                (panel.saver.saved, self.mask_saved),
                (panel.destroyed, self._on_gone),
            ):
                self._connections.connect(source, told)
            self._known = panel
        return self._known

    def _find(self) -> SegmentWidget | None:
        window = self._parent.window()
        return window.findChild(SegmentWidget) if window is not None else None

    @property
    def mask(self) -> Labels | None:
        """The mask that is worked on."""
        return self.widget.working.layer

    @property
    def is_running(self) -> bool:
        """Whether Segment was pressed, and its result is yet to come."""
        return self._known is not None and self._known.run.running

    @property
    def bundle(self) -> Bundle | None:
        """The model that is chosen."""
        return self.widget.models.bundle

    @property
    def device(self) -> str:
        """Name of the device that is chosen, ``auto`` included."""
        return self.widget.options.values.device

    def channels_of(self, scan: Scan) -> Mapping[str, Channel | None] | None:
        """Return the images chosen for the model's roles, where this is the scan chosen."""
        handle = self.widget.handle
        return self.widget.channels.by_role if handle and handle.scan is scan else None

    def deliver(self, outcome: Outcome) -> None:
        """Show a mask that was made ahead as if Segment had just been pressed."""
        self.widget.run.deliver(outcome)
        self.widget.landing.finish()  # who asked goes on with the mask

    def _on_gone(self) -> None:
        self._known = None
