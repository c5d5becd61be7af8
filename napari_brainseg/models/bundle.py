"""A model on disk: a folder with ``card.json``, ``model.safetensors`` and, if made, its graphs.

Weights are safetensors only. Pickled checkpoints can run code when loaded, so they are refused by
what they contain, whatever they are called.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.errors import ModelError
from napari_brainseg.language import tr
from napari_brainseg.models.architectures import build_network
from napari_brainseg.models.card import CARD_NAME, ModelCard, read_card
from napari_brainseg.models.graph import graph_name, unpack_graph
from napari_brainseg.models.runtime import ready_torch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor, nn

    from napari_brainseg.models.graph import Graph

__all__ = [
    "WEIGHTS_NAME",
    "Bundle",
    "check_no_pickle",
    "file_sha256",
    "load_network",
    "of_other_kind",
    "open_bundle",
    "read_graph",
    "read_safetensors",
    "read_weights",
]

WEIGHTS_NAME = "model.safetensors"

MAX_BYTES, MAX_LIST = 2**33, 2**22
"""No network here has more bytes of weights, or of names and sizes of its tensors: a million of
those take minutes to load."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model folder and its validated card; the weights are still on disk."""

    path: Path
    card: ModelCard


def open_bundle(path: Path) -> Bundle:
    """Read the card of a model folder and see that the weights lie beside it.

    Raises
    ------
    ModelError
        If either file is missing or the card is not valid.
    """
    card = read_card(path / CARD_NAME)
    if not _is_there(path / WEIGHTS_NAME):
        raise ModelError(
            tr(
                "Model {name!r} has no {weights_name} beside its card. Copy the whole folder.",
                name=card.name,
                weights_name=WEIGHTS_NAME,
            )
        )
    return Bundle(path, card)


def _is_there(path: Path) -> bool:
    """Whether there is a file that can be looked at; one behind a forbidden folder cannot."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def load_network(bundle: Bundle) -> nn.Module:
    """Build a bundle's network with its weights, in float32, ready for inference on the CPU.

    Raises
    ------
    ModelError
        If the weights are not safetensors, not those of the card, or do not fit the architecture.
    """
    ready_torch()
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    card = bundle.card
    content = read_weights(bundle)
    try:
        weights = load(content)
    except SafetensorError as error:
        raise ModelError(
            tr(
                "The weights of model {name!r} are damaged ({error}). Get the model again.",
                name=card.name,
                error=error,
            )
        ) from error
    network = _build(card)
    floats = {key: t.float() if t.is_floating_point() else t for key, t in weights.items()}
    if of_other_kind(network, floats):
        raise _unfit(card)
    try:
        network.load_state_dict(floats)
    except RuntimeError as error:
        raise _unfit(card) from error
    return network.eval().to(memory_format=torch.channels_last)


def _unfit(card: ModelCard) -> ModelError:
    return ModelError(
        tr(
            "The weights of model {name!r} do not fit {label} with "
            "{encoder}. Its card and weights come from different runs: "
            "export it again.",
            name=card.name,
            label=card.architecture.label,
            encoder=card.encoder,
        )
    )


def of_other_kind(network: nn.Module, weights: Mapping[str, Tensor]) -> str:
    """Name a tensor of whole numbers in the place of real ones, which torch would convert silently.

    Returns
    -------
    str
        The first such tensor, or of real ones in the place of whole ones; empty if there is none.
    """
    kinds = {key: own.is_floating_point() for key, own in network.state_dict().items()}
    others = (key for key, each in weights.items() if kinds.get(key) != each.is_floating_point())
    return next((key for key in others if key in kinds), "")


def read_weights(bundle: Bundle) -> bytes:
    """Read the weights file, and see that it is the card's.

    (Read once, so that what is checked is what is loaded.)

    Raises
    ------
    ModelError
        If it cannot be read, is a pickle, or not the file that the card names.
    """
    name = bundle.card.name
    remedy = tr("Export the model again with brainseg-train")
    content = read_safetensors(bundle.path / WEIGHTS_NAME, f"model {name!r}", remedy)
    digest = hashlib.sha256(content).hexdigest()
    if digest != bundle.card.weights_sha256:
        raise ModelError(
            tr(
                "The weights of model {name!r} have SHA-256 {digest}…, its "
                "card says {weights_sha256}…. The file was changed or damaged: "
                "get it again.",
                name=name,
                digest=digest[:12],
                weights_sha256=bundle.card.weights_sha256[:12],
            )
        )
    return content


def read_safetensors(path: Path, of: str, remedy: str) -> bytes:
    """Read a file of weights, no larger than weights are.

    Parameters
    ----------
    path : Path
        The file.
    of : str
        Whose weights they are, for errors.
    remedy : str
        What to do about a pickle.

    Raises
    ------
    ModelError
        If it cannot be read, is too large, lists too many tensors, or is a pickle.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_BYTES else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ModelError(
            tr("{of} cannot be read ({reason}). Check the file.", of=of, reason=reason)
        ) from error
    check_no_pickle(content, of, remedy)
    listed = int.from_bytes(content[:8], "little")  # how long safetensors' list of tensors is
    if size > MAX_BYTES or (listed > MAX_LIST and len(content) > MAX_LIST):
        raise ModelError(
            tr(
                "The weights of {of} have {size} bytes, of which {listed} list what is in them, "
                "expected at most {most} and {most_listed}. Get the model again.",
                of=of,
                size=f"{size:,}",
                listed=f"{listed:,}",
                most=f"{MAX_BYTES:,}",
                most_listed=f"{MAX_LIST:,}",
            )
        )
    return content


def check_no_pickle(content: bytes, of: str, remedy: str) -> None:
    """Refuse what torch would unpickle, whatever the file is called.

    Raises
    ------
    ModelError
        If the content is a pickle, or an archive of some.
    """
    # A pickle opens with its protocol mark, a torch archive with the ZIP signature.
    if content[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise ModelError(
            tr(
                "The weights of {of} are a pickled checkpoint, which can run "
                "code when opened; expected safetensors. {remedy}.",
                of=of,
                remedy=remedy,
            )
        )


def read_graph(bundle: Bundle, *, int8: bool = False) -> Graph | None:
    """Read the graph that came with a model, for runtimes that need no torch.

    Parameters
    ----------
    int8 : bool
        The one that computes in 8-bit integers.

    Returns
    -------
    Graph or None
        None if there is none, or it is not the one that the card names: it can be made anew.
    """
    runtime = bundle.card.runtime
    digest = runtime.int8_sha256 if int8 else runtime.graph_sha256
    path = bundle.path / graph_name(int8=int8)
    if digest is None or not path.is_file():
        return None
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        _log.warning("the graph of model %s is not the one that its card names", bundle.card.name)
        return None
    try:
        graph = unpack_graph(content)
    except ModelError:
        _log.warning("the graph of model %s cannot be used", bundle.card.name, exc_info=True)
        return None
    return graph if graph.weights_sha256 == bundle.card.weights_sha256 else None


def _build(card: ModelCard) -> nn.Module:
    """Build the network of a card, or the several that answer as one."""
    channels, classes = card.preprocessing.in_channels, len(card.classes)
    members = [
        build_network(card.architecture, card.encoder, channels, classes)
        for _ in range(card.members)
    ]
    if card.members == 1:
        return members[0]
    from napari_brainseg.models.ensemble import Ensemble

    return Ensemble(members)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
