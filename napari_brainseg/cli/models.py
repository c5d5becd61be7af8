"""``brainseg models``: which there are, what each takes here, and which to take for what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_brainseg.choice.described import cost_in_words
from napari_brainseg.choice.wishes import Wish
from napari_brainseg.cli.choosing import (
    UnderOption,
    choose_named,
    measure_models,
    read_limits,
)
from napari_brainseg.cli.printing import (
    PlainConsole,
    print_line,
    print_result,
    say,
    say_error,
)
from napari_brainseg.errors import BrainsegError
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.choice.wishes import Candidate
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.catalog import Catalog

__all__ = ["models"]


def models(
    context: typer.Context,
    best: Annotated[bool, typer.Option("--best", help="The most exact (Dice).")] = False,
    fastest: Annotated[bool, typer.Option("--fastest", help="The fastest here.")] = False,
    edges: Annotated[bool, typer.Option("--edges", help="The best edges (surface Dice).")] = False,
    smallest: Annotated[bool, typer.Option("--smallest", help="The smallest on disk.")] = False,
    battery: Annotated[bool, typer.Option("--battery", help="The least energy here.")] = False,
    under: UnderOption = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure first what each takes on this machine.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models found, or choose one: the options combine, and print its name.

    A typical scan, by which times and energies are told, has 26 slices. The commands below open,
    make and export whole models.
    """
    if context.invoked_subcommand is not None:
        return
    from napari_brainseg.models.catalog import find_models

    asked = {
        Wish.BEST: best,
        Wish.FASTEST: fastest,
        Wish.EDGES: edges,
        Wish.SMALLEST: smallest,
        Wish.BATTERY: battery,
    }
    wishes = [wish for wish, is_asked in asked.items() if is_asked]
    limits = read_limits(under)
    catalog = find_models()
    if measure:
        measure_models(list(catalog.bundles.values()), device)
    if wishes or limits:
        _choose(catalog, wishes, under or [], device, as_json)
    elif as_json:
        print_result(json.dumps(_listed(catalog, device), indent=2) + "\n")
    else:
        _show(catalog, device)
    for problem in catalog.problems:
        say(problem)


def _choose(
    catalog: Catalog, wishes: Sequence[Wish], under: Sequence[str], device: str, as_json: bool
) -> None:
    """Print the name of the model that meets the wishes, and why on standard error."""
    try:
        choice = choose_named(catalog, wishes, under, device)
    except BrainsegError as error:
        say_error("models", error)
        raise typer.Exit(1) from None
    chosen = choice.candidate
    if as_json:
        content = _plain(catalog.get(chosen.name), chosen, wishes)
        print_result(json.dumps(content | {"notes": choice.notes}, indent=2) + "\n")
    else:
        print_line(chosen.name)
        say(f"{choice.why}; {cost_in_words(chosen)}, {chosen.size / 1e6:.0f} MB")
        for note in choice.notes:
            say(note)


def _show(catalog: Catalog, device: str) -> None:
    from napari_brainseg.choice.candidates import find_candidates
    from napari_brainseg.cli.model_table import notes_on, table_of

    console, found = PlainConsole(), find_candidates(catalog.bundles.values(), device)
    console.print(table_of(found))
    console.print()
    for note in notes_on(found):
        console.print(printable(note))


def _listed(catalog: Catalog, device: str) -> list[dict[str, Any]]:
    from napari_brainseg.choice.candidates import find_candidates
    from napari_brainseg.choice.wishes import uses

    found = find_candidates(catalog.bundles.values(), device)
    wishes = uses(found)
    return [_plain(catalog.get(each.name), each, wishes[each.name]) for each in found]


def _plain(bundle: Bundle, candidate: Candidate, wishes: Sequence[Wish]) -> dict[str, Any]:
    """Lay a model out for programs; null where something was not measured."""
    card, cost = bundle.card, candidate.cost
    return {
        "name": card.name,
        "title": card.title,
        "network": card.network,
        "trained_on": card.trained_on,
        "bytes": candidate.size,
        "quality": None if card.quality is None else card.quality.model_dump(mode="json"),
        "here": None
        if cost is None
        else {
            "seconds_per_slice": cost.seconds_per_slice,
            "scan_seconds": candidate.scan_seconds,
            "scan_cpu_seconds": candidate.scan_cpu_seconds,
            "scan_joules": candidate.scan_joules,
        },
        "take_it_as": [wish.value for wish in wishes],
    }
