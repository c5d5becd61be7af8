"""Correcting a mask: one button and one key per tool, each use one undo step."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from qtpy.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from napari_brainseg.edit.protect import limits_around
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import BrainsegError, EditError
from napari_brainseg.gui.common.combo import PopupCombo
from napari_brainseg.gui.common.key_bindings import KeysDialog
from napari_brainseg.gui.common.shortcuts import TOOLS
from napari_brainseg.gui.common.style import Tone
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.correct.brush import BrushGuard
from napari_brainseg.gui.correct.click import OneClick
from napari_brainseg.gui.correct.protection import NARROW, ProtectionRows
from napari_brainseg.gui.correct.rerun import BoxDrawing, Rerun
from napari_brainseg.gui.correct.runner import Task, ToolRunner
from napari_brainseg.gui.correct.tools import Settings, make_task
from napari_brainseg.gui.layers.geometry import as_volume, same_grid, slice_axis, steps_of
from napari_brainseg.gui.state.hand_edits import EditedVoxels

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.protect import Protection
    from napari_brainseg.gui.correct.runner import Change
    from napari_brainseg.gui.state.run import Job
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["CorrectSection"]

BY_NAME = {tool.name: tool for tool in TOOLS}
ACROSS = ("previous", "interpolate", "next")
"""Tools that need more than one slice."""

COMBINING = ("add", "subtract", "intersect")
RUNNING = ("slice", "box")


class CorrectSection(QWidget):
    """The correction tools of the panel.

    Parameters
    ----------
    viewer : Viewer
    working : WorkingMask
        Whose layer is corrected: its selected label.
    make_job : callable
        Gives what the panel would run, for the tools that run the model again.
    why_not : callable
        Says why nothing can be run.

    Attributes
    ----------
    hint : QLabel
        What a tool did or waits for. It is no part of the section: the tools have keys, so they
        are used while the section is folded away, too.
    """

    def __init__(
        self,
        viewer: Viewer,
        working: WorkingMask,
        make_job: Callable[[], Job | None],
        why_not: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._working = working
        self._followed: Labels | None = None
        self.runner = ToolRunner(viewer, self)
        self.rerun = Rerun(viewer, self.runner, make_job, why_not, self)
        self.click = OneClick(viewer, self)
        self.drawing = BoxDrawing(viewer, self)
        self.edited = EditedVoxels(working, self)
        self._build()
        self._lay_out()
        self._guard = BrushGuard(working, self._stroke_protection)
        self._connect()
        self._on_switched()

    # Parts

    def _build(self) -> None:
        self.one, self.all = QRadioButton("This slice"), QRadioButton("All slices")
        self.one.setChecked(True)
        self.one.setToolTip("Tools change the slice on the screen and no other (Shift+D)")
        self.all.setToolTip("Tools change all slices at once (Shift+D)")
        group = QButtonGroup(self)
        for choice in (self.one, self.all):
            group.addButton(choice)
        self.amount, self.smallest = QDoubleSpinBox(), QDoubleSpinBox()
        self.amount.setRange(0.1, 100.0)
        self.amount.setSingleStep(0.5)
        self.amount.setDecimals(1)
        self.amount.setValue(1.0)
        self.amount.setToolTip("How far the outline moves, or over how much it is smoothed")
        self.smallest.setRange(0.0, 1e7)
        self.smallest.setDecimals(0)
        self.smallest.setValue(100)
        self.smallest.setToolTip("Smaller parts are islands; within one slice, their volume in it")
        for spin in (self.amount, self.smallest):
            spin.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            spin.setStyleSheet(NARROW)
        self.other = PopupCombo()
        self.other.setMinimumContentsLength(4)
        self.other.setToolTip("Another mask on the same grid; all its labels count")
        self.limits = ProtectionRows(self._viewer, self._working)
        self.buttons = {
            tool.name: QPushButton(tool.caption) for tool in TOOLS if tool.name != "mode"
        }
        self.hint = Text()
        self.hint.hide()

    def _lay_out(self) -> None:
        buttons = self.buttons
        rows = (
            (self.one, self.all, None, buttons["keys"]),
            (buttons["previous"], buttons["interpolate"], buttons["next"]),
            (buttons["grow"], buttons["shrink"], buttons["smooth"], QLabel("by"), self.amount),
            (buttons["fill"], buttons["keep"]),
            (buttons["islands"], QLabel("below"), self.smallest, None),
            (buttons["brush"], buttons["pick"]),
            (self.limits,),
            (QLabel("Model"), buttons["slice"], buttons["box"]),
            (self.other, buttons["add"], buttons["subtract"], buttons["intersect"]),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widgets in rows:
            row = QHBoxLayout()
            row.setSpacing(4)
            for widget in widgets:
                row.addStretch() if widget is None else row.addWidget(widget)
            column.addLayout(row)

    def _connect(self) -> None:
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self.use, name))
        self._working.switched.connect(self._on_switched)
        self.limits.changed.connect(self._update)
        self.other.opening.connect(self._list_others)
        self.runner.said.connect(self.say)
        self.rerun.said.connect(self.say)
        self.rerun.changed.connect(self._update)
        for mode in (self.click, self.drawing):
            mode.ended.connect(partial(self.say, ""))
        self._viewer.layers.events.inserted.connect(self._on_layers_changed)
        self._viewer.layers.events.removed.connect(self._on_layers_changed)

    def leave(self) -> None:
        """Take leave of the viewer; Qt may have deleted the widget already."""
        parts = (self.click.cancel, self.drawing.cancel, self._guard.leave, self._unfollow)
        for part in (*parts, self.runner.abandon, self.rerun.run.abandon):
            # Where both are garbage collected together, the viewer may be half gone already.
            with suppress(RuntimeError, AttributeError, ValueError):
                part()

    def _unfollow(self) -> None:
        self._follow(None)
        self._viewer.layers.events.inserted.disconnect(self._on_layers_changed)
        self._viewer.layers.events.removed.disconnect(self._on_layers_changed)

    # State

    def why_not(self, name: str) -> str:
        """Say why a tool cannot be used now; empty if it can."""
        layer = self._working.layer
        if name in ("keys", "mode") or (name in RUNNING and self.rerun.run.running):
            return ""
        if layer is None:
            return "There is no mask yet: press Segment, or add a labels layer."
        if layer.ndim not in (2, 3) or layer.multiscale or not isinstance(layer.data, np.ndarray):
            return f"{layer.name} is not a mask of 2 or 3 dimensions, at one scale and in memory."
        if not layer.editable:
            return f"{layer.name} is not editable."
        label = int(layer.selected_label)
        if label == 0:
            return "The background is selected: choose a label to edit in the layer controls."
        if label in self.limits.locks.locked:
            return f"Label {label} is locked: unlock it below, or select another."
        if name in ACROSS and as_volume(layer.data).shape[slice_axis(self._viewer, layer)] == 1:
            return f"{layer.name} has only one slice."
        if name in COMBINING and self.other.currentData() is None:
            return "There is no other mask on the grid of this one."
        if name in ("brush", "pick") and self.limits.range.image is None:
            return "There is no scan on the grid of this mask."
        return ""

    def say(self, text: str) -> None:
        """Show a line in the hint."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        waiting = self.click.waiting or self.drawing.waiting
        self.hint.set_tone(Tone.ATTENTION if waiting else Tone.PLAIN)

    def _update(self, event: Any = None) -> None:
        for name, button in self.buttons.items():
            why = self.why_not(name)
            button.setEnabled(not why)
            button.setToolTip(why or BY_NAME[name].tooltip)
        running = self.rerun.run.running
        for name in RUNNING:
            self.buttons[name].setText("Cancel" if running else BY_NAME[name].caption)
        layer = self._working.layer
        in_mm = layer is not None and {str(unit) for unit in layer.units} <= {"mm", "millimeter"}
        self.amount.setSuffix(" mm" if in_mm else " px")
        self.smallest.setSuffix(" mm³" if in_mm else " px")
        self.limits.refresh()

    def _on_switched(self) -> None:
        self.click.cancel()
        self._follow(self._working.layer)
        self._on_layers_changed()

    def _follow(self, layer: Labels | None) -> None:
        for event in ("selected_label", "editable", "preserve_labels"):
            if self._followed is not None:
                getattr(self._followed.events, event).disconnect(self._update)
            if layer is not None:
                getattr(layer.events, event).connect(self._update)
        self._followed = layer

    def _on_layers_changed(self, event: Any = None) -> None:
        self._list_others()
        self.limits.range.refresh()
        self._update()

    def _list_others(self) -> None:
        layer, chosen = self._working.layer, self.other.currentData()
        self.other.clear()
        masks = [other for other in self._viewer.layers if isinstance(other, Labels)]
        for other in masks:
            if layer is not None and other != layer and same_grid(other, layer):
                self.other.addItem(other.name, other)
                if other == chosen:
                    self.other.setCurrentIndex(self.other.count() - 1)
        if self.other.count() == 0:
            self.other.addItem("No other")

    def _settings(self, voxel: tuple[int, int, int] | None = None) -> Settings:
        return Settings(
            whole=self.all.isChecked(),
            amount=self.amount.value(),
            size=self.smallest.value(),
            protection=self.limits.protection,
            other=self.other.currentData(),
            voxel=voxel,
        )

    def _stroke_protection(self) -> Protection | None:
        """Give what strokes must not change, None if that is nothing."""
        protection, layer = self.limits.protection, self._working.layer
        limits = protection.limits
        if layer is None or (limits is None and not protection.locked):
            return None
        if limits is not None and layer.ndim == 2:
            protection = replace(
                protection, limits=replace(limits, intensities=limits.intensities[0])
            )
        return protection

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
        self.click.cancel()
        self.drawing.cancel()
        special = {
            "mode": self._switch_mode,
            "keys": self._show_keys,
            "brush": self._brush,
            "pick": self._pick,
            "keep": self._keep,
            "slice": self._run_slice,
            "box": self._run_box,
        }
        try:
            if name in special:
                special[name]()
            else:
                self.runner.submit(partial(self._task, name))
        except BrainsegError as error:
            self.say(str(error))

    def _task(self, name: str, voxel: tuple[int, int, int] | None = None) -> Task:
        layer = self._working.layer
        why = self.why_not(name)
        if why or layer is None:
            raise EditError(why)
        return make_task(name, self._viewer, layer, self._settings(voxel), self.edited)

    def _switch_mode(self) -> None:
        (self.one if self.all.isChecked() else self.all).setChecked(True)
        self.say(f"Tools work on {'all slices' if self.all.isChecked() else 'this slice'}.")

    def _show_keys(self) -> None:
        KeysDialog(self).show()

    def _brush(self) -> None:
        layer, box = self._working.layer, self.limits.range.box
        again = box.isChecked() and layer is not None and str(layer.mode) == "paint"
        box.setChecked(not again)
        if layer is not None:
            self._viewer.layers.selection.active = layer
            layer.mode = "paint"
        self.say("Painting anywhere." if again else "Painting only where the range allows.")

    def _pick(self) -> None:
        self._await_click("Click on the tissue whose intensities are to be the range.", self._range)

    def _range(self, voxel: tuple[int, int, int]) -> None:
        layer, image = self._working.layer, self.limits.range.image
        if layer is None or image is None:
            return
        axis = slice_axis(self._viewer, layer)
        slicing = Slicing(axis, voxel[axis])
        spacing = slicing.spacing(steps_of(layer))
        # napari's brush is a disc in the world, its size counted in voxels of the finest axis.
        radius = layer.brush_size / 2 * min(steps_of(layer)[-layer.ndim :])
        y, x = slicing.point(voxel)
        radii = radius / spacing[0], radius / spacing[1]
        values = slicing.take(as_volume(image.data))
        self.limits.range.set_range(*limits_around(values, (y, x), radii))

    def _keep(self) -> None:
        def act(voxel: tuple[int, int, int]) -> None:
            self.runner.submit(partial(self._task, "keep", voxel))

        self._await_click("Click on the part of the mask that is to stay.", act)

    def _await_click(self, text: str, act: Callable[[tuple[int, int, int]], None]) -> None:
        layer = self._working.layer
        if layer is not None:
            self.click.start(layer, act)
            self.say(f"{text} Escape: leave it.")

    def _run_slice(self) -> None:
        layer = self._working.layer
        if self.rerun.run.running:
            self.rerun.run.cancel()
        elif layer is not None:
            self._run(layer, whole=False)

    def _run_box(self) -> None:
        layer = self._working.layer
        if self.rerun.run.running:
            self.rerun.run.cancel()
        elif layer is not None:
            # The layer that is drawn on will be selected, and this is to stay the working mask.
            self._working.show(layer)
            self.drawing.start(layer, partial(self._on_box, layer))
            where = "every slice" if self.all.isChecked() else "this slice"
            self.say(
                f"Draw a rectangle: the model runs again inside, on {where}. Escape: leave it."
            )

    def _on_box(self, layer: Labels, corners: NDArray[np.float64]) -> None:
        try:
            self._run(layer, self.all.isChecked(), corners)
        except BrainsegError as error:
            self.say(str(error))

    def _run(self, layer: Labels, whole: bool, corners: NDArray[np.float64] | None = None) -> None:
        region = self.rerun.region(layer, whole, corners)
        self.rerun.start(layer, region, lambda: self.limits.protection, self._on_rerun)

    def _on_rerun(self, layer: Labels, is_other: bool, change: Change) -> None:
        self.edited.settle(layer, change)
        if is_other and layer == self._working.layer:
            self._working.show(layer)
