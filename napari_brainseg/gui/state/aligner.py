"""Keeping the sequences of a patient on each other, while scans come, go and are chosen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.errors import RegistrationError
from napari_brainseg.gui.common.connections import Connections
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.gui.domain.mask_record import provenance_of
from napari_brainseg.gui.domain.metadata import COPY_OF, OVERLAY_KEY, scan_handle_of
from napari_brainseg.gui.domain.provenance import ScanHandle
from napari_brainseg.gui.layers.alignment import (
    MATCH,
    alignment_of,
    at_one_point,
    keep_point,
    resample_image,
    share_space,
    show_on,
    show_own,
)
from napari_brainseg.gui.layers.geometry import placement
from napari_brainseg.gui.layers.in_view import kept_in_view
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.language import marked, tr
from napari_brainseg.resample import on_one_grid, resampled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from napari.components import LayerList
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.layers.alignment import Alignment
    from napari_brainseg.registration import Match
    from napari_brainseg.scan import Scan

__all__ = ["Aligner"]


@dataclass(frozen=True, slots=True, eq=False)
class _Image:
    layer: Image
    handle: ScanHandle
    match: Match | None

    @property
    def scan(self) -> Scan:
        return self.handle.scan

    def resample(self, reference: ScanHandle) -> NDArray[Any] | None:
        return resample_image(self.handle, reference, self.match)


@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    layer: Labels
    scan: Scan
    labels: NDArray[Any]
    match: Match | None

    def resample(self, reference: ScanHandle) -> NDArray[Any] | None:
        to_image = None if self.match is None else self.match.matrix
        found = resampled(self.labels, self.scan.affine, reference.scan, order=0, to_image=to_image)
        return None if found is None else reference.frame.apply(found)


_Done = tuple[ScanHandle, list[tuple[_Image | _Mask, Any]]]


class Aligner(QObject):
    """Shows images of other scans on the grid of one, computed in a worker.

    That is the scan of the selected mask, so that what is drawn on is always shown as it is; else
    the chosen scan. Masks of other scans are hidden, and shown as copies that cannot be painted on.

    Parameters
    ----------
    viewer : Viewer
        Whose layers.
    chosen : callable
        Returns the chosen scan, or None.

    Signals
    -------
    changed
        ``moved``, ``apart`` or ``reference`` is another.
    told : str
        What came of matching, for the status line.

    Attributes
    ----------
    reference : ScanHandle or None
        The scan that is shown as it is.
    moved : tuple of str
        The names of the scans that are shown resampled, and how they were matched.
    apart : tuple of str
        The names of those that are shown as they are, for want of a common space.
    """

    changed = Signal()
    told = Signal(str)

    def __init__(
        self,
        viewer: Viewer,
        chosen: Callable[[], ScanHandle | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._chosen = viewer, chosen
        self._working = Latest(self, self._on_done, ended=self._on_ended)
        self._matching = Latest(self, self._on_matched)
        self._matches: list[tuple[Scan, Scan, Match]] = []
        self._again = False
        self._apart: list[tuple[Scan, Scan]] = []
        self._hidden: set[Hashable] = set()
        self._copies: dict[Hashable, Labels] = {}
        self.reference: ScanHandle | None = None
        self.moved: tuple[str, ...] = ()
        self.apart: tuple[str, ...] = ()
        layers = viewer.layers
        events = Connections(self)
        for source in (layers.events.inserted, layers.events.removed):
            events.connect(source, self.refresh)
        events.connect(layers.selection.events.active, self.refresh)
        events.at_end(_leave, layers, self._copies)

    def refresh(self, event: Any = None) -> None:
        """Lay everything on the reference, as far as it does not lie there."""
        self._forget_closed()
        before, self.reference = self.reference, self._find_reference()
        if self.reference is None:
            return
        was = None if before is None else before.scan
        with kept_in_view(self._viewer, was, self.reference.scan):
            self._lay_on(self.reference, before)
        self._tell()

    def _lay_on(self, reference: ScanHandle, before: ScanHandle | None) -> None:
        if before is not None and before.scan is not reference.scan:
            keep_point(self._viewer, before, reference, self._match_of(reference.scan, before.scan))
        self._again = self._working.running
        if not self._again:
            with at_one_point(self._viewer):
                todo = [*self._images(reference), *self._masks(reference)]
            if todo:
                self._working.run(_resample, todo, reference)

    def _on_ended(self) -> None:
        if self._again:
            self.refresh()

    def match(self) -> None:
        """Match the images of all other scans with the reference, by what they show."""
        reference = self.reference
        if reference is None or self._matching.running:
            return
        others = {
            id(handle.scan): handle
            for handle in self._handles()
            if handle.scan.units == "mm" and not on_one_grid(handle.scan, reference.scan)
        }
        names = ", ".join(each.scan.source.name for each in others.values())
        self.told.emit(
            tr("Matching {names} with {name}…", names=names, name=reference.scan.source.name)
        )
        self._matching.run(_match, list(others.values()), reference)

    @property
    def matched(self) -> bool:
        """Whether a scan was matched by image, or is being."""
        return bool(self._matches) or self._matching.running

    def unmatch(self) -> None:
        """Show everything where its file states again."""
        self._matches.clear()
        self.refresh()

    def _on_matched(self, found: list[tuple[Scan, Scan, Match | str]]) -> None:
        for scan, reference, match in found:
            if isinstance(match, str):
                self.told.emit(match)
                continue
            self._matches.append((scan, reference, match))
            text = marked("{name} was matched by image: {match} from what the files state.")
            self.told.emit(tr(text, name=scan.source.name, match=match))
        self.refresh()

    def _match_of(self, scan: Scan, reference: Scan) -> Match | None:
        """Find how a scan lies to a reference by image, matched one way or the other."""
        for moving, fixed, match in reversed(self._matches):
            if moving is scan and fixed is reference:
                return match
            if fixed is scan and moving is reference:
                return match.reversed()
        return None

    def _handles(self) -> list[ScanHandle]:
        layers = (layer for layer in self._viewer.layers if isinstance(layer, Image))
        found = (scan_handle_of(layer.metadata) for layer in layers)
        return [handle for handle in found if handle is not None]

    def leave(self) -> None:
        """Show all images as they are, and no copies: nobody is left to keep them true."""
        self._working.leave()
        self._matching.leave()
        _leave(self._viewer.layers, self._copies)

    def _find_reference(self) -> ScanHandle | None:
        active = self._viewer.layers.selection.active
        known = provenance_of(active) if is_mask_layer(active) else None
        chosen = self._chosen()
        if known is None or (chosen is not None and known.scan is chosen.scan):
            return chosen
        own = (each for each in self._handles() if each.scan is known.scan)
        return next(own, chosen)

    def _images(self, reference: ScanHandle) -> list[_Image]:
        """List the images that do not lie on the reference yet; those that are its own, do."""
        todo = []
        for layer in self._viewer.layers:
            handle = scan_handle_of(layer.metadata) if isinstance(layer, Image) else None
            if handle is None:
                continue
            shown, match = alignment_of(layer), self._match_of(handle.scan, reference.scan)
            if not self._has_to_move(handle.scan, reference.scan):
                show_own(layer)
            elif shown is None or not _is_same(shown, reference.scan, match):
                todo.append(_Image(layer, handle, match))
        return todo

    def _has_to_move(self, scan: Scan, reference: Scan) -> bool:
        """Whether a scan has to be resampled, as far as is known that it can be."""
        if self._match_of(scan, reference) is not None:
            return True
        if any(one is scan and other is reference for one, other in self._apart):
            return False
        return share_space(scan, reference)

    def _forget_closed(self) -> None:
        """Let go of scans that are not open any more."""
        there = {id(each.scan) for each in self._handles()}
        self._apart = [pair for pair in self._apart if {id(pair[0]), id(pair[1])} <= there]
        self._matches = [each for each in self._matches if {id(each[0]), id(each[1])} <= there]

    def _masks(self, reference: ScanHandle) -> list[_Mask]:
        """List the masks that a copy is needed of; bring back those that lie on the reference."""
        todo, there = [], set()
        for layer in list(self._viewer.layers):
            known = provenance_of(layer) if is_mask_layer(layer) else None
            if known is None:
                continue
            there.add(layer.unique_id)
            match = self._match_of(known.scan, reference.scan)
            if not self._has_to_move(known.scan, reference.scan):
                self._bring_back(layer)
            elif self._needs_copy(layer, match) and layer.data.shape == known.shape:
                labels = np.array(known.frame.invert(layer.data))
                todo.append(_Mask(layer, known.scan, labels, match))
        for key in self._copies.keys() - there:
            self._drop(key)
        return todo

    def _needs_copy(self, layer: Labels, match: Match | None) -> bool:
        copy = self._copies.get(layer.unique_id)
        return layer.visible or (copy is not None and not _is_alike(copy.metadata[MATCH], match))

    def _bring_back(self, layer: Labels) -> None:
        self._drop(layer.unique_id)
        if layer.unique_id in self._hidden:
            self._hidden.discard(layer.unique_id)
            layer.visible = True

    def _drop(self, key: Hashable) -> None:
        copy = self._copies.pop(key, None)
        if copy is not None and copy in self._viewer.layers:
            self._viewer.layers.remove(copy)

    def _on_done(self, done: _Done) -> None:
        reference, found = done
        if self.reference is None or reference.scan is not self.reference.scan:
            return
        for item, data in found:
            if item.layer not in self._viewer.layers:
                continue
            if data is None:
                self._apart.append((item.scan, reference.scan))
            elif isinstance(item, _Image):
                with at_one_point(self._viewer):
                    show_on(item.layer, reference, data, item.match)
            else:
                self._show_copy(item, reference, data)
        self._tell()

    def _show_copy(self, item: _Mask, reference: ScanHandle, data: NDArray[Any]) -> None:
        """Show a mask on another scan's grid, in its own colours."""
        layer = item.layer
        self._drop(layer.unique_id)
        selected = self._viewer.layers.selection.active
        copy = Labels(
            data,
            name=tr("{name} on {scan}", name=layer.name, scan=reference.scan.source.name),
            colormap=layer.colormap,
            opacity=layer.opacity,
            metadata={OVERLAY_KEY: True, MATCH: item.match, COPY_OF: item.scan},
            **placement(reference.scan, reference.frame),
        )
        copy.editable = False
        self._copies[layer.unique_id] = copy
        self._hidden.add(layer.unique_id)
        layer.visible = False
        self._viewer.add_layer(copy)
        self._viewer.layers.selection.active = selected

    def _tell(self) -> None:
        moved: dict[str, None] = {}
        apart: dict[str, None] = {}
        for layer in self._viewer.layers:
            handle = scan_handle_of(layer.metadata) if isinstance(layer, Image) else None
            if handle is None or self.reference is None or handle.scan is self.reference.scan:
                continue
            shown, name = alignment_of(layer), handle.scan.source.name
            if shown is not None:
                if shown.match is not None:
                    name = tr("{name} (by image, {match})", name=name, match=shown.match)
                moved[name] = None
            elif handle.scan.units == "mm" and not self._lies_there(handle.scan):
                apart[name] = None
        self.moved, self.apart = tuple(moved), tuple(apart)
        self.changed.emit()

    def _lies_there(self, scan: Scan) -> bool:
        """Whether a scan lies on the reference, or is about to."""
        reference = self.reference
        if reference is None or on_one_grid(scan, reference.scan):
            return True
        return self._has_to_move(scan, reference.scan)


def _is_same(shown: Alignment, reference: Scan, match: Match | None) -> bool:
    return shown.reference is reference and _is_alike(shown.match, match)


def _is_alike(one: Match | None, other: Match | None) -> bool:
    return one is other or bool(one and other and np.allclose(one.matrix, other.matrix))


def _match(
    handles: Sequence[ScanHandle], reference: ScanHandle
) -> list[tuple[Scan, Scan, Match | str]]:
    """Match in the worker thread; what cannot be comes back as a sentence."""
    from napari_brainseg.registration import register

    found: list[tuple[Scan, Scan, Match | str]] = []
    for handle in handles:
        channels = (reference.channel, handle.channel)
        try:
            match: Match | str = register(reference.scan, handle.scan, channels)
        except RegistrationError as error:
            match = str(error)
        found.append((handle.scan, reference.scan, match))
    return found


def _resample(todo: Sequence[_Image | _Mask], reference: ScanHandle) -> _Done:
    return reference, [(item, item.resample(reference)) for item in todo]


def _leave(layers: LayerList, copies: dict[Hashable, Labels]) -> None:
    """Show what there is as it is, also after Qt has deleted the aligner."""
    # Where both are garbage collected together, the viewer may be half gone already.
    with suppress(AttributeError):
        for copy in copies.values():
            if copy in layers:
                layers.remove(copy)
        for layer in layers:
            if isinstance(layer, Image):
                show_own(layer)
    copies.clear()
