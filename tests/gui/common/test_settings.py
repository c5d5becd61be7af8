"""What is remembered between sessions."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from napari.settings import get_plugin_settings, get_settings
from npe2 import PluginManifest
from qtpy.QtCore import QSettings

from napari_brainseg.gui.common import settings
from napari_brainseg.gui.common.settings import (
    Preferences,
    Settings,
    load_preferences,
    load_settings,
    remember,
)


@pytest.fixture(autouse=True)
def own_settings(tmp_path):
    """Keep the settings apart from the user's own."""
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    before = Path(QSettings(form, scope, "napari-brainseg", "work-list").fileName()).parents[1]
    QSettings.setPath(form, scope, str(tmp_path))
    yield
    QSettings.setPath(form, scope, str(before))


def test_nothing_is_remembered_at_first():
    assert load_settings() == Settings()


def test_what_is_remembered_comes_back_and_the_rest_stays(tmp_path):
    remember(scans=tmp_path / "scans")
    remember(training_set=tmp_path / "set")
    assert load_settings() == Settings(tmp_path / "scans", tmp_path / "set")


def test_what_earlier_versions_wrote_is_read(tmp_path):
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    file = QSettings(form, scope, "napari-brainseg", "work-list")
    file.setValue("folder", str(tmp_path))
    file.setValue("training set", str(tmp_path / "set"))
    file.sync()
    assert load_settings() == Settings(tmp_path, tmp_path / "set")


def test_only_what_there_is_a_field_for_can_be_remembered(tmp_path):
    with pytest.raises(TypeError):
        remember(scan=tmp_path)


def test_the_page_of_napari_s_settings_offers_what_is_read():
    manifest = PluginManifest.from_file(Path(__file__).parents[3] / "napari.yaml")
    offered = manifest.contributions.configurations["general"].properties
    assert {name: each.default for name, each in offered.items()} == asdict(Preferences())


def test_what_is_set_on_the_page_is_read_and_without_a_page_the_defaults_are(
    monkeypatch,
):
    page = SimpleNamespace(
        device="cpu", folder="/scans", autosave_s=5.0, keys=False, language="English"
    )
    found = {"napari-brainseg": SimpleNamespace(general=page)}
    monkeypatch.setattr(settings, "get_plugin_settings", found.__getitem__)
    assert load_preferences() == Preferences("cpu", "/scans", 5.0, keys=False, language="English")
    found.clear()
    assert load_preferences() == Preferences()


def test_tests_write_nothing_where_napari_keeps_what_the_user_has_set(viewer):
    assert get_settings().config_path is None
    assert get_plugin_settings("napari-brainseg").config_path is None


@pytest.mark.skipif(sys.platform != "linux", reason="Qt keeps this in no file elsewhere")
def test_qt_s_dialogs_write_nothing_among_what_the_user_has_set(viewer, tmp_path_factory):
    kept = Path(QSettings(QSettings.Scope.UserScope, "QtProject").fileName())
    assert kept.is_relative_to(tmp_path_factory.getbasetemp())
