"""What the plugin remembers of the user's choices, on this computer."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from qtpy.QtCore import QSettings

__all__ = ["Settings", "load_settings", "remember"]

KEYS = {"scans": "folder", "training_set": "training set"}
"""From the fields of :class:`Settings` to the keys of the file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices that are proposed again.

    Parameters
    ----------
    scans : Path, optional
        The folder opened last as a work list.
    training_set : Path, optional
        The training set added to last.
    """

    scans: Path | None = None
    training_set: Path | None = None


def load_settings() -> Settings:
    """Read what is remembered; what is not is None."""
    file = _file()
    found = {name: str(file.value(key, "")) for name, key in KEYS.items()}
    return Settings(**{name: Path(text) for name, text in found.items() if text})


def remember(**choices: Path) -> None:
    """Keep choices by the names of the fields of :class:`Settings`.

    Raises
    ------
    TypeError
        If there is no such field.
    """
    file, kept = _file(), replace(Settings(), **choices)
    for field in fields(kept):
        if field.name in choices:
            file.setValue(KEYS[field.name], str(choices[field.name]))


def _file() -> QSettings:
    form, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    return QSettings(form, scope, "napari-brainseg", "work-list")
