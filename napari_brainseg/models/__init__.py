"""What can be run: architectures, model cards, bundles on disk, and the catalog that finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.models.architectures import Architecture, build_network
    from napari_brainseg.models.bundle import Bundle, load_network, open_bundle
    from napari_brainseg.models.card import InputRole, ModelCard, TargetClass, read_card
    from napari_brainseg.models.catalog import find_models, user_model_folder
    from napari_brainseg.models.patients import PatientRecord, Split
    from napari_brainseg.models.preprocessing import Preprocessing

__all__ = [
    "Architecture",
    "Bundle",
    "InputRole",
    "ModelCard",
    "PatientRecord",
    "Preprocessing",
    "Split",
    "TargetClass",
    "build_network",
    "find_models",
    "load_network",
    "open_bundle",
    "read_card",
    "user_model_folder",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "architectures": ["Architecture", "build_network"],
        "bundle": ["Bundle", "load_network", "open_bundle"],
        "card": ["InputRole", "ModelCard", "TargetClass", "read_card"],
        "catalog": ["find_models", "user_model_folder"],
        "patients": ["PatientRecord", "Split"],
        "preprocessing": ["Preprocessing"],
    },
)
