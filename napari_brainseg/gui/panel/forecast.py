"""How long a run takes, from this machine's own last runs."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.segment import Segmentation

__all__ = ["remember_time", "seconds_per_slice"]

_log = logging.getLogger(__name__)


def timings_file() -> Path:
    """Return the file of the times, of this user on this machine."""
    return platformdirs.user_state_path("napari-brainseg", appauthor=False) / "timings.json"


def seconds_per_slice(bundle: Bundle, device: str) -> float | None:
    """Return how long the last run of a model took a slice, loading included.

    Parameters
    ----------
    bundle : Bundle
        The model.
    device : str
        As chosen, ``auto`` included.

    Returns
    -------
    float or None
        In seconds; None where no run is known.
    """
    seconds = _timings().get(_key(bundle.card.weights_sha256, device))
    return seconds if isinstance(seconds, (int, float)) else None


def remember_time(result: Segmentation, device: str) -> None:
    """Keep how long a finished run took a slice, loading included; never raises."""
    if not result.complete or not result.slices:
        return
    timings = _timings()
    timings[_key(result.card.weights_sha256, device)] = result.seconds / len(result.slices)
    try:
        timings_file().parent.mkdir(parents=True, exist_ok=True)
        timings_file().write_text(json.dumps(timings), encoding="utf-8")
    except OSError:
        _log.debug("times are not kept", exc_info=True)


def _timings() -> dict[str, float]:
    try:
        found = json.loads(timings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(weights: str, device: str) -> str:
    return f"{weights[:16]} {device}"
