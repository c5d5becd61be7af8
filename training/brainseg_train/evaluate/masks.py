"""The mask that the plugin would make, and its agreement with a reference, class by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.data.labels import IGNORED, ONE_CLASS
from brainseg_train.errors import DataError
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.pipeline.postprocess import label_map, strongest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from brainseg_train.data.labels import ClassTable
    from napari_brainseg.measure.metrics import Overlap
    from napari_brainseg.models.card import ModelCard

__all__ = ["class_overlaps", "class_pairs", "counted", "mask_bits", "of_class", "see_classes"]


def mask_bits(
    probabilities: NDArray[np.floating],
    threshold: float,
    keep_fraction: float,
    table: ClassTable = ONE_CLASS,
) -> NDArray[np.uint8]:
    """Make a mask as the plugin makes it, with a bit for each class.

    Parameters
    ----------
    probabilities : ndarray of float, shape (Z, Y, X), or (K, Z, Y, X) of several classes
        In [0, 1].
    threshold, keep_fraction : float
        As of a model card.
    table : ClassTable
        The classes.

    Returns
    -------
    ndarray of uint8, shape (Z, Y, X)
        0 and 1 where there is one class.
    """
    if len(table) == 1:
        return label_map(probabilities, threshold, keep_fraction, value=1)
    values = [each.value for each in table.classes]
    nested = threshold if table.overlapping else None
    foreground, kinds = strongest(probabilities, values, nested)
    return table.bits(label_map(foreground, threshold, keep_fraction, value=1) * kinds)


def of_class(bits: NDArray[np.uint8], place: int) -> NDArray[np.bool_]:
    """Mark the voxels of a class, by its place in the table."""
    found: NDArray[np.bool_] = (bits & np.uint8(1 << place)) > 0
    return found


def counted(reference: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Mark the voxels that are measured on."""
    known: NDArray[np.bool_] = (reference & IGNORED) == 0
    return known


def class_overlaps(
    mask: NDArray[np.uint8], reference: NDArray[np.uint8], table: ClassTable = ONE_CLASS
) -> list[Overlap]:
    """Compare two masks of bits, class by class, but for ignored voxels."""
    if len(table) == 1 and not table.ignored:
        return [overlap(mask, reference)]
    known = counted(reference)
    return [
        overlap(of_class(mask, place)[known], of_class(reference, place)[known])
        for place in range(len(table))
    ]


def class_pairs(
    pairs: Iterable[tuple[NDArray[np.floating], NDArray[np.uint8]]], table: ClassTable
) -> Iterator[tuple[NDArray[np.floating], NDArray[np.generic]]]:
    """Take probabilities and references of patients apart by class, but for ignored voxels."""
    for probabilities, reference in pairs:
        if len(table) == 1 and not table.ignored:
            yield probabilities, reference
            continue
        known = counted(reference)
        stacks = probabilities if len(table) > 1 else probabilities[None]
        for place, stack in enumerate(stacks):
            yield stack[known], of_class(reference, place)[known]


def see_classes(card: ModelCard, table: ClassTable) -> None:
    """See that a model finds the classes that masks have.

    Raises
    ------
    DataError
        If it does not.
    """
    ours, theirs = ([each.name for each in one.classes] for one in (card, table))
    if len(ours) == len(theirs) == 1 or ours == theirs:
        return
    raise DataError(
        f"Model {card.name!r} finds {', '.join(ours)}, but the reference masks have "
        f"{', '.join(theirs)}. Say which labels are these: --set 'data.classes={{…}}'."
    )
