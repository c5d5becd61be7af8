"""Where the files of a scan lie, so that an autosaved mask can be laid on it again.

Kept apart from the autosave itself: a path may name a patient, and so may a scan's own name.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_brainseg.autosave.format import scan_hash
from napari_brainseg.errors import ScanError
from napari_brainseg.io import list_series, read_scan, read_series
from napari_brainseg.scan import DicomSource, FileSource, Scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_brainseg.io import Reading

__all__ = ["ScanPlace", "find_at", "place_of", "read_place"]


class ScanPlace(BaseModel):
    """Where to look for a scan.

    Parameters
    ----------
    path : str
        Its file, or the folder that holds its files.
    name : str
        The scan's own name.
    series : str
        A hash of the SeriesInstanceUID; empty where it is no DICOM series.
    is_folder : bool
        Whether ``path`` is a folder.
    mask : str
        The file that the mask was in, as it was before the last edits; empty where it was in none.
    masks : int
        How many masks that file holds.
    part : int
        Which of them it is.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    name: str
    series: str = ""
    is_folder: bool = False
    mask: str = ""
    masks: int = 1
    part: int = 0

    def at(self, path: str) -> ScanPlace:
        """Return the place that a scan was moved to."""
        return self.model_copy(update={"path": path})


def place_of(scan: Scan) -> ScanPlace | None:
    """Return where a scan lies; None for one that is not on disk."""
    source = scan.source
    if not source.files:
        return None
    is_folder = len(source.files) > 1 and not isinstance(source, FileSource)
    parents = [file.parent for file in source.files]
    path = os.path.commonpath(parents) if is_folder else str(source.files[0])
    uid = ""
    if isinstance(source, DicomSource):
        uid = str(source.dataset.get("SeriesInstanceUID", ""))
    return ScanPlace(path=path, name=source.name, series=_hashed(uid), is_folder=is_folder)


def read_place(path: Path) -> ScanPlace | None:
    """Read a place from its file; None where there is none, or none that can be read."""
    try:
        return ScanPlace.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def find_at(place: ScanPlace, digest: str) -> Reading | None:
    """Open the scan that an autosaved mask belongs to; reads as many series as it takes.

    Parameters
    ----------
    place : ScanPlace
        Where it was, or where the user says that it is.
    digest : str
        Its :func:`~napari_brainseg.autosave.scan_hash`.

    Returns
    -------
    Reading or None
        None where it is not there any more, or is another one by now.
    """
    try:
        return next(_matching(place, digest), None)
    except (ScanError, OSError):
        return None


def _matching(place: ScanPlace, digest: str) -> Iterator[Reading]:
    for reading in _readings(place):
        if scan_hash(reading.scan) == digest:
            yield reading


def _readings(place: ScanPlace) -> Iterator[Reading]:
    found = list_series(place.path) if place.series else []
    wanted = [series for series in found if _hashed(series.uid.split("/")[0]) == place.series]
    for series in wanted or found:
        if not series.problem:
            yield read_series(series)
    if not found:
        yield read_scan(Path(place.path))


def _hashed(uid: str) -> str:
    return blake2b(uid.encode(), digest_size=8).hexdigest() if uid else ""
