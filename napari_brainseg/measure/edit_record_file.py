"""The edit record in a file beside the saved mask.

The file is a small JSON, ``<mask>.edits.json``. It names the model and the mask's file, and holds
no patient data and no folder. It carries the SHA-256 of the mask, so that it is never taken for the
edit record of another one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.io import replacing, scan_name
from napari_brainseg.io.files import is_file, is_present
from napari_brainseg.language import tr
from napari_brainseg.measure.edit_record import EditRecord  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from napari_brainseg.io import MaskInfo

__all__ = [
    "edit_record_path",
    "has_edit_record",
    "read_edit_record",
    "save_edit_record",
    "with_origin",
]

MAX_BYTES = 100_000
MAX_EARLIER = 50


@dataclass(frozen=True, slots=True)
class _Sidecar:
    """The file: which mask it belongs to, and its record."""

    schema_version: Literal[1]
    mask: str
    mask_sha256: str
    edits: EditRecord


def edit_record_path(mask: Path | str) -> Path:
    """Return where the edit record of a saved mask lies: beside it, as ``<mask>.edits.json``.

    Examples
    --------
    >>> edit_record_path("study/flair_mask.nii.gz").name
    'flair_mask.edits.json'
    """
    mask = Path(mask)
    return mask.with_name(f"{scan_name(mask)}.edits.json")


def has_edit_record(mask: Path | str) -> bool:
    """Whether the edit record of a mask of this name lies beside a file; never raises."""
    path = edit_record_path(mask)
    if not is_file(path):
        return False
    known = _known(path)
    return known is not None and known.mask == Path(mask).name


def save_edit_record(record: EditRecord | None, mask: Path | str) -> Path | None:
    """Write the edit record of a mask that was just saved.

    It replaces an earlier record of a mask of this name, or deletes it where the new mask has none.
    An earlier record that leads to the mask as it was opened becomes part of the new one.

    Parameters
    ----------
    record : EditRecord or None
        None for a mask that no model made.
    mask : path
        The file, already in its place.

    Returns
    -------
    Path or None
        The record's file; None if there is none.

    Raises
    ------
    SaveError
        If the file cannot be written, or its place is taken: by something else, or by the edit
        record of a mask of this name in another format.
    """
    mask = Path(mask)
    path = edit_record_path(mask)
    before = _known(path)
    owner = before.mask if before is not None else None
    if record is None:
        if owner == mask.name:
            _delete(path)
        return None
    if owner is None and is_present(path):
        raise SaveError(
            tr(
                "{name}: a file that is no edit record has this name, so none "
                "was written. Move it elsewhere and save again.",
                name=path.name,
            )
        )
    if owner not in (None, mask.name) and is_present(mask.with_name(owner)):
        raise SaveError(
            tr(
                "{name}: belongs to {owner}, so no edit record was written. "
                "Save under another name to have one.",
                name=path.name,
                owner=owner,
            )
        )
    if before is not None:
        record = _carried_on(record, before.edits)
    with replacing(path, path.name) as aside:
        sidecar = _Sidecar(1, mask.name, _sha256(mask), record)
        aside.write_text(json.dumps(asdict(sidecar), indent=2) + "\n", encoding="utf-8")
    return path


def read_edit_record(mask: Path | str) -> EditRecord | None:
    """Read the edit record beside a saved mask.

    Returns
    -------
    EditRecord or None
        None if there is none for this file.

    Raises
    ------
    ScanError
        If the edit record cannot be read, or the mask was changed after it was written.
    """
    mask = Path(mask)
    path = edit_record_path(mask)
    if not is_file(path):
        return None
    sidecar = _read(path)
    if sidecar.mask != mask.name:
        return None
    if sidecar.mask_sha256 != _sha256(mask):
        raise ScanError(
            tr(
                "{name}: {mask} was changed after this edit record was "
                "written. Delete it, or restore the mask.",
                name=path.name,
                mask=mask.name,
            )
        )
    return sidecar.edits


def with_origin(info: MaskInfo, mask: Path | str) -> MaskInfo:
    """Complete what is known of a saved mask: which model made it, as its edit record says.

    Parameters
    ----------
    info : MaskInfo
        As read from the mask's file, whose format may hold no origin.
    mask : path
        The saved mask.

    Returns
    -------
    MaskInfo
        As it was given where the file says more, or there is no edit record of this very mask.
    """
    try:
        record = read_edit_record(mask) if info.made == "MANUAL" else None
    except ScanError:  # of another state of the mask, which may be anybody's work
        return info
    if record is None:
        return info
    is_models_own = record.against == "model" and record.final_sha256 == record.original_sha256
    own = info.made_by(record.model, record.weights)
    return own if is_models_own else own.corrected()


def _carried_on(record: EditRecord, before: EditRecord) -> EditRecord:
    """Put what led to the mask as it was opened before the record of what was done to it since."""
    chain = (*before.earlier, before)
    ends = [index for index, one in enumerate(chain) if one.final_sha256 == record.original_sha256]
    if record.against == "model" or not ends:
        return record
    known = tuple(replace(one, earlier=()) for one in chain[: ends[-1] + 1])
    if record.final_sha256 == record.original_sha256:  # saved again as it was
        return replace(known[-1], earlier=known[:-1])
    return replace(record, earlier=known[-MAX_EARLIER:])


def _known(path: Path) -> _Sidecar | None:
    """Read what may be an edit record; None where it is none."""
    try:
        return _read(path)
    except ScanError:
        return None


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise SaveError(
            tr(
                "{name}: belongs to an earlier mask and could not be deleted "
                "({reason}). Delete it.",
                name=path.name,
                reason=error.strerror,
            )
        ) from error


def _read(path: Path) -> _Sidecar:
    from pydantic import TypeAdapter, ValidationError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ScanError(
                tr("{name}: too large for an edit record. Move it elsewhere.", name=path.name)
            )
        return TypeAdapter(_Sidecar).validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ScanError(
            tr(
                "{name}: not an edit record that can be read ({error}). "
                "Delete it, or move it elsewhere.",
                name=path.name,
                error=type(error).__name__,
            )
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
