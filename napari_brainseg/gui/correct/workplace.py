"""What the correction tools are given, and where they say what they do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtWidgets import QWidget

from napari_brainseg.errors import EditError
from napari_brainseg.gui.common.text import Text
from napari_brainseg.gui.correct.options import ToolForm
from napari_brainseg.gui.correct.protection import ProtectionRows
from napari_brainseg.gui.correct.rerun import Rerun
from napari_brainseg.gui.correct.runner import Task, ToolRunner
from napari_brainseg.gui.correct.tools import Use, make_task
from napari_brainseg.gui.domain.shortcuts import TOOLS
from napari_brainseg.gui.domain.tool_needs import Bench, why_not
from napari_brainseg.gui.layers.geometry import as_volume, slice_axis
from napari_brainseg.gui.state.hand_edits import EditedVoxels
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.protect import Protection
    from napari_brainseg.gui.state.run import RunJob
    from napari_brainseg.gui.state.working_mask import WorkingMask

__all__ = ["BY_NAME", "RUNNING", "Workplace"]

BY_NAME = {tool.name: tool for tool in TOOLS}
RUNNING = ("slice", "box")
"""Tools that run the model again, and cancel it while it runs."""


class Workplace(QWidget):
    """The mask that is corrected, and all that says how.

    Parameters
    ----------
    viewer : Viewer
    working : WorkingMask
        Whose layer is corrected: its selected label.
    make_job : callable
        Returns what the panel would run, for the tools that run the model again.
    why_not_run : callable
        Says why nothing can be run.

    Attributes
    ----------
    runner : ToolRunner
        Has tools change the mask, one after another.
    rerun : Rerun
        Runs the model again.
    edited : EditedVoxels
        What was changed by hand.
    options : ToolForm
        What the tools are told.
    protection : ProtectionRows
        What must stay as it is.
    hint : Text
        What a tool did or waits for. It is no part of the section: the tools have keys, so they
        are used while the section is collapsed, too.
    """

    def __init__(
        self,
        viewer: Viewer,
        working: WorkingMask,
        make_job: Callable[[], RunJob | None],
        why_not_run: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._working = working
        self.runner = ToolRunner(viewer, self)
        self.rerun = Rerun(viewer, self.runner, make_job, why_not_run, self)
        self.edited = EditedVoxels(working, self)
        self.options = ToolForm()
        self.protection = ProtectionRows(viewer, working)
        self.hint = Text()
        self.hint.hide()

    @property
    def viewer(self) -> Viewer:
        """The viewer of the mask."""
        return self._viewer

    @property
    def working(self) -> WorkingMask:
        """The mask that is corrected."""
        return self._working

    def say(self, text: str) -> None:
        """Show a line in the hint."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def why_not(self, name: str) -> str:
        """Say why a tool cannot be used now; empty if it can."""
        return self.hindrances([name])[name]

    def hindrances(self, names: Iterable[str]) -> dict[str, str]:
        """Say why each of these tools cannot be used now; empty where it can."""
        bench, running = self._bench(), self.rerun.run.running
        return {
            name: "" if running and name in RUNNING else why_not(BY_NAME[name], bench)
            for name in names
        }

    def _bench(self) -> Bench:
        """Look at what the tools find."""
        layer = self._working.layer
        if layer is None:
            return Bench()
        is_plain = layer.ndim in (2, 3) and isinstance(layer.data, np.ndarray)
        axis = slice_axis(self._viewer, layer) if is_plain else 0
        return Bench(
            layer.name,
            is_plain,
            layer.editable,
            int(layer.selected_label),
            self.protection.locks.locked,
            as_volume(layer.data).shape[axis] if is_plain else 1,
            self.options.other.value() is not None,
            self.protection.range.image is not None,
        )

    def submit(
        self,
        name: str,
        voxel: tuple[int, int, int] | None = None,
        outline: NDArray[np.float64] | None = None,
    ) -> None:
        """Have a tool change the mask once those before it are done."""
        self.runner.submit(partial(self._task, name, voxel, outline))

    def _task(
        self,
        name: str,
        voxel: tuple[int, int, int] | None,
        outline: NDArray[np.float64] | None,
    ) -> Task:
        why = self.why_not(name)
        if why:
            raise EditError(why)
        return make_task(name, self.use_now(voxel, outline))

    def use_now(
        self,
        voxel: tuple[int, int, int] | None = None,
        outline: NDArray[np.float64] | None = None,
    ) -> Use:
        """Return what a tool is given that is used now.

        Raises
        ------
        EditError
            If there is no mask.
        """
        layer = self._working.layer
        if layer is None:
            raise EditError(tr("There is no mask."))
        options, protection = self.options.values, self.protection.protection
        return Use(self._viewer, layer, options, protection, self.edited, voxel, outline)

    def stroke_protection(self) -> Protection | None:
        """Return what strokes must not change, None if that is nothing."""
        protection, layer = self.protection.protection, self._working.layer
        if layer is None or (protection.within is None and not protection.locked):
            return None
        return protection.on(lambda volume: volume[0]) if layer.ndim == 2 else protection
