"""Which image feeds which input of a network, and bringing them onto one grid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ChannelError
from napari_brainseg.io import guess_sequence
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard

__all__ = ["Channel", "ChannelMap", "accompanies", "assemble", "guess_channels", "place_channels"]

# Names that speak of contrast agent alone; "post-op" is none of them.
_CONTRAST = re.compile(r"^(pre|post)$|(pre|post).?(?:contrast|gad|gd)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One channel of one scan."""

    scan: Scan
    index: int

    @property
    def name(self) -> str:
        """The channel's name within its scan."""
        return self.scan.channels[self.index]

    @property
    def label(self) -> str:
        """A name to choose it by among several scans."""
        return f"{self.scan.source.name} · {self.name}"

    @property
    def data(self) -> NDArray[Any]:
        """Intensities (Z, Y, X)."""
        values: NDArray[Any] = self.scan.data[self.index]
        return values


@dataclass(frozen=True, slots=True, eq=False)
class ChannelMap:
    """A channel per role (None: missing), whether names made it certain, and what to tell."""

    by_role: Mapping[str, Channel | None]
    sure: bool
    notes: tuple[str, ...]


def guess_channels(card: ModelCard, reference: Scan, available: Sequence[Channel]) -> ChannelMap:
    """Guess which channel feeds which role.

    Parameters
    ----------
    card : ModelCard
        Names the roles.
    reference : Scan
        The scan to segment; its own channels come first.
    available : sequence of Channel
        All channels to choose from; those of other scans are taken only where their name says
        clearly what they are and their files lie in the same folder: two patients may be open.

    Returns
    -------
    ChannelMap
        No channel serves two roles.
    """
    own = [Channel(reference, index) for index in range(len(reference.channels))]
    others = [each for each in available if _belongs(each.scan, reference)]
    roles = [role.name for role in card.roles]
    known = {role: _named(role, roles, [*own, *others]) for role in roles}
    if all(known[role.name] for role in card.roles if role.fallback is None):
        if any(channel is not None and channel.scan is reference for channel in known.values()):
            return ChannelMap(known, sure=True, notes=())
        if all(_sequence(each.name) for each in own):
            said = ", ".join(each.name for each in own)
            note = f"The model has no input for {said}; it is given the images beside this one."
            return ChannelMap(known, sure=False, notes=(note,))
    if len(own) == len(roles) and all(_sequence(each.name) is None for each in own):
        by_place = ", ".join(f"{r} = {c.name}" for r, c in zip(roles, own, strict=True))
        note = f"The channels do not say what they are and are taken in order: {by_place}."
        return ChannelMap(dict(zip(roles, own, strict=True)), sure=False, notes=(note,))
    return _force_required(card, known, own)


def accompanies(card: ModelCard, scan: Scan, main: Scan) -> bool:
    """Whether a scan only goes with another, which is the one to segment.

    So it is if both lie in one folder, all its channels say what they are, and the other alone
    shows what the model cannot do without: the T1 of a patient beside the FLAIR, for a model that
    looks for lesions on FLAIR.
    """
    roles = [role.name for role in card.roles]
    needed = {role.name for role in card.roles if role.fallback is None}

    def shown(one: Scan) -> set[str]:
        own = [Channel(one, index) for index in range(len(one.channels))]
        return {role for role in needed if _named(role, roles, own)}

    says_all = all(name in roles or _sequence(name) for name in scan.channels)
    return says_all and _belongs(scan, main) and not shown(scan) and shown(main) == needed


def _force_required(
    card: ModelCard, known: dict[str, Channel | None], own: list[Channel]
) -> ChannelMap:
    """Feed the reference to the first required role that nothing fits, and say so.

    Where an image beside the reference fits them all, it gives way: the reference says nothing
    of itself, and the other may be of another patient.
    """
    needed = [role.name for role in card.roles if role.fallback is None]
    required = next((role for role in needed if known[role] is None), needed[0])
    free = [each for each in own if not any(_same(used, each) for used in known.values())]
    chosen = free[0] if free else own[0]
    by_role = {role: None if _same(c, chosen) else c for role, c in known.items()}
    by_role[required] = chosen
    note = f"The model expects {required}; this image is named {chosen.name}."
    return ChannelMap(by_role, sure=False, notes=(note,))


def assemble(
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
    """
    placed, notes = place_channels(
        reference, {role.name: by_role.get(role.name) for role in card.roles}
    )
    for role in card.roles:
        if role.name in placed:
            continue
        if role.fallback is None or role.fallback not in placed:
            needed = role.fallback or role.name
            raise ChannelError(
                f"The model needs {needed} and no image was chosen for it. Choose one under "
                "Channels, or another model."
            )
        placed[role.name] = placed[role.fallback]
        notes.append(f"{role.name} is missing: {role.fallback} stands in, as the model card says.")
    names = tuple(role.name for role in card.roles)
    chosen = [by_role.get(name) for name in names]
    own = [Channel(reference, index) for index in range(len(reference.channels))]
    as_is = len(own) == len(chosen) and all(map(_same, chosen, own))
    data = reference.data if as_is else np.stack([placed[name] for name in names])
    stacked = Scan(data, reference.affine, names, reference.source, reference.units)
    return stacked, tuple(notes)


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
            notes.append(f"{channel.label} was resampled onto the grid of the segmented scan.")
    return placed, notes


def _place(channel: Channel, reference: Scan) -> tuple[NDArray[Any], bool]:
    """Return a channel on the reference grid, and whether it had to be resampled."""
    scan = channel.scan
    same = scan.grid == reference.grid and np.allclose(scan.affine, reference.affine, atol=1e-4)
    if same:
        return channel.data, False
    if scan.units != reference.units or scan.units == "pixel":
        raise ChannelError(
            f"{channel.label} lies on another grid and stores no position in mm, so it cannot be "
            "laid on the scan. Choose an image of the same grid, or leave the role empty."
        )
    from scipy import ndimage

    # Index (x, y, z) of the reference to index of the channel; scipy wants array order (z, y, x).
    step = np.linalg.inv(scan.affine) @ reference.affine
    matrix, offset = step[2::-1, 2::-1], step[2::-1, 3]
    covered = _covered(matrix, offset, reference.grid, scan.grid)
    if not covered.any():
        raise ChannelError(
            f"{channel.label} does not overlap the scan. Choose an image of the same patient and "
            "examination, or leave the role empty."
        )
    values = channel.data.astype(np.float32)
    # "nearest": voxels reach half a voxel beyond their centres, and turns are exact to rounding.
    moved = ndimage.affine_transform(
        values, matrix, offset, reference.grid, order=1, mode="nearest"
    )
    return np.where(covered, moved, np.float32(0)), True


def _covered(
    matrix: NDArray[np.float64],
    offset: NDArray[np.float64],
    grid: tuple[int, int, int],
    other: tuple[int, int, int],
) -> NDArray[np.bool_]:
    """Which voxels (Z, Y, X) of a grid have their centre within the voxels of another."""
    covered = np.ones(grid, dtype=bool)
    indices = np.ogrid[tuple(slice(length) for length in grid)]
    for row, start, length in zip(matrix, offset, other, strict=True):
        place = sum(step * index for step, index in zip(row, indices, strict=True)) + start
        covered &= (place >= -0.5) & (place <= length - 0.5)
    return covered


def _named(role: str, roles: Sequence[str], channels: Sequence[Channel]) -> Channel | None:
    for channel in channels:
        # A name that is a role's own says nothing else: no channel may serve two.
        said = channel.name if channel.name in roles else _sequence(channel.name)
        if said == role:
            return channel
    return None


def _sequence(name: str) -> str | None:
    """Tell what a name says that an image is, if it says so clearly."""
    sequence = guess_sequence(name)
    if sequence is None and (match := _CONTRAST.search(name)):
        return f"{match[1] or match[2]}-contrast".lower()
    return "pre-contrast" if sequence == "T1" else sequence


def _belongs(scan: Scan, reference: Scan) -> bool:
    """Whether another scan lies in the reference's folder."""
    folders = [{path.parent for path in each.source.files} for each in (scan, reference)]
    return scan is not reference and bool(folders[0] & folders[1])


def _same(one: Channel | None, two: Channel) -> bool:
    return one is not None and one.scan is two.scan and one.index == two.index
