"""The model card: everything a front end must know about a network before running it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from napari_brainseg.errors import ModelError
from napari_brainseg.frames import Plane
from napari_brainseg.input_check.fingerprint import Fingerprint
from napari_brainseg.io.files import file_text
from napari_brainseg.language import tr
from napari_brainseg.models.architectures import ENCODER_PATTERN, MAX_MEMBERS, Architecture
from napari_brainseg.models.patients import PatientRecord
from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.models.quality import Quality
from napari_brainseg.text import printable, shortened

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CARD_NAME",
    "NAME_PATTERN",
    "CaseCounts",
    "InputRole",
    "ModelCard",
    "Proof",
    "RuntimeRecord",
    "StartingWeights",
    "TargetClass",
    "WayName",
    "read_card",
]

CARD_NAME = "card.json"
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
MAX_CARD_BYTES = 1_000_000
MAX_CLASSES = 8
"""As many as a person tells apart by colour, and as a row of buttons holds."""
MAX_ROLES = 16
MAX_METRIC = 1e12
"""Longer numbers would fill the line that they are shown in."""
MIN_TILE = 32
"""Smaller tiles would make a run of one slice as long as that of a scan."""
MEAN_CHANGE = 0.002
"""Largest change of the mean Dice by a way of running that is used by itself."""
WORST_CHANGE = 0.02
"""Largest change of one patient's Dice by it."""
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputRole(_Record):
    """One input channel of a network.

    ``fallback`` names the role whose image stands in when this one is missing; a role without
    a fallback is required.
    """

    name: str = Field(min_length=1, max_length=64)
    fallback: str | None = None


class TargetClass(_Record):
    """One foreground class: its name, label value in the mask and display colour."""

    name: str = Field(min_length=1, max_length=64)
    value: int = Field(ge=1, le=255)
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")


WayName: TypeAlias = Literal[
    "fp32", "bf16", "bf16-whole", "int8", "fp32-sparing", "bf16-sparing", "int8-sparing"
]
"""A faster way of running a network."""


class Proof(_Record):
    """What a faster way of running a network did to its masks.

    Each patient's Dice with the reference mask, by the faster way less by the network whole and in
    float32: the mean over patients, and the largest change of one of them.
    """

    patients: int = Field(ge=1)
    mean_change: float
    worst_change: float

    @property
    def holds(self) -> bool:
        """Whether the change is too small to matter."""
        return abs(self.mean_change) <= MEAN_CHANGE and abs(self.worst_change) <= WORST_CHANGE


class RuntimeRecord(_Record):
    """What runs a network without torch: its graphs, and how true the faster ways are.

    ``graph_sha256`` and ``int8_sha256`` are the digests of ``graph.safetensors`` and
    ``graph-int8.safetensors`` in the model's folder. ``proofs`` hold for the head alone, cut out of
    its slices, in that precision, ``"bf16-whole"`` for whole slices, and ``"…-sparing"`` for the
    head where other networks than the first are spared; what has none is not used by itself.
    ``measured_on`` says on whom.
    """

    graph_sha256: str | None = Field(default=None, pattern=_SHA256.pattern)
    int8_sha256: str | None = Field(default=None, pattern=_SHA256.pattern)
    proofs: dict[WayName, Proof] = {}
    measured_on: str = ""


class StartingWeights(_Record):
    """What a network started from.

    Parameters
    ----------
    kind : {"random", "imagenet", "file", "model"}
        Nothing, ImageNet weights of the model hub, a file of encoder weights, or another model.
    source : str, optional
        Name of the file or the model.
    sha256 : str, optional
        Of that file, or of that model's weights.
    filled, tensors : int
        Tensors of the encoder that got weights, of so many; the others start at random.
    """

    kind: Literal["random", "imagenet", "file", "model"]
    source: str | None = None
    sha256: str | None = None
    filled: int = Field(default=0, ge=0)
    tensors: int = Field(default=0, ge=0)

    @property
    def partial(self) -> bool:
        """Whether some tensors of the encoder start at random though weights were given."""
        return self.kind != "random" and self.filled < self.tensors

    @property
    def text(self) -> str:
        """The start in words, for a card."""
        if self.kind == "random":
            return "random"
        if self.kind == "model":
            return f"model {self.source} (weights SHA-256 {self.sha256})"
        origin = "ImageNet weights of the model hub"
        if self.kind == "file":
            origin = f"{self.source} (SHA-256 {(self.sha256 or '')[:16]}…)"
        random = self.tensors - self.filled
        part = f"partial, {random} tensors start at random" if self.partial else "complete"
        return f"{origin}: {self.filled} of {self.tensors} encoder tensors ({part})"


class CaseCounts(_Record):
    """Cases that a network learned from, and cases that it was validated and tested on."""

    train: int = Field(ge=0)
    validation: int = Field(default=0, ge=0)
    test: int = Field(default=0, ge=0)


class ModelCard(_Record):
    """A versioned, validated description of one trained network.

    Numbers in ``metrics`` say in their names what they are; ``validation`` says on whom they were
    measured. ``quality`` is what models are compared by, measured on patients kept aside; None
    where it was not, and in older cards. ``training`` holds the full configuration of the run. The
    network gives one channel per entry of ``classes``, in their order: probabilities that need not
    sum to 1. With several ``members`` it is as many networks, whose logits are averaged.
    ``patients`` tells, without names, whom the network learned from and whom it never may,
    ``cases`` how many these are, and ``start`` what ``initialisation`` says in words; older cards
    lack them.

    ``overlapping`` classes lie within each other, the largest first: a voxel gets the label of the
    last that is probable there; of others it gets that of the most probable.

    ``temperature`` calibrates the probabilities that are *shown* (see
    :func:`~napari_brainseg.pipeline.postprocess.calibrated`): ``threshold`` is on the network's own
    ones, so that the temperature changes no mask. ``fingerprint`` is what scans are compared with
    before a run (:mod:`napari_brainseg.input_check.check`); None in cards that were written
    without one. ``runtime`` says how it may be run faster.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(max_length=10_000)
    architecture: Architecture
    encoder: str = Field(pattern=ENCODER_PATTERN)
    members: int = Field(default=1, ge=1, le=MAX_MEMBERS)
    roles: tuple[InputRole, ...] = Field(min_length=1, max_length=MAX_ROLES)
    classes: tuple[TargetClass, ...] = Field(min_length=1, max_length=MAX_CLASSES)
    overlapping: bool = False
    plane: Plane = "axial"
    preprocessing: Preprocessing
    threshold: float = Field(gt=0.0, lt=1.0)
    temperature: float = Field(default=1.0, ge=0.05, le=20.0)
    keep_fraction: float = Field(default=0.0, ge=0.0, lt=1.0)
    flip: bool = False
    fingerprint: Fingerprint | None = None
    trained_on: str
    validation: str
    metrics: dict[str, Annotated[float, Field(ge=-MAX_METRIC, le=MAX_METRIC)]]
    quality: Quality | None = None
    training: dict[str, str | int | float | bool | None]
    data_sha256: str
    patients: PatientRecord | None = None
    cases: CaseCounts | None = None
    initialisation: str
    start: StartingWeights | None = None
    versions: dict[str, str]
    licence: str
    intended_use: str
    weights_sha256: str
    runtime: RuntimeRecord = RuntimeRecord()

    @model_validator(mode="before")
    @classmethod
    def _shows_only_text(cls, content: Any) -> Any:
        """Whoever wrote the card must not colour a terminal or turn a line around."""
        return _printable(content)

    @field_validator("weights_sha256", "data_sha256")
    @classmethod
    def _is_digest(cls, value: str) -> str:
        if not _SHA256.fullmatch(value):
            raise ValueError("expected 64 hexadecimal digits")
        return value

    @model_validator(mode="after")
    def _roles_agree(self) -> ModelCard:
        names = [role.name for role in self.roles]
        required = {role.name for role in self.roles if role.fallback is None}
        if len(set(names)) != len(names) or not required:
            raise ValueError("roles need distinct names, and one of them must be required")
        for role in self.roles:
            if role.fallback is not None and role.fallback not in required:
                raise ValueError(
                    f"role {role.name!r} falls back on {role.fallback!r}, not required"
                )
        if not len(names) == len(self.preprocessing.mean) == len(self.preprocessing.std):
            raise ValueError("preprocessing needs one mean and one std per role")
        return self

    @model_validator(mode="after")
    def _tiles_are_worth_it(self) -> ModelCard:
        if 0 < self.preprocessing.tile < MIN_TILE:
            raise ValueError(
                f"tiles have {self.preprocessing.tile} px, expected 0 or {MIN_TILE} and more"
            )
        return self

    @model_validator(mode="after")
    def _contrast_is_of_a_brain(self) -> ModelCard:
        shown = self.preprocessing
        if shown.bare_contrast != 1 and (shown.scaling != "brain" or any(shown.windows)):
            raise ValueError(
                f"a contrast of {shown.bare_contrast:g} is about the level of the brain, by which "
                'nothing is scaled here; expected scaling "brain" without windows'
            )
        return self

    @model_validator(mode="after")
    def _classes_differ(self) -> ModelCard:
        for field in ("name", "value", "color"):
            found = [str(getattr(item, field)).casefold() for item in self.classes]
            if len(set(found)) != len(found):
                raise ValueError(f"classes need a distinct {field} each, found {', '.join(found)}")
        return self

    @property
    def nested_at(self) -> float | None:
        """The probability from which an overlapping class counts; None where none overlaps."""
        return self.threshold if self.overlapping else None

    @property
    def network(self) -> str:
        """Architecture and encoder in words, e.g. ``U-Net · resnet18``."""
        return self.architecture.in_words(self.encoder, self.members)

    @property
    def summary(self) -> str:
        """One line for a list: architecture, encoder and the headline Dice."""
        return f"{self.network} · {self.score}" if self.score else self.network

    @property
    def score(self) -> str:
        """The headline Dice, with its interval if known; empty if it was not measured."""
        if self.quality is not None:
            return tr(
                "Dice {dice} on {where}", dice=self.quality.dice.text(2), where=self.quality.where
            )
        dice = self.metrics.get("dice_mean")
        return "" if dice is None else tr("Dice {dice:.2f} (validation)", dice=dice)


def _printable(content: Any) -> Any:
    """Make all text of a JSON value printable; line breaks stay."""
    if isinstance(content, str):
        return printable(content, keep="\n")
    if isinstance(content, dict):
        return {key: _printable(value) for key, value in content.items()}
    return [_printable(item) for item in content] if isinstance(content, list) else content


def read_card(path: Path) -> ModelCard:
    """Read and validate a card.

    Raises
    ------
    ModelError
        If the file is missing, too large, or not a valid card; the first problem is named.
    """
    name = f"{shortened(path.parent.name)}/{path.name}"
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise ModelError(tr("{name} is too large to be a model card.", name=name))
        return ModelCard.model_validate_json(file_text(path, "utf-8-sig"))
    except ValidationError as error:
        first = error.errors()[0]
        where = shortened(".".join(str(part) for part in first["loc"])) or tr("the card")
        raise ModelError(
            tr(
                "{name} is not a valid model card: {where}: {first}. Export "
                "the model again with brainseg-train.",
                name=name,
                where=where,
                first=shortened(first["msg"], 200),
            )
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            tr(
                "{name} cannot be read ({error}). A model folder holds "
                "{card_name} and model.safetensors.",
                name=name,
                error=type(error).__name__,
                card_name=CARD_NAME,
            )
        ) from error
