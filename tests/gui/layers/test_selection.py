"""Layers that come and go leave what is selected as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari.layers import Labels

from napari_brainseg.gui.layers.selection import add_unselected, selection_kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer

pytestmark = pytest.mark.gui


@pytest.mark.parametrize("selected", [(), (0,), (1,), (0, 1)])
def test_a_layer_that_is_added_is_not_selected_and_nobody_is_told_so(
    make_napari_viewer: Callable[..., Viewer], selected: tuple[int, ...]
) -> None:
    viewer = make_napari_viewer()
    layers = [viewer.add_image(np.zeros((4, 8, 8)), name=name) for name in "ab"]
    chosen = {layers[index] for index in selected}
    viewer.layers.selection.clear()
    viewer.layers.selection.update(chosen)
    active = viewer.layers.selection.active
    controls = viewer.window._qt_viewer.controls.currentWidget()
    told: list[object] = []
    for name in ("active", "changed"):
        getattr(viewer.layers.selection.events, name).connect(told.append)

    added = add_unselected(viewer, Labels(np.zeros((4, 8, 8), dtype=np.uint8)))

    assert added in viewer.layers
    assert set(viewer.layers.selection) == chosen
    assert viewer.layers.selection.active is active
    assert told == []
    if len(selected) < 2:
        assert viewer.window._qt_viewer.controls.currentWidget() is controls
    viewer.layers.selection.active = added
    assert told, "what is selected afterwards is told as ever"


def test_a_selected_layer_that_goes_is_told_to_be_selected_no_longer(
    make_napari_viewer: Callable[..., Viewer],
) -> None:
    viewer = make_napari_viewer()
    stays, goes = (viewer.add_image(np.zeros((4, 8, 8)), name=name) for name in "ab")
    viewer.layers.selection.clear()
    viewer.layers.selection.update({stays, goes})
    told: list[object] = []
    viewer.layers.selection.events.changed.connect(told.append)

    with selection_kept(viewer):
        viewer.layers.remove(goes)

    assert set(viewer.layers.selection) == {stays}
    assert told
