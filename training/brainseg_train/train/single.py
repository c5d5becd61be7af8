"""One of the several networks of a model as a model of its own: half the time of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.errors import DataError
from brainseg_train.train.export import target_for, write_bundle
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import RuntimeRecord
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle

__all__ = ["take_single"]


def take_single(
    bundle: Bundle, number: int, name: str, models: Path, *, overwrite: bool = False
) -> Bundle:
    """Export one of a model's networks by itself.

    Its threshold, component filter and temperature stay those of all together. What was measured
    of these (metrics, quality, proofs of faster ways) does not hold of one, and is dropped.

    Parameters
    ----------
    bundle : Bundle
        A model of several networks; it stays as it is.
    number : int
        Which of them, from 1.
    name : str
        Of the new model.
    models : Path
        Folder of models that it is written to.
    overwrite : bool
        Whether a model of that name may be replaced.

    Raises
    ------
    DataError
        If it is of one network, there is no such network, or a model of that name is there or
        cannot be called so.
    ModelError
        If the model is damaged.
    SaveError
        If it cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_brainseg.models.catalog import find_models
    >>> take_single(find_models().default, 2, "one", Path("models"))  # doctest: +SKIP
    """
    before = bundle.card
    target = target_for(models, name, overwrite)
    if before.members == 1:
        raise DataError(f"{before.name!r} is one network already. Use it as it is.")
    if not 1 <= number <= before.members:
        raise DataError(
            f"{before.name!r} is of {before.members} networks, and there is no network {number}. "
            f"Choose --network between 1 and {before.members}."
        )
    whole = load_network(bundle)
    assert isinstance(whole, Ensemble), "as its card says"
    card = before.model_copy(
        update={
            "name": name,
            "title": f"{before.title} (network {number})",
            "members": 1,
            "validation": f"network {number} of the {before.members} of {before.name}, not "
            "measured by itself; threshold and temperature are those of all",
            "metrics": {},
            "quality": None,
            "training": before.training | {"name": name, "members": 1},
            "runtime": RuntimeRecord(),
        }
    )
    return write_bundle(whole.members[number - 1], card, target, overwrite=overwrite)
