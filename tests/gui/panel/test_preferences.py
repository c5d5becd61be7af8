"""What is set on napari's settings page holds for panels that are opened from then on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_brainseg.gui.common import settings
from napari_brainseg.gui.panel.widget import SegmentWidget
from napari_brainseg.language import use

pytestmark = pytest.mark.gui


@pytest.fixture
def set_page(monkeypatch):
    """Set everything otherwise than it is at first."""
    page = SimpleNamespace(
        device="cpu", folder="/scans", autosave_s=5.0, keys=False, language="Français"
    )
    found = {"napari-brainseg": SimpleNamespace(general=page)}
    monkeypatch.setattr(settings, "get_plugin_settings", found.__getitem__)
    yield page
    use("en")


def test_language_device_folder_and_keys_follow_the_page(set_page, viewer, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *given: asked.append(given) or ([], "")
    )
    panel = SegmentWidget(viewer)
    qtbot.addWidget(panel)
    assert panel.segment_button.text() == "Segmenter"
    assert panel.options.values.device == "cpu"
    assert not {"Shift+G", "Shift+D"} & {str(key) for key in viewer.keymap}
    panel.open_button.files.trigger()
    assert asked[0][1:] == ("Ouvrir des examens ou des masques", "/scans")
    panel.close()
