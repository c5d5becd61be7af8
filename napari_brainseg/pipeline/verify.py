"""Whether a bundle is what its card says: opened whole, run, and asked by each library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import ModelError
from napari_brainseg.models.bundle import load_network, read_graph
from napari_brainseg.models.graph import GRAPH_NAME, INT8_GRAPH_NAME
from napari_brainseg.pipeline.backends.convert import LOG_ODDS, log_odds_apart
from napari_brainseg.pipeline.backends.interface import Unsupported
from napari_brainseg.pipeline.backends.opened import open_network

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

__all__ = ["Verdict", "verify_bundle"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a bundle.

    Parameters
    ----------
    problems : tuple of str
        Why it cannot be trusted, one sentence each; empty where it can.
    notes : tuple of str
        What makes it slower, but not wrong.
    parity : float or None
        Largest difference of log-odds between its graph and torch; None where it has no graph.
    """

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parity: float | None = None


def verify_bundle(bundle: Bundle) -> Verdict:
    """Open a bundle whole: digests, weights, network, graphs, and an answer of each.

    Parameters
    ----------
    bundle : Bundle
        As :func:`~napari_brainseg.models.bundle.open_bundle` returns it: its card is valid.

    Returns
    -------
    Verdict
        Never raised: whatever is found is in it.
    """
    card = bundle.card
    try:
        load_network(bundle)
        batch = _batch(bundle)
        expected = open_network(bundle, "torch").run(batch)
    except ModelError as error:
        return Verdict((str(error),))
    except MemoryError:
        return Verdict((f"Model {card.name!r} needs more memory than is free. Close programs.",))
    if expected.shape[:2] != (len(batch), len(card.classes)) or not np.isfinite(expected).all():
        return Verdict((f"Model {card.name!r} gives no finite probabilities for {card.classes}.",))
    notes = tuple(
        f"{file} is not the one that the card names, or damaged: {what}."
        for file, int8, digest, what in (
            (GRAPH_NAME, False, card.runtime.graph_sha256, "it is made anew when needed"),
            (INT8_GRAPH_NAME, True, card.runtime.int8_sha256, "runs take longer without it"),
        )
        if digest is not None and read_graph(bundle, int8=int8) is None
    )
    try:
        found = open_network(bundle, "openvino").run(batch)
    except Unsupported as error:
        return Verdict(notes=(*notes, f"It runs by torch alone: {error}."))
    except ModelError as error:
        return Verdict((str(error),), notes)
    parity = log_odds_apart(found, expected)
    if not parity <= LOG_ODDS:
        text = f"Its graph and its weights are {parity:.3f} apart in log-odds, expected {LOG_ODDS}."
        return Verdict((f"{text} Remove {GRAPH_NAME}: it is made anew.",), notes, parity)
    return Verdict((), notes, parity)


def _batch(bundle: Bundle) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Make two slices of noise as small as the model takes them."""
    prepared = bundle.card.preprocessing
    side = -(-64 // prepared.stride) * prepared.stride
    shape = (2, prepared.in_channels, side, side)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
