"""Which image feeds which input of a network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_brainseg.io import guess_sequence, split_sequence
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.io.volumes import is_nameless
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.scan import Scan, Source

__all__ = ["Channel", "ChannelMap", "accompanies", "channels_of", "guess_channels", "sequence_role"]

# Names that speak of contrast agent alone; "post-op" is none of them.
_CONTRAST = re.compile(r"^(pre|post)$|(pre|post).?(?:contrast|gad|gd)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of one scan.

    Parameters
    ----------
    scan : Scan
        The scan that holds it.
    index : int
        Its place among the scan's channels, from 0.
    """

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
    """Which channel feeds which input role.

    Parameters
    ----------
    by_role : mapping of str to Channel or None
        None where the role has no image.
    sure : bool
        Whether the names of the channels say so.
    notes : tuple of str
        What the user should know of the choice, one sentence each.
    """

    by_role: Mapping[str, Channel | None]
    sure: bool
    notes: tuple[str, ...]


def channels_of(scan: Scan) -> list[Channel]:
    """Return all channels of a scan, in their order."""
    return [Channel(scan, index) for index in range(len(scan.channels))]


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
        clearly what they are, and they are of the same DICOM study, or their files lie in the same
        folder and are called after the same case: two patients may be open.

    Returns
    -------
    ChannelMap
        No channel serves two roles.

    Examples
    --------
    >>> guess = guess_channels(card, scan, ())
    >>> {role: channel.label for role, channel in guess.by_role.items()}
    {'pre-contrast': 'brain_sample · pre-contrast',
     'FLAIR': 'brain_sample · FLAIR',
     'post-contrast': 'brain_sample · post-contrast'}
    >>> guess.sure
    True
    """
    own = channels_of(reference)
    beside = [each for each in available if _is_beside(each.scan, reference)]
    known = _by_role(card, [*own, *beside])
    return (
        _chosen_by_name(card, known, own)
        or _chosen_by_order(card, own)
        or _chosen_by_need(card, known, own)
    )


def accompanies(card: ModelCard, scan: Scan, main: Scan) -> bool:
    """Whether a scan only goes with another, which is the one to segment.

    It does if both lie in one folder, all its channels say what they are, and the other alone
    shows what the model cannot do without: the T1 of a patient beside the FLAIR, for a model that
    looks for lesions on FLAIR.
    """
    roles = {role.name for role in card.roles}
    says_all = all(name in roles or sequence_role(name) for name in scan.channels)
    if not says_all or not _is_beside(scan, main):
        return False
    needed = set(_required(card))
    shown, shown_by_main = (_shown(card, each) & needed for each in (scan, main))
    return not shown and shown_by_main == needed


def _required(card: ModelCard) -> list[str]:
    """Return the roles for which nothing stands in."""
    return [role.name for role in card.roles if role.fallback is None]


def _by_role(card: ModelCard, channels: Sequence[Channel]) -> dict[str, Channel | None]:
    """Return for each role the first channel whose name says that it is of this role."""
    roles = [role.name for role in card.roles]
    # A name that is a role's own says nothing else: no channel may serve two.
    said = [each.name if each.name in roles else sequence_role(each.name) for each in channels]
    return {role: channels[said.index(role)] if role in said else None for role in roles}


def _shown(card: ModelCard, scan: Scan) -> set[str]:
    """Return the roles that a scan has images for, by their names."""
    return {role for role, found in _by_role(card, channels_of(scan)).items() if found is not None}


def _chosen_by_name(
    card: ModelCard, known: dict[str, Channel | None], own: list[Channel]
) -> ChannelMap | None:
    """Take what the names say, if that is all the model needs."""
    if any(known[role] is None for role in _required(card)):
        return None
    if any(channel in own for channel in known.values()):
        return ChannelMap(known, sure=True, notes=())
    if not all(sequence_role(each.name) for each in own):
        return None
    said = ", ".join(each.name for each in own)
    note = tr(
        "The model has no input for {said}; it is given the images beside this one.", said=said
    )
    return ChannelMap(known, sure=False, notes=(note,))


def _chosen_by_order(card: ModelCard, own: list[Channel]) -> ChannelMap | None:
    """Take the scan's channels in order, if they are as many as the roles and none says more."""
    roles = [role.name for role in card.roles]
    if len(own) != len(roles) or any(sequence_role(each.name) for each in own):
        return None
    by_role = dict(zip(roles, own, strict=True))
    order = ", ".join(
        f"{sequence_text(role)} = {channel.name}" for role, channel in by_role.items()
    )
    note = tr("The channels do not say what they are and are taken in order: {order}.", order=order)
    return ChannelMap(by_role, sure=False, notes=(note,))


def _chosen_by_need(
    card: ModelCard, known: dict[str, Channel | None], own: list[Channel]
) -> ChannelMap:
    """Feed the reference to the first required role that nothing fits, and say so.

    Where an image beside the reference fits them all, it gives way: the reference says nothing
    of itself, and the other may be of another patient.
    """
    needed = _required(card)
    required = next((role for role in needed if known[role] is None), needed[0])
    chosen = next((each for each in own if each not in known.values()), own[0])
    by_role = {role: None if c == chosen else c for role, c in known.items()}
    by_role[required] = chosen
    note = tr(
        "The model expects {required}; this image {impression}.",
        required=sequence_text(required),
        impression=_impression(chosen.name),
    )
    return ChannelMap(by_role, sure=False, notes=(note,))


def _impression(name: str) -> str:
    """Say what an image may be, by its name."""
    sequence = sequence_role(name)
    if sequence is None and is_nameless(name):
        return tr("names no sequence")
    if sequence is None:
        return tr("is named {name}", name=name)
    return tr(
        "looks like {weighting}{sequence}",
        weighting="T1 " if sequence.endswith("-contrast") else "",
        sequence=sequence_text(sequence),
    )


def sequence_role(name: str) -> str | None:
    """Return the sequence that a name speaks of, as roles are called, if it does so clearly."""
    sequence = guess_sequence(name)
    if sequence is None and (match := _CONTRAST.search(name)):
        return f"{match[1] or match[2]}-contrast".lower()
    return "pre-contrast" if sequence == "T1" else sequence


def _is_beside(scan: Scan, reference: Scan) -> bool:
    """Whether a scan is another one of the reference's exam, or of its folder and called so."""
    if scan is reference:
        return False
    both = (scan.source, reference.source)
    if all(exams := [source.exam for source in both]):
        return exams[0] == exams[1]
    folders = [{path.parent for path in source.files} for source in both]
    return any(len(_cases_named(both, folder)) < 2 for folder in folders[0] & folders[1])


def _cases_named(sources: Iterable[Source], folder: Path) -> set[str]:
    """Return after which cases scans of a folder are called; a sequence alone, after the folder."""
    named = filter(None, (split_sequence(source.name) for source in sources))
    return {(case or folder.name).casefold() for case, _ in named}
