"""The one owner of all that is known of a mask.

How to ask
----------
:func:`record_of` returns the record of a labels layer, :func:`record_in` that of layer data as
readers make them and writers get them; both None for labels of which nothing is known.

>>> record = record_of(layer)  # doctest: +SKIP
>>> record.provenance.scan, record.provenance.result  # frozen: hand it to workers  # doctest: +SKIP
>>> record.is_original  # as the model made it, or as it was read?  # doctest: +SKIP
>>> record.is_unsaved, record.saved  # anything to lose? what is in which file?  # doctest: +SKIP
>>> record.revised.connect(self._on_revised)  # its voxels are others now  # doctest: +SKIP

:attr:`MaskRecord.revision` grows whenever the voxels change, by whatever means. Voxels are looked
at in the background, a moment after an event that may mean new ones: napari has none for undo, redo
and scripts alone. In between, :attr:`MaskRecord.is_settled` is False, and what the record says is
what was seen last. Who needs to know how it is now, asks
:class:`~napari_brainseg.gui.state.mask_watch.MaskWatch` to look, or looks at a copy.

How to tell
-----------
Whoever gives a mask a new origin calls :meth:`MaskRecord.begin`, whoever learns something new of it
:meth:`MaskRecord.change`, whoever saved it :meth:`MaskRecord.note_saved`. In a layer's metadata
stands a key and nothing else: the record lives as long as any metadata with its key, be it of a
layer in a viewer, of a deleted one that can be brought back, or of layer data on their way. A
duplicated layer gets a record of its own.

The signals are psygnal's: records are made in the threads of readers and end with their key, where
a QObject would belong to the thread that made it, and to a parent. Methods are held weakly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from psygnal import Signal

from napari_brainseg.gui.domain.mask_standing import Look, Saved, Seen, Standing
from napari_brainseg.gui.domain.metadata import METADATA_KEY

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.gui.domain.mask_standing import Digests, SharedFile
    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.io.mask_info import MaskInfo
    from napari_brainseg.measure.edit_record import EditTime

__all__ = [
    "MachineWrite",
    "MaskKey",
    "MaskRecord",
    "adopt",
    "new_metadata",
    "provenance_of",
    "record_in",
    "record_of",
]

REMEMBERED = 20
"""Writes of machines that are remembered of each mask: the last ones."""


class MaskKey:
    """Stands in the metadata of a layer for the record of its mask; the same in all copies."""

    __slots__ = ("__weakref__",)

    def __copy__(self) -> MaskKey:
        return self

    def __deepcopy__(self, memo: Any) -> MaskKey:
        return self

    def __repr__(self) -> str:
        return f"<mask {id(self):x}>"


@dataclass(frozen=True, slots=True, eq=False)
class MachineWrite:
    """Voxels that were not written by hand: where, counted in C order of the layer, and what."""

    places: NDArray[np.intp]
    values: NDArray[Any]


class MaskRecord:
    """All that is known of one mask.

    Signals
    -------
    All of them tell the record.

    provenance_changed
        Its scan, origin, names, rules, or whether it is accepted.
    touched
        Something happened that may have changed its voxels.
    looked
        Its voxels were looked at.
    revised
        They are others than before.
    saved_changed
        It was saved.

    Attributes
    ----------
    revision : int
        Grows with every change of the voxels that was seen.
    saved : Saved or None
        What is in a file.
    time : EditTime or None
        For how long the mask of its origin was worked on; None before that.
    first : ndarray or None
        The labels in the order of the layer when they were first worked on, where no original is
        known.
    writes : deque of MachineWrite
        What machines wrote, the oldest first.
    layer_id : hashable
        ``unique_id`` of its layer; None while it is layer data on their way.
    """

    provenance_changed: ClassVar[Signal] = Signal(object)
    touched: ClassVar[Signal] = Signal(object)
    looked: ClassVar[Signal] = Signal(object)
    revised: ClassVar[Signal] = Signal(object)
    saved_changed: ClassVar[Signal] = Signal(object)

    def __init__(self, provenance: Provenance | None = None, saved: Saved | None = None) -> None:
        self.revision = 0
        self.saved = saved
        if saved is not None and saved.info is None and provenance is not None:
            self.saved = replace(saved, info=provenance.info)
        self.time: EditTime | None = None
        self.first: NDArray[Any] | None = None
        self.writes: deque[MachineWrite] = deque(maxlen=REMEMBERED)
        self._provenance = provenance
        self._origin = 0
        self._touches = 1
        self._seen: Seen | None = None
        self._untold = False
        self._original: Digests | None = None
        self.layer_id: Hashable = None

    # What it is

    @property
    def provenance(self) -> Provenance | None:
        """Scan, frame, origin and rules; None where the mask knows no scan."""
        return self._provenance

    @property
    def is_settled(self) -> bool:
        """Whether nothing happened since the voxels were looked at."""
        return self._seen is not None and self._seen.touches == self._touches

    @property
    def has_news(self) -> bool:
        """Whether there is something to look at, or to tell."""
        return self._untold or not self.is_settled

    @property
    def seen(self) -> Seen | None:
        """What was seen of the voxels, if nothing happened since."""
        return self._seen if self.is_settled else None

    @property
    def digests(self) -> Digests | None:
        """Of the labels as seen last, on the scan's grid; None before the first look."""
        return None if self._seen is None else self._seen.digests

    @property
    def original_digests(self) -> Digests | None:
        """Of the original, once it was looked at."""
        return self._original

    @property
    def is_original(self) -> bool:
        """Whether it holds what its origin made: nothing was changed by hand."""
        return self._seen is not None and self.standing.is_original(self._seen)

    @property
    def is_unsaved(self) -> bool:
        """Whether there is something to lose, as seen last."""
        return self.standing.is_unsaved(self._seen)

    @property
    def standing(self) -> Standing:
        """By what it is judged."""
        known = self._provenance
        by_machine = known is not None and known.info.made != "MANUAL"
        told = None if self.saved is None else self.saved.info
        renamed = known is not None and told is not None and not known.info.looks_like(told)
        return Standing(self.saved, by_machine, self._original, renamed)

    # What happens to it

    def begin(self, provenance: Provenance | None) -> None:
        """Start from a new origin: the mask of another run. Work is counted from zero."""
        self.time = None
        self._set(provenance, original=True)

    def carry_on(self, provenance: Provenance) -> None:
        """Replace the provenance as :meth:`begin` does, by one that the work so far counts for."""
        self._set(provenance, original=True)

    def take_over(self, provenance: Provenance, digests: Digests, *, is_empty: bool) -> None:
        """Take note that a machine wrote all of the mask just now: that is its origin.

        Parameters
        ----------
        provenance : Provenance
            What made it; the layer holds its ``original``.
        digests : tuple of bytes
            Of the original.
        is_empty : bool
            Whether it holds nothing.
        """
        self.time = None
        self._provenance, self._original = provenance, digests
        self._origin += 1
        self._untold = self._untold or digests != self.digests
        self._touches += 1
        self._seen = Seen(self._touches, self._origin, digests, is_empty, digests)
        self.provenance_changed.emit(self)
        self.touched.emit(self)

    def change(self, **changes: Any) -> None:
        """Replace fields of the provenance.

        Raises
        ------
        ValueError
            If the mask knows no scan: a defect of the caller, which begins it.
        """
        if self._provenance is None:
            raise ValueError("nothing is known of this mask: begin it with a provenance")
        self._set(replace(self._provenance, **changes), original="original" in changes)
        if "info" in changes:
            self.touch()  # other names are something to save, too

    def _set(self, provenance: Provenance | None, original: bool) -> None:
        self._provenance = provenance
        if original:
            self._origin += 1
            self._original = None
            self._touches += 1
        self.provenance_changed.emit(self)
        if original:
            self.touched.emit(self)

    def touch(self) -> None:
        """Take note of an event that may mean new voxels."""
        self._touches += 1
        self.touched.emit(self)

    def look_at(self, data: Any) -> Look:
        """Prepare a look at the layer's data, of which no copy is made."""
        known = self._provenance
        original = None if known is None or self._original is not None else known.original
        return Look(self._touches, self._origin, data, self.on_grid, original)

    def look_at_copy(self, labels: NDArray[Any]) -> Look:
        """Prepare a look at a copy of the labels, on the scan's grid, made just now."""
        return replace(self.look_at(labels), turn=np.asarray)

    def see(self, seen: Seen) -> None:
        """Take up what came of a look."""
        if self._seen is not None and self._seen.touches > seen.touches:
            return  # what was seen later is known already
        before, self._seen = self._seen, seen
        if seen.origin == self._origin and seen.original is not None:
            self._original = seen.original
        if self.saved is not None and self.saved.digests is None:
            self.saved = replace(self.saved, digests=self._original)
        # What is seen first is no change, unless something happened before.
        is_other = seen.touches > 1 if before is None else before.digests != seen.digests
        if is_other or self._untold:
            self._untold = False
            self.revision += 1
            self.revised.emit(self)
        self.looked.emit(self)

    def note_saved(
        self,
        digests: Digests,
        path: Path | None = None,
        info: MaskInfo | None = None,
        shared: SharedFile | None = None,
        part: int = 0,
    ) -> None:
        """Take note that labels like these are in a file.

        Parameters
        ----------
        digests : tuple of bytes
            Of the labels on the scan's grid: from
            :func:`~napari_brainseg.autosave.digests.slice_digests`.
        path : Path, optional
            The file.
        info : MaskInfo, optional
            What the file was told of the labels, if not what is known of them now.
        shared, part : SharedFile and int, optional
            Where others are in the file with it, who are told after it, and which one it is there.
        """
        known = self._provenance
        info = info or (None if known is None else known.info)
        for other in self._displaced(path, shared):
            other._set_saved(None)
        stays = None if self.saved is None else self.saved.left_in(path)
        alone = None if shared else path
        if stays is not None and not shared and self.saved is not None:
            part = self.saved.part
        self._set_saved(Saved(self.revision, alone, digests, info, shared or stays, part))

    def _displaced(self, path: Path | None, shared: SharedFile | None) -> list[MaskRecord]:
        """Return the others that were in a file, whose place this mask has taken."""
        others = [each for each in _records.values() if path and each is not self]
        found = [each for each in others if each.saved is not None and each.saved.file == path]
        return found if shared is None else [each for each in found if not shared.holds(each.saved)]

    def _set_saved(self, saved: Saved | None) -> None:
        self.saved = saved
        self.saved_changed.emit(self)

    def on_grid(self, data: NDArray[Any]) -> NDArray[Any]:
        """Turn labels as the layer has them to the scan's grid; as they are where they are not."""
        known = self._provenance
        if known is None or data.shape != known.shape:
            return data
        return known.frame.invert(data)

    def _fork(self) -> MaskRecord:
        """Make the record of a duplicate: as this one, with a life of its own from now on."""
        saved = None if self.saved is None else replace(self.saved, shared=None)
        other = MaskRecord(self._provenance, saved)
        other.time, other.first = self.time, self.first
        other.writes.extend(self.writes)
        return other


_records: WeakKeyDictionary[MaskKey, MaskRecord] = WeakKeyDictionary()


def new_metadata(
    provenance: Provenance | None = None, saved: Saved | None = None
) -> dict[str, MaskKey]:
    """Make a record, and the metadata of a layer that has it."""
    key = MaskKey()
    _records[key] = MaskRecord(provenance, saved)
    return {METADATA_KEY: key}


def record_in(metadata: Mapping[str, Any]) -> MaskRecord | None:
    """Return the record of a mask by the metadata of its layer, or of layer data."""
    key = metadata.get(METADATA_KEY)
    return _records.get(key) if isinstance(key, MaskKey) else None


def record_of(layer: Labels) -> MaskRecord | None:
    """Return the record of a labels layer; a duplicate is given one of its own."""
    record = record_in(layer.metadata)
    if record is None:
        return None
    if record.layer_id is None:
        record.layer_id = layer.unique_id
    if record.layer_id == layer.unique_id:
        return record
    return _give(layer, record._fork())


def adopt(layer: Labels, provenance: Provenance | None = None) -> MaskRecord:
    """Return the record of a layer, made and told of its provenance where it has none."""
    record = record_of(layer)
    if record is None:
        return _give(layer, MaskRecord(provenance))
    if record.provenance is None and provenance is not None:
        record.begin(provenance)
    return record


def provenance_of(layer: Labels) -> Provenance | None:
    """Return what is known of the origin of a labels layer, and of its scan."""
    record = record_of(layer)
    return None if record is None else record.provenance


def _give(layer: Labels, record: MaskRecord) -> MaskRecord:
    key = MaskKey()
    _records[key] = record
    record.layer_id = layer.unique_id
    layer.metadata[METADATA_KEY] = key
    return record
