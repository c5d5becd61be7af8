"""Which of the models found to take, and what each takes on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.choice.candidates import find_candidates
    from napari_brainseg.choice.costs import Cost
    from napari_brainseg.choice.measure import measure_here
    from napari_brainseg.choice.wishes import (
        Candidate,
        ChosenModel,
        Limit,
        NoChoice,
        Wish,
        choose,
        parse_limit,
    )

__all__ = [
    "Candidate",
    "ChosenModel",
    "Cost",
    "Limit",
    "NoChoice",
    "Wish",
    "choose",
    "find_candidates",
    "measure_here",
    "parse_limit",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "candidates": ["find_candidates"],
        "costs": ["Cost"],
        "measure": ["measure_here"],
        "wishes": [
            "Candidate",
            "ChosenModel",
            "Limit",
            "NoChoice",
            "Wish",
            "choose",
            "parse_limit",
        ],
    },
)
