"""Bringing back the masks that other processes left behind, each on its scan."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.layers import Labels, Layer
from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.autosave.format import read_autosave, scan_hash
from napari_brainseg.autosave.mask_autosave import MaskAutosave
from napari_brainseg.autosave.place import ScanPlace, find_at
from napari_brainseg.errors import AutosaveError, ScanError
from napari_brainseg.gui.autosave.followed import Followed
from napari_brainseg.gui.autosave.showing import bring_up
from napari_brainseg.gui.autosave.snapshots import attach, find_scan, restored_layer
from napari_brainseg.gui.common.workers import Queue
from napari_brainseg.gui.domain.mask_standing import Saved, SharedFile
from napari_brainseg.gui.layers.mask_layers import saved_mask_layers
from napari_brainseg.gui.layers.own_scan import own_scan
from napari_brainseg.gui.layers.scan_layers import scan_layers
from napari_brainseg.gui.save.companions import masks_of
from napari_brainseg.io import Reading
from napari_brainseg.language import marked, tr
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari.viewer import Viewer

    from napari_brainseg.autosave.format import Restored
    from napari_brainseg.autosave.orphans import Orphan
    from napari_brainseg.gui.autosave.disk import Disk
    from napari_brainseg.gui.domain.metadata import LayerData
    from napari_brainseg.scan import Scan

__all__ = ["Recovery", "file_of"]

THREAD = "brainseg-restore"
UNREADABLE = marked(
    "It cannot be shown; another version of this program may have kept it. Discard it."
)

EDITED = (b"",)
"""In the place of digests: what is in the file is not what was restored."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """What is to be restored, and where its scan may be."""

    orphan: Orphan
    place: ScanPlace | None
    scans: tuple[Scan, ...]
    alone: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """An autosave as read, its layer, and the layers of its scan where that had to be opened."""

    orphan: Orphan
    restored: Restored
    autosave: MaskAutosave
    scan: Scan | None
    opened: list[LayerData]
    warnings: tuple[str, ...]


def file_of(place: ScanPlace | None, shared: dict[str, SharedFile]) -> Saved | None:
    """Say in which file a mask was; None where it was in none.

    Parameters
    ----------
    place : ScanPlace or None
        What was noted with its autosave.
    shared : dict
        The files of several masks met so far, by their paths: masks that are restored together
        share theirs again.
    """
    if place is None or not place.mask:
        return None
    if place.masks == 1:
        return Saved(path=Path(place.mask), digests=EDITED)
    file = SharedFile(Path(place.mask), place.masks)
    file = shared.setdefault(place.mask, file)
    return Saved(shared=file, digests=EDITED, part=place.part)


@dataclass(frozen=True, slots=True, eq=False)
class _Mates:
    """All masks of a file, as they are in it."""

    file: SharedFile
    layers: list[LayerData]


class Recovery(QObject):
    """Offers what other processes left behind, and shows it again.

    Parameters
    ----------
    viewer : Viewer
        Gets the masks, and their scans where these are not open.
    disk : Disk
        Deletes what is not wanted.
    follow : callable
        Takes up a restored mask before it is in the viewer.

    Signals
    -------
    changed
        ``orphans`` changed.
    restored : Labels
        A mask is in the viewer again.
    """

    changed = Signal()
    restored = Signal(object)

    def __init__(
        self, viewer: Viewer, disk: Disk, follow: Callable[[Followed], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer, self._disk, self._follow = viewer, disk, follow
        # Opening a scan may take long: edits are kept meanwhile.
        self._finding = Queue(self, self._on_found, ended=self._on_ended, thread=THREAD)
        self._opened: list[Scan] = []
        self._shared: dict[str, SharedFile] = {}
        self._newest: tuple[Labels, Scan | None] | None = None
        self.orphans: list[Orphan] = []
        self.destroyed.connect(partial(_leave, self.orphans))

    def offer(self, orphans: list[Orphan]) -> None:
        """Offer what was found."""
        self.orphans[:] = orphans
        self.changed.emit()

    def discard(self, orphan: Orphan) -> None:
        """Delete what another process left behind."""
        self.orphans.remove(orphan)
        self._disk.submit(None, orphan.discard)
        self.changed.emit()

    def restore(
        self, orphan: Orphan, scans: Sequence[Scan], *, at: str = "", alone: bool = False
    ) -> None:
        """Bring a mask back onto its scan: one of those given, or else the one on disk.

        Where the scan is not found, the offer comes back and asks where it is.

        Parameters
        ----------
        orphan : Orphan
            What to restore.
        scans : sequence of Scan
            Those that are open.
        at : str, optional
            File or folder of the scan, where that is known better than when it was kept.
        alone : bool
            Show the mask without its scan if that is not open.
        """
        self.orphans.remove(orphan)
        self.changed.emit()
        place = orphan.place
        if at:
            place = ScanPlace(path=at, name="") if place is None else place.at(at)
        search = _Search(orphan, place, tuple(scans), alone)
        # Also among the scans that were opened for those asked for before.
        self._finding.run_prepared(
            lambda: (_search, (replace(search, scans=(*search.scans, *self._opened)),))
        )

    def _on_found(self, found: _Found | Orphan | _Mates) -> None:
        if isinstance(found, _Mates):
            self._show_mates(found)
            return
        if isinstance(found, _Found):
            try:
                self._show(found)
                return
            except Exception:  # one that is unfit must not be in the way of the others
                _log.exception("an autosave could not be restored")
                found = replace(found.orphan, problem=tr(UNREADABLE))
        self.orphans.insert(0, found)
        self.changed.emit()

    def _on_ended(self) -> None:
        """Open what was not edited of the files of several masks, so that they are whole again."""
        self._opened.clear()
        files, self._shared = self._shared, {}
        for file in files.values():
            scans = [own_scan(layer) for _, layer in masks_of(file, self._viewer.layers)]
            self._finding.run(_open_mates, file, [scan for scan in scans if scan is not None])

    def _show_mates(self, found: _Mates) -> None:
        there = {part for part, _ in masks_of(found.file, self._viewer.layers)}
        missing = [data for part, data in enumerate(found.layers) if part not in there]
        if not (there and missing) or self._newest is None:
            return
        with self._viewer.layers.batched_update():
            for data in missing:
                self._viewer.add_layer(Layer.create(*data))
            bring_up(self._viewer, *self._newest)

    def _show(self, found: _Found) -> None:
        mask = restored_layer(found.restored, found.scan, file_of(found.orphan.place, self._shared))
        self._newest = mask, found.scan
        header = found.restored.header
        waits = header if header.scan is not None and found.scan is None else None
        for warning in found.warnings:
            show_warning(warning)
        if found.opened and found.scan is not None:
            self._opened.append(found.scan)
        # One batch: napari puts its scene together once, not for each layer that comes or moves.
        with self._viewer.layers.batched_update():
            for data in found.opened:
                self._viewer.add_layer(Layer.create(*data))
            self._follow(Followed(mask, found.autosave, waits))
            self._viewer.add_layer(mask)
            bring_up(self._viewer, mask, found.scan)
        if found.opened:  # what was looked at may have been a smaller scan, or lain elsewhere
            self._viewer.reset_view()
        if found.restored.damaged:
            show_warning(
                tr(
                    "{name}: its autosave is damaged; the last edits may be missing.",
                    name=mask.name,
                )
            )
        self.restored.emit(mask)

    def attach(self, followed: Followed, scan: Scan) -> None:
        """Lay a restored mask on its scan, which has been opened since."""
        if followed.header is not None:
            attach(followed.layer, followed.header, scan)
            followed.header = None
            bring_up(self._viewer, followed.layer, scan)


def _search(search: _Search) -> _Found | Orphan:
    """Look for a scan in another thread; where nothing comes of it, the offer says why."""
    try:
        return _find(search) or replace(search.orphan, scan_missing=True)
    except AutosaveError as error:
        return replace(search.orphan, problem=str(error))
    except Exception:
        _log.exception("an autosave could not be restored")
        return replace(search.orphan, problem=tr(UNREADABLE))


def _find(search: _Search) -> _Found | None:
    """Read an autosave and find its scan; None where that is missing."""
    restored = read_autosave(search.orphan.path)
    autosave = MaskAutosave.resume(search.orphan, restored)
    mark = restored.header.scan
    scan = find_scan(mark, search.scans)
    if mark is None or scan is not None or search.alone:
        return _Found(search.orphan, restored, autosave, scan, [], ())
    reading = _open(search.place, mark.digest)
    if reading is None:
        return None
    opened = [layer for layer in scan_layers(reading) if layer[2] == "image"]
    source = reading.scan.source
    warnings = tuple(f"{source.name}: {warning}" for warning in source.warnings)
    return _Found(search.orphan, restored, autosave, reading.scan, opened, warnings)


def _open_mates(file: SharedFile, scans: Sequence[Scan]) -> _Mates:
    """Read the masks of a file in another thread; none where it is another one by now."""
    try:
        layers = saved_mask_layers(file.path, scans, file) if scans else []
    except (ScanError, OSError):
        return _Mates(file, [])
    return _Mates(file, layers if len(layers) == file.count else [])


def _open(place: ScanPlace | None, digest: str) -> Reading | None:
    """Open a scan where it was on disk; one that has no file may be the sample."""
    if place is not None:
        return find_at(place, digest)
    sample = phantom()
    return Reading(sample) if scan_hash(sample) == digest else None


def _leave(orphans: list[Orphan], *_: Any) -> None:
    for orphan in orphans:
        orphan.release()
    orphans.clear()
