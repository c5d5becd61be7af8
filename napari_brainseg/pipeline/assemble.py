"""Bringing the chosen channels onto the grid of the scan to segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ChannelError
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import tr
from napari_brainseg.pipeline.channels import Channel, channels_of
from napari_brainseg.resample import on_one_grid, resampled
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.models.card import InputRole, ModelCard

__all__ = ["assemble_channels", "place_channels", "stand_in_note"]


def assemble_channels(
    reference: Scan, card: ModelCard, by_role: Mapping[str, Channel | None]
) -> tuple[Scan, tuple[str, ...]]:
    """Bring the chosen channels onto the reference grid, in the order of the model's roles.

    Parameters
    ----------
    reference : Scan
        Its grid is that of the result.
    card : ModelCard
        Names the roles and what stands in for a missing one.
    by_role : mapping of str to Channel or None
        The choice; a role that is not in it is missing.

    Returns
    -------
    Scan
        One channel per role, named like the roles.
    tuple of str
        What was resampled and what stands in, one sentence each.

    Raises
    ------
    ChannelError
        If a required role is missing, or a channel of another grid cannot be placed on this one.

    Examples
    --------
    FLAIR alone, for a model that takes two T1 images beside it:

    >>> flair = Channel(scan, scan.channels.index("FLAIR"))
    >>> stacked, notes = assemble_channels(scan, card, {"FLAIR": flair})
    >>> stacked.channels
    ('pre-contrast', 'FLAIR', 'post-contrast')
    >>> notes[0]
    'pre-contrast is missing: FLAIR stands in, as the model card says.'
    """
    names = tuple(role.name for role in card.roles)
    chosen = {name: by_role.get(name) for name in names}
    placed, notes = place_channels(reference, chosen)
    notes += _fill_in(placed, card)
    # The scan as it is needs no copy.
    as_is = list(chosen.values()) == channels_of(reference)
    data = reference.data if as_is else _stack([placed[name] for name in names])
    stacked = Scan(data, reference.affine, names, reference.source, reference.units)
    return stacked, tuple(notes)


def _stack(images: list[NDArray[Any]]) -> NDArray[Any]:
    """Stack images; one that feeds every role is shown several times, but not copied."""
    if all(image is images[0] for image in images):
        return np.broadcast_to(images[0], (len(images), *images[0].shape))
    return np.stack(images)


def _fill_in(placed: dict[str, NDArray[Any]], card: ModelCard) -> list[str]:
    """Put the stand-ins of missing roles among the images, and say so."""
    notes = []
    for role in card.roles:
        if role.name in placed:
            continue
        if role.fallback is None or role.fallback not in placed:
            needed = role.fallback or role.name
            raise ChannelError(
                tr(
                    "The model needs {needed} and no image was chosen for it. "
                    "Choose one under Channels, or another model.",
                    needed=needed,
                )
            )
        placed[role.name] = placed[role.fallback]
        notes.append(stand_in_note(role))
    return notes


def stand_in_note(role: InputRole) -> str:
    """Return the sentence that tells of a role without an image of its own."""
    return tr(
        "{name} is missing: {fallback} stands in, as the model card says.",
        name=sequence_text(role.name),
        fallback=sequence_text(role.fallback or ""),
    )


def place_channels(
    reference: Scan, by_role: Mapping[str, Channel | None]
) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Bring the channels that there are onto the reference grid.

    Parameters
    ----------
    reference : Scan
        Whose grid.
    by_role : mapping of str to Channel or None
        The choice; None is a missing image.

    Returns
    -------
    dict of str to ndarray, shape (Z, Y, X)
        By role, without those missing.
    list of str
        What was resampled, one sentence each.

    Raises
    ------
    ChannelError
        If a channel of another grid cannot be placed on this one.
    """
    placed: dict[str, NDArray[Any]] = {}
    notes: list[str] = []
    for role, channel in by_role.items():
        if channel is None:
            continue
        placed[role], moved = _place(channel, reference)
        if moved:
            notes.append(
                tr(
                    "{label} was resampled onto the grid of the segmented scan.",
                    label=channel.label,
                )
            )
    return placed, notes


def _place(channel: Channel, reference: Scan) -> tuple[NDArray[Any], bool]:
    """Return a channel on the reference grid, and whether it had to be resampled."""
    scan = channel.scan
    if on_one_grid(scan, reference):
        return channel.data, False
    if scan.units != reference.units or scan.units == "pixel":
        raise ChannelError(
            tr(
                "{label} lies on another grid and stores no position in mm, so "
                "it cannot be laid on the scan. Choose an image of the same "
                "grid, or leave the role empty.",
                label=channel.label,
            )
        )
    moved = resampled(channel.data, scan.affine, reference)
    if moved is None:
        raise ChannelError(
            tr(
                "{label} does not overlap the scan. Choose an image of the "
                "same patient and examination, or leave the role empty.",
                label=channel.label,
            )
        )
    return moved, True
