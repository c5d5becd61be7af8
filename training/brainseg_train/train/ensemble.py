"""The networks of one run: one, or several that differ in their seed and answer together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.train.init import start_network
from brainseg_train.train.loop import Trained, train
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from pathlib import Path

    from lightning_fabric import Fabric

    from brainseg_train.data.slices import TrainingSlices
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher

__all__ = ["train_members"]


def train_members(
    config: RunConfig,
    channels: int,
    data: TrainingSlices,
    validation: TrainingSlices | None,
    fabric: Fabric,
    checkpoint: Path,
    watch: Watcher,
) -> tuple[Trained, str]:
    """Start and train the networks of a run one after another, each resumed from its checkpoint.

    Parameters
    ----------
    config : RunConfig
        The run; the k-th member, from 0, has a seed higher by k.
    channels : int
        That the network sees.
    data, validation, fabric, watch
        As for :func:`~brainseg_train.train.loop.train`.
    checkpoint : Path
        Of the first member; those of the others lie beside it.

    Returns
    -------
    Trained
        What is to be exported; the epochs of all members in a row, and the last member's best.
    str
        What the encoder started from.

    Raises
    ------
    DataError
        If starting weights cannot be had.
    ModelError
        If architecture and encoder do not go together.
    """
    trained = []
    for number in range(config.members):
        member = replace(config, seed=config.seed + number)
        network, said = start_network(member, channels)
        which = f" (network {number + 1} of {config.members})" if config.members > 1 else ""
        watch.stage(f"{config.name}: training from {said}{which}")
        at = checkpoint.with_stem(f"{checkpoint.stem}-{number}") if number else checkpoint
        trained.append(train(network, data, validation, member, fabric, at, watch))
    if len(trained) == 1:
        return trained[0], said
    history = tuple(epoch for each in trained for epoch in each.history)
    network = Ensemble(each.network for each in trained).eval()
    last = trained[-1]
    return Trained(network, history, len(history) - len(last.history) + last.best), said
