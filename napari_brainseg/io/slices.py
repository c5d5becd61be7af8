"""Scans made of TIFF or picture files: one file, or a folder with one file per slice.

The public LGG layout is such a folder: ``<case>/<case>_<n>.tif`` in three channels, each slice
with its ``<case>_<n>_mask.tif``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.files import has_suffix, is_file, natural_key, unchanged
from napari_brainseg.io.formats import (
    MASK_ENDING,
    SLICE_SUFFIXES,
    TIFF,
    check_content,
    format_of,
    is_slice_mask,
    scan_name,
)
from napari_brainseg.io.guards import check_memory
from napari_brainseg.io.sequences import guess_sequence
from napari_brainseg.io.volumes import COLOUR_NOTE, COLOURS, Pixels, Reading
from napari_brainseg.language import tr
from napari_brainseg.scan import Scan, SlicesSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["LGG_CHANNELS", "read"]

LGG_CHANNELS = ("pre-contrast", "FLAIR", "post-contrast")
"""What red, green and blue mean in the LGG data set."""

NUMBERED = re.compile(r"(.*?)(\d+)")


def read(paths: Sequence[Path], name: str) -> Reading:
    """Read the slices of one scan, in natural order of their numbers, with their masks.

    Parameters
    ----------
    paths : sequence of Path
        TIFF, PNG or JPEG files in any order, one slice each; or a single file, which may be a
        stack. Mask files among them are taken as masks, unless all of them are.
    name : str
        Name for the scan.

    Returns
    -------
    Reading
        With a mask when at least one slice has a mask file beside it.

    Raises
    ------
    ScanError
        If a file is damaged, sizes differ, or the files are of several scans.
    """
    with unchanged(*paths):
        return _read(paths, name)


def _read(paths: Sequence[Path], name: str) -> Reading:
    slices = [path for path in paths if not is_slice_mask(path)] or list(paths)
    slices.sort(key=lambda path: natural_key(path.name))
    gap_notes = _check_numbers(slices, name)
    decoded = [_load(slices[0])]
    check_memory(name, len(slices) * decoded[0].data.nbytes)
    decoded += [_load(path) for path in slices[1:]]
    data = _stack(slices, decoded)
    first = decoded[0]
    data, channels, colour_notes = _channels(data, first, slices, name)
    mask, mask_notes = _read_masks(slices, data.shape[1:])
    notes = dict.fromkeys(note for pixels in decoded for note in pixels.warnings)
    notes |= dict.fromkeys((*gap_notes, *colour_notes, *mask_notes))
    source = SlicesSource(name, tuple(slices), tuple(notes))
    return Reading(Scan(data, first.affine, channels, source, first.units), mask)


def _load(path: Path) -> Pixels:
    """Decode one file by the decoder of its format.

    Raises
    ------
    ScanError
        If the file is damaged, or of no format that holds slices.
    """
    named = format_of(path)
    if named is None or named.decode is None:
        raise ScanError(
            tr(
                "{name}: not a slice that can be opened here, expected one of {endings}. "
                "Convert it to one of these first.",
                name=path.name,
                endings=", ".join(SLICE_SUFFIXES),
            )
        )
    check_content(path)
    return named.decode(path)


def _check_numbers(slices: list[Path], name: str) -> tuple[str, ...]:
    """Refuse slices of several scans, and note gaps in the numbering."""
    numbered = list(filter(None, (NUMBERED.fullmatch(scan_name(path)) for path in slices)))
    if len(slices) == 1 or len(numbered) != len(slices):
        return ()
    stems = sorted({match[1] for match in numbered}, key=natural_key)
    if len(stems) > 1:
        raise ScanError(
            tr(
                "{name}: holds slices of {count} scans (such as {one}… and {other}…), "
                "expected those of one. Open the files of one scan.",
                name=name,
                count=len(stems),
                one=stems[0],
                other=stems[1],
            )
        )
    return _gaps([int(match[2]) for match in numbered], slices, name)


def _gaps(numbers: list[int], slices: list[Path], name: str) -> tuple[str, ...]:
    """Note the numbers missing among rising ones, and refuse equal ones."""
    steps = np.diff(numbers).tolist()
    if 0 in steps:
        at = steps.index(0) + 1
        raise ScanError(
            tr(
                "{name}: two files have the slice number {number}, one of them {file}. Keep "
                "one of the two.",
                name=name,
                number=numbers[at],
                file=slices[at].name,
            )
        )
    missing = (numbers[-1] - numbers[0]) // math.gcd(*steps) + 1 - len(numbers)
    if not missing:
        return ()
    return (
        tr(
            "{missing} slice numbers between {first} and {last} are missing.",
            missing=missing,
            first=numbers[0],
            last=numbers[-1],
        ),
    )


def _stack(paths: list[Path], decoded: list[Pixels]) -> NDArray[Any]:
    """Join slices (C, 1, Y, X) along Z, or pass a single file through."""
    if len(decoded) == 1:
        return decoded[0].data
    kinds = [_kind(pixels.data) for pixels in decoded]
    usual = Counter(kinds).most_common(1)[0][0]
    odd = [(path.name, kind) for path, kind in zip(paths, kinds, strict=True) if kind != usual]
    if odd:
        file, kind = odd[0]
        raise ScanError(
            tr(
                "{file}: the slice is {size}, expected {usual} as most others ({odd} of "
                "{total} files differ). Move files of other scans away.",
                file=file,
                size=_size(*kind),
                usual=_size(*usual),
                odd=len(odd),
                total=len(paths),
            )
        )
    if usual[0][1] > 1:
        raise ScanError(
            tr(
                "{name}: holds {count} slices like its neighbours, expected one slice per "
                "file. Open one stack at a time.",
                name=paths[0].name,
                count=usual[0][1],
            )
        )
    return np.concatenate([pixels.data for pixels in decoded], axis=1)


def _kind(data: NDArray[Any]) -> tuple[tuple[int, ...], str]:
    """Return size and type: nobody says how the numbers of one type compare with another's."""
    return data.shape, data.dtype.newbyteorder("=").name


def _size(shape: tuple[int, ...], kind: str) -> str:
    channels, depth, rows, columns = shape
    return tr(
        "{rows} x {columns} pixels, {depth} deep, in {channels} channels of {kind}",
        rows=rows,
        columns=columns,
        depth=depth,
        channels=channels,
        kind=kind,
    )


def _channels(
    data: NDArray[Any], first: Pixels, slices: list[Path], name: str
) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    """Name the channels; colour that is grey in truth becomes one channel."""
    if first.is_colour:
        return _colours(data, slices, name)
    if len(data) == 1:
        return data, (guess_sequence(name) or "image",), ()
    return data, first.names or tuple(f"channel {i + 1}" for i in range(len(data))), ()


def _colours(
    data: NDArray[Any], slices: list[Path], name: str
) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    if all(map(_is_lgg, slices)):
        return data, LGG_CHANNELS, ()
    if (data == data[:1]).all():
        return data[:1], (guess_sequence(name) or "grey",), ()
    return data, COLOURS, (tr(COLOUR_NOTE),)


def _is_lgg(path: Path) -> bool:
    """Whether a file is named like a slice of the LGG data set, ``<case>_<n>.tif``."""
    return has_suffix(path, TIFF.suffixes) and bool(re.fullmatch(r".+_\d+", scan_name(path)))


def _mask_beside(path: Path) -> Path | None:
    """Find the mask file of a slice, of the slice's own suffix first."""
    if is_slice_mask(path):
        return None
    stem = scan_name(path) + MASK_ENDING
    for suffix in (path.suffix, *SLICE_SUFFIXES):
        candidate = path.with_name(stem + suffix)
        if is_file(candidate):
            return candidate
    return None


def _read_masks(
    slices: list[Path], grid: tuple[int, ...]
) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    """Collect the mask files beside single slices into one array (Z, Y, X)."""
    found = {z: mask for z, path in enumerate(slices) if (mask := _mask_beside(path))}
    if not found or len(slices) != grid[0]:  # masks of whole stacks are opened on their own
        return None, ()
    labels = np.zeros(grid, dtype=np.uint8)
    for z, path in found.items():
        labels[z] = _mask_slice(path, grid)
    if labels.max() == 255 and ((labels == 0) | (labels == 255)).all():
        labels //= 255
    missing = len(slices) - len(found)
    note = tr(
        "{missing} of {total} slices have no mask file; their mask is empty.",
        missing=missing,
        total=len(slices),
    )
    return labels, (note,) if missing else ()


def _mask_slice(path: Path, grid: tuple[int, ...]) -> NDArray[np.uint8]:
    data = _load(path).data
    plane: NDArray[Any] = data[0, 0]
    if data.shape[1:] != (1, *grid[1:]) or (data != plane).any():
        raise ScanError(
            tr(
                "{name}: the mask is {size}, expected one grey picture of {rows} x {columns} "
                "pixels like its slice. Correct the mask or move it away.",
                name=path.name,
                size=_size(*_kind(data)),
                rows=grid[1],
                columns=grid[2],
            )
        )
    low, high = plane.min(), plane.max()
    if low < 0 or high > 255 or (plane != plane.astype(np.uint8)).any():
        raise ScanError(
            tr(
                "{name}: the mask holds values from {low} to {high}, expected whole numbers "
                "from 0 to 255. Correct the mask or move it away.",
                name=path.name,
                low=low,
                high=high,
            )
        )
    return plane.astype(np.uint8)
