"""What is known of scan and mask, as the panel's state takes it."""

from __future__ import annotations

import weakref
from itertools import count
from typing import TYPE_CHECKING

from napari_brainseg.ct_window import is_ct
from napari_brainseg.frames import frame_for, plane_to_run
from napari_brainseg.gui.domain.mask_record import record_of
from napari_brainseg.gui.domain.rules import rules_of
from napari_brainseg.gui.layers.mask_layers import is_mask_layer
from napari_brainseg.gui.state.panel_facts import MaskFacts, ScanFacts, Unsaved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Labels, Layer

    from napari_brainseg.gui.state.live_threshold import LiveMask
    from napari_brainseg.scan import Scan

__all__ = ["ScanKeys", "mask_facts", "scan_facts", "unsaved_masks"]


class ScanKeys:
    """Numbers scans, without keeping them alive: what is told of one must not outlive it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[object], int]] = {}
        self._numbers = count()

    def __call__(self, scan: Scan) -> int:
        """Return the number of a scan."""
        place, (known, number) = id(scan.data), self._known.get(id(scan.data), (None, 0))
        # The place of an array that is gone may be another's by now.
        if known is None or known() is not scan.data:
            number = next(self._numbers)
            self._known[place] = weakref.ref(scan.data), number
        return number


def scan_facts(scan: Scan, key: int) -> ScanFacts:
    """Say of a scan what the panel shows."""
    # The viewer shows axial slices, and they are what the models that are known here are given.
    plane = plane_to_run(scan.affine, scan.grid, "axial")
    slices = len(frame_for(scan.affine, plane).apply(scan.data[0]))
    return ScanFacts(key, scan.source.name, plane, slices, is_ct(scan))


def mask_facts(layer: Labels | None, live: LiveMask) -> MaskFacts | None:
    """Say of the working mask what the panel shows."""
    if layer is None:
        return None
    card, origin, record = live.card, live.origin, record_of(layer)
    is_edited = bool(
        record is not None
        and origin is not None
        and record.digests is not None
        and record.original_digests is not None
        and not record.is_original
    )
    return MaskFacts(
        layer.unique_id,
        layer.name,
        live.why_not,
        is_edited,
        live.accepted,
        record is not None and record.is_unsaved,
        live.rules,
        rules_of(card) if card is not None else None,
        origin is None or origin.scan.units == "mm",
    )


def unsaved_masks(layers: Iterable[Layer]) -> tuple[Unsaved, ...]:
    """List the masks that are not saved."""
    masks = ((layer, record_of(layer)) for layer in layers if is_mask_layer(layer))
    return tuple(
        Unsaved(layer.unique_id, layer.name)
        for layer, record in masks
        if record is not None and record.is_unsaved
    )
