"""Keeping canvases whole while layers go: docs/reliability.md says why, and shows the fault."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer

__all__ = ["guard_canvas", "guard_viewer"]


def guard_viewer(viewer: Viewer) -> None:
    """Guard the canvas of a viewer: see :func:`guard_canvas`."""
    with suppress(AttributeError):  # a model without a window has no canvas
        guard_canvas(getattr(viewer, "__wrapped__", viewer).window._qt_viewer)


def guard_canvas(qt_viewer: Any) -> None:
    """Let a canvas free in its own OpenGL context what it drew layers with.

    When a layer goes, napari has vispy delete its textures, buffers and program at once, in
    whatever context is current: outside of painting, that is the one in which Qt puts the window
    together. Software OpenGL then crashes while it draws the layers that stay. A canvas that is
    guarded makes its own context current before; it may be guarded more than once.

    Parameters
    ----------
    qt_viewer : QtViewer
        What holds the canvas: of a window, or of a further view of its layers.
    """
    # A napari that holds its canvas otherwise is left alone.
    with suppress(AttributeError):
        scene = qt_viewer.canvas._scene_canvas
        finish = scene.context.finish
        if not isinstance(finish, _Finish):
            scene.context.finish = _Finish(finish, ref(scene))


class _Finish:
    """Waits until everything is drawn and freed, in the canvas's own context."""

    def __init__(self, finish: Callable[[], None], scene: ref[Any]) -> None:
        self._finish, self._scene = finish, scene

    def __call__(self) -> None:
        scene = self._scene()
        if scene is not None:
            scene.set_current()
        self._finish()
