"""Reading scans of a work list, and segmenting the next one while the user works on this one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import BrainsegError, ScanError, without_path
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.layers.scan_layers import hidden_layers, scan_layers
from napari_brainseg.language import tr
from napari_brainseg.pipeline.channels import channels_of, guess_channels
from napari_brainseg.worklist.masks import open_mask, read_companions, read_item

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.io import Reading
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Segmentation
    from napari_brainseg.scan import Scan
    from napari_brainseg.worklist.items import Key, SavedMask, WorkItem, WorkList

__all__ = ["PrefetchRequest", "Prefetched", "Prefetcher"]

MAX_KEPT = 2
MAX_BYTES = 1 << 30
"""Of voxels that are kept in memory for scans that are not on screen."""

THREAD = "brainseg-prefetch"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class PrefetchRequest:
    """A scan to be read, and the model to segment it with, if any."""

    worklist: WorkList
    item: WorkItem
    bundle: Bundle | None
    device: str


@dataclass(frozen=True, slots=True, eq=False)
class Prefetched:
    """The result of a request.

    Parameters
    ----------
    request : PrefetchRequest
        What was asked for.
    reading : Reading or None
        The scan; None where it cannot be read.
    companions : tuple of Scan
        The other sequences of its case.
    layers : tuple of tuple
        Its layers and theirs, as napari takes them.
    saved : SavedMask or None
        Its saved mask.
    remark : str
        Why there is no scan, or no mask where there might be one.
    bundle : Bundle or None
        The model that was run, whether it succeeded or not.
    segmentation, measures : optional
        The result.
    """

    request: PrefetchRequest
    reading: Reading | None = None
    companions: tuple[Scan, ...] = ()
    layers: tuple[LayerData, ...] = ()
    saved: SavedMask | None = None
    remark: str = ""
    bundle: Bundle | None = None
    segmentation: Segmentation | None = None
    measures: MaskMeasures | None = None

    @property
    def item(self) -> WorkItem:
        """The scan's item in the list, as it was then."""
        return self.request.item

    @property
    def brings_mask(self) -> bool:
        """Whether there is a mask on disk, so that none has to be made."""
        return self.saved is not None or (
            self.reading is not None and self.reading.mask is not None
        )

    @property
    def n_bytes(self) -> int:
        """Memory of its voxels."""
        arrays = [self.reading.scan.data] if self.reading else []
        arrays += [scan.data for scan in self.companions]
        arrays += [self.saved.labels] if self.saved else []
        if self.segmentation:
            arrays += [self.segmentation.probabilities, self.segmentation.labels]
        return sum(array.nbytes for array in arrays)

    def is_done(self, bundle: Bundle | None) -> bool:
        """Whether there is nothing left to do for a user who works with this model."""
        return self.reading is None or self.brings_mask or bundle in (None, self.bundle)

    def made_with(self, bundle: Bundle | None) -> Prefetched:
        """Leave out a mask that another model made."""
        if bundle == self.bundle:
            return self
        return replace(self, bundle=None, segmentation=None, measures=None)


class Prefetcher(QObject):
    """Reads and segments one scan at a time, in the background.

    Signals
    -------
    prefetched : Prefetched
        The scan that :meth:`visit` asked for.
    segmented : Prefetched
        The work under way is done: a scan, with its mask or the reason why there is none.
    """

    prefetched = Signal(object)
    segmented = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[Key, Prefetched] = {}
        self._in_vain: set[WorkItem] = set()
        self._request: PrefetchRequest | None = None
        self._awaited: Key | None = None
        self._cancelled = Event()
        # In a thread of its own: Qt's pool has one for each core, and on a small machine saving
        # would have to wait until a segmentation is done that nobody asked for.
        self._work = Latest(self, self._on_end, yielded=self._on_read, thread=THREAD)

    @property
    def under_way(self) -> Key | None:
        """Key of the scan that is being read or segmented."""
        return self._request.item.key if self._request is not None else None

    def is_segmenting(self, key: Key) -> bool:
        """Whether the mask of a scan is being made."""
        return self.under_way == key and self._request is not None and bool(self._request.bundle)

    def is_in_vain(self, item: WorkItem) -> bool:
        """Whether prefetching a scan is of no use: it cannot be read, or is too large."""
        return item in self._in_vain

    def visit(self, request: PrefetchRequest) -> None:
        """Read a scan that the user waits for, unless that was begun or done before."""
        self._awaited = request.item.key
        kept = self._kept_of(request)
        same = self._request is not None and self._request.item == request.item
        if kept is not None:
            if not same:
                self._abandon()
            self._tell(kept.made_with(request.bundle))
        elif not same:
            self._start(replace(request, bundle=None))

    def prefetch(self, request: PrefetchRequest) -> None:
        """Read a scan, and segment it if it has no mask; nothing, while something is under way."""
        kept = self._kept_of(request)
        is_done = kept is not None and kept.is_done(request.bundle)
        if self._request is None and not is_done:
            self._start(request, kept)

    def take(self, key: Key) -> None:
        """Forget a scan that is on screen now."""
        self._kept.pop(key, None)

    def cancel(self) -> None:
        """End what is under way, unless the user waits for it."""
        if self._awaited is None:
            self._abandon()

    def leave(self) -> None:
        """End everything: nobody is left to see the result."""
        self._awaited = None
        self._abandon()
        self._kept.clear()

    def _kept_of(self, request: PrefetchRequest) -> Prefetched | None:
        """Find what is kept of a scan, unless its item has changed since."""
        kept = self._kept.get(request.item.key)
        return kept if kept is not None and kept.item == request.item else None

    def _start(self, request: PrefetchRequest, kept: Prefetched | None = None) -> None:
        self._abandon()
        self._request, self._cancelled = request, Event()
        self._work.run(_prefetch, request, kept, self._cancelled)

    def _abandon(self) -> None:
        self._cancelled.set()
        self._work.cancel()
        self._request = None

    def _on_read(self, prefetched: Prefetched) -> None:
        self._keep(prefetched)
        if self._awaited == prefetched.item.key:
            self._tell(prefetched)

    def _on_end(self, prefetched: Prefetched) -> None:
        self._request = None
        self._keep(prefetched)
        self.segmented.emit(prefetched)

    def _tell(self, prefetched: Prefetched) -> None:
        self._awaited = None
        self.prefetched.emit(prefetched)

    def _keep(self, prefetched: Prefetched) -> None:
        """Keep what was prefetched last, and of the rest what there is room for."""
        key = prefetched.item.key
        self._kept.pop(key, None)
        if prefetched.reading is None or prefetched.n_bytes > MAX_BYTES:
            self._in_vain.add(prefetched.item)
            return
        self._kept[key] = prefetched
        while len(self._kept) > MAX_KEPT or _total(self._kept) > MAX_BYTES:
            del self._kept[next(iter(self._kept))]


def _total(kept: dict[Key, Prefetched]) -> int:
    return sum(each.n_bytes for each in kept.values())


def _prefetch(
    request: PrefetchRequest, kept: Prefetched | None, cancelled: Event
) -> Generator[Prefetched, None, Prefetched]:
    """Read, tell, and segment, in the worker thread; errors come back as remarks."""
    prefetched = _read(request) if kept is None else replace(kept, request=request)
    yield prefetched
    if prefetched.is_done(request.bundle) or prefetched.n_bytes > MAX_BYTES or cancelled.is_set():
        return prefetched
    return _segment(prefetched, cancelled)


def _read(request: PrefetchRequest) -> Prefetched:
    try:
        reading = read_item(request.worklist, request.item)
    except ScanError as error:
        return Prefetched(request, remark=str(error))
    except Exception as error:  # whatever it is, the rest of the list has to stay usable
        _log.exception("reading failed")
        return Prefetched(
            request, remark=tr("Reading failed: {reason}", reason=without_path(error))
        )
    companions, notes = read_companions(request.worklist, request.item)
    saved = None
    try:
        saved = open_mask(request.worklist, request.item, reading.scan)
    except ScanError as error:
        notes = (*notes, str(error))
    layers = (*scan_layers(reading), *hidden_layers(companions))
    return Prefetched(request, reading, companions, layers, saved, " ".join(notes))


def _segment(prefetched: Prefetched, cancelled: Event) -> Prefetched:
    from napari_brainseg.measure.lesions import measure_mask
    from napari_brainseg.pipeline.segment import segment_steps

    request, reading = prefetched.request, prefetched.reading
    if request.bundle is None or reading is None:
        return prefetched
    scan = reading.scan
    tried = replace(prefetched, bundle=request.bundle)
    try:
        steps = segment_steps(
            scan,
            request.bundle,
            channels=_channels(request.bundle.card, scan, prefetched.companions),
            device=request.device,
            slices=None,
            # The other cores are left to the user.
            threads=1,
            cancelled=cancelled.is_set,
        )
        result = _last(steps)
        if not result.complete:
            return prefetched
        return replace(tried, segmentation=result, measures=measure_mask(result.labels, scan))
    except BrainsegError as error:
        return replace(tried, remark=str(error))
    except Exception as error:  # it may still work when the user asks for it
        _log.exception("segmenting ahead failed")
        return replace(
            tried, remark=tr("Segmentation failed: {reason}", reason=without_path(error))
        )


def _channels(
    card: ModelCard, scan: Scan, companions: tuple[Scan, ...]
) -> Mapping[str, Channel | None] | None:
    """Choose the images for a model as the panel would; None where there is nothing to choose."""
    if not companions:
        return None
    available = [channel for each in companions for channel in channels_of(each)]
    return guess_channels(card, scan, available).by_role


def _last(steps: Generator[Any, None, Segmentation]) -> Segmentation:
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: Segmentation = stop.value
            return result
