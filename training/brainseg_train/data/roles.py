"""The channels of a network: which sequences, and what stands in for one that is missing."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from brainseg_train.data.labels import MAX_NAME
from brainseg_train.errors import DataError
from napari_brainseg.models.card import MAX_ROLES, InputRole
from napari_brainseg.pipeline.channels import sequence_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brainseg_train.data.layouts.found import FoundCase
    from brainseg_train.data.options import DataOptions

__all__ = ["ROLES", "roles_of", "wanted_sequences"]

ROLES = (
    InputRole(name="pre-contrast", fallback="FLAIR"),
    InputRole(name="FLAIR"),
    InputRole(name="post-contrast", fallback="FLAIR"),
)
"""The channels of the LGG set, in their order."""


def wanted_sequences(cases: Sequence[FoundCase], options: DataOptions) -> tuple[str, ...]:
    """Return the sequences to learn from, as the cases name them."""
    there = tuple(dict.fromkeys(name for case in cases for name in case.images))
    if not options.sequences:
        return there
    wanted = tuple(
        name if name in there else sequence_role(name) or name for name in options.sequences
    )
    if unknown := [name for name in wanted if name not in there]:
        raise DataError(
            f"No case has the sequence {unknown[0]!r}; there are {', '.join(there)}. Correct "
            "data.sequences."
        )
    return wanted


def roles_of(
    sequences: Sequence[str], present: Sequence[set[str]], options: DataOptions
) -> tuple[InputRole, ...]:
    """Let the required sequence stand in for those that a case may lack.

    Raises
    ------
    DataError
        If no sequence is in every case, the one that is named is not there, or a model card could
        not hold the channels.
    """
    required = _required(sequences, present, options.required)
    extra = [name for name in options.windows if name not in sequences]
    names = (*sequences, *extra)
    if len(names) > MAX_ROLES:
        raise DataError(
            f"There are {len(names)} channels, expected at most {MAX_ROLES}. Choose some: --set "
            'data.sequences=["FLAIR", …]'
        )
    if wrong := [name for name in names if not 0 < len(name) <= MAX_NAME]:
        raise DataError(f"A channel is called {wrong[0]!r:.80}, expected 1 to {MAX_NAME} letters.")
    return tuple(
        InputRole(name=name, fallback=None if name == required else required) for name in names
    )


def _named(sequences: Sequence[str], named: str) -> str:
    said = named if named in sequences else sequence_role(named) or named
    if said in sequences:
        return said
    raise DataError(f"The required sequence {named!r} is none of {', '.join(sequences)}.")


def _required(sequences: Sequence[str], present: Sequence[set[str]], named: str) -> str:
    """Find the sequence that every case needs: the one that is named, FLAIR, or the first."""
    if named:
        return _named(sequences, named)
    common = [name for name in sequences if all(name in each for each in present)]
    if common:
        return "FLAIR" if "FLAIR" in common else common[0]
    if not present:
        raise DataError(
            "No case has both an image and a mask. `brainseg-train data` looks for them by name: "
            "put DICOM files in a folder of their own, and name masks …_seg, …_mask or …_label."
        )
    counts = Counter(chain.from_iterable(present))
    said = ", ".join(f"{name} in {counts[name]}" for name in sequences) or "none"
    raise DataError(
        f"No sequence is in all {len(present)} cases ({said}). Name the one that is needed (--set "
        "data.required=…) and leave out the cases without it (--exclude)."
    )
