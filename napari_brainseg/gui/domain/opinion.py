"""What the model holds of each voxel, as far as it was run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.gui.domain.provenance import segmented
from napari_brainseg.gui.domain.rules import rules_followed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.provenance import Provenance

__all__ = ["opinion_of"]

NONE = 0.5


def opinion_of(
    provenance: Provenance | None, label: int, take: Callable[[NDArray[Any]], NDArray[Any]]
) -> NDArray[np.float32] | None:
    """Return how likely a label is, 0.5 where the mask's threshold is and where nothing was run.

    Parameters
    ----------
    provenance : Provenance or None
        What is known of the mask.
    label : int
        A label of the mask.
    take : callable
        From an array in the order of the layer's data, as a volume, to the part of it.

    Returns
    -------
    ndarray of float32, or None
        In [0, 1]; None where no run of this session knows the label.
    """
    if provenance is None or provenance.result is None:
        return None
    rules, result = rules_followed(provenance), provenance.result
    values = [item.value for item in result.card.classes]
    if rules is None or label not in values:
        return None
    turn = provenance.frame.apply
    chance = take(turn(result.probabilities[values.index(label)])).astype(np.float32)
    inside = chance * (1.0 - rules.threshold)
    outside = (1.0 - chance) * rules.threshold
    known = take(turn(segmented(result)))
    total = np.maximum(inside + outside, np.finfo(np.float32).tiny)
    return np.where(known, inside / total, NONE).astype(np.float32)
