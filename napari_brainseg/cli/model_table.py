"""The models side by side in a terminal of 80 columns, and below what the numbers are of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.table import Column, Table
from rich.text import Text

from napari_brainseg.choice.wishes import TYPICAL_SLICES, Candidate, uses
from napari_brainseg.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_brainseg.models.quality import Quality

__all__ = ["notes_on", "table_of"]

UNKNOWN = "–"
BUSY = "*"


COSTS: tuple[tuple[str, Callable[[Candidate], float | None]], ...] = (
    ("s", lambda each: each.scan_seconds),
    ("CPU-s", lambda each: each.scan_cpu_seconds),
    ("J", lambda each: each.scan_joules),
)


def table_of(found: Sequence[Candidate]) -> Table:
    """Return a row a model, of numbers alone; an energy only where this machine counts it."""
    costs = [(name, cost) for name, cost in COSTS if name == "s" or any(map(cost, found))]
    numbers = (
        "Dice [95 %]",
        "surface\nDice",
        "HD95",
        *(f"scan,\n{name}" for name, _ in costs),
        "MB",
    )
    table = Table(
        Column("model", overflow="fold", min_width=19),  # a cut name could not be typed
        *(Column(name, no_wrap=True, justify="right") for name in numbers),
        box=None,
        pad_edge=False,
        padding=(0, 1 if len(costs) == len(COSTS) else 2, 0, 0),  # 80 columns hold it all
    )
    for each in found:
        table.add_row(*map(Text, map(printable, _row(each, [cost(each) for _, cost in costs]))))
    return table


def notes_on(found: Sequence[Candidate]) -> Iterator[str]:
    """Iterate over what each is, what to take it for, on whom it was measured, and what was not."""
    wishes = uses(found)
    for each in found:
        said = (each.title, ", ".join(wish.text for wish in wishes[each.name]))
        yield f"{each.name}: {'; '.join(filter(None, said))}"
    yield ""
    yield from _notes_on_patients(found)
    yield from _notes_on_costs(found)


def _notes_on_patients(found: Sequence[Candidate]) -> Iterator[str]:
    measured: dict[str, list[str]] = defaultdict(list)
    for each in found:
        if each.quality is not None:
            measured[_of_whom(each.quality)].append(each.name)
    for whom, names in measured.items():
        of = "" if len(measured) == 1 else f" of {', '.join(names)}"
        yield f"Dice, surface Dice and HD95{of}: {whom}."
    if any(each.quality is None for each in found):
        yield f"{UNKNOWN}: not measured on patients kept aside."


def _notes_on_costs(found: Sequence[Candidate]) -> Iterator[str]:
    if all(each.cost is not None for each in found):
        yield f"A scan: {TYPICAL_SLICES} slices, on this machine."
    else:
        yield (
            f"What a scan of {TYPICAL_SLICES} slices takes is not measured here yet: "
            "brainseg models --measure."
        )
    if any(map(_was_busy, found)):
        yield f"{BUSY} the computer was busy, measure again."


def _row(each: Candidate, costs: list[float | None]) -> tuple[str, ...]:
    seconds, *others = [UNKNOWN if cost is None else f"{cost:.1f}" for cost in costs]
    seconds += BUSY if _was_busy(each) else ""
    return (each.name, *_quality(each.quality), seconds, *others, f"{each.size / 1e6:.1f}")


def _was_busy(each: Candidate) -> bool:
    return each.cost is not None and each.cost.was_held_up


def _quality(quality: Quality | None) -> tuple[str, str, str]:
    if quality is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    return quality.dice.text(3), f"{quality.nsd.mean:.3f}", f"{quality.hd95.mean:.1f}"


def _of_whom(quality: Quality) -> str:
    whose = "" if quality.of == "model" else ", by networks of its recipe"
    return f"{quality.where}{whose}; HD95 in {quality.unit}"
