"""Enhanced MR and CT: many slices in one file, each described by functional groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.datadict import dictionary_description
from pydicom.tag import Tag

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.image import (
    Image,
    Mark,
    mark_text,
    place,
    rescale_of,
    thickness_of,
)
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["functional_group", "groups_of", "read_frames"]

# Where a functional group keeps what tells frames at one place apart; see MARK_TAGS.
MARKS = (
    ("MREchoSequence", "EffectiveEchoTime", "echo time in ms"),
    ("FrameContentSequence", "TemporalPositionIndex", "time point"),
    ("MRDiffusionSequence", "DiffusionBValue", "b-value"),
    ("MRImageFrameTypeSequence", "FrameType", "image type"),
    ("MRImageFrameTypeSequence", "ComplexImageComponent", "image component"),
    ("CTImageFrameTypeSequence", "FrameType", "image type"),
    ("MRModifierSequence", "InversionTimes", "inversion time in ms"),
    ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", "trigger time in ms"),
    ("TemporalPositionSequence", "TemporalPositionTimeOffset", "time in s"),
    ("FrameContentSequence", "FrameAcquisitionNumber", "acquisition"),
)

PLACE_INDICES = frozenset(
    Tag(keyword)
    for keyword in ("StackID", "InStackPositionNumber", "ImagePositionPatient", "SliceLocation")
)
"""Dimensions that number the places themselves, so they tell nothing apart at one place."""


def read_frames(tags: Dataset, fields: dict[str, Any]) -> list[Image]:
    """Describe each frame.

    Parameters
    ----------
    tags : Dataset
        Header with the shared and the per-frame functional groups.
    fields : dict
        The fields of :class:`Image` that all frames of the file share.

    Raises
    ------
    ScanError
        If there are more or fewer groups than frames.
    """
    groups, frames = groups_of(tags), fields["frames"]
    if len(groups) != frames:
        raise ScanError(
            tr(
                "{name}: announces {frames} frames and describes {described}, expected as "
                "many. The header is damaged; export the series again.",
                name=fields["path"].name,
                frames=frames,
                described=len(groups),
            )
        )
    indices = _dimensions(tags)
    return [_frame(number, group, indices, fields) for number, group in enumerate(groups)]


def groups_of(tags: Dataset) -> list[tuple[Dataset, ...]]:
    """Return the holders of the functional groups of each frame: its own first, then the shared."""
    shared = tags.get("SharedFunctionalGroupsSequence") or ()
    return [(own, *shared) for own in tags.PerFrameFunctionalGroupsSequence]


def functional_group(groups: tuple[Dataset, ...], keyword: str) -> Any:
    """First item of a functional group, or an empty mapping."""
    for group in groups:
        if group.get(keyword):
            return group[keyword].value[0]
    return {}


def _frame(
    number: int,
    groups: tuple[Dataset, ...],
    dimensions: list[tuple[int, str]],
    fields: dict[str, Any],
) -> Image:
    """Record of one frame; what it says itself goes before what all frames share."""
    title = f"{fields['path'].name}, frame {number + 1}"
    measures = functional_group(groups, "PixelMeasuresSequence")
    content = functional_group(groups, "FrameContentSequence")
    return Image(
        frame=number,
        plane=place(
            title if fields["frames"] > 1 else fields["path"].name,
            functional_group(groups, "PlanePositionSequence").get("ImagePositionPatient"),
            functional_group(groups, "PlaneOrientationSequence").get("ImageOrientationPatient"),
            measures.get("PixelSpacing"),
        ),
        thickness=thickness_of(measures.get("SliceThickness")),
        stack_id=mark_text(content.get("StackID")),
        rescale=rescale_of(functional_group(groups, "PixelValueTransformationSequence"), title)
        or (1.0, 0.0),
        marks=(*_marks(groups), *_index_marks(content, dimensions)),
        **fields,
    )


def _marks(groups: tuple[Dataset, ...]) -> list[Mark]:
    values = [(label, functional_group(groups, group).get(tag)) for group, tag, label in MARKS]
    diffusion = functional_group(groups, "MRDiffusionSequence")
    direction = diffusion.get("DiffusionGradientDirectionSequence")
    if direction:
        values.append(("diffusion direction", direction[0].get("DiffusionGradientOrientation")))
    return [(label, text) for label, value in values if (text := mark_text(value))]


def _dimensions(tags: Dataset) -> list[tuple[int, str]]:
    """Positions and names of the dimension indices that do not number places."""
    found = []
    for position, item in enumerate(tags.get("DimensionIndexSequence") or ()):
        pointer = item.get("DimensionIndexPointer")
        if pointer is None or pointer in PLACE_INDICES:
            continue
        try:
            name = dictionary_description(pointer).lower()
        except KeyError:  # a private tag
            name = f"dimension {position + 1}"
        found.append((position, f"{name} (index)"))
    return found


def _index_marks(content: Any, dimensions: list[tuple[int, str]]) -> list[Mark]:
    values = content.get("DimensionIndexValues")
    if values is None:
        return []
    numbers = [values] if isinstance(values, int) else list(values)
    return [(name, mark_text(numbers[at])) for at, name in dimensions if at < len(numbers)]
