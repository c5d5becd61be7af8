"""nnU-Net and Medical Segmentation Decathlon: ``dataset.json`` says what is what.

How their files are named: :mod:`napari_brainseg.io.layouts.numbered`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from brainseg_train.data.description import read_description, read_json
from brainseg_train.data.image_file import ImageFile
from brainseg_train.data.labels import ClassTable, classes_of
from brainseg_train.data.layouts.found import (
    Found,
    FoundCase,
    once_each,
    same_name,
    tidy_listing,
)
from brainseg_train.errors import DataError
from napari_brainseg.io.files import has_suffix, is_file
from napari_brainseg.io.formats import is_known, scan_name
from napari_brainseg.io.layouts.numbered import (
    DATASET_JSON,
    IMAGES,
    LABELS,
    channels_said,
    split_channel,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

__all__ = ["read_dataset_json"]

IGNORE = "ignore"


def read_dataset_json(root: Path) -> Found:
    """Read the layout of ``dataset.json`` in a folder.

    Raises
    ------
    DataError
        If it does not say what the labels are, or a folder is missing; if two channels, or two
        files of a folder, have one name.
    ScanError
        If it does not say what the channels are.
    """
    content = read_json(root / DATASET_JSON)
    channels = _channels(content)
    ending = content.get("file_ending")
    masks = _by_name(root / LABELS, ending)
    images = _by_name(root / IMAGES, ending)
    apart = "channel_names" in content or _are_of_channels(images, masks)
    cases = _files(images, masks, channels) if apart else _volumes(images, masks, channels)
    return Found(
        layout="nnU-Net" if apart else "Medical Segmentation Decathlon",
        cases=tuple(cases),
        table=_table(content),
        description=read_description(root),
    )


def _are_of_channels(images: Collection[str], masks: Collection[str]) -> bool:
    """Whether each file is a channel: nnU-Net's version 1 says ``modality``, as the Decathlon."""
    return bool(images) and not any(name in masks or split_channel(name) is None for name in images)


def _channels(content: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the channels, each of which says which one it is."""
    channels = channels_said(content)
    if twice := [name for name, count in Counter(channels).items() if count > 1]:
        raise DataError(
            f"{DATASET_JSON} calls two channels {twice[0]!r}. Give each a name of its own."
        )
    said = content.get("channel_names", content.get("modality"))
    names = list(said.values()) if isinstance(said, dict) else list(said or ())
    if wrong := [name for name in names if not isinstance(name, str) or not name.strip()]:
        raise DataError(f"{DATASET_JSON} calls a channel {wrong[0]!r:.60}, expected a name.")
    if isinstance(said, dict) and sorted(map(int, said)) != list(range(len(said))):
        raise DataError(
            f"{DATASET_JSON} numbers the channels {', '.join(said)}, expected 0 to "
            f"{len(said) - 1}, without gaps. Correct it."
        )
    return channels


def _table(content: dict[str, Any]) -> ClassTable:
    """Read the labels, in nnU-Net's way (name to number) or the Decathlon's (number to name)."""
    said = content.get("labels")
    if not isinstance(said, dict) or not said:
        raise DataError(f'{DATASET_JSON} does not say what the labels are: {{"background": 0, …}}.')
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
    raise DataError(f"{DATASET_JSON}: the labels are not numbers with names: {str(said)[:80]}.")


def _numbers(value: Any) -> tuple[int, ...]:
    if isinstance(value, list):
        return tuple(number for each in value for number in _numbers(each))
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return (int(value),)


def _by_name(folder: Path, ending: Any) -> dict[str, tuple[str, Path]]:
    """List files by their name without ending, as other systems may spell it."""
    if not folder.is_dir():
        raise DataError(
            f"There is no folder {folder.name} beside {DATASET_JSON}. Expected is {folder}."
        )
    files = [p for p in tidy_listing(folder) if is_file(p) and is_known(p)]
    chosen = _ending_in(ending, files, folder) if ending else files
    named = once_each(chosen, scan_name)
    return {key: (scan_name(path), path) for key, path in named.items()}


def _ending_in(ending: Any, files: list[Path], folder: Path) -> list[Path]:
    """Choose the files that end as ``dataset.json`` says.

    Raises
    ------
    DataError
        If there are files, and none does.
    """
    chosen = [path for path in files if has_suffix(path, (str(ending).lower(),))]
    if files and not chosen:
        raise DataError(
            f"{DATASET_JSON} says that files end in {ending!r:.20}, and in {folder.name} none "
            f"does, such as {files[0].name}. Correct its file_ending, or rename the files."
        )
    return chosen


def _files(
    images: dict[str, tuple[str, Path]], masks: dict[str, tuple[str, Path]], channels: Sequence[str]
) -> Iterator[FoundCase]:
    """Gather one file a channel."""
    names: dict[str, str] = {}
    found: dict[str, dict[str, ImageFile]] = {}
    for stem, path in images.values():
        split = split_channel(stem)
        if split is None or split[1] >= len(channels):
            raise DataError(
                f"{path.name}: expected <case>_0000 to <case>_{len(channels) - 1:04d}, for the "
                f"channels of {DATASET_JSON}. Rename the file, or name its channel there."
            )
        case, number = split
        names.setdefault(key := same_name(case), case)
        found.setdefault(key, {})[channels[number]] = ImageFile(path)
    for key in dict.fromkeys((*found, *masks)):
        mask = masks.get(key)
        name = names[key] if key in names else masks[key][0]
        yield FoundCase(name, found.get(key, {}), (mask[1],) if mask else ())


def _volumes(
    images: dict[str, tuple[str, Path]], masks: dict[str, tuple[str, Path]], channels: Sequence[str]
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
