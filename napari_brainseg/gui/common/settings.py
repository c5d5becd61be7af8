"""What the user has set on napari's settings page, and what the plugin remembers of choices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from napari.settings import get_plugin_settings
from qtpy.QtCore import QSettings

__all__ = ["Preferences", "Settings", "load_preferences", "load_settings", "remember"]

KEYS = {"scans": "folder", "training_set": "training set"}
"""From the fields of :class:`Settings` to the keys of the file."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person sets once, on the page of napari's settings that ``napari.yaml`` describes.

    Parameters
    ----------
    device : str
        Name of the device that is chosen at first.
    folder : str
        Where dialogs that open scans begin; empty for the folder that was open last.
    autosave_s : float
        Edits are on disk this many seconds after they were made.
    keys : bool
        Whether the tools have keys.
    language : str
        Name of the language of texts; auto for that of the system.
    """

    device: str = "auto"
    folder: str = ""
    autosave_s: float = 3.0
    keys: bool = True
    language: str = "auto"


def load_preferences() -> Preferences:
    """Read napari's settings page; where it does not know this plugin, what is set at first."""
    try:
        found = get_plugin_settings("napari-brainseg").general
    except (KeyError, AttributeError):
        return Preferences()
    return Preferences(**{field.name: getattr(found, field.name) for field in fields(Preferences)})


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
