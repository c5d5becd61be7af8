"""Running correction tools off the GUI thread, each as one undo step."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import BrainsegError, EditError, without_path
from napari_brainseg.gui.common.workers import Queue
from napari_brainseg.gui.layers.geometry import as_volume
from napari_brainseg.gui.layers.undoable import places_where, write_voxels
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.edit.protect import Edit
    from napari_brainseg.edit.slicing import Slicing
    from napari_brainseg.gui.common.workers import Call

__all__ = ["Change", "Task", "ToolRunner"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The voxels that a tool wants to write: where, what was there, and what is to be there.

    ``data`` is the array that was looked at, ``slices`` how many slices the voxels lie in.
    """

    data: NDArray[Any]
    places: tuple[NDArray[np.intp], ...]
    before: NDArray[Any]
    after: NDArray[Any]
    slices: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One use of a tool.

    Parameters
    ----------
    name : str
        To show.
    layer : Labels
    slicing : Slicing
        Which slices the tool gets to see.
    work : callable
        From a copy of their labels to the edit; it runs in a worker thread.
    then : callable, optional
        Called in the GUI thread after the change was written.
    """

    name: str
    layer: Labels
    slicing: Slicing
    work: Callable[[NDArray[Any]], Edit]
    then: Callable[[Change], None] | None = None


class ToolRunner(QObject):
    """Runs one tool after the other and writes what comes out.

    A tool works on a copy. Voxels that the user has painted meanwhile stay as painted.

    Signals
    -------
    said : str
        What a tool did, or why it did not.
    """

    said = Signal(str)

    def __init__(self, viewer: Viewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._work = Queue(self, self._on_end, failed=self._on_failed)

    @property
    def busy(self) -> bool:
        """Whether a tool is at work or waits for its turn."""
        return self._work.running

    def submit(self, prepare: Callable[[], Task]) -> None:
        """Use a tool as soon as those before it are done.

        Parameters
        ----------
        prepare : callable
            Gives the task; called when its turn has come, so that it sees what the one before has
            done. It may raise EditError.
        """

        def call() -> Call:
            task = prepare()
            return _use, (task, task.layer.data)

        self._work.run_prepared(call)

    def abandon(self) -> None:
        """Forget all that is waiting or at work."""
        self._work.cancel()

    def _on_end(self, used: tuple[Task, Change]) -> None:
        self.said.emit(self._write(*used))

    def _on_failed(self, error: Exception) -> None:
        self.said.emit(str(error))

    def _write(self, task: Task, change: Change) -> str:
        layer = task.layer
        if layer not in self._viewer.layers or layer.data is not change.data:
            return tr(
                "{name}: not done, because the mask was removed or replaced meanwhile.",
                name=task.name,
            )
        count = write_voxels(layer, change.places, change.before, change.after)
        if task.then is not None:
            task.then(change)
        kept = len(change.after) - count
        where = tr(" in {slices} slices", slices=change.slices) if change.slices > 1 else ""
        said = (
            tr(
                "{name}: {voxels} changed{where}",
                name=task.name,
                voxels=_voxels(count),
                where=where,
            )
            if count
            else tr("{name}: no change", name=task.name)
        )
        return (
            tr("{said}; {voxels} that you painted meanwhile kept.", said=said, voxels=_voxels(kept))
            if kept
            else f"{said}."
        )


def _voxels(count: int) -> str:
    return tr_n("{n:,} voxel", "{n:,} voxels", count)


def _use(task: Task, data: NDArray[Any]) -> tuple[Task, Change]:
    """Use a tool, in the worker thread.

    Raises
    ------
    BrainsegError
        Whatever goes wrong: the tools have to be usable again.
    """
    try:
        return task, _change(task, data)
    except BrainsegError:
        raise
    except Exception as error:
        _log.exception("%s failed", task.name)
        raise EditError(f"{task.name} failed: {without_path(error)}") from error


def _change(task: Task, data: NDArray[Any]) -> Change:
    labels = np.array(task.slicing.take(as_volume(data)))
    edit = task.work(labels)
    labels = labels[edit.box]
    inside = places_where(np.asarray(labels != edit.values))
    corner = (side.start for side in edit.box)
    found = [axis + start for axis, start in zip(inside, corner, strict=True)]
    places = task.slicing.places(found)
    slices = np.unique(places[task.slicing.axis]).size
    return Change(data, places[-data.ndim :], labels[inside], edit.values[inside], slices)
