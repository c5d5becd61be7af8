"""Measuring what models take on this machine: each segments the bundled sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.choice.costs import remember_cost
from napari_brainseg.errors import BrainsegError
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.models.bundle import Bundle

__all__ = ["measure_here"]


def measure_here(bundles: Sequence[Bundle], device: str = "auto") -> Iterator[tuple[str, str]]:
    """Run models on the bundled sample, each twice: the first run pays for what later ones find.

    Parameters
    ----------
    bundles : sequence of Bundle
        The models.
    device : str
        ``"auto"`` or a device name.

    Yields
    ------
    tuple of str
        The name of each model that is done, and why it could not be run; empty if it was.
    """
    scan = phantom()
    for bundle in bundles:
        problem = ""
        try:
            segment_scan(scan, bundle, device=device)
            remember_cost(segment_scan(scan, bundle, device=device), device, "sample")
        except BrainsegError as error:
            problem = str(error)
        yield bundle.card.name, problem
