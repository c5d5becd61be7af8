"""Which model to take for what: wishes, limits, and the model that meets them.

Pure logic on numbers that were measured. What was not measured is never guessed: a model without
the number that a wish asks for cannot be chosen by it, and is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

from napari_brainseg.errors import BrainsegError
from napari_brainseg.language import marked, tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_brainseg.choice.costs import Cost
    from napari_brainseg.models.quality import Quality

__all__ = [
    "TYPICAL_SLICES",
    "Candidate",
    "ChosenModel",
    "Limit",
    "NoChoice",
    "Wish",
    "choose",
    "must_be_measured",
    "parse_limit",
    "uses",
]

TYPICAL_SLICES = 26
"""Slices of a clinical scan, by which the time of a scan is told."""


NOT_HERE = marked("Not measured on this machine yet (brainseg models --measure)")
NOT_ON_PATIENTS = marked("Not measured on patients kept aside")
NO_ENERGY = marked("This machine does not tell the energy of")


class Wish(Enum):
    """What a model may be wanted for."""

    BEST = "best"
    FASTEST = "fastest"
    EDGES = "edges"
    SMALLEST = "smallest"
    BATTERY = "battery"

    @property
    def text(self) -> str:
        """It as an attribute of a model, e.g. ``the fastest``."""
        return tr(_TEXTS[self])


BY_COST = {Wish.FASTEST, Wish.BATTERY}
"""Wishes that a model must have been run on this machine for."""

BY_QUALITY = {Wish.BEST, Wish.EDGES}
"""Wishes that it must have been measured on patients kept aside for."""

_TEXTS = {
    Wish.BEST: marked("the most exact"),
    Wish.FASTEST: marked("the fastest"),
    Wish.EDGES: marked("the best at edges"),
    Wish.SMALLEST: marked("the smallest"),
    Wish.BATTERY: marked("the lightest on a battery"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that can be chosen, and what is known of it.

    Parameters
    ----------
    name, title : str
        Of the model.
    size : int
        What it takes on the disk, in bytes.
    quality : Quality, optional
        What was measured on patients kept aside.
    cost : Cost, optional
        What it took on this machine.
    """

    name: str
    title: str
    size: int
    quality: Quality | None = None
    cost: Cost | None = None

    @property
    def scan_seconds(self) -> float | None:
        """Seconds that a typical scan takes here once the model is ready; None if not measured."""
        return None if self.cost is None else TYPICAL_SLICES * self.cost.seconds_per_slice

    @property
    def scan_cpu_seconds(self) -> float | None:
        """Processor time that a typical scan takes here, in seconds."""
        return _times(self.cost.cpu_seconds_per_slice if self.cost else None)

    @property
    def scan_joules(self) -> float | None:
        """Energy that a typical scan takes here, in joules."""
        return _times(self.cost.joules_per_slice if self.cost else None)


def _times(per_slice: float | None) -> float | None:
    return None if per_slice is None else TYPICAL_SLICES * per_slice


Of: TypeAlias = Literal["time", "size", "energy"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a model may take at most.

    Parameters
    ----------
    of : {"time", "size", "energy"}
        Of a typical scan, of the disk, of a typical scan.
    most : float
        In seconds, bytes or joules.
    text : str
        As the user wrote it.
    """

    of: Of
    most: float
    text: str

    def value(self, candidate: Candidate) -> float | None:
        """Return what a model takes; None where that is not known."""
        if self.of == "size":
            return candidate.size
        return candidate.scan_seconds if self.of == "time" else candidate.scan_joules


_UNITS: dict[str, tuple[Of, float]] = {
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "kb": ("size", 1e3),
    "mb": ("size", 1e6),
    "gb": ("size", 1e9),
    "j": ("energy", 1.0),
    "kj": ("energy", 1e3),
}
_LIMIT = re.compile(r"\s*(\d{1,9}(?:[.,]\d{1,9})?)\s*([a-z]+)\s*", re.IGNORECASE)


class NoChoice(BrainsegError):
    """No model is known to meet what was asked for; the message says what there is."""


def parse_limit(text: str) -> Limit:
    """Read a limit such as ``1s``, ``500 ms``, ``20MB`` or ``15 J``.

    Raises
    ------
    BrainsegError
        If it cannot be read as one.

    Examples
    --------
    >>> parse_limit("500 ms").most, parse_limit("20MB").of
    (0.5, 'size')
    """
    found = _LIMIT.fullmatch(text)
    unit = _UNITS.get(found[2].casefold()) if found else None
    if found is None or unit is None or (number := float(found[1].replace(",", "."))) <= 0:
        raise BrainsegError(
            tr(
                "{value!r} is no limit: expected a number above 0 and a unit, "
                "as in 1s, 500ms, 20MB or 15J.",
                value=text[:40],
            )
        )
    return Limit(unit[0], number * unit[1], " ".join(text.split()))


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model that was chosen.

    Parameters
    ----------
    candidate : Candidate
        The model.
    why : str
        What it is among how many, in a line.
    notes : tuple of str
        What has to be known of the choice: models that could not be compared.
    """

    candidate: Candidate
    why: str
    notes: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate], wishes: Sequence[Wish] = (), limits: Sequence[Limit] = ()
) -> ChosenModel:
    """Choose a model.

    Several wishes count the same: the model with the smallest sum of places wins.

    Parameters
    ----------
    candidates : sequence of Candidate
        The models, in the order that decides between equals.
    wishes : sequence of Wish
        What it is wanted for; the most exact if nothing is.
    limits : sequence of Limit
        What it may take at most.

    Raises
    ------
    NoChoice
        If there is none that is known to meet them.
    """
    wanted = tuple(dict.fromkeys(wishes)) or (Wish.BEST,)
    within = [each for each in candidates if not _exceeds(each, limits)]
    known = [each for each in within if not _missing(each, wanted, limits)]
    unknown = _not_known(within, wanted, limits)
    if not known:
        too_much = [each for each in candidates if each not in within]
        raise NoChoice(_why_none(limits, too_much, unknown))
    notes = unknown, _on_others(wanted, known)
    best = _first(known, wanted)
    return ChosenModel(best, _why(known, wanted, limits), tuple(filter(None, notes)))


def must_be_measured(
    candidates: Sequence[Candidate], wishes: Sequence[Wish], limits: Sequence[Limit]
) -> tuple[str, ...]:
    """Name the models that have to be run on this machine before one can be chosen by this."""
    return tuple(e.name for e in candidates if _missing(e, wishes, limits) == tr(NOT_HERE))


def uses(candidates: Sequence[Candidate]) -> dict[str, tuple[Wish, ...]]:
    """Say for what each model is the one to take, by its name.

    Of a single model nothing is said: it is the best and the worst of all.
    """
    found: dict[str, list[Wish]] = {each.name: [] for each in candidates}
    for wish in Wish:
        known = [each for each in candidates if not _missing(each, [wish], ())]
        if len(known) > 1:
            found[choose(known, [wish]).candidate.name].append(wish)
    return {name: tuple(wishes) for name, wishes in found.items()}


def _exceeds(candidate: Candidate, limits: Sequence[Limit]) -> bool:
    values = [(limit.value(candidate), limit.most) for limit in limits]
    return any(value is not None and value > most for value, most in values)


def _missing(candidate: Candidate, wanted: Sequence[Wish], limits: Sequence[Limit]) -> str:
    """Say what would have to be measured to choose a model by this; empty if nothing."""
    limited, wished = {limit.of for limit in limits}, set(wanted)
    checks = (
        (limited & {"time", "energy"} or wished & BY_COST, candidate.cost, tr(NOT_HERE)),
        (wished & BY_QUALITY, candidate.quality, tr(NOT_ON_PATIENTS)),
        (wished & {Wish.BATTERY}, candidate.scan_cpu_seconds, tr(NOT_HERE)),
        (limited & {"energy"}, candidate.scan_joules, tr(NO_ENERGY)),
    )
    return next((said for needed, known, said in checks if needed and known is None), "")


def _not_known(
    candidates: Sequence[Candidate], wanted: Sequence[Wish], limits: Sequence[Limit]
) -> str:
    """Name the models that cannot be compared, by what is missing."""
    names: dict[str, list[str]] = {}
    for each in candidates:
        if missing := _missing(each, wanted, limits):
            names.setdefault(missing, []).append(each.name)
    return " ".join(f"{missing}: {', '.join(whose)}." for missing, whose in names.items())


def _first(known: Sequence[Candidate], wanted: Sequence[Wish]) -> Candidate:
    """Return the model with the smallest sum of places; the first of equals."""
    sums = [sum(places) for places in zip(*(_places(w, known) for w in wanted), strict=True)]
    return known[sums.index(min(sums))]


def _places(wish: Wish, known: Sequence[Candidate]) -> list[int]:
    """Return the place of each model by a wish: how many are better."""
    score = _score(wish, known)
    scores = [score(each) for each in known]
    return [sum(other < own for other in scores) for own in scores]


def _score(wish: Wish, known: Sequence[Candidate]) -> Callable[[Candidate], tuple[float, ...]]:
    """Return what a wish sorts by, the smaller the better."""
    if wish is Wish.FASTEST:
        return lambda each: (each.scan_seconds or 0.0,)
    if wish is Wish.SMALLEST:
        return lambda each: (each.size,)
    if wish is Wish.BATTERY:
        # Energy decides where it is known of all: seconds are not joules.
        in_joules = all(each.scan_joules is not None for each in known)
        return lambda each: ((each.scan_joules if in_joules else each.scan_cpu_seconds) or 0.0,)
    if wish is Wish.EDGES:
        return lambda each: _edges(each.quality)
    return lambda each: (-each.quality.dice.mean if each.quality else 0.0,)


def _edges(quality: Quality | None) -> tuple[float, ...]:
    """Surface Dice decides; where it is the same to the third digit, the distance."""
    return (-round(quality.nsd.mean, 3), quality.hd95.mean) if quality else (0.0,)


def _why(known: Sequence[Candidate], wanted: Sequence[Wish], limits: Sequence[Limit]) -> str:
    whats = tr(" and ").join(wish.text for wish in wanted)
    under = tr(" and ").join(limit.text for limit in limits)
    return tr(
        "{whats} of {models}{under}",
        whats=whats,
        models=_models(len(known)),
        under=tr(" under {limits}", limits=under) if under else "",
    )


def _why_none(limits: Sequence[Limit], too_much: Sequence[Candidate], unknown: str) -> str:
    if not too_much:
        return unknown or tr("No model was found.")
    under = tr(" and ").join(limit.text for limit in limits)
    least = "; ".join(text for limit in limits if (text := _least(limit, too_much)))
    told = f" ({least})" if least else ""
    return tr(
        "No model is known to stay under {under}{told}. {unknown}",
        under=under,
        told=told,
        unknown=unknown,
    ).rstrip()


def _least(limit: Limit, candidates: Sequence[Candidate]) -> str:
    """Name the model that takes least of what is limited, where all take too much of it."""
    known = [(value, each) for each in candidates if (value := limit.value(each)) is not None]
    value, each = min(known, key=lambda pair: pair[0], default=(0.0, None))
    if each is None or value <= limit.most:
        return ""
    amount = {"time": f"{value:.2g} s", "size": f"{value / 1e6:.1f} MB", "energy": f"{value:.2g} J"}
    return tr("the least is {amount}, {name}", amount=amount[limit.of], name=each.name)


def _on_others(wanted: Sequence[Wish], known: Sequence[Candidate]) -> str:
    """Say that models were measured on different patients, where that is what compares them."""
    if not BY_QUALITY & set(wanted):
        return ""
    whom = {each.quality.where for each in known if each.quality is not None}
    if len(whom) < 2:
        return ""
    return tr("They were not measured on the same patients: {whom}.", whom="; ".join(sorted(whom)))


def _models(count: int) -> str:
    return tr_n("{n} model", "{n} models", count)
