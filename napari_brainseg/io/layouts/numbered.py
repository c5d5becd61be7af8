"""nnU-Net (version 2) and the Medical Segmentation Decathlon: ``dataset.json`` says what is what.

``imagesTr/<case>_<channel>.<ending>`` or, in the Decathlon, one file of several volumes a case,
beside ``labelsTr/<case>.<ending>``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from napari_brainseg.errors import ScanError
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "DATASET_JSON",
    "IMAGES",
    "LABELS",
    "channels_said",
    "images_of",
    "labels_of",
    "split_channel",
]

DATASET_JSON = "dataset.json"
IMAGES, LABELS = "imagesTr", "labelsTr"
"""Folders of the images and of the labels to train on."""

FOLDERS = {IMAGES: LABELS, "imagesVal": "labelsVal", "imagesTs": "labelsTs"}
"""All folders of images, and those of their labels."""

_NUMBERED = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})")


def split_channel(stem: str) -> tuple[str, int] | None:
    """Return case and channel of a file's name without ending, or None: ``case_0001``."""
    match = _NUMBERED.fullmatch(stem)
    return (match["case"], int(match["channel"])) if match else None


def labels_of(folder: Path) -> Path | None:
    """Return the folder of labels of a folder of images, which may be missing; or None."""
    name = FOLDERS.get(folder.name)
    return None if name is None else folder.parent / name


def images_of(folder: Path) -> Path | None:
    """Return the folder of images of a folder of labels, which may be missing; or None."""
    names = [images for images, labels in FOLDERS.items() if labels == folder.name]
    return folder.parent / names[0] if names else None


def channels_said(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what ``dataset.json`` says of the channels, by their number.

    Raises
    ------
    ScanError
        If it does not say so.
    """
    said = content.get("channel_names", content.get("modality"))
    if isinstance(said, list):
        said = dict(enumerate(said))
    if not isinstance(said, dict) or not said:
        raise ScanError(
            tr(
                "{dataset_json} does not say what the channels are: expected is "
                'channel_names (nnU-Net) or modality (Decathlon), such as {{"0": "T1", "1": '
                '"FLAIR"}}.',
                dataset_json=DATASET_JSON,
            )
        )
    try:
        return tuple(str(said[key]) for key in sorted(said, key=int))
    except (TypeError, ValueError) as error:
        raise ScanError(
            tr(
                "{dataset_json}: the channels are not numbered: {said}.",
                dataset_json=DATASET_JSON,
                said=list(said)[:4],
            )
        ) from error
