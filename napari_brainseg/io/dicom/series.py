"""DICOM: series of single images, Enhanced multi-frame files, and what lies beside them.

A series is put together by its SeriesInstanceUID and by where its slices lie, never by file
names or instance numbers. What one affine cannot hold (localizers, echoes, uneven distances) is
set apart, and listed like series of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_brainseg.errors import ScanError
from napari_brainseg.io.dicom.choosing import Series, left_out, wanted_series
from napari_brainseg.io.dicom.grouping import group_series, lacking_file
from napari_brainseg.io.dicom.headers import read_header, why_no_image
from napari_brainseg.io.dicom.image import Image, load, reading
from napari_brainseg.io.dicom.pixels import decode, is_turned_round
from napari_brainseg.io.dicom.volumes import Volume, split, stack_volume
from napari_brainseg.io.guards import check_memory
from napari_brainseg.io.sequences import guess_sequence
from napari_brainseg.io.volumes import finite
from napari_brainseg.language import tr, tr_n
from napari_brainseg.scan import DicomSource, Scan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Series", "find_series", "read", "read_dicom_series"]


MAX_TOLD = 3
"""Images left out that a refusal names."""

MOST_APART_MM = 0.5
"""How far copies of a slice may lie apart: what several roundings cost."""

MAX_NAME = 64
"""Characters of a description that names are made of: DICOM allows no more."""


def read(
    paths: Sequence[Path], name: str, chosen: Path | None = None, wanted: str | None = None
) -> Scan:
    """Read one series from DICOM files.

    Parameters
    ----------
    paths : sequence of Path
        DICOM files in any order; files that hold no image are skipped.
    name : str
        Name to use where the series has no description, such as the folder's.
    chosen : Path, optional
        A file of the series to read; by default the series with the most images.
    wanted : str, optional
        The series to read: its ``uid``, its number, or a part of its title.

    Returns
    -------
    Scan
        Slices in order along the slice normal, rescaled by the modality transform (Hounsfield
        units for CT): whole numbers where that is exact, else float32. ``source.dataset`` is that
        of the first slice, without pixels.

    Raises
    ------
    ScanError
        If no image is there, a file is damaged, or one grid cannot hold the slices truly.
    """
    found = find_series(paths, name, chosen)
    if wanted is not None:
        return read_dicom_series(wanted_series(found, wanted, name))
    first, *others = found
    if first.refusal:
        # An image that was left out may be the one that is missed.
        raise ScanError(" ".join((first.refusal, *first._notes[:MAX_TOLD])))
    return read_dicom_series(first, left_out(first, others, chosen))


def find_series(paths: Sequence[Path], name: str, chosen: Path | None = None) -> list[Series]:
    """List what can be opened among DICOM files.

    Parameters
    ----------
    paths, name, chosen
        As for :func:`read`; with ``chosen``, the volumes of that file come first, and of other
        series nothing is listed.

    Returns
    -------
    list of Series
        The largest first.

    Raises
    ------
    ScanError
        If there is no image, or ``chosen`` cannot be read.
    """
    images, notes = _headers(paths, chosen)
    if not images:
        raise ScanError(
            tr(
                "{name}: no DICOM image could be read from {total} files. Choose the folder "
                "or a file of an image series; on a disc with a DICOMDIR they lie in folders "
                "beside it.",
                name=name,
                total=len(paths),
            )
        )
    found = []
    ranks: Counter[str] = Counter()
    for group in group_series(images, chosen):
        safe = _safe_name(group.images[0].description) or name
        told = (*notes, *group.notes)
        for volume in split(group.images, safe):
            if refusal := group.refusal or lacking_file(group.images, safe):
                volume = replace(volume, refusal=refusal)
            ranks[group.uid] += 1
            rank = ranks[group.uid]
            uid = f"{group.uid}/{rank}" if rank > 1 else group.uid
            found.append(_describe(volume, uid, safe, told))

    def merit(series: Series) -> tuple[bool, tuple[bool, int, bool]]:
        return chosen in series.files, series._volume.merit

    return sorted(found, key=merit, reverse=True)


def read_dicom_series(series: Series, notes: tuple[str, ...] = ()) -> Scan:
    """Read what :func:`find_series` listed.

    Parameters
    ----------
    series : Series
        One of the list.
    notes : tuple of str
        Further warnings for the user, one sentence each.

    Returns
    -------
    Scan
        As for :func:`read`.

    Raises
    ------
    ScanError
        If a file is damaged, or one grid cannot hold the slices truly.
    """
    volume = series._volume
    placed, places = stack_volume(volume, series.name)
    first = places[0][0]
    rows, columns = first.shape
    check_memory(series.name, len(volume.images) * rows * columns * 4)
    stacked, copies = _join(places, decode(volume.images), series.name)
    data, not_finite = finite(stacked)
    with reading(first.path):
        dataset = load(first.path, stop_before_pixels=True)
    frames = tuple((place[0].path, place[0].frame) for place in places)
    files = tuple(dict.fromkeys(path for path, _ in frames))
    if volume.refusal:
        notes += (
            tr("Only {part}: the series as a whole does not fit one grid.", part=series.part),
        )
    remarks = (
        *notes,
        *series._notes,
        *dict.fromkeys(note for image in volume.images for note in image.remarks),
        *copies,
        *_grey_notes(first),
        *placed.warnings,
        *not_finite,
    )
    source = DicomSource(
        series.name,
        files,
        remarks,
        dataset=dataset,
        frames=frames,
        unreferable=_unreferable(volume),
    )
    channel = guess_sequence(first.description) or first.modality or "image"
    units: Literal["mm", "pixel"] = "pixel" if first.plane is None else "mm"
    return Scan(data, placed.affine, (channel,), source, units)


def _headers(paths: Sequence[Path], chosen: Path | None) -> tuple[list[Image], tuple[str, ...]]:
    """First pass: the headers of all images, damaged neighbours left out with a warning."""
    images: list[Image] = []
    errors: list[ScanError] = []
    notes: tuple[str, ...] = ()
    for path in paths:
        try:
            found = read_header(path)
            if not found and (path == chosen or len(paths) == 1):
                raise ScanError(why_no_image(path))
        except ScanError as error:
            if path == chosen or len(paths) == 1:
                raise
            errors.append(error)
            notes += (
                tr("{name} was left out: {problem}", name=path.name, problem=_problem(error, path)),
            )
            continue
        images += found
    if errors and not images:
        raise errors[0]  # the same for all of them, as a rule
    return images, notes


def _problem(error: ScanError, path: Path) -> str:
    """Keep what an error says of the problem, not the file's name and not the remedy."""
    return str(error).removeprefix(path.name).lstrip("\u00a0: ").split(". ")[0] + "."


def _safe_name(text: str) -> str:
    """Keep of a description only what is safe in a file name: it names files later."""
    return re.sub(r"[^\w .+-]+", "_", text)[:MAX_NAME].strip(" .")


def _describe(volume: Volume, uid: str, name: str, notes: tuple[str, ...]) -> Series:
    first = volume.images[0]
    depth, spacing, problem = len(volume.images), None, ""
    try:
        placed, places = stack_volume(volume, name)
    except ScanError as error:
        problem = str(error)
    else:
        depth = len(places)
        if first.plane is not None:
            x, y, z = (float(size) for size in np.linalg.norm(placed.affine[:3, :3], axis=0))
            spacing = z, y, x
    return Series(
        uid=uid,
        number=first.number,
        description=first.description,
        modality=first.modality,
        part=volume.part,
        images=len(volume.images),
        size=(depth, *first.shape),
        spacing=spacing,
        problem=problem,
        name=f"{name} {_safe_name(volume.part)}".strip(),
        _volume=volume,
        _notes=notes,
    )


def _join(
    places: Sequence[tuple[Image, ...]], pixels: dict[Image, NDArray[Any]], name: str
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Stack slices to (1, Z, Y, X); copies are dropped, other images at a place refused."""
    dropped = 0
    for kept, *others in places:
        for other in others:
            _check_apart(kept, other, name)
            if not np.array_equal(pixels[kept], pixels[other]):
                raise ScanError(
                    tr(
                        "{name}: {one} and {other} lie at the same place and differ, expected one "
                        "slice per place. The series holds several volumes (echoes, time points) "
                        "that its header does not tell apart; open the files of one volume.",
                        name=name,
                        one=kept.title,
                        other=other.title,
                    )
                )
        dropped += len(others)
    data = np.stack([pixels[place[0]] for place in places])[np.newaxis]
    if data.dtype == np.float64:  # what int32 and float32 slices have in common
        data = data.astype(np.float32)
    if not dropped:
        return data, ()
    return data, (
        tr_n(
            "{n} copy of a slice was left out; place and pixels are the same.",
            "{n} copies of slices were left out; place and pixels are the same.",
            dropped,
        ),
    )


def _check_apart(one: Image, other: Image, name: str) -> None:
    """Refuse slices at one height that are shifted against each other: one of them lies wrong."""
    if one.plane is None or other.plane is None:
        return
    apart = float(np.linalg.norm(one.plane.position - other.plane.position))
    if apart > MOST_APART_MM:
        raise ScanError(
            tr(
                "{name}: {one} and {other} lie at one height, {apart:.3g} mm apart, expected one "
                "slice per place. Open the files of one volume.",
                name=name,
                one=one.title,
                other=other.title,
                apart=apart,
            )
        )


def _unreferable(volume: Volume) -> str:
    uids = len({image.series for image in volume.images})
    return tr("the images state {uids} series", uids=uids) if uids > 1 else ""


def _grey_notes(first: Image) -> tuple[str, ...]:
    if is_turned_round(first):
        return (tr("Stored with white as zero; intensities were turned round."),)
    return ()
