"""The appearance of the images that a network was trained on: part of its card."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.input_check.features import CONTRAST, SHAPE
from napari_brainseg.input_check.tissue_print import TissuePrint, make_tissue_print
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.input_check.features import Appearance

__all__ = ["Fingerprint", "RolePrint", "UsualPlacing", "make_fingerprint"]

FEWEST = 10
"""Fewest patients for medians and spreads that mean something."""

REACH = 8.0
"""A statistic counts at most this many spreads from the median: one alone proves little."""

SHRINKAGE = 0.1
"""Share of the unit matrix in the correlations, which few patients determine poorly."""

ALLOWANCE = 1.6
"""The usual distance ends at this many times the 98th percentile of the patients."""

MOST = 1e6
"""No statistic of intensities on the network's scale is larger; squares of it are still numbers."""

LEAST = 1e-3
"""Added to every spread, as a statistic may be the same in all patients."""

WIDENED = 1.75
"""Usual levels end this many times as far from the median as their 2nd and 98th percentiles."""

LEVEL, BARE = "level", "bare"
"""Further names in an appearance: where the brain lies, and whether its head is bare (0 or 1)."""

KINDS = {"contrast": list(CONTRAST), "shape": list(SHAPE)}


@dataclass(frozen=True, slots=True)
class RolePrint:
    """The appearance of the training patients' images of one input role.

    Parameters
    ----------
    centre, spread : dict of str to float
        Median of each statistic over the patients, and their median deviation as a standard
        deviation.
    limits : dict of str to float
        Greatest usual distance in ``"contrast"`` and in ``"shape"``. Limits and rivals are
        measured leaving one image out.
    rivals : dict of str to float
        By how much each other role fits these images better (log-likelihood, 98th percentile of
        the patients; below 0 where it fits hardly any of them better).

    Raises
    ------
    ValueError
        If statistics are missing, unknown, or no usable numbers.
    """

    centre: dict[str, float]
    spread: dict[str, float]
    limits: dict[str, float]
    rivals: dict[str, float]

    def __post_init__(self) -> None:
        names = {*CONTRAST, *SHAPE}
        if set(self.centre) != names or set(self.spread) != names:
            raise ValueError("the statistics are other ones than this version's")
        if set(self.limits) != set(KINDS):
            raise ValueError(f"limits are needed for {' and '.join(KINDS)}")
        numbers = [*self.centre.values(), *self.limits.values(), *self.rivals.values()]
        if not (np.abs(numbers) <= MOST).all():
            raise ValueError(f"centre, limits and rivals need numbers up to {MOST:g}")
        if not 0 < min(self.spread.values()) <= max(self.spread.values()) <= MOST:
            raise ValueError(f"spreads need to lie above 0, and not above {MOST:g}")


@dataclass(frozen=True, slots=True)
class UsualPlacing:
    """Where the brain of the training patients' images of a role lies, scaled by ``foreground``.

    Parameters
    ----------
    low, high : float
        Bounds of its level, on the network's scale of 0 to 1.
    bare : float
        Share of heads without scalp and skull.

    Raises
    ------
    ValueError
        If these are no usable numbers.
    """

    low: float
    high: float
    bare: float

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and 0 <= self.bare <= 1):
            raise ValueError("bounds need to be finite, and the share of bare heads 0 to 1")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The appearance of the training patients' images, scaled as for the network.

    Parameters
    ----------
    patients : int
        How many were measured.
    roles : dict of str to RolePrint
        By input role, without roles that too few patients had.
    correlation : tuple of tuple of float
        Of the contrast statistics, within a role, in the order of
        :data:`~napari_brainseg.input_check.features.CONTRAST`.
    placings : dict of str to UsualPlacing
        By role, where the brain lies; cards that were made before have none.
    brains : dict of str to TissuePrint
        By required role, how brains without their skulls tell it from what may be taken for it;
        cards that were made before have none.

    Raises
    ------
    ValueError
        If a role lacks a rival, or the correlation is no correlation.
    """

    patients: int
    roles: dict[str, RolePrint]
    correlation: tuple[tuple[float, ...], ...]
    placings: dict[str, UsualPlacing] = field(default_factory=dict)
    brains: dict[str, TissuePrint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for role, each in self.roles.items():
            if set(each.rivals) != set(self.roles) - {role}:
                raise ValueError(f"{role} needs a lead for each other role")
        shape = len(CONTRAST), len(CONTRAST)
        if [len(row) for row in self.correlation] != [shape[1]] * shape[0]:
            raise ValueError(f"correlation needs {shape[0]} x {shape[1]} numbers")
        if not np.isfinite(self.correlation).all():
            raise ValueError("correlation needs finite numbers")
        if np.linalg.eigvalsh(np.array(self.correlation)).min() <= 0:
            raise ValueError("correlation is not positive definite")
        if any(role not in each.kinds or len(each.kinds) < 2 for role, each in self.brains.items()):
            raise ValueError("brains of a role need it among their kinds, and another")

    def distance(self, found: Appearance, role: str, kind: str) -> float:
        """Return the distance from a role in ``"contrast"`` or ``"shape"``, in spreads."""
        z = self._deviations(found, role, self.roles[role].spread, KINDS[kind])
        squares = z @ self._precision @ z if kind == "contrast" else z @ z
        return float(np.sqrt(squares / len(z)))

    def unusual(self, found: Appearance, role: str) -> bool:
        """Whether contrast or shape is further out than that of the training patients."""
        limits = self.roles[role].limits
        return any(self.distance(found, role, kind) > limits[kind] for kind in KINDS)

    def cost(self, found: Appearance, role: str) -> float:
        """Return minus the log-likelihood of a contrast in a role, without its constant.

        All roles share one spread: a role that varies much would otherwise fit anything odd best.
        """
        squares = [[each.spread[name] ** 2 for name in CONTRAST] for each in self.roles.values()]
        common = dict(zip(CONTRAST, np.sqrt(np.mean(squares, axis=0)).tolist(), strict=True))
        z = self._deviations(found, role, common, KINDS["contrast"])
        return float(z @ self._precision @ z) / 2

    def oddest(self, found: Appearance, role: str) -> list[str]:
        """Name the two statistics that are furthest out."""
        phrases = CONTRAST | SHAPE
        z = self._deviations(found, role, self.roles[role].spread, list(phrases))
        names = list(phrases.values())
        return [
            tr("{what} unusually high", what=tr(names[i]))
            if z[i] > 0
            else tr("{what} unusually low", what=tr(names[i]))
            for i in np.argsort(-np.abs(z), kind="stable")[:2]
        ]

    @property
    def _precision(self) -> NDArray[np.float64]:
        inverse: NDArray[np.float64] = np.linalg.inv(np.array(self.correlation))
        return inverse

    def _deviations(
        self, found: Appearance, role: str, spread: Mapping[str, float], names: Sequence[str]
    ) -> NDArray[np.float64]:
        centre = self.roles[role].centre
        z = [(found[name] - centre[name]) / spread[name] for name in names]
        return np.clip(z, -REACH, REACH)


def make_fingerprint(
    patients: Sequence[Mapping[str, Appearance]],
    brains: Mapping[str, Sequence[Mapping[str, Appearance]]] | None = None,
) -> Fingerprint | None:
    """Summarise the appearance of training patients' images.

    Parameters
    ----------
    patients : sequence of mapping
        Per patient, the appearance of the image of each role; see
        :func:`~napari_brainseg.input_check.check.measure_roles`.
    brains : mapping of str to sequence of mapping, optional
        By required role and patient, the statistics of brains by kind of image; see
        :func:`~napari_brainseg.input_check.tissue_print.make_tissue_print`.

    Returns
    -------
    Fingerprint or None
        None if no role was measured in at least ten patients.
    """
    tables = _tables(patients)
    if not tables:
        return None
    draft = _draft(tables, len(patients))
    prints = {role: _bounded(each, role, tables) for role, each in draft.roles.items()}
    usual = {role: _usual([each[role] for each in patients if role in each]) for role in prints}
    placings = {role: each for role, each in usual.items() if each is not None}
    return replace(draft, roles=prints, placings=placings, brains=_brains(brains or {}))


def _brains(brains: Mapping[str, Sequence[Mapping[str, Appearance]]]) -> dict[str, TissuePrint]:
    """Sum up brains without their skulls, of the roles in which enough were measured."""
    prints = {role: make_tissue_print(each, role) for role, each in brains.items()}
    return {role: each for role, each in prints.items() if each is not None}


def _tables(patients: Sequence[Mapping[str, Appearance]]) -> dict[str, NDArray[np.float64]]:
    """Images by statistics, of each role that enough patients have."""
    names = sorted({role for patient in patients for role in patient})
    tables = {role: _table(each[role] for each in patients if role in each) for role in names}
    return {role: table for role, table in tables.items() if len(table) >= FEWEST}


def _usual(found: Sequence[Appearance]) -> UsualPlacing | None:
    """Sum up where brains lie; None where that was not measured."""
    levels = [each[LEVEL] for each in found if LEVEL in each]
    if len(levels) < FEWEST:
        return None
    low, middle, high = np.percentile(levels, (2, 50, 98))
    return UsualPlacing(
        low=round(float(middle - WIDENED * (middle - low)) - 5e-4, 3),
        high=round(float(middle + WIDENED * (high - middle)) + 5e-4, 3),
        bare=round(float(np.mean([each.get(BARE, 0.0) for each in found])), 3),
    )


def _draft(tables: Mapping[str, NDArray[np.float64]], patients: int) -> Fingerprint:
    """Summarise tables (images, statistics), one per role, without limits and rivals."""
    count = len(CONTRAST)
    roles, correlations = {}, []
    for role, table in tables.items():
        centre = np.median(table, axis=0)
        spread = 1.4826 * np.median(np.abs(table - centre), axis=0) + LEAST
        z = np.clip((table - centre) / spread, -3, 3)[:, :count]
        correlations.append(_correlation(z))
        rivals = (other for other in tables if other != role)
        unbounded = dict.fromkeys(KINDS, 0.0), dict.fromkeys(rivals, 0.0)
        roles[role] = RolePrint(_named(centre), _named(spread), *unbounded)
    correlation = (1 - SHRINKAGE) * np.mean(correlations, axis=0) + SHRINKAGE * np.eye(count)
    rows = tuple(tuple(row) for row in correlation.round(4).tolist())
    return Fingerprint(patients, roles, rows)


def _bounded(each: RolePrint, role: str, tables: Mapping[str, NDArray[np.float64]]) -> RolePrint:
    """Add limits and rivals, measured leaving one image out."""
    distances: dict[str, list[float]] = {kind: [] for kind in KINDS}
    leads: dict[str, list[float]] = {other: [] for other in each.rivals}
    for index, row in enumerate(tables[role]):
        rest = _draft({**tables, role: np.delete(tables[role], index, axis=0)}, 0)
        found = _named(row)
        own = rest.cost(found, role)
        for kind, measured in distances.items():
            measured.append(rest.distance(found, role, kind))
        for other, measured in leads.items():
            measured.append(own - rest.cost(found, other))
    limits = {
        kind: round(ALLOWANCE * float(np.percentile(measured, 98)), 3)
        for kind, measured in distances.items()
    }
    rivals = {
        other: round(float(np.percentile(measured, 98)), 3) for other, measured in leads.items()
    }
    return RolePrint(each.centre, each.spread, limits, rivals)


def _correlation(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate columns; a constant one correlates with nothing."""
    z = z - z.mean(axis=0)
    z /= np.maximum(z.std(axis=0), LEAST)
    correlation: NDArray[np.float64] = z.T @ z / len(z)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _table(found: Iterable[Appearance]) -> NDArray[np.float64]:
    """Images by statistics."""
    return np.array([[each[name] for name in (*CONTRAST, *SHAPE)] for each in found])


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip((*CONTRAST, *SHAPE), values.round(4).tolist(), strict=True))
