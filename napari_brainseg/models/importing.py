"""A network trained elsewhere becomes a bundle: weights, and answers to what they do not say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from napari_brainseg import __version__
from napari_brainseg.errors import ModelError, SaveError
from napari_brainseg.io.atomic import filling, make_folder
from napari_brainseg.io.mask_info import PALETTE
from napari_brainseg.models.architectures import Architecture, build_network
from napari_brainseg.models.bundle import (
    WEIGHTS_NAME,
    Bundle,
    of_other_kind,
    open_bundle,
    read_safetensors,
)
from napari_brainseg.models.card import CARD_NAME, InputRole, ModelCard, TargetClass
from napari_brainseg.models.preprocessing import Preprocessing, Scaling
from napari_brainseg.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_brainseg.frames import Plane

__all__ = ["Answers", "import_model"]

WRAPPERS = ("module.", "model.", "net.", "network.", "_orig_mod.")
"""What training programs put before the names of all tensors."""

REMEDY = "In torch: safetensors.torch.save_file(state_dict, …)"
"""What to do about a pickle."""

BACKGROUND = "background"
UNKNOWN = "not stated"

PREPROCESSING = TypeAdapter(Preprocessing)
"""Its bounds are judged where it is read from a card."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What weights do not say.

    Parameters
    ----------
    name : str
        Of the model: lower-case letters, digits, dots, dashes, underscores.
    architecture : str
        A decoder of segmentation_models_pytorch, e.g. ``"unet"``.
    encoder : str
        Its encoder, e.g. ``"resnet18"``.
    roles : tuple of str
        The sequences that the network sees, in the order of its input channels.
    classes : tuple of str
        What it marks, in the order of its outputs; each has a probability of its own (sigmoid).
    mean, std : tuple of float
        Per input channel, on intensities scaled to [0, 1]; 0 and 1 where none are given.
    scaling : {"foreground", "brain"}
        By what intensities are scaled to [0, 1].
    plane : {"axial", "coronal", "sagittal"}
        Which slices it was trained on.
    pixel_mm : float
        Their pixel size.
    size, stride : int
        Smallest side in pixels, and what sides are a multiple of.
    neighbours : int
        Slices on either side that are shown along.
    threshold : float
        Probability from which a voxel is marked.
    trained_on, licence : str
        For its card.
    """

    name: str
    architecture: str
    encoder: str
    roles: tuple[str, ...]
    classes: tuple[str, ...]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    scaling: Scaling = "foreground"
    plane: Plane = "axial"
    pixel_mm: float = 0.9
    size: int = 256
    stride: int = 32
    neighbours: int = 0
    threshold: float = 0.5
    trained_on: str = UNKNOWN
    licence: str = UNKNOWN


def import_model(weights: Path, answers: Answers, models: Path) -> Bundle:
    """Make a bundle of a state dict in safetensors, after trying that it runs.

    Parameters
    ----------
    weights : Path
        ``state_dict()`` of a network of segmentation_models_pytorch, or of ours.
    answers : Answers
        The rest.
    models : Path
        The folder that the bundle's folder is made in.

    Raises
    ------
    ModelError
        If the file is no such state dict, an answer is out of bounds, or they do not fit.
    SaveError
        If the bundle cannot be written, or one of that name is there.
    """
    content = read_safetensors(weights, weights.name[:80], REMEDY)
    card = _card(answers, hashlib.sha256(content).hexdigest())
    if (models / card.name).exists():
        raise SaveError(
            f"A model {card.name!r} exists in {models.name}. Choose another name, or move it away."
        )
    tensors = _tensors(content, weights.name)
    changed = _fitted(tensors, card, weights.name)
    return _place(content if not changed else _packed(tensors), card, models / card.name)


def _card(answers: Answers, sha256: str) -> ModelCard:
    """Make the card; its own bounds judge the answers."""
    if BACKGROUND in (name.casefold() for name in answers.classes):
        raise ModelError(
            "A class is called background, expected classes to mark alone: each has a probability "
            "of its own (sigmoid). A network with a channel for the background (softmax) cannot be "
            "imported."
        )
    channels = len(answers.roles)
    try:
        return ModelCard(
            name=answers.name,
            title=answers.name,
            description="Imported with brainseg models import; its answers were not checked.",
            architecture=Architecture(answers.architecture),
            encoder=answers.encoder,
            roles=tuple(InputRole(name=role) for role in answers.roles),
            classes=_classes(answers.classes),
            plane=answers.plane,
            preprocessing=PREPROCESSING.validate_python(
                {
                    "mean": answers.mean or (0.0,) * channels,
                    "std": answers.std or (1.0,) * channels,
                    "pixel_mm": answers.pixel_mm,
                    "size": answers.size,
                    "stride": answers.stride,
                    "neighbours": answers.neighbours,
                    "scaling": answers.scaling,
                }
            ),
            threshold=answers.threshold,
            trained_on=answers.trained_on,
            validation="Not measured here.",
            metrics={},
            training={},
            data_sha256=hashlib.sha256(b"").hexdigest(),
            initialisation=UNKNOWN,
            versions={"napari-brainseg": __version__},
            licence=answers.licence,
            intended_use="Research use only, not a medical device.",
            weights_sha256=sha256,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answers"
        raise ModelError(
            f"The answer for {where} cannot be used: {shortened(first['msg'], 200)}. Correct it."
        ) from error
    except ValueError as error:
        known = ", ".join(Architecture)
        raise ModelError(
            f"There is no architecture {shortened(answers.architecture)!r}. Choose one of {known}."
        ) from error


def _classes(names: tuple[str, ...]) -> tuple[TargetClass, ...]:
    colors = (PALETTE[index % len(PALETTE)] for index in range(len(names)))
    return tuple(
        TargetClass(name=name, value=value, color=color)
        for value, (name, color) in enumerate(zip(names, colors, strict=True), 1)
    )


def _tensors(content: bytes, name: str) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return dict(load(content))
    except SafetensorError as error:
        raise ModelError(
            f"{name} is no safetensors file, or a damaged one ({shortened(str(error))}). Save the "
            "weights again: safetensors.torch.save_file(state_dict, …)."
        ) from error


def _fitted(tensors: dict[str, Any], card: ModelCard, name: str) -> bool:
    """See that the weights are those of the card's network; whether they had to be renamed."""
    import torch

    if bad := [key for key, each in tensors.items() if not torch.isfinite(each.float()).all()]:
        raise ModelError(f"{name} holds numbers that are not finite ({shortened(bad[0])}).")
    channels = card.preprocessing.in_channels
    network = build_network(card.architecture, card.encoder, channels, len(card.classes))
    wanted = {key: tuple(each.shape) for key, each in network.state_dict().items()}
    changed = _unwrap(tensors, wanted)
    found = {key: tuple(each.shape) for key, each in tensors.items()}
    if found != wanted:
        raise ModelError(f"{name} does not fit {card.network}: {_difference(found, wanted)}")
    if key := of_other_kind(network, tensors):
        raise ModelError(
            f"{name}: {shortened(key)} holds {tensors[key].dtype}, as no network does."
        )
    network.load_state_dict(tensors)
    with torch.inference_mode():
        side = -(-64 // card.preprocessing.stride) * card.preprocessing.stride
        answer = network.eval()(torch.zeros(1, channels, side, side))
    if answer.shape != (1, len(card.classes), side, side) or not answer.isfinite().all():
        raise ModelError(f"{name}: the network gives no finite answer to an empty slice.")
    return changed


def _unwrap(tensors: dict[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Take off the prefixes that wrappers have put before all names; whether there were any."""
    changed = False
    while (prefix := _wrapper(tensors, wanted)) is not None:
        for key in list(tensors):
            tensors[key.removeprefix(prefix)] = tensors.pop(key)
        changed = True
    return changed


def _wrapper(tensors: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """Find a prefix that all names have and should not have."""
    if tensors.keys() == wanted.keys():
        return None
    fitting = (
        each for each in WRAPPERS if tensors and all(key.startswith(each) for key in tensors)
    )
    return next(fitting, None)


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Say what does not fit, by the first tensor of its kind."""
    missing = [key for key in wanted if key not in found]
    spare = [shortened(key) for key in found if key not in wanted]
    if not missing and not spare:
        return _other_shape(found, wanted)
    said = [f"{len(missing)} tensors are missing, such as {missing[0]}"] if missing else []
    said += [f"{len(spare)} are not the network's, such as {spare[0]}"] if spare else []
    return f"{' and '.join(said)}. Choose the architecture and encoder that it was trained with."


def _other_shape(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    key = next(key for key in wanted if found[key] != wanted[key])
    return (
        f"{key} has shape {found[key]}, expected {wanted[key]}. The first layer tells the number "
        "of input channels (sequences), the last that of classes: correct these."
    )


def _packed(tensors: Mapping[str, Any]) -> bytes:
    from safetensors.torch import save

    return save({key: each.contiguous() for key, each in tensors.items()})


def _place(content: bytes, card: ModelCard, folder: Path) -> Bundle:
    make_folder(folder.parent)
    sha256 = hashlib.sha256(content).hexdigest()
    card = card.model_copy(update={"weights_sha256": sha256})
    with filling(folder, f"The model {card.name!r}") as aside:
        (aside / WEIGHTS_NAME).write_bytes(content)
        (aside / CARD_NAME).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return open_bundle(folder)
