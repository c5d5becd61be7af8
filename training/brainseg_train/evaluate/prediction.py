"""How a model answers, beside its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_brainseg.models.card import ModelCard

__all__ = ["TEMPERATURES", "Prediction"]

TEMPERATURES = (0.05, 20.0)
"""Lowest and highest temperature of a model card."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """How a model answers, beside its weights: what its card says is chosen, not learned.

    Parameters
    ----------
    threshold : float
        Lowest probability of a mask.
    keep_fraction : float
        Parts smaller than this share of the largest are dropped.
    flip : bool
        Whether the mean with mirrored slices answers.
    temperature : float
        By which logits are divided where probabilities are shown.
    """

    threshold: float = 0.5
    keep_fraction: float = 0.0
    flip: bool = False
    temperature: float = 1.0

    @property
    def uncalibrated(self) -> bool:
        """Whether no temperature was found within the bounds that a card allows."""
        low, high = TEMPERATURES
        return not low * 1.02 < self.temperature < high / 1.02

    @classmethod
    def of(cls, card: ModelCard) -> Prediction:
        """Return what a card says."""
        return cls(card.threshold, card.keep_fraction, card.flip, card.temperature)

    def on(self, card: ModelCard) -> ModelCard:
        """Return a card that says this."""
        return card.model_copy(update=asdict(self))
