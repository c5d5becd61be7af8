"""Which image feeds which input of a network, and bringing them onto one grid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ChannelError
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard

__all__ = ["Channel", "ChannelMap", "assemble", "guess_channels"]

# In order: a name that says both T1 and contrast is post-contrast.
_PATTERNS = (
    ("FLAIR", re.compile(r"flair|tirm", re.IGNORECASE)),
    (
        "post-contrast",
        re.compile(r"post|t1.?(ce|gd|c\b|km)|gad|\+ ?(c|gd|km)\b|t1c", re.IGNORECASE),
    ),
    ("T2", re.compile(r"t2", re.IGNORECASE)),
    ("pre-contrast", re.compile(r"pre|t1", re.IGNORECASE)),
)


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
    known = {role: _named(role, [*own, *others]) for role in roles}
    if any(channel is not None and channel.scan is reference for channel in known.values()):
        unfed = [role.name for role in card.roles if role.fallback is None and not known[role.name]]
        if not unfed:
            return ChannelMap(known, sure=True, notes=())
    if len(own) == len(roles) and all(_sequence(each.name) is None for each in own):
        by_place = ", ".join(f"{r} = {c.name}" for r, c in zip(roles, own, strict=True))
        note = f"The channels do not say what they are and are taken in order: {by_place}."
        return ChannelMap(dict(zip(roles, own, strict=True)), sure=False, notes=(note,))
    return _force_required(card, known, own)


def _force_required(
    card: ModelCard, known: dict[str, Channel | None], own: list[Channel]
) -> ChannelMap:
    """Feed the reference to the first required role that nothing fits, and say so."""
    by_role = dict(known)
    required = next(r.name for r in card.roles if r.fallback is None and by_role[r.name] is None)
    used = {id(each.scan): each.index for each in known.values() if each is not None}
    free = [each for each in own if used.get(id(each.scan)) != each.index]
    chosen = free[0] if free else own[0]
    by_role = {role: None if _same(c, chosen) else c for role, c in by_role.items()}
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
    placed: dict[str, NDArray[Any]] = {}
    notes: list[str] = []
    for role in card.roles:
        channel = by_role.get(role.name)
        if channel is None:
            continue
        placed[role.name], moved = _place(channel, reference)
        if moved:
            notes.append(f"{channel.label} was resampled onto the grid of the segmented scan.")
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
    data = np.stack([placed[name] for name in names])
    stacked = Scan(data, reference.affine, names, reference.source, reference.units)
    return stacked, tuple(notes)


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
    if not _overlaps(matrix, offset, reference.grid, scan.grid):
        raise ChannelError(
            f"{channel.label} does not overlap the scan. Choose an image of the same patient and "
            "examination, or leave the role empty."
        )
    values = channel.data.astype(np.float32)
    return ndimage.affine_transform(values, matrix, offset, reference.grid, order=1), True


def _overlaps(
    matrix: NDArray[Any], offset: NDArray[Any], grid: Sequence[int], other: Sequence[int]
) -> bool:
    """Whether the middles of the reference's rows, columns and slices meet the other grid."""
    axes = [np.linspace(0, length - 1, 9) for length in grid]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    found = matrix @ points + offset[:, None]
    limits = np.array(other)[:, None] - 0.5
    return bool(((found >= -0.5) & (found <= limits)).all(axis=0).any())


def _named(role: str, channels: Sequence[Channel]) -> Channel | None:
    for channel in channels:
        if channel.name == role or _sequence(channel.name) == role:
            return channel
    return None


def _sequence(name: str) -> str | None:
    """Tell what a name says that an image is, if it says so clearly."""
    for sequence, pattern in _PATTERNS:
        if pattern.search(name):
            return sequence
    return None


def _belongs(scan: Scan, reference: Scan) -> bool:
    """Whether another scan lies in the reference's folder."""
    folders = [{path.parent for path in each.source.files} for each in (scan, reference)]
    return scan is not reference and bool(folders[0] & folders[1])


def _same(one: Channel | None, two: Channel) -> bool:
    return one is not None and one.scan is two.scan and one.index == two.index
