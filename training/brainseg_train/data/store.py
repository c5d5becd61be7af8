"""Cases as they were read, kept on disk by their content, and mapped into memory from there.

A data set is decoded once. After that a start looks at names, sizes and times of the files, and a
data set may be larger than memory: what is not needed now, the system takes back. A copy is found
by a digest of the files and of all that decides how they are read, so files that change are read
anew. The folder may be deleted at any time when no training runs.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from pydantic import TypeAdapter

from brainseg_train.data.inspection import Inspected, inspect_read
from brainseg_train.errors import DataError
from brainseg_train.files import save_array
from napari_brainseg.errors import BrainsegError, SaveError
from napari_brainseg.io import is_seg
from napari_brainseg.io.atomic import filling, replacing
from napari_brainseg.io.files import files_in, is_folder
from napari_brainseg.io.formats import is_series_file
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from brainseg_train.data.case import Case

__all__ = ["StoredCase", "keep_case", "known_case", "store_folder", "stored_case"]

VERSION = 4
"""Of what is kept and of how a case is looked through; others are not taken."""
CACHE_VARIABLE = "BRAINSEG_CACHE"
DETACHED = (".hdr", ".img", ".mhd", ".nhdr")
"""Headers whose voxels lie in another file beside them."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case in the store.

    Parameters
    ----------
    folder : Path
        Of its arrays.
    inspected : Inspected
        What was found when it was read.
    """

    folder: Path
    inspected: Inspected

    def read(self) -> tuple[Scan, NDArray[np.uint8]]:
        """Return scan and mask as of :meth:`~brainseg_train.data.case.Case.read`, not yet read."""
        said = json.loads((self.folder / "case.json").read_text(encoding="utf-8"))
        scan = Scan(
            mapped(self.folder / "scan.npy"),
            np.array(said["affine"]),
            tuple(said["channels"]),
            Source(said["source"], warnings=tuple(said["warnings"])),
            said["units"],
        )
        return scan, mapped(self.folder / "mask.npy")


def store_folder() -> Path:
    """Return the folder of the store; :data:`CACHE_VARIABLE` names another one above it."""
    named = os.environ.get(CACHE_VARIABLE)
    usual = platformdirs.user_cache_path("napari-brainseg", appauthor=False)
    return (Path(named) if named else usual) / "cases"


def mapped(path: Path) -> NDArray[Any]:
    """Map an array, read-only."""
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def known_case(case: Case) -> StoredCase | None:
    """Return a case from the store; None if it, as its files are now, is not there."""
    try:
        folder = _folder(case)
        said = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        return StoredCase(folder, TypeAdapter(Inspected).validate_python(said["found"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stored_case(case: Case) -> StoredCase:
    """Return a case from the store, put there if need be.

    Raises
    ------
    ScanError, ChannelError
        If its files cannot be read.
    DataError
        If the store cannot be written.
    """
    if (known := known_case(case)) is not None:
        return known
    scan, labels = case.labels()
    return keep_case(case, scan, labels, inspect_read(case, scan, labels))


def keep_case(
    case: Case, scan: Scan, labels: NDArray[np.unsignedinteger], inspected: Inspected
) -> StoredCase:
    """Put a case that was just read into the store.

    Raises
    ------
    DataError
        If the store cannot be written.
    """
    folder = _folder(case)
    said = {
        "affine": scan.affine.tolist(),
        "channels": scan.channels,
        "source": scan.source.name,
        "warnings": scan.source.warnings,
        "units": scan.units,
        "found": {k: v for k, v in asdict(inspected).items() if k != "digested"},
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filling(folder, f"The copy of {case.name}") as aside:
            save_array(aside / "scan.npy", scan.data)
            save_array(aside / "mask.npy", case.table.bits(labels))
            (aside / "case.json").write_text(json.dumps(said), encoding="utf-8")
    except (OSError, SaveError) as error:
        if (known := known_case(case)) is not None:  # another process was faster
            return known
        raise DataError(
            f"Cases cannot be kept in {store_folder()} ({error}). Free space, or name another "
            f"folder by {CACHE_VARIABLE}."
        ) from error
    return StoredCase(folder, inspected)


def _folder(case: Case) -> Path:
    """Name the folder of a case by its content and all that decides how it is read."""
    read_by = (VERSION, case.name, case.channels, case.sequences, case.table, case.reading)
    digest = hashlib.sha256(repr(read_by).encode())
    for part in _digests(case):
        digest.update(part)
    key = digest.hexdigest()[:40]
    return store_folder() / key[:2] / key


def _digests(case: Case) -> Iterator[bytes]:
    """Digest the files of a case; known ones by their size and times, as git does."""
    files = list(_with_detached(case.files))
    stamps = [[str(p.absolute()), *_stamp(p)] for p in files]
    place = hashlib.sha256("\n".join(map(str, files)).encode()).hexdigest()[:40]
    memo = store_folder() / "stamps" / f"{place}.json"
    try:
        said = json.loads(memo.read_text(encoding="utf-8"))
        if said["stamps"] == stamps:
            yield said["digest"].encode()
            return
    except (OSError, ValueError, KeyError, TypeError):
        pass
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}:{path.stat().st_size}:".encode())
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    try:
        memo.parent.mkdir(parents=True, exist_ok=True)
        with replacing(memo, memo.name) as aside:
            aside.write_text(json.dumps({"stamps": stamps, "digest": digest.hexdigest()}))
    except (OSError, BrainsegError):
        pass  # only time is lost
    yield digest.hexdigest().encode()


def _stamp(path: Path) -> tuple[int, int, int]:
    said = path.stat()
    return said.st_size, said.st_mtime_ns, said.st_ctime_ns


def _with_detached(paths: Iterable[Path]) -> Iterator[Path]:
    """List files, those of folders and series, and those beside a header among them."""
    for path in paths:
        if is_folder(path):
            yield from files_in(path)
        elif is_series_file(path) and not is_seg(path):
            yield from filter(is_series_file, files_in(path.parent))
        elif path.suffix.lower() in DETACHED:
            yield from (each for each in files_in(path.parent) if each.stem == path.stem)
        else:
            yield path
