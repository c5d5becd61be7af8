"""Masks that lay in one file, and can be saved in one again."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_brainseg.gui.domain.mask_record import provenance_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_brainseg.gui.domain.mask_standing import SharedFile
    from napari_brainseg.scan import Scan

__all__ = ["companions", "masks_of"]


def companions(layer: Labels, layers: Iterable[Any]) -> list[Labels]:
    """Return the masks of the file that a mask lay in, in their order there.

    Parameters
    ----------
    layer : Labels
        A mask.
    layers : iterable of Layer
        Those of the viewer.

    Returns
    -------
    list of Labels
        With the mask itself; only that one where it lay in no file with others, or where these are
        deleted or were given to another scan.
    """
    record, scan = record_of(layer), _scan_of(layer)
    shared = None if record is None or record.saved is None else record.saved.shared
    if shared is None or scan is None:
        return [layer]
    return [each for _, each in masks_of(shared, layers) if _same_voxels(_scan_of(each), scan)]


def masks_of(file: SharedFile, layers: Iterable[Any]) -> list[tuple[int, Labels]]:
    """Return the masks of a file that are among the layers, each after which one it is there."""
    masks = [layer for layer in layers if isinstance(layer, Labels)]
    saved = [(layer, record.saved) for layer in masks if (record := record_of(layer))]
    found = [(each.part, layer) for layer, each in saved if each and each.shared is file]
    return sorted(found, key=itemgetter(0))


def _scan_of(mask: Labels) -> Scan | None:
    known = provenance_of(mask)
    return None if known is None else known.scan


def _same_voxels(one: Scan | None, other: Scan) -> bool:
    """Whether two scans have one grid: of a file that stands alone, each mask has its own scan."""
    if one is None or one is other:
        return one is other
    return one.grid == other.grid and np.array_equal(one.affine, other.affine)
