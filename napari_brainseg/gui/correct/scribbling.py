"""Strokes inside and outside on a layer of their own, and the mask that follows them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.edit.scribble import INSIDE, OUTSIDE, follow_strokes
from napari_brainseg.errors import EditError
from napari_brainseg.gui.correct.click import EscapeKey
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import OVERLAY_KEY
from napari_brainseg.gui.domain.opinion import opinion_of
from napari_brainseg.gui.layers.foreign import placement_of
from napari_brainseg.gui.layers.geometry import as_volume, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.correct.runner import Change, Task
    from napari_brainseg.gui.correct.section import CorrectSection

__all__ = ["COLORS", "Scribbling"]

COLORS = {INSIDE: "#2fd16b", OUTSIDE: "#ff4dd2"}
WIDTH = 4
"""Of a stroke, in voxels."""

WORDS = {INSIDE: "inside", OUTSIDE: "outside"}
IN_SPACE = "Strokes are drawn on a slice: switch to the 2-D display first."


class Scribbling(QObject):
    """A mode in which strokes are drawn, and after each the mask follows as one step.

    It ends with Escape, with :meth:`end`, or with the layer of the strokes. Ctrl+Z takes the last
    stroke back, and what followed it.

    Parameters
    ----------
    section : CorrectSection
        Whose mask follows, on the slices that its tools work on.

    Signals
    -------
    switched
        The mode has begun or ended, or strokes of the other kind are drawn.
    """

    switched = Signal()

    def __init__(self, section: CorrectSection) -> None:
        super().__init__(section)
        self._section = section
        self._viewer = section.viewer
        self._mask: Labels | None = None
        self._mode = ""
        self._strokes: Labels | None = None
        self._written: list[Change] = []
        self._asked = False
        self._stop = Event()
        self._escape = EscapeKey(self)
        self._escape.pressed.connect(self._on_escape)
        # A stroke is told more than once where there are several views.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.follow)

    @property
    def kind(self) -> int:
        """What is drawn now: INSIDE, OUTSIDE, or 0 while the mode is off."""
        return 0 if self._strokes is None else int(self._strokes.selected_label)

    def draw(self, kind: int) -> None:
        """Draw strokes of a kind from now on.

        Raises
        ------
        EditError
            If the viewer shows the mask in 3-D, where no stroke can be drawn.
        """
        if self._viewer.dims.ndisplay == 3:
            raise EditError(IN_SPACE)
        strokes = self._begin() if self._strokes is None else self._strokes
        strokes.selected_label = kind
        strokes.mode = "paint"
        self._viewer.layers.selection.active = strokes
        self._section.say(
            f"Draw strokes {WORDS[kind]} the {'lesion' if kind == INSIDE else 'mask'}, and the "
            f"mask follows. {_other(kind)}. Escape: done."
        )
        self.switched.emit()

    def follow(self) -> None:
        """Draw the mask anew between the strokes, once the tools before are done."""
        if self._strokes is not None and not self._asked:
            self._asked = True
            self._section.runner.submit(self._task)

    def end(self) -> None:
        """Leave the mode; the strokes go, the mask stays."""
        strokes, self._strokes = self._strokes, None
        mask, self._mask = self._mask, None
        if strokes is None:
            return
        self._escape.set_on(False)
        self._written.clear()
        layers = self._viewer.layers
        with suppress(AttributeError, ValueError):  # the viewer may be half gone already
            layers.events.removed.disconnect(self._on_removed)
            if strokes in layers:
                layers.remove(strokes)
            if mask is not None and mask in layers:
                layers.selection.active = mask
                mask.mode = self._mode
        self.switched.emit()

    def _begin(self) -> Labels:
        mask = self._section.working.layer
        if mask is None:
            raise EditError("There is no mask to draw.")
        # The layer that is drawn on will be selected, and this is to stay the working mask.
        self._section.working.show(mask)
        self._mask, self._mode = mask, str(mask.mode)
        colors: dict[int | None, str] = {0: "transparent", None: "transparent"}
        for kind, color in COLORS.items():
            colors[kind] = color
        strokes = Labels(
            np.zeros(mask.data.shape, dtype=np.uint8),
            name="Strokes",
            colormap=DirectLabelColormap(color_dict=colors),
            features={"index": list(WORDS), "stroke": list(WORDS.values())},
            opacity=0.8,
            metadata={OVERLAY_KEY: True},
            **placement_of(mask),
        )
        self._strokes = strokes = self._viewer.add_layer(strokes)
        strokes.brush_size = WIDTH
        strokes.events.paint.connect(self._on_painted)
        strokes.events.data.connect(self._on_painted)
        strokes.bind_key("Control-Z", self._undo, overwrite=True)
        strokes.bind_key("Control-Shift-Z", self._redo, overwrite=True)
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._escape.set_on(True)
        return strokes

    def _on_painted(self, event: Any = None) -> None:
        self._soon.start()

    def _on_removed(self, event: Any = None) -> None:
        if self._strokes not in self._viewer.layers or self._mask not in self._viewer.layers:
            self.end()

    def _on_escape(self) -> None:
        if self._section.runner.busy:
            self._stop.set()
        else:
            self.end()
            self._section.say("")

    def _undo(self, strokes: Labels) -> None:
        """Take the last stroke back, and what followed it."""
        strokes.undo()
        change = self._written.pop() if self._written else None
        mask = self._mask
        if change is not None and mask is not None and _is_as_written(mask, change):
            mask.undo()
        if strokes.data.any():
            self.follow()

    def _redo(self, strokes: Labels) -> None:
        strokes.redo()
        self.follow()

    def _task(self) -> Task:
        """Make the task of following, when its turn has come."""
        self._asked = False
        strokes, image = self._strokes, self._section.protection.range.image
        if strokes is None or image is None:
            raise EditError("")
        self._stop = Event()
        use = self._section.use_now()
        slicing, known = use.slicing, provenance_of(use.layer)
        label = int(use.layer.selected_label)
        fits = known is not None and known.shape == as_volume(use.layer.data).shape
        tool = partial(
            _follow,
            slicing,
            as_volume(strokes.data),
            as_volume(image.data),
            slicing.spacing(steps_of(use.layer)),
            partial(opinion_of, known if fits else None, label, slicing.take),
            self._stop.is_set,
        )
        return replace(use.task("inside", tool, slicing, self._on_written), name="Scribble")

    def _on_written(self, change: Change) -> None:
        if change.after.size:
            self._written.append(change)


def _is_as_written(mask: Labels, change: Change) -> bool:
    return mask.data is change.data and np.array_equal(mask.data[change.places], change.after)


def _other(kind: int) -> str:
    return "Then outside of it" if kind == INSIDE else "Then inside again where it is missing"


def _follow(
    slicing: Slicing,
    strokes: NDArray[np.uint8],
    scan: NDArray[Any],
    spacing: tuple[float, ...],
    opinion: Callable[[], NDArray[np.float32] | None],
    cancelled: Callable[[], bool],
    mask: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Follow the strokes, in the worker thread: what is drawn meanwhile is followed next."""
    drawn = np.array(slicing.take(strokes))
    return follow_strokes(mask, drawn, slicing.take(scan), spacing, opinion(), cancelled)
