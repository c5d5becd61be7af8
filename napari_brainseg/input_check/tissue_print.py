"""How the brains of an input role look without their skulls, and those that are taken for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.input_check.features import Appearance

__all__ = ["INVERTED", "TISSUE", "TissuePrint", "make_tissue_print"]

SECTOR_WISE = ("darkest", "darker", "dark", "bright", "inner", "rim", "shell", "skew")
"""Percentiles 2, 10, 25 and 75 of a sector, its inner part against its outer one, what lies at the
surface and just below it, and skewness: medians over the sectors."""

WHOLE = ("vessels", "sulci", "inner_bright", "inner_brightest", "inner_darkest", "brightest")
"""Fine bright detail against fine dark one, inside and near the surface, and percentiles 95, 98 and
2 of the inner brain and 95 of all of it."""

TISSUE = SECTOR_WISE + WHOLE
"""The statistics of a brain; :mod:`napari_brainseg.input_check.tissue` measures them."""

INVERTED = "inverted"
"""Kind of image in which fluid is bright, as in T2: the role's own, turned about."""

FEWEST = 10
"""Fewest patients for medians and spreads that mean something."""

REACH = 5.0
"""A statistic counts at most this many spreads from the role's median: one proves little."""

SHRINKAGE = 0.2
"""Share of what statistics vary together that few patients do not prove."""

ALLOWANCE = 1.6
"""The limit is so many times what is usual: other scanners, and T2, which none has learned."""

LEAST = 1e-3
"""Added to every spread, as a statistic may be the same in all patients."""

MOST = 1e6
"""No statistic is larger; squares of it are still numbers."""


@dataclass(frozen=True, slots=True)
class TissuePrint:
    """The training patients' brains in an input role, and in what may be taken for it.

    All kinds share one covariance, as in linear discriminant analysis (Fisher 1936).

    Parameters
    ----------
    middle, spread : dict of str to float
        Of each statistic of :data:`TISSUE`: its median over the images of the role, and its median
        deviation over all as a standard deviation.
    kinds : dict of str to tuple of float
        By kind of image, the median of each statistic, in spreads from the middle: the role's own,
        other roles, and :data:`INVERTED`.
    covariance : tuple of tuple of float
        Of the statistics within a kind, in spreads.
    chance : float
        By how much another kind fits images of the role better by chance (log-likelihood).
    limit : float
        How far from its own kind a brain usually lies (minus its log-likelihood). Both from the
        98th percentile of the patients, each left out of what it is compared with.

    Raises
    ------
    ValueError
        If statistics are missing, or are no usable numbers.
    """

    middle: dict[str, float]
    spread: dict[str, float]
    kinds: dict[str, tuple[float, ...]]
    covariance: tuple[tuple[float, ...], ...]
    chance: float
    limit: float

    def __post_init__(self) -> None:
        count = len(TISSUE)
        if set(self.middle) != set(TISSUE) or set(self.spread) != set(TISSUE):
            raise ValueError("the statistics of brains are other ones than this version's")
        rows = [*self.kinds.values(), *self.covariance]
        if len(self.covariance) != count or any(len(row) != count for row in rows):
            raise ValueError(f"kinds and covariance need {count} numbers in each row")
        numbers = [*self.middle.values(), self.chance, self.limit, *np.ravel(rows)]
        if not (np.abs(numbers) <= MOST).all():
            raise ValueError(f"statistics of brains need numbers up to {MOST:g}")
        if not 0 < min(self.spread.values()) <= max(self.spread.values()) <= MOST:
            raise ValueError(f"spreads need to lie above 0, and not above {MOST:g}")
        if np.linalg.eigvalsh(np.array(self.covariance)).min() <= 0:
            raise ValueError("covariance is not positive definite")

    def taken_for(self, found: Appearance, role: str) -> tuple[str, float] | None:
        """Return which other kind a brain looks like, and how much more than like its role.

        Parameters
        ----------
        found : dict of str to float
            Statistics of a brain.
        role : str
            Whose image it is said to be.

        Returns
        -------
        tuple of str and float, or None
            The kind and a log-likelihood ratio, less what is usual by chance; None where no kind
            fits, as with a head that is not bare.
        """
        z = np.array([(found[name] - self.middle[name]) / self.spread[name] for name in TISSUE])
        costs = _costs(np.clip(z, -REACH, REACH), self.kinds, np.array(self.covariance))
        nearest = min((kind for kind in costs if kind != role), key=lambda kind: costs[kind])
        if costs[nearest] > self.limit:
            return None
        return nearest, costs[role] - costs[nearest] - max(0.0, self.chance)


def make_tissue_print(
    patients: Sequence[Mapping[str, Appearance]], role: str
) -> TissuePrint | None:
    """Sum up the training patients' brains.

    Parameters
    ----------
    patients : sequence of mapping
        Per patient, the statistics of its brain by kind of image.
    role : str
        The input role that the other kinds may be taken for.

    Returns
    -------
    TissuePrint or None
        None if fewer than ten patients show the role, or none another kind.
    """
    tables = _tables([patient for patient in patients if role in patient])
    if role not in tables or len(tables) < 2:
        return None
    middle = np.median(tables[role], axis=0)
    spread = _spread(np.concatenate(list(tables.values())))
    within = {k: np.clip((each - middle) / spread, -REACH, REACH) for k, each in tables.items()}
    centres, covariance = _fit(within)
    return TissuePrint(
        _named(middle),
        _named(spread),
        {kind: tuple(row.round(4).tolist()) for kind, row in centres.items()},
        tuple(tuple(row) for row in covariance.round(4).tolist()),
        *_usual(within, role),
    )


def _tables(patients: Sequence[Mapping[str, Appearance]]) -> dict[str, NDArray[np.float64]]:
    """Patients by statistics, of each kind that enough have; no number where one lacks it."""
    counts = Counter(kind for patient in patients for kind in patient)
    kinds = sorted(kind for kind, count in counts.items() if count >= FEWEST)
    missing = dict.fromkeys(TISSUE, np.nan)
    return {
        kind: np.array([[each.get(kind, missing)[name] for name in TISSUE] for each in patients])
        for kind in kinds
    }


def _spread(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median deviation of each statistic as a standard deviation."""
    apart: NDArray[np.float64] = np.abs(rows - np.nanmedian(rows, axis=0))
    return 1.4826 * np.asarray(np.nanmedian(apart, axis=0)) + LEAST


def _usual(tables: Mapping[str, NDArray[np.float64]], role: str) -> tuple[float, float]:
    """Return chance and limit of a print: each patient is left out once."""
    leads, costs = [], []
    for index in range(len(tables[role])):
        fit = _fit({kind: np.delete(each, index, axis=0) for kind, each in tables.items()})
        own = _costs(tables[role][index], *fit)
        leads.append(own[role] - min(cost for kind, cost in own.items() if kind != role))
        costs += [_costs(each[index], *fit)[kind] for kind, each in tables.items()]
    chance, limit = np.percentile(leads, 98), ALLOWANCE * np.nanpercentile(costs, 98)
    return round(float(chance), 3), round(float(limit), 3)


def _fit(
    tables: Mapping[str, NDArray[np.float64]],
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Return the median of each kind, and the covariance within kinds."""
    seen = {kind: each[~np.isnan(each).any(axis=1)] for kind, each in tables.items()}
    centres = {kind: np.median(each, axis=0) for kind, each in seen.items()}
    covariance = np.mean([np.cov(each, rowvar=False) for each in seen.values()], axis=0)
    alone = np.diag(np.diag(covariance) + LEAST)
    return centres, (1 - SHRINKAGE) * covariance + SHRINKAGE * alone


def _costs(
    z: NDArray[np.float64],
    centres: Mapping[str, Sequence[float] | NDArray[np.float64]],
    covariance: NDArray[np.float64],
) -> dict[str, float]:
    """Return minus the log-likelihood in each kind, without its constant."""
    apart = {kind: z - np.asarray(centre) for kind, centre in centres.items()}
    return {
        kind: float(each @ np.linalg.solve(covariance, each)) / 2 for kind, each in apart.items()
    }


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(TISSUE, values.round(4).tolist(), strict=True))
