"""How good a model was on patients that it never saw: part of its card."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_brainseg.language import number, tr, tr_n

__all__ = ["Interval", "Quality"]


MOST = 1e4
"""No distance between surfaces is larger, in mm or voxels, nor is any share."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(_Record):
    """A mean over patients, and its 95 % interval.

    Raises
    ------
    ValueError
        If the mean does not lie within it.
    """

    mean: float = Field(ge=0.0, le=MOST)
    low: float = Field(ge=0.0, le=MOST)
    high: float = Field(ge=0.0, le=MOST)

    @model_validator(mode="after")
    def _holds_its_mean(self) -> Interval:
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"{self.mean} lies outside of its interval {self.low} to {self.high}")
        return self

    def text(self, digits: int) -> str:
        """Return e.g. ``0.88 [0.84, 0.91]``."""
        mean, low, high = (number(each, f".{digits}f") for each in (self.mean, self.low, self.high))
        return tr("{mean} [{low}, {high}]", mean=mean, low=low, high=high)


class Quality(_Record):
    """What was measured on patients kept aside, and how to measure it again.

    Parameters
    ----------
    of : {"model", "recipe"}
        These very weights, or networks trained by the same recipe in cross-validation, since these
        weights have seen everybody.
    patients : int
        How many, none of whom the networks measured had learned from.
    folds : tuple of int
        The parts of the data that they are, counted from 1; empty where it was not divided.
    of_folds : int
        Into how many parts; 0 where it was not divided.
    dice, nsd, hd95 : Interval
        Volumetric Dice, surface Dice and 95th percentile of surface distances; means over patients.
    unit : {"mm", "voxels"}
        Of ``hd95`` and ``tolerance``; voxels where the scans store no spacing.
    tolerance : float
        Of the surface Dice.
    command : str
        What measured it.

    Raises
    ------
    ValueError
        If a fold is named that does not exist.
    """

    of: Literal["model", "recipe"]
    patients: int = Field(ge=1)
    folds: tuple[int, ...] = ()
    of_folds: int = Field(default=0, ge=0)
    dice: Interval
    nsd: Interval
    hd95: Interval
    unit: Literal["mm", "voxels"]
    tolerance: float = Field(gt=0.0)
    command: str = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _folds_exist(self) -> Quality:
        if any(not 1 <= fold <= self.of_folds for fold in self.folds):
            raise ValueError(f"folds {self.folds} are not all of 1 to {self.of_folds}")
        return self

    @property
    def where(self) -> str:
        """On whom, e.g. ``16 patients kept aside (fold 1 of 5)``."""
        kept = tr_n("{n} patient kept aside", "{n} patients kept aside", self.patients)
        if not self.folds:
            return kept
        numbers = ", ".join(map(str, self.folds))
        if len(self.folds) == self.of_folds:
            return tr("{kept} (all {of_folds} folds)", kept=kept, of_folds=self.of_folds)
        return tr_n(
            "{kept} (fold {numbers} of {of_folds})",
            "{kept} (folds {numbers} of {of_folds})",
            len(self.folds),
            kept=kept,
            numbers=numbers,
            of_folds=self.of_folds,
        )

    @property
    def text(self) -> str:
        """All of it in a sentence, for a reader of the card."""
        whose = "" if self.of == "model" else tr(" by networks of the same recipe")
        return tr(
            "mean Dice {dice}, surface Dice {nsd} at {tolerance:g} {unit}, "
            "HD95 {hd95} {unit}, on {where}{whose}",
            dice=self.dice.text(3),
            nsd=self.nsd.text(3),
            tolerance=self.tolerance,
            unit=self.unit,
            hd95=self.hd95.text(1),
            where=self.where,
            whose=whose,
        )
