"""Making a model ready ahead of its first run, and measuring what a run will take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.pipeline.plan import plan_run
from napari_brainseg.pipeline.runner import Runner

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.plan import RunPlan

__all__ = ["Estimate", "estimate_of", "warm_up"]

TRIED = 4
"""Slices of noise in a measurement."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take, measured.

    Parameters
    ----------
    plan : RunPlan
        What will run: model, device, library and precision.
    loading : float
        Seconds that making the model ready took; it is ready now, so no run takes them again.
    per_slice : float
        Seconds for one whole slice of the size that the model was trained on.
    """

    plan: RunPlan
    loading: float
    per_slice: float

    def seconds(self, slices: int) -> float:
        """Return how long this many slices take; fewer where slices are empty."""
        return slices * self.per_slice


_known: dict[tuple[str, str], Estimate] = {}
_one_at_a_time = Lock()


def estimate_of(bundle: Bundle, device: str = "auto") -> Estimate | None:
    """Return what :func:`warm_up` measured in this process, or None before it did."""
    return _known.get((bundle.card.weights_sha256, device))


def warm_up(bundle: Bundle, device: str = "auto") -> Estimate:
    """Open a model and run slices of noise, once a process, model and device.

    The first run afterwards finds the model open, and how long it will take is known before it.

    Parameters
    ----------
    device : str
        ``"auto"`` or a device name.

    Raises
    ------
    BrainsegError
        If the device is missing, or the model damaged.
    """
    with _one_at_a_time:
        if (known := estimate_of(bundle, device)) is not None:
            return known
        run = Runner(bundle, plan_run(bundle, device))
        run.load()
        # The first slices pay for memory and kernels that later ones find.
        per_slice = [_seconds_per_slice(run) for _ in range(2)][-1]
        estimate = Estimate(run.plan, run.loading, per_slice * (1 + bundle.card.flip))
        _known[bundle.card.weights_sha256, device] = estimate
        return estimate


def _seconds_per_slice(run: Runner) -> float:
    params = run.bundle.card.preprocessing
    # Some backends run slices side by side.
    shape = (TRIED, params.in_channels, params.size, params.size)
    noise = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    start = time.perf_counter()
    run.answer(noise)
    return (time.perf_counter() - start) / TRIED
