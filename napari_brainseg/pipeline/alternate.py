"""Of thin slices every second one is run, and those between only beside one that holds something.

What is at most two millimetres thick and lies in no slice beside it is no lesion that networks of
thick slices find. A third of the slices of an isotropic head are spared, and no mask changed
(``benchmarks/thin_slices.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from napari_brainseg.pipeline.backends.sparing import SEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["THIN", "predict_alternately"]

THIN = 2.0
"""Most millimetres from slice to slice."""

Batches: TypeAlias = "Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]"


def predict_alternately(
    predict: Callable[[Sequence[int]], Batches],
    wanted: Sequence[int],
    spacing: float | None,
    threshold: float,
) -> Batches:
    """Predict slices; of thin ones only those between in whose neighbours something is seen.

    Parameters
    ----------
    predict : callable
        Predicts the slices it is given, in batches.
    wanted : sequence of int
        Slices in which something is, the one to begin with first.
    spacing : float or None
        Millimetres from slice to slice; None if unknown, and then all are predicted.
    threshold : float
        Least probability that is marked; the network sees something from
        :data:`~.backends.sparing.SEEN` on, or from there if that is less.

    Yields
    ------
    tuple
        As ``predict`` gives them: the indices of a batch, and probabilities (n, K, h, w).

    Examples
    --------
    >>> looked_at = predict_alternately(predict, range(150), 1.0, 0.3)  # doctest: +SKIP
    """
    if spacing is None or spacing > THIN:
        yield from predict(wanted)
        return
    between, seen = set(_between(wanted)), set[int]()
    for batch, values in predict([index for index in wanted if index not in between]):
        seen.update(_holding(batch, values, min(SEEN, threshold)))
        yield batch, values
    beside = between & {index + step for index in seen for step in (-1, 1)}
    yield from predict([index for index in wanted if index in beside])


def _between(wanted: Sequence[int]) -> Iterator[int]:
    """List every second slice, from the first one on, that has both of its neighbours to go by."""
    asked = set(wanted)
    for index in wanted:
        if (index - wanted[0]) % 2 and {index - 1, index + 1} <= asked:
            yield index


def _holding(batch: tuple[int, ...], values: NDArray[np.float32], least: float) -> Iterator[int]:
    """List the slices of a batch with a pixel of at least so much."""
    for index, most in zip(batch, values.max(axis=(1, 2, 3)), strict=True):
        if most >= least:
            yield index
