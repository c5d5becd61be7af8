"""The models found, with what is known of each on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.choice.costs import cost_of
from napari_brainseg.choice.wishes import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_brainseg.models.bundle import Bundle

__all__ = ["candidate_of", "find_candidates"]


def find_candidates(bundles: Iterable[Bundle], device: str = "auto") -> tuple[Candidate, ...]:
    """Say of each model what is known of it.

    Parameters
    ----------
    bundles : iterable of Bundle
        The models, as :func:`~napari_brainseg.models.catalog.find_models` lists them.
    device : str
        Where they are to run.
    """
    return tuple(candidate_of(bundle, device) for bundle in bundles)


def candidate_of(bundle: Bundle, device: str = "auto") -> Candidate:
    """Say of a model what is known of it; its cost is that of the sample, or else of any scan."""
    card = bundle.card
    cost = cost_of(bundle, device) or cost_of(bundle, device, "run")
    return Candidate(card.name, card.title, _size(bundle), card.quality, cost)


def _size(bundle: Bundle) -> int:
    """Return the bytes of a model's files; what cannot be looked at does not count."""
    try:
        return sum(path.stat().st_size for path in bundle.path.iterdir() if path.is_file())
    except OSError:
        return 0
