"""Finding models: those in the package, the user's own, and those of other packages.

Looked up anew at each call, so a model that ``brainseg-train`` just exported is there without a
restart. Later places win where names collide, so users can replace what is embedded.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from napari_brainseg.errors import ModelError
from napari_brainseg.language import tr
from napari_brainseg.models.bundle import Bundle, open_bundle
from napari_brainseg.models.card import CARD_NAME
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "DEFAULT_MODEL",
    "ENTRY_POINT_GROUP",
    "PATH_VARIABLE",
    "Catalog",
    "find_models",
    "user_model_folder",
]

DEFAULT_MODEL = "lgg-flair-default"
PATH_VARIABLE = "BRAINSEG_MODELS"
ENTRY_POINT_GROUP = "napari_brainseg.models"
EMBEDDED_FOLDER = Path(__file__).parent / "embedded"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models found, by name in display order, and why some folders were passed over."""

    bundles: dict[str, Bundle]
    problems: tuple[str, ...]

    def get(self, name: str) -> Bundle:
        """Return a model by name.

        Raises
        ------
        ModelError
            If there is none of that name; the message lists those there are.
        """
        if name in self.bundles:
            return self.bundles[name]
        known = ", ".join(self.bundles) or "none"
        hint = "".join(f" {problem}" for problem in self.problems)
        raise ModelError(
            tr(
                "There is no model {name!r}; found: {known}.{hint}",
                name=name,
                known=known,
                hint=hint,
            )
        )

    @property
    def default(self) -> Bundle:
        """The embedded default model, or the first there is.

        Raises
        ------
        ModelError
            If no model was found.
        """
        if DEFAULT_MODEL in self.bundles or not self.bundles:
            return self.get(DEFAULT_MODEL)
        return next(iter(self.bundles.values()))


def user_model_folder() -> Path:
    """Return the folder into which ``brainseg-train`` exports and where users put models."""
    return platformdirs.user_data_path("napari-brainseg", appauthor=False) / "models"


def find_models() -> Catalog:
    """Look through all places for model folders; broken ones are listed, never raised."""
    bundles: dict[str, Bundle] = {}
    problems: list[str] = []
    for place in _places(problems):
        for folder in _model_folders(place, problems):
            try:
                bundle = open_bundle(folder)
            except ModelError as error:
                problems.append(str(error))
                continue
            bundles[bundle.card.name] = bundle
    return Catalog(bundles, tuple(problems))


def _places(problems: list[str]) -> Iterator[Path]:
    yield EMBEDDED_FOLDER
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        try:
            yield Path(entry.load()())
        except Exception as error:  # another package's code: whatever it raises is its defect
            _log.warning("models of entry point %s left out", entry.name, exc_info=True)
            problems.append(
                tr(
                    "Models of {name!r} cannot be listed ({error}).",
                    name=entry.name,
                    error=shortened(str(error)),
                )
            )
    yield user_model_folder()
    for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep):
        if part:
            yield Path(part)


def _model_folders(place: Path, problems: list[str]) -> list[Path]:
    """List the place itself if it is a model folder, else the model folders in it.

    One folder that cannot be looked into hides no other, and is told of.
    """
    try:
        if (place / CARD_NAME).is_file():
            return [place]
        inside = sorted(place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []  # nobody has put a model there yet
    except (OSError, ValueError) as error:
        problems.append(_unreadable(place, error))
        return []
    folders = []
    for folder in inside:
        try:
            if (folder / CARD_NAME).is_file():
                folders.append(folder)
        except OSError as error:
            problems.append(_unreadable(folder, error))
    return folders


def _unreadable(folder: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return tr(
        "The folder {name} cannot be looked into ({reason}), so its "
        "models are left out. Check its permissions, or take it away.",
        name=shortened(folder.name),
        reason=shortened(reason),
    )
