"""Correcting a mask: one button and one key per tool, each use one undo step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_brainseg.edit.scribble import INSIDE, OUTSIDE
from napari_brainseg.errors import BrainsegError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.key_bindings import KeysDialog
from napari_brainseg.gui.common.rows import row_of
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.swatch import swatch
from napari_brainseg.gui.correct.brush import BrushGuard
from napari_brainseg.gui.correct.canvas_tools import CanvasTools
from napari_brainseg.gui.correct.prospects import Prospects
from napari_brainseg.gui.correct.scribbling import COLORS
from napari_brainseg.gui.correct.workplace import BY_NAME, RUNNING, Workplace
from napari_brainseg.gui.domain.shortcuts import TOOLS
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtGui import QShowEvent

    from napari_brainseg.gui.state.run import RunJob
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["CorrectSection"]

SCRIBBLES = {"inside": INSIDE, "outside": OUTSIDE, "polish": 3}
COUNTED = ("fill", "islands")
"""Tools that tell how much there is for them to do."""


class CorrectSection(Workplace):
    """The correction tools of the panel, their buttons and keys; see :class:`Workplace`."""

    def __init__(
        self,
        viewer: Viewer,
        working: WorkingMask,
        make_job: Callable[[], RunJob | None],
        why_not_run: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(viewer, working, make_job, why_not_run, parent)
        self._followed: Labels | None = None
        self.amount, self.smallest = self.options.amount, self.options.smallest
        self.one, self.all = self.options.scope.one, self.options.scope.all
        self.other = self.options.other
        self.buttons = {
            tool.name: QPushButton(tool.caption) for tool in TOOLS if tool.name != "mode"
        }
        for name, kind in SCRIBBLES.items():
            self.buttons[name].setCheckable(True)
            if kind in COLORS:
                self.buttons[name].setIcon(swatch(COLORS[kind]))
        self.canvas = CanvasTools(self)
        self.click, self.drawing = self.canvas.click, self.canvas.drawing
        self.done = QPushButton(tr("Done"))
        self.done.setToolTip(tr("End scribbling; the mask stays as it is"))
        self._lay_out()
        self.prospects = Prospects(self)
        self._guard = BrushGuard(working, self.stroke_protection, self)
        self._connect()
        self._on_switched()

    def _lay_out(self) -> None:
        buttons = self.buttons
        rows: tuple[tuple[QWidget, ...], ...] = (
            (QLabel(tr("Scribble")), buttons["inside"], buttons["outside"], self.done),
            (buttons["previous"], buttons["interpolate"], buttons["next"]),
            (buttons["grow"], buttons["shrink"], buttons["smooth"], QLabel(tr("by")), self.amount),
            (buttons["sphere"], buttons["polish"]),
            (buttons["lasso"], buttons["scissors"], buttons["crop"]),
            (buttons["fill"], buttons["keep"]),
            (buttons["islands"], QLabel(tr("below")), self.smallest),
            (buttons["brush"], buttons["pick"]),
            (self.protection,),
            (QLabel(tr("Model")), buttons["slice"], buttons["box"]),
            (self.other, buttons["add"], buttons["subtract"], buttons["intersect"]),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row_of(self.options.scope, buttons["keys"], stretch=(1,)))
        for widgets in rows:
            column.addLayout(row_of(*widgets))

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self.use, name))
        self.done.clicked.connect(partial(self.canvas.cancel, ""))
        for each in (self.canvas.scribbling, self.canvas.polishing):
            each.strokes.switched.connect(self._update)
        self.prospects.changed.connect(self._update)
        self._working.switched.connect(self._on_switched)
        self.protection.changed.connect(self._update)
        self.other.opening.connect(self._list_others)
        self.runner.said.connect(self.say)
        self.rerun.said.connect(self.say)
        self.rerun.changed.connect(self._update)
        events = self._events = Connections(self)
        events.connect(self._viewer.layers.events.inserted, self._on_layers_changed)
        events.connect(self._viewer.layers.events.removed, self._on_layers_changed)
        events.at_end(self.rerun.run.abandon)
        events.at_end(self.runner.abandon)
        self._mask_events = Connections(self)

    # State

    def showEvent(self, event: QShowEvent | None) -> None:
        """Count what tools would find, now that they are seen."""
        super().showEvent(event)
        self.prospects.ask()

    def say(self, text: str) -> None:
        """Show a line in the hint, so that it is seen while an answer is awaited."""
        super().say(text)
        self.hint.set_tone(Tone.ATTENTION if self.canvas.waiting else Tone.PLAIN)

    def _update(self, event: Any = None) -> None:
        running, hindrances = self.rerun.run.running, self.hindrances(self.buttons)
        for name, button in self.buttons.items():
            why, tool = hindrances[name], BY_NAME[name]
            button.setEnabled(not why)
            button.setToolTip(why or tool.tooltip)
            count = self.prospects.counts.of(name)
            if name in RUNNING:
                button.setText(tr("Cancel") if running else tool.caption)
            elif name in COUNTED:
                button.setText(tool.caption if count is None else f"{tool.caption} · {count}")
        for name, kind in SCRIBBLES.items():
            self.buttons[name].setChecked(self.canvas.kind_drawn == kind)
        self.done.setEnabled(self.canvas.kind_drawn > 0)
        layer = self._working.layer
        units = {str(unit) for unit in layer.units} if layer is not None else {"pixel"}
        self.options.show_unit(units <= {"mm", "millimeter"})
        self.protection.refresh()

    def _on_switched(self) -> None:
        self.click.cancel()
        layer = self._working.layer
        if layer != self._followed:
            self.canvas.cancel()
            self.say("")  # what was said of the other mask
            self._mask_events.end()
            self._followed = layer
            if layer is not None:
                for name in ("selected_label", "editable", "preserve_labels"):
                    self._mask_events.connect(getattr(layer.events, name), self._update)
                self._mask_events.connect(layer.events.selected_label, self.prospects.ask)
        self._on_layers_changed()

    def _on_layers_changed(self, event: Any = None) -> None:
        self._list_others()
        self.protection.range.refresh()
        self._update()

    def _list_others(self) -> None:
        self.other.offer_masks(self._viewer.layers, self._working.layer)

    # Use

    @property
    def keys(self) -> dict[str, Callable[[], None]]:
        """What is to be called when which key is pressed."""
        return {tool.key: partial(self.use, tool.name) for tool in TOOLS if tool.key}

    def use(self, name: str, *_: Any) -> None:
        """Use a tool, by its button or its key."""
        why = self.why_not(name)
        if why:
            self.say(why)
            return
        self.canvas.cancel(name)
        special = {"mode": self._switch_scope, "keys": self._show_keys} | self.canvas.tools
        try:
            if name in special:
                special[name]()
            else:
                self.submit(name)
        except BrainsegError as error:
            self.say(str(error))

    def _switch_scope(self) -> None:
        self.options.scope.setValue(not self.options.scope.value())
        whole = self.options.values.whole
        self.say(
            tr("Tools work on {whole}.", whole=tr("all slices") if whole else tr("this slice"))
        )

    def _show_keys(self) -> None:
        KeysDialog(self).show()
