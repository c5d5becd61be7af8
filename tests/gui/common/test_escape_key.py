"""Escape is heard in one viewer's window, wherever the focus is in it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QDialog, QMainWindow

from napari_brainseg.gui.common.escape_key import EscapeKey

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    ("where", "is_heard"), [("own", True), ("dialog", True), ("another viewer", False)]
)
def test_escape_in_another_viewer_ends_nothing_here(qtbot, monkeypatch, where, is_heard):
    own, other = QMainWindow(), QMainWindow()
    qtbot.addWidget(own)
    qtbot.addWidget(other)
    active = {"own": own, "dialog": QDialog(own), "another viewer": other}[where]
    monkeypatch.setattr(QApplication, "activeWindow", lambda: active)
    viewer = SimpleNamespace(window=SimpleNamespace(main_menu=own.menuBar()))
    key, heard = EscapeKey(viewer, own), []
    key.pressed.connect(lambda: heard.append(where))
    key.set_on(True)
    qtbot.keyClick(active, Qt.Key.Key_Escape)
    qtbot.wait(20)
    key.set_on(False)
    assert bool(heard) == is_heard
