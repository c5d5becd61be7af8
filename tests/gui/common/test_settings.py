"""What is remembered between sessions."""

from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtCore import QSettings

from napari_brainseg.gui.common.settings import Settings, load_settings, remember


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
