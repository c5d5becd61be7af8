"""The configuration of one training run, kept with its checkpoint and its card."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from brainseg_train.errors import DataError
from napari_brainseg.models.architectures import MAX_MEMBERS, Architecture
from napari_brainseg.models.preprocessing import (
    MAX_NEIGHBOURS,
    MAX_SIDE,
    Scaling,
)

if TYPE_CHECKING:
    from napari_brainseg.models.card import ModelCard

__all__ = [
    "Accelerator",
    "Logger",
    "RunConfig",
    "Schedule",
    "TrainingPrecision",
    "checked_config",
    "misfit",
    "parsed_toml",
    "recipe_of",
]

Schedule = Literal["one-cycle", "constant"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]

DEEPEST = 32
"""Most tables within one another in a file of settings."""


class TrainingPrecision(StrEnum):
    """Of training, as Lightning Fabric names it."""

    SINGLE = "32-true"
    BFLOAT16 = "bf16-mixed"
    HALF = "16-mixed"


class Accelerator(StrEnum):
    """What trains, as Lightning Fabric names it; ``auto`` is the fastest that is here."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Logger(StrEnum):
    """What keeps the learning curves."""

    TENSORBOARD = "tensorboard"
    WANDB = "wandb"
    MLFLOW = "mlflow"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides the outcome of a run, apart from the data.

    Parameters
    ----------
    name : str
        Name of the exported model.
    architecture : Architecture
        Decoder.
    encoder : str
        Encoder name of segmentation_models_pytorch; ``"none"`` for an architecture without one.
    init : str
        ``"imagenet"``, ``"random"`` or a file of encoder weights.
    size : int
        Height and width of the slices that the network sees, in pixels.
    epochs : int
        Passes of ``slices_per_epoch`` slices, at most.
    patience : int, optional
        Stop when validation IoU has not risen for this many epochs, and export the best epoch;
        otherwise all epochs are run and the last is exported.
    slices_per_epoch : int
        Slices drawn per epoch, half of them with tumour; 0 takes each training slice once.
    batch_size : int
        Slices per step.
    schedule : {"one-cycle", "constant"}
        Course of the learning rate.
    learning_rate : float
        Its peak.
    weight_decay : float
        Of AdamW; with 0 it is Adam.
    average : float
        Decay of the moving average of the weights, which is what is exported; with 0 these are
        the weights themselves.
    augment : bool
        Whether training slices are changed at random (:mod:`brainseg_train.data.augment`).
    elastic : float
        Largest elastic displacement of training slices, as a share of their height and width.
    dropped : float
        Share of training slices that are shown with the required sequence alone, as if the others
        had not been acquired.
    scanners : float
        Strength of the changes that other scanners make (:mod:`brainseg_train.data.elsewhere`), 1
        being ours; 0 leaves out these and the next five. They need ``scaling = "brain"``.
    stripped : float
        Share of training slices whose skull is removed.
    absent : float
        Share of training slices that lack a sequence, for each that may be missing.
    unlike : float
        Share of training slices whose other sequences disagree with the required one.
    faint : float
        Share of training slices whose lesions are made fainter.
    oedema : float
        Share of training slices whose lesions get faint oedema around them, for masks of one class.
    tile : int
        Train on windows of this height and width, and predict larger slices tile by tile; 0 takes
        windows of three quarters of ``size``, rounded up to a multiple of 32, and predicts slices
        whole. The windows are cut by augmentation.
    scaling : {"foreground", "brain"}
        By what intensities are scaled (:class:`~napari_brainseg.models.Preprocessing`).
    blend : float
        Share of the weights that a model goes on from in those that are exported
        (:mod:`brainseg_train.train.blend`); 0 exports what was trained.
    parts : float
        Weight of a Dice loss in which every lesion counts alike, however small
        (:mod:`brainseg_train.train.components`), beside Dice loss and cross-entropy.
    distilled : float
        Share of the targets that a model which the run goes on from gives, all its networks
        together (:mod:`brainseg_train.train.distil`); the rest are the masks.
    neighbours : int
        Slices on either side that the network sees along with each slice (2.5-D).
    members : int
        Networks that are trained, each from a seed of its own; their mean is what answers.
    validation : float
        Share of patients held out to validate on. A benchmark holds out as many as it tests on, or
        with 0 none, so that they are learned from too.
    precision : TrainingPrecision
        Of training.
    seed : int
        Of the split, the initial weights and the drawing of batches.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    architecture: Architecture = Architecture.UNET
    encoder: str = "resnet18"
    init: str = "imagenet"
    size: Annotated[int, Field(ge=32, le=MAX_SIDE)] = 256
    epochs: Annotated[int, Field(ge=1)] = 20
    patience: Annotated[int, Field(ge=1)] | None = None
    slices_per_epoch: Count = 1600
    batch_size: Annotated[int, Field(ge=2)] = 16
    schedule: Schedule = "one-cycle"
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-3
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-2
    average: Annotated[float, Field(ge=0, lt=1)] = 0.99
    augment: bool = True
    elastic: Share = 0.0
    dropped: Share = 0.25
    scanners: Annotated[float, Field(ge=0, le=2)] = 0.0
    stripped: Share = 0.0
    absent: Share = 0.0
    unlike: Share = 0.0
    faint: Share = 0.0
    oedema: Share = 0.0
    tile: Count = 0
    scaling: Scaling = "foreground"
    blend: Share = 0.0
    distilled: Share = 0.0
    parts: Annotated[float, Field(ge=0, le=10)] = 0.0
    neighbours: Annotated[int, Field(ge=0, le=MAX_NEIGHBOURS)] = 0
    members: Annotated[int, Field(ge=1, le=MAX_MEMBERS)] = 1
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.2
    precision: TrainingPrecision = TrainingPrecision.SINGLE
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    @property
    def network(self) -> str:
        """What is trained, in words, e.g. ``U-Net · resnet18``."""
        return self.architecture.in_words(self.encoder, self.members)

    def plain(self) -> dict[str, str | int | float | bool | None]:
        """For JSON; a weights file is named without its folder."""
        values = asdict(self)
        values["architecture"] = self.architecture.value
        values["precision"] = self.precision.value
        values["init"] = self.init.replace("\\", "/").rpartition("/")[2]
        return values


def checked_config(**fields: Any) -> RunConfig:
    """Make a configuration of values from a person.

    Raises
    ------
    DataError
        If a field is not known, or its value is out of range; the first is named.
    """
    try:
        return TypeAdapter(RunConfig).validate_python(fields)
    except ValidationError as error:
        raise DataError(misfit(error)) from error


def recipe_of(card: ModelCard) -> dict[str, object]:
    """Return the recipe that a model was trained by, as far as its card tells, by field."""
    known = {field.name for field in fields(RunConfig)}
    said: dict[str, object] = {key: value for key, value in card.training.items() if key in known}
    return said | {
        "architecture": card.architecture,
        "encoder": card.encoder,
        "size": card.preprocessing.size,
        "neighbours": card.preprocessing.neighbours,
    }


def parsed_toml(text: str, name: str) -> dict[str, Any]:
    """Read TOML.

    Parameters
    ----------
    text, name : str
        Of the file, the name for errors.

    Raises
    ------
    DataError
        If it is none, or nested more deeply than anyone can read, or Python follow.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{name} is not valid TOML: {error}.") from error
    except RecursionError as error:
        raise DataError(f"{name} is nested too deeply. Write it anew.") from error
    if _is_deep(found):  # names in a row nest without the parser
        raise DataError(f"{name} is nested too deeply. Write it anew.")
    return found


def _is_deep(found: dict[str, Any]) -> bool:
    """Whether anything lies below :data:`DEEPEST` tables; how deep Python follows differs."""
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        level = [value for each in level if isinstance(each, dict) for value in each.values()]
    return bool(level)


def misfit(error: ValidationError) -> str:
    """Name the first place that does not fit."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}, found {first['input']!r:.60}."
