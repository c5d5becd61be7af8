"""Options that several commands share, and what they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from brainseg_train.train.config import Accelerator, Logger, TrainingPrecision

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

__all__ = [
    "AcceleratorOption",
    "DeviceOption",
    "ExcludeOption",
    "Folder",
    "LoggerOption",
    "Model",
    "ModelsOption",
    "OverwriteOption",
    "PatientPatternOption",
    "PatientTableOption",
    "PrecisionOption",
    "RunsOption",
    "SeedOption",
    "find_bundle",
    "runs_folder",
]

Folder = Annotated[Path, typer.Argument(help="Data folder in the LGG layout.")]
Model = Annotated[str, typer.Argument(help="A model's name, or its folder.")]
LoggerOption = Annotated[Logger, typer.Option(help="Where learning curves are kept.")]
PrecisionOption = Annotated[TrainingPrecision, typer.Option(help="Of training.")]
AcceleratorOption = Annotated[Accelerator, typer.Option(help="What trains.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of everything random.")]
ExcludeOption = Annotated[list[str] | None, typer.Option(help="Keep a patient out; repeatable.")]
ModelsOption = Annotated[Path | None, typer.Option(help="Where models are exported.")]
RunsOption = Annotated[Path | None, typer.Option(help="Where checkpoints are kept.")]
PatientTableOption = Annotated[
    Path | None, typer.Option(help="CSV with columns case and patient: whose case each is.")
]
PatientPatternOption = Annotated[
    str | None, typer.Option(help="Regular expression: its group is the patient of a case's name.")
]
OverwriteOption = Annotated[bool, typer.Option(help="Replace a model of that name.")]


def find_bundle(name: str) -> Bundle:
    """Find a model by its folder or its name."""
    from napari_brainseg.models.bundle import open_bundle
    from napari_brainseg.models.catalog import find_models

    return open_bundle(Path(name)) if Path(name).is_dir() else find_models().get(name)


def runs_folder() -> Path:
    """Return where runs keep their folders if nothing else is said."""
    return platformdirs.user_cache_path("napari-brainseg", appauthor=False) / "runs"
