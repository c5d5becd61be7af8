"""Tools that correct a mask; each is one step that Ctrl+Z takes back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]
from qtpy.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QLabeledDoubleRangeSlider

from napari_brainseg import edit
from napari_brainseg.gui._edits import write_labels
from napari_brainseg.gui._keys import KEYS, KeySheet
from napari_brainseg.gui._models import PopupCombo
from napari_brainseg.gui._strokes import StrokeFilter
from napari_brainseg.gui._threads import background
from napari_brainseg.gui.layers import OVERLAY_KEY, MaskHandle, handle_of, is_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui._working import WorkingMask

    Mask = NDArray[np.bool_]

__all__ = ["CorrectSection"]

NO_MASK = "There is no mask yet."
NO_OTHER = "There is no other mask on the same voxels."
NO_IMAGE = "No image on the voxels of the mask is visible."
CHANGED = "The mask was changed while the tool worked; nothing was done. Use it again."
TOOLS = {
    "grow": ("Grow", "Add what lies within the distance"),
    "shrink": ("Shrink", "Remove what lies within the distance of the outside"),
    "smooth": ("Smooth", "Round the outline over the distance and keep the volume"),
    "fill": ("Fill holes", "Fill what the mask encloses"),
    "islands": ("Remove islands", "Remove components smaller than the size given"),
    "keep": ("Keep one…", "Keep only the component that is clicked next"),
    "interpolate": (
        "Interpolate",
        "Fill in between slices: those edited by hand, or else those that are not empty",
    ),
    "before": ("◀ Copy to previous", "Copy this slice's mask over that of the slice before"),
    "after": ("Copy to next ▶", "Copy this slice's mask over that of the slice after"),
    "again": ("Run model on slice", "Segment this slice anew and replace the mask there"),
}
COMBINE: dict[str, Callable[[Mask, Mask], Mask]] = {
    "Add": lambda ours, theirs: ours | theirs,
    "Subtract": lambda ours, theirs: ours & ~theirs,
    "Intersect": lambda ours, theirs: ours & theirs,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What a tool does, with all it needs; slices lie along the first axis of ``labels``.

    ``corner`` is where ``labels`` begin within the layer; ``axis`` the layer's axis of slices.
    """

    layer: Labels
    name: str
    labels: NDArray[Any]
    original: NDArray[Any] | None
    label: int
    spacing: tuple[float, float, float]
    axis: int
    first: int
    current: int
    flat: bool
    amount: float
    smallest: int
    protection: edit.Protection
    point: tuple[int, int, int] | None = None
    other: NDArray[Any] | None = None


class CorrectSection(QWidget):
    """Buttons and keys for the working mask's selected label.

    Tools compute in a worker thread on a copy, and write only where the mask is still what it was.

    Parameters
    ----------
    viewer : Viewer
        Tells the slice, and which image a range of intensities is of.
    working : WorkingMask
        The mask that is corrected.

    Signals
    -------
    again
        The model is to be run on this slice once more.
    done : str
        A tool is done; what it changed, in words.
    """

    again = Signal()
    done = Signal(str)

    def __init__(self, viewer: Viewer, working: WorkingMask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer, self._working = viewer, working
        self._worker: Any = None
        self._waiting: Labels | None = None
        self.strokes = StrokeFilter(self.allowed)
        self._build()
        self._bind_keys()
        working.switched.connect(self._on_switched)
        viewer.layers.events.inserted.connect(self._on_layers)
        viewer.layers.events.removed.connect(self._on_layers)
        self._on_switched()

    # The form

    def _build(self) -> None:
        self.one = QRadioButton("This slice")
        self.all = QRadioButton("All slices")
        self.one.setChecked(True)
        self.one.setToolTip("Tools change the slice shown and no other")
        self.all.setToolTip("Tools change all slices at once")
        group = QButtonGroup(self)
        reach = QHBoxLayout()
        for choice in (self.one, self.all):
            group.addButton(choice)
            reach.addWidget(choice)
        reach.addStretch()
        self.amount = QDoubleSpinBox()
        self.amount.setRange(0.1, 100.0)
        self.amount.setSingleStep(0.5)
        self.amount.setValue(2.0)
        self.smallest = QDoubleSpinBox()
        self.smallest.setRange(0.0, 1e6)
        self.smallest.setValue(50.0)
        self.smallest.setDecimals(0)
        form = QFormLayout()
        form.addRow("Works on", reach)
        form.addRow("Distance", self.amount)
        form.addRow("Islands below", self.smallest)
        grid = QGridLayout()
        self.buttons: dict[str, QPushButton] = {}
        for number, (name, (title, _)) in enumerate(TOOLS.items()):
            button = QPushButton(f"{title} ({KEYS[name]})")
            button.clicked.connect(lambda _=False, name=name: self.use(name))
            grid.addWidget(button, number // 2, number % 2)
            self.buttons[name] = button
        self.buttons["keep"].setCheckable(True)
        self.limit = QCheckBox("Only intensities, also of the brush")
        self.range = QLabeledDoubleRangeSlider(Qt.Orientation.Horizontal)
        self.range.setEdgeLabelMode(QLabeledDoubleRangeSlider.EdgeLabelMode.NoLabel)
        self.limit.toggled.connect(self._on_limit)
        self.locked = QCheckBox("Keep other labels")
        self.locked.toggled.connect(self._on_locked)
        self.other = PopupCombo()
        self.other.setToolTip("The mask that Add, Subtract and Intersect combine with")
        combining = QHBoxLayout()
        self.combine_buttons = {name: QPushButton(name) for name in COMBINE}
        for name, button in self.combine_buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.use(name))
            combining.addWidget(button)
        rest = QFormLayout()
        rest.addRow(self.limit)
        rest.addRow(self.range)
        rest.addRow(self.locked)
        rest.addRow("Other mask", self.other)
        rest.addRow(combining)
        self.keys_button = QPushButton("Keys…")
        self.keys_button.setToolTip("List the keys, beside the work")
        self.keys_button.clicked.connect(self._on_keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addLayout(grid)
        column.addLayout(rest)
        column.addWidget(self.keys_button)

    def _bind_keys(self) -> None:
        self.shortcuts = {}
        for name, button in self.buttons.items():
            shortcut = QShortcut(QKeySequence(KEYS[name]), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(button.click)
            self.shortcuts[name] = shortcut

    def _on_keys(self) -> None:
        self.sheet = KeySheet(self)
        self.sheet.show()

    # What is worked on

    def _on_switched(self) -> None:
        layer = self._working.layer
        self.strokes.follow(layer)
        self._stop_waiting()
        in_mm = layer is not None and all(str(u).startswith("milli") for u in layer.units)
        self.amount.setSuffix(" mm" if in_mm else " pixels")
        self.smallest.setSuffix(" mm³" if in_mm else " voxels")
        if layer is not None:
            self.locked.blockSignals(True)
            self.locked.setChecked(bool(layer.preserve_labels))
            self.locked.blockSignals(False)
        self._on_layers()

    def _on_layers(self, event: Any = None) -> None:
        layer = self._working.layer
        why = NO_MASK if layer is None else ""
        for name, button in self.buttons.items():
            button.setEnabled(not why)
            button.setToolTip(why or f"{TOOLS[name][1]} ({KEYS[name]})")
        self.limit.setEnabled(self.image is not None)
        self.limit.setToolTip("" if self.image is not None else NO_IMAGE)
        self.range.setVisible(self.limit.isChecked())
        others = [other for other in self._viewer.layers if is_mask(other) and other != layer]
        self._others = [o for o in others if layer is not None and o.data.shape == layer.data.shape]
        self.other.clear()
        self.other.addItems([str(other.name) for other in self._others])
        for name, button in self.combine_buttons.items():
            button.setEnabled(bool(self._others))
            tip = f"{name}: this mask with the other"
            button.setToolTip(tip if self._others else why or NO_OTHER)

    @property
    def image(self) -> Image | None:
        """The topmost visible image on the voxels of the mask."""
        layer = self._working.layer
        for each in reversed(self._viewer.layers):
            fits = isinstance(each, Image) and each.visible and OVERLAY_KEY not in each.metadata
            if fits and layer is not None and each.data.shape == layer.data.shape:
                return each
        return None

    def _on_limit(self, on: bool) -> None:
        image = self.image
        if on and image is not None:
            low, high = (float(value) for value in image.contrast_limits_range)
            self.range.setRange(low, high)  # type: ignore[arg-type]
            self.range.setValue(tuple(float(value) for value in image.contrast_limits))
        self.range.setVisible(on)

    def _on_locked(self, on: bool) -> None:
        layer = self._working.layer
        if layer is not None:
            layer.preserve_labels = on

    def allowed(self) -> NDArray[np.bool_] | None:
        """Mark the voxels, in the layer's order, that may change; None where all may."""
        image = self.image
        if not self.limit.isChecked() or image is None:
            return None
        low, high = self.range.value()
        data = np.asarray(image.data)
        inside: NDArray[np.bool_] = (data >= low) & (data <= high)
        return inside

    # Using a tool

    def use(self, name: str, point: tuple[int, int, int] | None = None) -> None:
        """Use a tool, by its name in :data:`TOOLS` or :data:`COMBINE`."""
        layer = self._working.layer
        if layer is None or self._worker is not None:
            return
        if name == "again":
            self.again.emit()
        elif name == "keep" and point is None:
            self._wait_for_click(layer)
        else:
            self._run(self._task(layer, name, point))

    def _task(self, layer: Labels, name: str, point: tuple[int, int, int] | None) -> _Task:
        axis = self._slice_axis(layer)
        stacked = np.moveaxis(np.asarray(layer.data).reshape(_at_least_3d(layer)), axis, 0)
        step = self._viewer.dims.current_step[self._viewer.dims.ndim - layer.ndim :]
        current = int(step[axis]) if layer.ndim == 3 else 0
        flat = self.one.isChecked() and name not in ("interpolate", "before", "after", "keep")
        part = slice(current, current + 1) if flat else slice(None)
        scale = [1.0] * (3 - layer.ndim) + [float(abs(step)) for step in layer.scale[-3:]]
        z, y, x = scale.pop(axis), *scale
        handle = handle_of(layer.metadata)
        original = handle.original if isinstance(handle, MaskHandle) else None
        if original is not None and isinstance(handle, MaskHandle):
            original = np.moveaxis(handle.frame.apply(original), axis, 0)
        image = self.image if self.limit.isChecked() else None
        limits = None
        if image is not None:
            whole = np.asarray(image.data).reshape(_at_least_3d(layer))
            limits = np.moveaxis(whole, axis, 0)[part]
        other = None
        if name in COMBINE:
            chosen = self._others[self.other.currentIndex()]
            whole = np.asarray(chosen.data).reshape(_at_least_3d(layer))
            other = np.moveaxis(whole, axis, 0)[part].copy()
        return _Task(
            layer=layer,
            name=name,
            labels=stacked[part].copy(),
            original=original,
            label=int(layer.selected_label) or 1,
            spacing=(z, y, x),
            axis=axis,
            first=current if flat else 0,
            current=current,
            flat=flat or self.one.isChecked(),
            amount=self.amount.value(),
            smallest=max(1, int(np.ceil(self.smallest.value() / (z * y * x)))),
            protection=edit.Protection(
                bool(layer.preserve_labels), limits, self.range.value() if image else (0.0, 0.0)
            ),
            point=point,
            other=other,
        )

    def _slice_axis(self, layer: Labels) -> int:
        """Tell which of the layer's axes has the slider."""
        dims = self._viewer.dims
        if layer.ndim < 3 or dims.ndisplay == 3:
            return 0
        return max(0, int(dims.order[-3]) - int(dims.ndim) + 3)

    def _run(self, task: _Task) -> None:
        self._worker = background(_compute, task)
        self._worker.returned.connect(self._on_computed)
        self._worker.errored.connect(_tell)
        self._worker.finished.connect(self._on_finished)
        self._worker.start()

    def _on_computed(self, found: tuple[_Task, NDArray[Any] | str]) -> None:
        task, changed = found
        if isinstance(changed, str):
            show_info(changed)
            self.done.emit(changed)
            return
        layer = task.layer
        now = np.moveaxis(np.asarray(layer.data).reshape(_at_least_3d(layer)), task.axis, 0)
        part = slice(task.first, task.first + len(task.labels))
        if not np.array_equal(now[part], task.labels):
            show_info(CHANGED)
            self.done.emit(CHANGED)
            return
        corner = [0, 0, 0]
        corner[task.axis] = task.first
        values = np.moveaxis(changed, 0, task.axis)
        count = write_labels(
            layer, values.reshape(values.shape[-layer.ndim :]), tuple(corner[-layer.ndim :])
        )
        title = TOOLS[task.name][0] if task.name in TOOLS else task.name
        self.done.emit(f"{title.strip('◀▶ …')}: {count:,} voxels changed")

    def _on_finished(self) -> None:
        self._worker = None

    # Keeping the component that is clicked

    def _wait_for_click(self, layer: Labels) -> None:
        if self._waiting is not None:
            self._stop_waiting()
            return
        self._waiting = layer
        layer.mode = "pan_zoom"
        layer.mouse_drag_callbacks.append(self._on_click)
        self.buttons["keep"].setChecked(True)
        self.done.emit("Click the component to keep; the button again to leave it.")

    def _stop_waiting(self) -> None:
        layer, self._waiting = self._waiting, None
        if layer is not None and self._on_click in layer.mouse_drag_callbacks:
            layer.mouse_drag_callbacks.remove(self._on_click)
        self.buttons["keep"].setChecked(False)

    def _on_click(self, layer: Labels, event: Any) -> None:
        place = layer.world_to_data(event.position[-layer.ndim :])
        self._stop_waiting()
        index = [0] * (3 - layer.ndim) + [round(float(value)) for value in place]
        axis = self._slice_axis(layer)
        z, y, x = index.pop(axis), *index
        self.use("keep", (z, y, x))


def _at_least_3d(layer: Labels) -> tuple[int, ...]:
    shape = tuple(int(size) for size in layer.data.shape)
    return (1,) * (3 - len(shape)) + shape


def _tell(error: Exception) -> None:
    show_error(f"The tool failed, the mask is as it was: {type(error).__name__}: {error}")


def _compute(task: _Task) -> tuple[_Task, NDArray[Any] | str]:
    """Work out what the labels become, in a worker thread; or say why nothing does."""
    found = task.labels == task.label
    wanted = _wanted(task, found)
    if isinstance(wanted, str):
        return task, wanted
    return task, edit.written(task.labels, task.label, wanted, task.protection)


def _wanted(task: _Task, found: NDArray[np.bool_]) -> NDArray[np.bool_] | str:
    if task.other is not None:
        return COMBINE[task.name](found, task.other > 0)
    if task.name == "grow":
        return edit.grow(found, task.spacing, task.amount)
    if task.name == "shrink":
        return edit.shrink(found, task.spacing, task.amount)
    if task.name == "smooth":
        return edit.smooth(found, task.spacing, task.amount)
    if task.name == "fill":
        return edit.fill_holes(found, flat=task.flat)
    if task.name == "islands":
        return edit.remove_islands(found, task.smallest)
    if task.name == "keep":
        return _kept(task, found)
    if task.name == "interpolate":
        return _interpolated(task, found)
    target = task.current + (1 if task.name == "after" else -1)
    if not 0 <= target < len(found):
        return "There is no such slice."
    return edit.copy_slice(found, task.current, target)


def _kept(task: _Task, found: NDArray[np.bool_]) -> NDArray[np.bool_] | str:
    point = task.point
    inside = point is not None and all(
        0 <= index < size for index, size in zip(point, found.shape, strict=True)
    )
    if point is None or not inside or not found[point]:
        return "There is no mask where you clicked; nothing was done."
    return edit.keep_component(found, point)


def _interpolated(task: _Task, found: NDArray[np.bool_]) -> NDArray[np.bool_] | str:
    """Interpolate between the slices edited by hand, or the ones that hold the label."""
    full = np.flatnonzero(found.any(axis=(1, 2))).tolist()
    edited: list[int] = []
    if task.original is not None:
        differs = (task.original == task.label) != found
        edited = np.flatnonzero(differs.any(axis=(1, 2))).tolist()
    for slices in (edited, full):
        if any(high - low > 1 for low, high in pairwise(slices)):
            return edit.interpolate(found, slices, task.spacing[1:])
    return "There is nothing to interpolate: edit two slices with others between them."
