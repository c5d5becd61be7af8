"""The rules that a model's mask follows, and why it may not be moved by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.pipeline.postprocess import MaskRules

if TYPE_CHECKING:
    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.models.card import ModelCard

__all__ = ["rules_followed", "rules_of"]


def rules_of(card: ModelCard) -> MaskRules:
    """Return the rules that a model's own masks are made by."""
    return MaskRules(card.threshold, keep_fraction=card.keep_fraction)


def rules_followed(provenance: Provenance) -> MaskRules | None:
    """Return the rules that a mask was made by; None where no run of this session made it."""
    if provenance.result is None:
        return None
    return provenance.rules or rules_of(provenance.result.card)
