"""Whether a scan looks like what a network was trained on: its card's fingerprint, compared."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fingerprint", "RolePrint"]


@dataclass(frozen=True, slots=True)
class RolePrint:
    """One input role of the training patients: centre and spread of each statistic."""

    centre: dict[str, float]
    spread: dict[str, float]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the images of the training patients look like, after the one scaling of prepare.py.

    Parameters
    ----------
    patients : int
        How many were measured.
    roles : dict of str to RolePrint
        By input role.
    """

    patients: int
    roles: dict[str, RolePrint]
