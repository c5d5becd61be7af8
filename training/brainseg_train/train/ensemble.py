"""The networks of one run: one, or several that differ in their seed and answer together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainseg_train.train.init import Start, start_network
from brainseg_train.train.loop import Trained, train
from napari_brainseg.models.ensemble import Ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lightning_fabric import Fabric

    from brainseg_train.data.slices import TrainingSlices
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher

__all__ = ["Start", "train_members"]


def train_members(
    config: RunConfig,
    data: TrainingSlices,
    validation: TrainingSlices | None,
    fabric: Fabric,
    checkpoint: Path,
    watch: Watcher,
    start: Start | None = None,
    members: Sequence[Start] = (),
) -> Trained:
    """Start and train the networks of a run one after another, each resumed from its checkpoint.

    Parameters
    ----------
    config : RunConfig
        The run; the k-th member, from 0, has a seed higher by k.
    data, validation, fabric, watch
        As for :func:`~brainseg_train.train.loop.train`.
    checkpoint : Path
        Of the first member; those of the others lie beside it.
    start : Start, optional
        What to go on from, all its members together, instead of new networks.
    members : sequence of Start
        What each member goes on from, by itself, instead of new networks.

    Returns
    -------
    Trained
        What is to be exported; the epochs of all members in a row, and the last member's best.

    Raises
    ------
    DataError
        If starting weights cannot be had, or a checkpoint is damaged.
    ModelError
        If architecture and encoder do not go together.
    """
    if start is not None:
        return train(start, data, validation, config, fabric, checkpoint, watch)
    trained = []
    for number in range(config.members):
        member = replace(config, seed=config.seed + number)
        shown = data.channels, len(data.table)
        begun = members[number] if members else start_network(member, *shown)
        which = f" (network {number + 1} of {config.members})" if config.members > 1 else ""
        watch.stage(f"{config.name}: training from {begun.weights.text}{which}")
        at = checkpoint.with_stem(f"{checkpoint.stem}-{number}") if number else checkpoint
        trained.append(train(begun, data, validation, member, fabric, at, watch))
    if len(trained) == 1:
        return trained[0]
    last = trained[-1]
    history = tuple(epoch for each in trained for epoch in each.history)
    return Trained(
        network=Ensemble(each.network for each in trained).eval(),
        start=last.start,
        history=history,
        best=len(history) - len(last.history) + last.best,
    )
