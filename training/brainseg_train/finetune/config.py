"""The configuration of a run that goes on from a bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from brainseg_train.errors import DataError
from brainseg_train.train.config import RunConfig, recipe_of

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

__all__ = ["finetune_config"]


def finetune_config(start: Bundle, **changes: Any) -> RunConfig:
    """Configure a run that goes on from a bundle, as that was trained unless said otherwise.

    Parameters
    ----------
    start : Bundle
        Its card holds architecture, preprocessing and settings of its training.
    **changes
        Fields of :class:`RunConfig`; ``name`` is needed. The learning rate is a tenth of that of
        a fresh run if not given.

    Raises
    ------
    DataError
        If the card holds no settings that training can go on with.
    """
    card = start.card
    defaults = {
        "init": f"{card.name} ({card.weights_sha256[:16]}…)",
        "epochs": 10,
        "patience": None,  # a few scans are too few to stop on
        "slices_per_epoch": 400,
        "learning_rate": 1e-4,
        "validation": 0.0,
        "distilled": 0.0,  # what somebody has corrected is right, not what the model said
        "precision": "32-true",
        "seed": 0,
    }
    try:
        config = TypeAdapter(RunConfig).validate_python({**recipe_of(card), **defaults, **changes})
    except ValidationError as error:
        raise DataError(
            f"The card of {card.name!r} holds no settings that training can go on with "
            f"({error.errors()[0]['msg']}). Export the model again with brainseg-train."
        ) from error
    # A fresh run is long; over a short one its average would mostly be the starting weights.
    steps = config.epochs * max(1, config.slices_per_epoch // config.batch_size)
    return replace(config, average=min(config.average, max(0.0, 1 - 10 / steps)))
