"""What is remembered of the user's choices, on this computer."""

from __future__ import annotations

from qtpy.QtCore import QSettings

__all__ = ["memory"]


def memory() -> QSettings:
    """Open the settings of the work list, such as the folder opened last."""
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(form, scope, "napari-brainseg", "work-list")
