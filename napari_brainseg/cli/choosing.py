"""Choosing a model on the command line: by name, or by what it is wanted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from napari_brainseg.choice.wishes import Wish, choose, must_be_measured, parse_limit
from napari_brainseg.cli.printing import say, stderr
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.choice import ChosenModel, Limit
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.catalog import Catalog

__all__ = [
    "ModelOption",
    "UnderOption",
    "choose_bundle",
    "choose_named",
    "measure_models",
    "read_limits",
]

WORDS = ", ".join(wish.value for wish in Wish)

ModelOption = Annotated[
    str | None, typer.Option(help=f"Name of a model, or {WORDS}; see `brainseg models`.")
]
UnderOption = Annotated[
    list[str] | None,
    typer.Option(
        help="What a model may take at most, of a typical scan or of the disk: 1s, 500ms, 20MB, "
        "15J; repeatable."
    ),
]


def choose_bundle(model: str | None, under: Sequence[str] | None, device: str) -> Bundle:
    """Find the model that is named, or the one that is the most of what is wanted.

    Parameters
    ----------
    model : str, optional
        A name or a wish. Without it the default model; with limits the most exact within them.
    under : sequence of str, optional
        Limits.
    device : str
        Where it is to run.

    Raises
    ------
    BrainsegError
        If there is none.
    typer.BadParameter
        If a limit cannot be read, or stands beside the name of a model.
    """
    from napari_brainseg.models.catalog import find_models

    catalog = find_models()
    read_limits(under)
    words = {wish.value: wish for wish in Wish}
    if model is None and not under:
        return catalog.default
    if model is not None and (model in catalog.bundles or model not in words):
        return _get_named(catalog, model, under)
    wishes = [words[model]] if model else []
    choice = choose_named(catalog, wishes, under or (), device)
    for note in choice.notes:
        say(note)
    return catalog.get(choice.candidate.name)


def _get_named(catalog: Catalog, model: str, under: Sequence[str] | None) -> Bundle:
    if under:
        raise typer.BadParameter(f"--under chooses a model, and --model {model} names one")
    return catalog.get(model)


def choose_named(
    catalog: Catalog, wishes: Sequence[Wish], under: Sequence[str], device: str
) -> ChosenModel:
    """Choose one of the models found; what has to be measured on this machine is, once.

    Raises
    ------
    BrainsegError
        If none meets what was asked for.
    """
    from napari_brainseg.choice.candidates import find_candidates

    limits = read_limits(under)
    found = find_candidates(catalog.bundles.values(), device)
    if missing := must_be_measured(found, wishes, limits):
        measure_models([catalog.get(name) for name in missing], device)
        found = find_candidates(catalog.bundles.values(), device)
    return choose(found, wishes, limits)


def measure_models(bundles: Sequence[Bundle], device: str) -> None:
    """Measure what models take on this machine; one that cannot be run is told of."""
    from napari_brainseg.choice.measure import measure_here

    say(f"Measuring on this machine, once: {', '.join(each.card.name for each in bundles)}")
    with Progress(console=stderr, disable=not stderr.is_terminal, transient=True) as bar:
        task = bar.add_task("Measuring", total=len(bundles))
        for name, problem in measure_here(bundles, device):
            bar.advance(task)
            if problem:
                say(f"{name}: {problem}")


def read_limits(under: Sequence[str] | None) -> list[Limit]:
    """Read the limits of ``--under``.

    Raises
    ------
    typer.BadParameter
        If one cannot be read.
    """
    try:
        return [parse_limit(text) for text in under or ()]
    except BrainsegError as error:
        raise typer.BadParameter(f"--under {error}") from error
