"""What came of a search, typed and kept as ``results.json``."""

from __future__ import annotations

from typing import Literal

from brainseg_train.evaluate.results import Plain, Record

__all__ = ["HeldOut", "SearchResults", "TrialRecord"]


class TrialRecord(Record):
    """One trial.

    Parameters
    ----------
    number : int
        From 0; the first is the recipe to beat.
    state : {"complete", "pruned", "failed"}
        How it ended.
    iou : float, optional
        On validation, at its end or where it was ended.
    seconds : float
        Wall-clock time.
    values : dict
        What it tried.
    error : str
        Why it failed.
    """

    number: int
    state: Literal["complete", "pruned", "failed"]
    iou: float | None
    seconds: float
    values: dict[str, Plain]
    error: str = ""


class HeldOut(Record):
    """The recipe found and the one to beat, on patients that no trial has seen.

    Parameters
    ----------
    found, default : dict of str to float
        Dice by case.
    difference : float
        Of the means.
    interval : tuple of float, optional
        95 % interval of the difference; none of one patient.
    p : float
        Of Wilcoxon's signed-rank test.
    patients : int, optional
        How many they are; results from before took each case for one.
    """

    found: dict[str, float]
    default: dict[str, float]
    difference: float
    interval: tuple[float, float] | None
    p: float
    patients: int | None = None


class SearchResults(Record):
    """A search.

    Parameters
    ----------
    name : str
        Its name.
    cases : dict of str to int
        By part: train, validation, test.
    trials : tuple of TrialRecord
        In the order in which they were begun.
    best : int
        The trial of highest IoU on validation.
    importance : dict of str to float
        Share of each field in what sets good trials apart; empty where too few ran to their end.
    recipe, default : dict
        The recipe found, and the one to beat.
    held_out : HeldOut, optional
        None where the recipe found is the one to beat.
    untaught : str
        Why the best trial's network is no use, where it has learned next to nothing.
    """

    name: str
    cases: dict[str, int]
    trials: tuple[TrialRecord, ...]
    best: int
    importance: dict[str, float]
    recipe: dict[str, Plain]
    default: dict[str, Plain]
    held_out: HeldOut | None
    untaught: str = ""

    @property
    def beats(self) -> bool:
        """Whether the recipe found is better than the one to beat, beyond chance."""
        held_out = self.held_out
        return held_out is not None and held_out.difference > 0 and held_out.p < SIGNIFICANT

    @property
    def verdict(self) -> str:
        """What the held-out patients say, in words, and whether anything was learned."""
        if not self.untaught:
            return self._compared
        return (
            f"{self._compared} Of the best trial {self.untaught}: give trials more epochs, or more "
            "slices."
        )

    @property
    def _compared(self) -> str:
        if self.held_out is None:
            return (
                "No trial did better on validation than the recipe to beat, so the search found "
                "that one again."
            )
        found, default = (
            sum(dice.values()) / len(dice) for dice in (self.held_out.found, self.held_out.default)
        )
        interval = self.held_out.interval
        within = f"95 % interval {interval[0]:+.3f} to {interval[1]:+.3f}, " if interval else ""
        said = (
            f"On {len(self.held_out.found)} cases of patients that no trial has seen, mean Dice is "
            f"{found:.3f} by the recipe found and {default:.3f} by the one to beat: "
            f"{self.held_out.difference:+.3f} ({within}Wilcoxon p = {self.held_out.p:.2g})."
        )
        if self.beats:
            return f"{said} It beats the recipe to beat."
        few = (self.held_out.patients or len(self.held_out.found)) < LEAST
        why = f", and with fewer than {LEAST} patients no test could have shown it" if few else ""
        return f"{said} It did not beat it beyond chance{why}."


SIGNIFICANT = 0.05
LEAST = 6
"""Pairs under which Wilcoxon's test cannot reach p < 0.05."""
