"""Masks that lay in one file, and can be saved in one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_brainseg.gui.domain.mask_record import provenance_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_brainseg.gui.domain.mask_standing import SharedFile
    from napari_brainseg.scan import Scan

__all__ = ["companions"]


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
    shared, scan = _shared_by(layer), _scan_of(layer)
    if shared is None or scan is None:
        return [layer]
    mates = [each for each in layers if isinstance(each, Labels) and _shared_by(each) is shared]
    mates.sort(key=_part_of)
    return [each for each in mates if _same_voxels(_scan_of(each), scan)]


def _shared_by(layer: Labels) -> SharedFile | None:
    record = record_of(layer)
    return None if record is None or record.saved is None else record.saved.shared


def _part_of(layer: Labels) -> int:
    record = record_of(layer)
    return 0 if record is None or record.saved is None else record.saved.part


def _scan_of(layer: Labels) -> Scan | None:
    known = provenance_of(layer)
    return None if known is None else known.scan


def _same_voxels(one: Scan | None, other: Scan) -> bool:
    """Whether two scans have one grid: of a file that stands alone, each mask has its own scan."""
    if one is None or one is other:
        return one is other
    return one.grid == other.grid and np.array_equal(one.affine, other.affine)
