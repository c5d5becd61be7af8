"""The networks of a model taken further, by another recipe, on every patient.

Where a recipe changes what a network is shown (its scaling, its random changes) but not what it is
asked, the networks of the model before are a better start than photographs are, and need a fraction
of the epochs. Another decoder goes on from their encoder in the same way. What they saw they have
seen: the model that comes out can be measured on no patient that the first one learned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.data.cases import see_data
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.folder import open_data
from brainseg_train.data.split import without
from brainseg_train.errors import DataError
from brainseg_train.evaluate.masks import see_classes
from brainseg_train.files import write_text
from brainseg_train.train.card import DataUsed, make_card, record_patients
from brainseg_train.train.export import target_for
from brainseg_train.train.identity import RunIdentity, names, shown_by
from brainseg_train.train.init import Start
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.run import open_run
from brainseg_train.train.settings import SETTINGS_NAME, settings_text
from napari_brainseg.models.architectures import build_network
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.card import CaseCounts, StartingWeights
from napari_brainseg.models.ensemble import Ensemble
from napari_brainseg.models.patients import PatientRecord

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from brainseg_train.data.dataset import Dataset
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.progress import Watcher
    from brainseg_train.train.settings import RunSettings
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard

__all__ = ["train_further"]

KEPT = ("threshold", "keep_fraction", "flip", "classes", "overlapping", "plane")
"""What of the first model's card was chosen on patients, or is what it is asked, and stays."""


def train_further(
    start: Bundle, settings: RunSettings, models: Path, runs: Path, watch: Watcher
) -> Bundle:
    """Train networks of a model further on every patient of a data set.

    Parameters
    ----------
    start : Bundle
        The model whose networks are gone on with; it stays as it is. Its channels and classes are
        those of the new one.
    settings : RunSettings
        Name the data folder. The recipe is of the encoder and size of ``start``; its ``members``
        are the first so many networks of it. Of another architecture, only their encoders are gone
        on with, and the decoders are new.
    models, runs, watch
        As for :func:`~brainseg_train.train.fit.fit`.

    Raises
    ------
    DeviceError
        If there is no such accelerator here.
    DataError
        If the recipe is of another encoder or size, the folder has problems (all are listed), its
        classes are not those of the model, the model exists, or the checkpoint belongs to another
        run.
    ModelError
        If the starting model is damaged.
    """
    config, options, before = settings.recipe, settings.data, start.card
    assert options.folder is not None, "the caller has seen to the folder"
    target = target_for(models, config.name, settings.run.overwrite)
    run = open_run(config, runs / config.name, settings.run.accelerator, watch)
    watch = run.watch
    _see_that_it_fits(settings, before)
    source = open_data(options.folder, options, like=before)  # what is wrong at sight, at once
    see_classes(before, source.table)
    params = preprocessing_for(config, len(source.roles), before.preprocessing.windows)
    members = _members(start, config)
    run.check(params.in_channels, len(source.table), members[0].network, models)

    watch.stage("Checking the data")
    report = see_data(source, "trained", options, watch.stage)
    cases = without(source.cases, options.exclude)
    run.claim(
        RunIdentity(
            config=config.plain(),
            start=before.weights_sha256,
            data=report.sha256,
            train=names(cases),
            shown=shown_by(source, params),
        )
    )
    if run.fabric.is_global_zero:
        write_text(run.folder / SETTINGS_NAME, settings_text(settings))

    watch.stage(f"Reading {len(cases)} cases")
    dataset = load_dataset(cases, params, roles=source.roles, table=source.table)
    trained = run.train(dataset.slices, None, members=members)
    data = DataUsed(
        source=source,
        sha256=report.sha256,
        learned=dataset.patients,
        held_out=(),
        cases=CaseCounts(train=len(cases)),
        trained_on=f"{len(cases)} cases of {source.description.title}",
        validation="not measured on patients of that set: the networks learned from all of them",
    )
    bundle = run.export(trained, make_card(config, params, trained, data))
    write_text(bundle.path / SETTINGS_NAME, settings_text(settings.shared()))
    card = _going_on(bundle.card, before, dataset)
    return run.publish(bundle, card, target, overwrite=settings.run.overwrite)


def _see_that_it_fits(settings: RunSettings, before: ModelCard) -> None:
    """Refuse settings that mean nothing where a model's networks go on, on every patient."""
    if settings.data.windows:
        raise DataError(f"The windows are those of {before.name!r}. Leave data.windows out.")
    if settings.recipe.patience is not None:
        raise DataError(
            f"{settings.recipe.name!r} would stop by its validation patients (patience), and here "
            "there are none. Leave recipe.patience out."
        )
    if settings.recipe.blend and settings.recipe.architecture is not before.architecture:
        raise DataError(
            f"The decoder of {settings.recipe.name!r} is a new one: there is nothing of "
            f"{before.name!r} to blend it with. Leave recipe.blend out."
        )


def _members(start: Bundle, config: RunConfig) -> list[Start]:
    """Return the first networks of a model, as many as the run trains."""
    card = start.card
    if (card.encoder, card.preprocessing.size) != (config.encoder, config.size):
        raise DataError(
            f"The run is of {config.network} at {config.size} px, the model {card.name!r} is "
            f"{card.network} at {card.preprocessing.size} px. Choose a row of the same encoder and "
            "size."
        )
    whole = load_network(start)
    networks = list(whole.members) if isinstance(whole, Ensemble) else [whole]
    if len(networks) < config.members:
        raise DataError(
            f"The run trains {config.members} networks, and {card.name!r} has {len(networks)}."
        )
    weights = StartingWeights(kind="model", source=card.name, sha256=card.weights_sha256)
    chosen = networks[: config.members]
    if card.architecture is not config.architecture:
        chosen = [_on_encoder(network, config, card) for network in chosen]
    teacher = load_network(start) if config.distilled else None
    return [Start(network.requires_grad_(True), weights, teacher) for network in chosen]


def _on_encoder(before: nn.Module, config: RunConfig, card: ModelCard) -> nn.Module:
    """Set a new decoder on the encoder of a network."""
    import torch

    torch.manual_seed(config.seed)
    channels = card.preprocessing.in_channels
    network = build_network(config.architecture, config.encoder, channels, len(card.classes))
    encoder = before.get_submodule("encoder").state_dict(prefix="encoder.")
    # Through the whole network: the loader of some encoders expects a classifier as well.
    type(network).load_state_dict(network, encoder, strict=False)
    return network


def _going_on(card: ModelCard, before: ModelCard, dataset: Dataset) -> ModelCard:
    """Keep what was chosen on patients before, and whom the networks have seen."""
    record = before.patients or PatientRecord(salt=card.data_sha256)
    kept = {key: getattr(before, key) for key in KEPT}
    if card.architecture is before.architecture:
        kept["temperature"] = before.temperature
    return card.model_copy(
        update=kept | {"patients": record_patients(record, dataset.patients, ())}
    )
