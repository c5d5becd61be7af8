"""Keys of the panel: bound while it lives, and none of napari's own."""

from __future__ import annotations

import inspect
from functools import partial

import napari.layers
import numpy as np
import pytest
from napari._app_model import get_app_model
from napari.components import ViewerModel
from napari.settings import get_settings
from napari.utils.key_bindings import coerce_keybinding
from napari.utils.shortcuts import default_shortcuts
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence

from napari_brainseg.gui.common.key_bindings import KeyBindings, KeysDialog
from napari_brainseg.gui.domain.shortcuts import AUTO_GREY, TOOLS, UNCERTAIN, WORK_LIST

pytestmark = pytest.mark.gui

PANELS = {tool.key: tool.name for tool in (*TOOLS, UNCERTAIN, AUTO_GREY) if tool.key}
# Qt's Return is napari's Enter.
OURS = PANELS | {tool.key.replace("Return", "Enter"): tool.name for tool in WORK_LIST}


def napari_s_own() -> dict[str, str]:
    """Enumerate keys of napari's settings, of its viewer and of every kind of layer."""
    own = {}
    for shortcuts in (default_shortcuts, get_settings().shortcuts.shortcuts):
        for name, keys in shortcuts.items():
            own.update((str(key), name) for key in keys)
    kinds = [kind for kind in vars(napari.layers).values() if inspect.isclass(kind)]
    for provider in (ViewerModel, *kinds):
        for base in provider.__mro__:
            own.update((str(key), base.__name__) for key in getattr(base, "class_keymap", ()))
    return own


def test_each_tool_has_its_own_key_in_napari_s_spelling():
    assert len(OURS) == len(
        [tool for tool in (*TOOLS, UNCERTAIN, AUTO_GREY, *WORK_LIST) if tool.key]
    )
    assert {str(coerce_keybinding(key)) for key in OURS} == set(OURS)


def test_no_key_shadows_one_of_napari_s_shortcuts():
    own = napari_s_own()
    assert {"P", "E", "B", "Ctrl+Z", "Shift+V", "Shift+Up"} <= set(own)
    assert not {key: own[key] for key in OURS if key in own}


def test_no_key_shadows_one_of_the_menus(panel):
    menus = {str(rule.keybinding): rule.command_id for rule in get_app_model().keybindings}
    assert {"Ctrl+O", "Alt+S"} <= set(menus)
    assert not {key: menus[key] for key in OURS if key in menus}


def test_every_key_reaches_its_tool_from_anywhere_in_the_window(panel, viewer, qtbot):
    viewer.add_labels(np.ones((3, 8, 8), dtype=np.uint8))
    panel.keys.leave()
    used = []
    keys = KeyBindings(viewer, {key: partial(used.append, key) for key in PANELS})
    for key in PANELS:
        press(qtbot, panel.window(), key)
        assert used == [key]
        used.clear()
    keys.leave()


def press(qtbot, widget, key: str) -> None:
    combination = QKeySequence(key)[0]
    qtbot.keyClick(widget, combination.key(), combination.keyboardModifiers())


def test_a_key_does_its_work_in_the_viewer(panel, viewer, qtbot):
    mask = viewer.add_labels(np.zeros((3, 20, 20), dtype=np.uint8))
    mask.data[1, 8:12, 8:12] = 1
    viewer.dims.set_current_step(0, 1)
    press(qtbot, panel.window(), "Shift+G")
    qtbot.waitUntil(lambda: mask.data[1].sum() == 32)
    qtbot.keyClick(panel.window(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert mask.data.sum() == 16


def test_a_disabled_tool_says_why_when_its_key_is_pressed(panel, qtbot):
    press(qtbot, panel.window(), "Shift+G")
    assert "no mask yet" in panel.correct.hint.text()
    assert not panel.correct.hint.isHidden()


def test_keys_and_callbacks_go_when_the_panel_goes(panel, viewer, qtbot):
    mask = viewer.add_labels(np.zeros((3, 20, 20), dtype=np.uint8))
    bound = {str(key) for key in viewer.keymap}
    assert set(PANELS) <= bound
    callbacks = len(mask.mouse_drag_callbacks)
    with qtbot.waitSignal(panel.destroyed):
        viewer.window.remove_dock_widget(panel)
        panel.deleteLater()
    assert not set(PANELS) & {str(key) for key in viewer.keymap}
    assert len(mask.mouse_drag_callbacks) == callbacks - 2


def test_a_key_that_the_user_has_bound_stays_theirs(make_napari_viewer_proxy, qtbot):
    viewer = make_napari_viewer_proxy()
    pressed = []
    viewer.bind_key("Shift+G", lambda viewer: pressed.append("mine"))
    _, panel = viewer.window.add_plugin_dock_widget("napari-brainseg")
    press(qtbot, panel.window(), "Shift+G")
    assert pressed == ["mine"]


def test_the_cheat_sheet_shows_every_key_and_the_user_s_own_for_painting(panel):
    panel.correct.use("keys")
    (sheet,) = panel.findChildren(KeysDialog)
    assert not sheet.isModal()
    text = sheet.text.toPlainText()
    for tool in (*TOOLS, UNCERTAIN, AUTO_GREY, *WORK_LIST):
        assert tool.key in text
    assert "2 or P" in text
    assert "Ctrl+Z" in text


def test_each_button_shows_its_key(panel, viewer):
    viewer.add_labels(np.ones((3, 8, 8), dtype=np.uint8))
    for tool in TOOLS:
        button = panel.correct.buttons.get(tool.name)
        if button is not None and tool.key and button.isEnabled():
            assert tool.key in button.toolTip()
            assert tool.key[-1] in button.text() or tool.key.endswith(("Left", "Right"))
