"""Arguments and options that several commands share, and what they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from brainseg_train.benchmark.protocol import PROTOCOLS
from brainseg_train.errors import DataError
from brainseg_train.train.config import Accelerator, Logger, TrainingPrecision
from napari_brainseg.models.preprocessing import MAX_SIDE

if TYPE_CHECKING:
    from brainseg_train.data.options import DataOptions
    from brainseg_train.train.settings import RunSettings
    from napari_brainseg.models.bundle import Bundle

__all__ = [
    "Assignments",
    "ConfigOption",
    "DataArguments",
    "DeviceOption",
    "Folder",
    "FolderOrNone",
    "Model",
    "OverwriteOption",
    "ProtocolOption",
    "RecipeArguments",
    "RunArguments",
    "ShowOption",
    "SizeOption",
    "find_bundle",
    "places",
    "recipe_changes",
    "runs_folder",
]

DATA, RUN, RECIPE = "Data", "Run", "Recipe"
"""Groups of ``--help``."""

Folder = Annotated[
    Path,
    typer.Argument(help="Data: a folder in the layout of LGG, BIDS, nnU-Net, BraTS … or a CSV."),
]
FolderOrNone = Annotated[
    Path | None,
    typer.Argument(help="Data: a folder in the layout of LGG, BIDS, nnU-Net, BraTS … or a CSV."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML with the tables recipe, data and run.")
]
ShowOption = Annotated[
    bool, typer.Option("--show", help="Print all settings as TOML, and train nothing.")
]
Model = Annotated[str, typer.Argument(help="A model's name, or its folder.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")]
SizeOption = Annotated[
    int | None,
    typer.Option(
        min=32, max=MAX_SIDE, help="Height and width of the slices.", rich_help_panel="Recipe"
    ),
]
ProtocolOption = Annotated[
    str, typer.Option(help=f"{', '.join(PROTOCOLS)}, or a TOML file.", rich_help_panel="Recipe")
]
OverwriteOption = Annotated[
    bool, typer.Option(help="Replace a model of that name.", rich_help_panel="Run")
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE, such as recipe.size=192; repeatable."),
]


@dataclass(frozen=True, slots=True)
class DataArguments:
    """Whose the cases are, and who is left out."""

    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Keep a patient out; repeatable.", rich_help_panel=DATA),
    ] = None
    patient_table: Annotated[
        Path | None,
        typer.Option(
            help="CSV with columns case and patient: whose case each is.", rich_help_panel=DATA
        ),
    ] = None
    patient_pattern: Annotated[
        str | None,
        typer.Option(
            help="Regular expression: its group is the patient of a case's name.",
            rich_help_panel=DATA,
        ),
    ] = None

    @property
    def given(self) -> dict[str, object]:
        """The values that were given, as settings."""
        return {
            "data.exclude": tuple(self.exclude) if self.exclude else None,
            "data.patient_table": self.patient_table,
            "data.patient_pattern": self.patient_pattern,
        }

    def options(
        self, assignments: list[str] | None = None, split_file: Path | None = None
    ) -> DataOptions:
        """Return what is said of the data.

        Raises
        ------
        DataError
            If an assignment does not fit, or is of something else.
        """
        from brainseg_train.train.settings import load_run_settings

        see_parts(assignments, ("data",))
        given = {**self.given, "data.split_file": split_file, "recipe.name": "data"}
        return load_run_settings(given=given, assignments=assignments or ()).data


@dataclass(frozen=True, slots=True)
class RunArguments:
    """Where a run keeps things, and what it runs with."""

    accelerator: Annotated[
        Accelerator | None, typer.Option(help="What trains.", rich_help_panel=RUN)
    ] = None
    models: Annotated[
        Path | None, typer.Option(help="Where models are exported.", rich_help_panel=RUN)
    ] = None
    runs: Annotated[
        Path | None, typer.Option(help="Where checkpoints are kept.", rich_help_panel=RUN)
    ] = None
    logger: Annotated[
        Logger | None, typer.Option(help="Where learning curves are kept.", rich_help_panel=RUN)
    ] = None

    @property
    def given(self) -> dict[str, object]:
        """The values that were given, as settings."""
        return {
            "run.accelerator": self.accelerator,
            "run.models": self.models,
            "run.runs": self.runs,
            "run.logger": self.logger,
        }

    @property
    def device(self) -> str:
        """The accelerator, or ``"auto"``."""
        return self.accelerator or Accelerator.AUTO

    @property
    def kept(self) -> Path:
        """The folder of checkpoints."""
        return self.runs or runs_folder()

    @property
    def exported(self) -> Path:
        """The folder of models."""
        from napari_brainseg.models.catalog import user_model_folder

        return self.models or user_model_folder()

    @property
    def curves(self) -> Logger:
        """What keeps the learning curves."""
        return self.logger or Logger.TENSORBOARD


@dataclass(frozen=True, slots=True)
class RecipeArguments:
    """What of a recipe every command may change."""

    precision: Annotated[
        TrainingPrecision | None, typer.Option(help="Of training.", rich_help_panel=RECIPE)
    ] = None
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of everything random.", rich_help_panel=RECIPE)
    ] = None

    @property
    def given(self) -> dict[str, object]:
        """The values that were given, as settings."""
        return {
            "recipe.precision": self.precision,
            "recipe.seed": self.seed,
        }

    @property
    def changes(self) -> dict[str, object]:
        """The values that were given, as fields of a recipe."""
        said = {"precision": self.precision, "seed": self.seed}
        return {name: value for name, value in said.items() if value is not None}


def places(settings: RunSettings) -> RunArguments:
    """Return where settings say that a run keeps things."""
    run = settings.run
    return RunArguments(run.accelerator, run.models, run.runs, run.logger)


def find_bundle(name: str) -> Bundle:
    """Find a model by its folder or its name."""
    from napari_brainseg.models.bundle import open_bundle
    from napari_brainseg.models.catalog import find_models

    return open_bundle(Path(name)) if Path(name).is_dir() else find_models().get(name)


def recipe_changes(
    assignments: list[str] | None, parts: tuple[str, ...] = ("recipe", "data")
) -> tuple[dict[str, object], list[str]]:
    """Part assignments: fields of the recipe, and what is said of the data.

    Raises
    ------
    DataError
        If one is of no part that the command takes.
    """
    from brainseg_train.train.settings import read_assignments

    see_parts(assignments, parts)
    given = assignments or []
    recipe = read_assignments(given).get("recipe", {})
    return recipe, [each for each in given if each.lstrip().startswith("data.")]


def see_parts(assignments: list[str] | None, parts: tuple[str, ...]) -> None:
    """Refuse assignments that a command would pass over.

    Raises
    ------
    DataError
        Which names the first.
    """
    for text in assignments or ():
        if text.partition(".")[0].strip() not in parts:
            taken = " and ".join(f"{part}.…" for part in parts)
            raise DataError(f"--set {text}: this command takes {taken} alone.")


def runs_folder() -> Path:
    """Return where runs keep their folders if nothing else is said."""
    return platformdirs.user_cache_path("napari-brainseg", appauthor=False) / "runs"
