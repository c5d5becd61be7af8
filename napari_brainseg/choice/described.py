"""What is known of a model, in words for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.language import marked, number, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_brainseg.choice.wishes import Candidate, Wish

__all__ = ["COLUMNS", "cells_of", "cost_in_words", "quality_in_words"]

COLUMNS = (
    marked("model"),
    marked("Dice [95 %]"),
    marked("at the edges"),
    marked("a scan here"),
    "MB",
    marked("take it as"),
)

NOT_YET = marked("not measured here yet")


def cells_of(candidate: Candidate, wishes: Sequence[Wish]) -> tuple[str, ...]:
    """Return a row of a table, a cell for each of :data:`COLUMNS`.

    Parameters
    ----------
    candidate : Candidate
        The model.
    wishes : sequence of Wish
        What it is to be taken for, as :func:`~napari_brainseg.choice.wishes.uses` says.
    """
    return (
        candidate.title,
        *quality_in_words(candidate),
        cost_in_words(candidate),
        number(candidate.size / 1e6, ".1f"),
        ", ".join(wish.text for wish in wishes),
    )


def quality_in_words(candidate: Candidate) -> tuple[str, str]:
    """Say how exact a model is, and how exact at the edges."""
    quality = candidate.quality
    if quality is None:
        return tr("not measured on patients kept aside"), ""
    whose = "" if quality.of == "model" else tr(", by networks of its recipe")
    return (
        f"{quality.dice.text(3)}, {quality.where}{whose}",
        tr(
            "surface Dice {nsd}, HD95 {hd95} {unit}",
            nsd=quality.nsd.text(3),
            hd95=quality.hd95.text(1),
            unit=quality.unit,
        ),
    )


def cost_in_words(candidate: Candidate) -> str:
    """Say what a model takes on this machine, or that nobody knows."""
    cost, scan = candidate.cost, candidate.scan_seconds
    if cost is None or scan is None:
        return tr(NOT_YET)
    parts = [
        tr(
            "{scan:.1f} s ({ms:.0f} ms a slice)",
            scan=scan,
            ms=1000 * cost.seconds_per_slice,
        )
    ]
    if (processor := candidate.scan_cpu_seconds) is not None:
        parts.append(f"{number(processor, '.1f')} CPU-s")
    if (joules := candidate.scan_joules) is not None:
        parts.append(f"{joules:.0f} J")
    held_up = tr("; the computer was busy, measure again") if cost.was_held_up else ""
    return ", ".join(parts) + held_up
