"""What was measured, as a card carries it, so that models can be compared by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from brainseg_train.evaluate.measure import TOLERANCE
from brainseg_train.evaluate.statistics import confidence_interval, share_interval
from napari_brainseg.models.quality import Interval, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from brainseg_train.evaluate.results import PatientRow

__all__ = ["quality_of"]


def quality_of(
    patients: Sequence[PatientRow],
    unit: str,
    command: str,
    *,
    of: Literal["model", "recipe"],
    folds: Sequence[int] = (),
    of_folds: int = 0,
) -> Quality:
    """Sum up patients that a network had not seen: means, and intervals of 95 %.

    Parameters
    ----------
    patients : sequence of PatientRow
        A row a case.
    unit : {"mm", "voxels"}
        Of their distances.
    command, of, folds, of_folds
        As in :class:`~napari_brainseg.models.quality.Quality`.
    """
    owners = [each.owner for each in patients]
    dice, nsd, hd95 = (
        np.array([getattr(each, key) for each in patients]) for key in ("dice", "nsd", "hd95")
    )
    farther = confidence_interval(owners, lambda drawn: float(hd95[drawn].mean()))
    return Quality(
        of=of,
        patients=len(set(owners)),
        folds=tuple(folds),
        of_folds=of_folds,
        dice=_interval(dice, share_interval(dice.tolist(), owners)),
        nsd=_interval(nsd, share_interval(nsd.tolist(), owners)),
        hd95=_interval(hd95, farther),
        unit="mm" if unit == "mm" else "voxels",
        tolerance=TOLERANCE,
        command=command,
    )


def _interval(values: NDArray[np.float64], found: tuple[float, float] | None) -> Interval:
    mean = float(values.mean())
    low, high = found or (mean, mean)  # the card says that it is of one patient
    # Of equal values the mean of a sample may differ in the last digit.
    bounds = min(low, mean), max(high, mean)
    return Interval(mean=round(mean, 4), low=round(bounds[0], 4), high=round(bounds[1], 4))
