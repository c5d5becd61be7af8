"""A model whose networks are shown bare brains with more contrast than they learned from."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import ValidationError

from brainseg_train.errors import DataError
from brainseg_train.train.export import target_for, write_bundle
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import ModelCard, RuntimeRecord

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

__all__ = ["with_contrast"]


def with_contrast(
    bundle: Bundle, contrast: float, name: str, models: Path, *, overwrite: bool = False
) -> Bundle:
    """Export a model's networks to be shown brains without their skulls with another contrast.

    In sets of such brains lesions may stand out less than where a network learned from them, and
    fainter oedema may belong to them; drawn apart, it is marked as well. Weights, threshold,
    component filter and temperature stay, and what was measured on patients, which holds of heads
    with their skulls; proofs of faster ways are dropped.

    Parameters
    ----------
    bundle : Bundle
        A model that scales by the brain; it stays as it is.
    contrast : float
        Of the new model, 0.25 to 4; 1 is what :mod:`napari_brainseg.intensity` makes of a scan.
    name : str
        Of the new model.
    models : Path
        Folder of models that it is written to.
    overwrite : bool
        Whether a model of that name may be replaced.

    Raises
    ------
    DataError
        If the contrast is out of range, the model does not scale by the brain, or a model of that
        name is there or cannot be called so.
    ModelError
        If the model is damaged.
    SaveError
        If it cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_brainseg.models.catalog import find_models
    >>> with_contrast(find_models().default, 1.2, "bolder", Path("models"))  # doctest: +SKIP
    """
    before = bundle.card
    target = target_for(models, name, overwrite)
    update = {
        "name": name,
        "preprocessing": asdict(before.preprocessing) | {"bare_contrast": contrast},
        "validation": f"{before.validation}; bare brains are shown with a contrast of "
        f"{contrast:g}, and were with {before.preprocessing.bare_contrast:g} when it was measured",
        "training": before.training | {"name": name},
        "runtime": RuntimeRecord(),
    }
    try:
        card = ModelCard.model_validate(before.model_dump() | update)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise DataError(
            f"{before.name!r} cannot be shown a contrast of {contrast:g}: {reason}."
        ) from error
    return write_bundle(load_network(bundle), card, target, overwrite=overwrite)
