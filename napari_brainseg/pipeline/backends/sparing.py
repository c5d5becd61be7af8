"""Networks that answer as one, of which the others are asked only where the first sees something.

Two thirds of the slices of a head hold no tumour, and networks that were trained alike agree on
nearly all of these. What is spared there is what a second network would cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.pipeline.backends.interface import Runnable

__all__ = ["SEEN", "SparingNetwork"]

SEEN = 0.05
"""Least probability, in any pixel and of any class, at which the first network sees something."""


class SparingNetwork:
    """Members of an ensemble; see :class:`~.interface.Runnable`.

    Parameters
    ----------
    members : sequence of Runnable
        They give log-odds instead of probabilities.
    """

    def __init__(self, members: Sequence[Runnable]) -> None:
        self._first, *self._others = members

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (n, K, H, W) for standardised slices (n, C, H, W).

        Where the first network sees nothing, they are its own.
        """
        from scipy.special import expit

        odds = self._first.run(batch)
        seen = expit(odds.max(axis=(1, 2, 3))) >= SEEN
        if seen.any():
            others = [member.run(batch[seen]) for member in self._others]
            odds[seen] = np.mean([odds[seen], *others], axis=0)
        found: NDArray[np.float32] = expit(odds)
        return found
