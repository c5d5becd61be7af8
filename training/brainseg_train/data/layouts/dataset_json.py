"""nnU-Net (version 2) and Medical Segmentation Decathlon: ``dataset.json`` says what is what.

``imagesTr/<case>_<channel>.<ending>`` or, in the Decathlon, one file of several volumes a case,
beside ``labelsTr/<case>.<ending>``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from brainseg_train.data.description import read_description, read_json
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import Found, FoundCase, same_name, tidy_listing
from brainseg_train.errors import DataError
from napari_brainseg.io.files import has_suffix, is_file
from napari_brainseg.io.formats import is_known, scan_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NAME", "read_dataset_json"]

NAME = "dataset.json"
IMAGES, LABELS = "imagesTr", "labelsTr"
IGNORE, BACKGROUND = "ignore", "background"

_CHANNEL = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})")


def read_dataset_json(root: Path) -> Found:
    """Read the layout of ``dataset.json`` in a folder.

    Raises
    ------
    DataError
        If it does not say what the channels or the labels are, or a listed folder is missing.
    """
    content = read_json(root / NAME)
    channels = _channels(content)
    decathlon = "channel_names" not in content
    ending = content.get("file_ending")
    masks = _by_name(root / LABELS, ending)
    images = _by_name(root / IMAGES, ending)
    cases = _volumes(images, masks, channels) if decathlon else _files(images, masks, channels)
    return Found(
        layout="Medical Segmentation Decathlon" if decathlon else "nnU-Net",
        cases=tuple(cases),
        table=_table(content),
        description=read_description(root),
    )


def _channels(content: dict[str, Any]) -> list[str]:
    """Return the names of the channels, by their number."""
    said = content.get("channel_names", content.get("modality"))
    if isinstance(said, list):
        said = dict(enumerate(said))
    if not isinstance(said, dict) or not said:
        raise DataError(
            f"{NAME} does not say what the channels are: expected is channel_names (nnU-Net) or "
            'modality (Decathlon), such as {"0": "T1", "1": "FLAIR"}.'
        )
    try:
        return [str(said[key]) for key in sorted(said, key=int)]
    except (TypeError, ValueError) as error:
        raise DataError(f"{NAME}: the channels are not numbered: {list(said)[:4]}.") from error


def _table(content: dict[str, Any]) -> ClassTable:
    """Read the labels, in nnU-Net's way (name to number) or the Decathlon's (number to name)."""
    said = content.get("labels")
    if not isinstance(said, dict) or not said:
        raise DataError(f'{NAME} does not say what the labels are: {{"background": 0, …}}.')
    named = _named(said)
    ignored = tuple(n for name, numbers in named if same_name(name) == IGNORE for n in numbers)
    classes = [(name, numbers) for name, numbers in named if numbers not in ((0,), ignored)]
    return ClassTable(classes_of(classes), ignored)


def _named(said: dict[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
    for pairs in (said.items(), [(name, number) for number, name in said.items()]):
        try:
            return [(str(name), _numbers(value)) for name, value in pairs]
        except (TypeError, ValueError):
            continue
    raise DataError(f"{NAME}: the labels are not numbers with names: {str(said)[:80]}.")


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(int(each) for each in value) if isinstance(value, list) else (int(value),)


def _by_name(folder: Path, ending: Any) -> dict[str, tuple[str, Path]]:
    """List files by their name without ending, as other systems may spell it."""
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder.name} beside {NAME}. Expected is {folder}.")
    wanted = (str(ending).lower(),) if ending else ()
    files = (p for p in tidy_listing(folder) if is_file(p) and is_known(p))
    chosen = [path for path in files if not wanted or has_suffix(path, wanted)]
    return {same_name(scan_name(path)): (scan_name(path), path) for path in chosen}


def _files(
    images: dict[str, tuple[str, Path]], masks: dict[str, tuple[str, Path]], channels: list[str]
) -> Iterator[FoundCase]:
    """Gather one file a channel."""
    names: dict[str, str] = {}
    found: dict[str, dict[str, ImageFile]] = {}
    for stem, path in images.values():
        match = _CHANNEL.fullmatch(stem)
        if match is None or int(match["channel"]) >= len(channels):
            raise DataError(
                f"{path.name}: expected <case>_0000 to <case>_{len(channels) - 1:04d}, for the "
                f"channels of {NAME}. Rename the file, or name its channel there."
            )
        names.setdefault(key := same_name(match["case"]), match["case"])
        found.setdefault(key, {})[channels[int(match["channel"])]] = ImageFile(path)
    for key in dict.fromkeys((*found, *masks)):
        mask = masks.get(key)
        name = names[key] if key in names else masks[key][0]
        yield FoundCase(name, found.get(key, {}), (mask[1],) if mask else ())


def _volumes(
    images: dict[str, tuple[str, Path]], masks: dict[str, tuple[str, Path]], channels: list[str]
) -> Iterator[FoundCase]:
    """Take the volumes of one file a case."""
    single = len(channels) == 1
    for key in dict.fromkeys((*images, *masks)):
        name = (images.get(key) or masks[key])[0]
        volumes = {
            channel: ImageFile(images[key][1], None if single else place)
            for place, channel in enumerate(channels)
            if key in images
        }
        yield FoundCase(name, volumes, (masks[key][1],) if key in masks else ())
