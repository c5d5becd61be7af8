"""What a person changed in the mask of a model, kept beside the saved mask.

The account is a small JSON file, ``<mask>.edits.json``. It names the model and the mask's file, and
holds no patient data and no folder. It carries the SHA-256 of the mask, so that it is never taken
for the account of another one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_brainseg import __version__
from napari_brainseg.errors import SaveError, ScanError
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.io import replacing, scan_name
from napari_brainseg.measure.metrics import overlap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_brainseg.io import MaskInfo
    from napari_brainseg.scan import Scan

__all__ = [
    "EditAccount",
    "EditTime",
    "account_path",
    "count_edits",
    "keep_account",
    "read_account",
    "with_origin",
]

IDLE_SECONDS = 60.0
"""A longer pause between two changes is not counted as work."""

MAX_BYTES = 100_000
MAX_EARLIER = 50


@dataclass(frozen=True, slots=True)
class EditTime:
    """When a mask was changed by hand, and for how long.

    Parameters
    ----------
    seconds : float
        From change to change, pauses of more than a minute left out.
    steps : int
        Changes seen, undoing and redoing included; what follows within a fraction of a second
        counts as one.
    started, ended : str
        First and last change, as ISO 8601 in UTC to the second; empty if there was none.
    """

    seconds: float = 0.0
    steps: int = 0
    started: str = ""
    ended: str = ""

    def with_change(self, now: datetime) -> EditTime:
        """Count one more change."""
        told = now.isoformat(timespec="seconds")
        if not self.steps:
            return EditTime(0.0, 1, told, told)
        pause = (now - datetime.fromisoformat(self.ended)).total_seconds()
        worked = pause if 0 <= pause <= IDLE_SECONDS else 0.0
        return replace(self, seconds=self.seconds + worked, steps=self.steps + 1, ended=told)


@dataclass(frozen=True, slots=True)
class EditAccount:
    """The mask of a model against the mask that was saved.

    Where a corrected mask was opened and corrected further, the model's own is not there any more:
    then this is the mask as it was opened against the one that was saved, and ``earlier`` tells of
    what came before.

    Parameters
    ----------
    against : {"model", "file"}
        What the saved mask is compared with: the model's own, or the mask as it was opened.
    model, weights : str
        The name of the model's card, and the SHA-256 of its weights, or the beginning of it.
    rules : dict of str to float
        What made a mask of the probabilities, such as the threshold.
    original_voxels, final_voxels : int
        Foreground as the model made it, and as it was saved.
    added_voxels, removed_voxels, relabelled_voxels : int
        Foreground that was added, removed, and given another label.
    added_ml, removed_ml : float or None
        The same as volumes; None where the scan stores no spacing.
    dice, iou : float
        Overlap of both masks, 0 to 1; 1 if both are empty.
    slices, slices_touched : int
        Slices, in the acquisition plane, that the model was run on, and those with a changed voxel.
    original_sha256, final_sha256 : str
        Of the labels (Z, Y, X) as 16-bit integers, little-endian.
    time : EditTime or None
        The time that it took; None where nobody measured it.
    earlier : tuple of EditAccount
        From the model's mask to the one that was opened, the oldest first.
    software : str
        Name and version of this program.
    """

    against: Literal["model", "file"]
    model: str
    weights: str
    rules: dict[str, float]
    original_voxels: int
    final_voxels: int
    added_voxels: int
    removed_voxels: int
    relabelled_voxels: int
    added_ml: float | None
    removed_ml: float | None
    dice: float
    iou: float
    slices: int
    slices_touched: int
    original_sha256: str
    final_sha256: str
    time: EditTime | None
    earlier: tuple[EditAccount, ...] = ()
    software: str = f"napari-brainseg {__version__}"


@dataclass(frozen=True, slots=True)
class _Sidecar:
    """The file: which mask it belongs to, and its account."""

    schema_version: Literal[1]
    mask: str
    mask_sha256: str
    edits: EditAccount


def count_edits(
    original: NDArray[Any],
    final: NDArray[Any],
    scan: Scan,
    *,
    where: NDArray[np.bool_] | np.bool_ = np.True_,
    against: Literal["model", "file"] = "model",
    model: str,
    weights: str,
    rules: Mapping[str, float],
    time: EditTime | None,
) -> EditAccount:
    """Compare a mask with what the model made.

    Parameters
    ----------
    original, final : ndarray of int, shape (Z, Y, X)
        Labels on the grid of the scan, as the model made them and as they are to be saved.
    scan : Scan
        Gives the size of a voxel and the acquisition plane.
    where : ndarray of bool, shape (Z, Y, X)
        The voxels that the model was given; others do not count. All if not given.
    against, model, weights, rules, time
        See :class:`EditAccount`.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    counts = overlap(final * where, original * where)
    changed = (original != final) & where
    slice_axis = frame_for(scan.affine, acquisition_plane(scan.affine)).order[0]
    within = tuple({0, 1, 2} - {slice_axis})
    voxel_ml = scan.voxel_volume / 1000.0 if scan.units == "mm" else None
    return EditAccount(
        against=against,
        model=model,
        weights=weights,
        rules=dict(rules),
        original_voxels=counts.tp + counts.fn,
        final_voxels=counts.tp + counts.fp,
        added_voxels=counts.fp,
        removed_voxels=counts.fn,
        relabelled_voxels=int(np.count_nonzero(changed)) - counts.fp - counts.fn,
        added_ml=None if voxel_ml is None else counts.fp * voxel_ml,
        removed_ml=None if voxel_ml is None else counts.fn * voxel_ml,
        dice=counts.dice,
        iou=counts.iou,
        slices=int(np.count_nonzero(np.broadcast_to(where, scan.grid).any(axis=within))),
        slices_touched=int(np.count_nonzero(changed.any(axis=within))),
        original_sha256=_labels_sha256(original),
        final_sha256=_labels_sha256(final),
        time=time,
    )


def account_path(mask: Path | str) -> Path:
    """Tell where the account of a saved mask lies: beside it, as ``<mask>.edits.json``."""
    mask = Path(mask)
    return mask.with_name(f"{scan_name(mask)}.edits.json")


def keep_account(account: EditAccount | None, mask: Path | str) -> Path | None:
    """Bring the account beside a mask that was just saved in line with it.

    An earlier account of a mask of this name is replaced, or deleted where the new mask has none;
    one that leads to the mask that was opened is carried on.

    Parameters
    ----------
    account : EditAccount or None
        None for a mask that no model made.
    mask : path
        The file, already in its place.

    Returns
    -------
    Path or None
        The account's file, if there is one.

    Raises
    ------
    SaveError
        If the file cannot be written, or its place is taken: by something else, or by the account
        of another mask of this name but another format.
    """
    mask = Path(mask)
    path = account_path(mask)
    before = _known(path)
    owner = before.mask if before is not None else None
    if account is None:
        if owner == mask.name:
            _delete(path)
        return None
    if owner is None and path.exists():
        raise SaveError(
            f"{path.name}: a file that is no account of edits has this name, so none was written. "
            "Move it elsewhere and save again."
        )
    if owner not in (None, mask.name) and mask.with_name(owner).exists():
        raise SaveError(
            f"{path.name}: belongs to {owner}, so no account of edits was written. Save under "
            "another name to have one."
        )
    if before is not None:
        account = _carried_on(account, before.edits)
    with replacing(path, path.name) as aside:
        sidecar = _Sidecar(1, mask.name, _sha256(mask), account)
        aside.write_text(json.dumps(asdict(sidecar), indent=2) + "\n", encoding="utf-8")
    return path


def read_account(mask: Path | str) -> EditAccount | None:
    """Open the account beside a saved mask.

    Returns
    -------
    EditAccount or None
        None where there is none for this name.

    Raises
    ------
    ScanError
        If the account cannot be read, or the mask was changed after it was written.
    """
    mask = Path(mask)
    path = account_path(mask)
    if not path.is_file():
        return None
    sidecar = _read(path)
    if sidecar.mask != mask.name:
        return None
    if sidecar.mask_sha256 != _sha256(mask):
        raise ScanError(
            f"{path.name}: {mask.name} was changed after this account of edits was written. Delete "
            "it, or restore the mask."
        )
    return sidecar.edits


def with_origin(info: MaskInfo, mask: Path | str) -> MaskInfo:
    """Add how a saved mask came about, where its account tells and its file does not.

    Parameters
    ----------
    info : MaskInfo
        As read from the file, of a format that may not tell.
    mask : path
        The saved mask.
    """
    try:
        account = read_account(mask) if info.made == "MANUAL" else None
    except ScanError:  # of another state of the mask, which may be anybody's work
        return info
    if account is None:
        return info
    is_models_own = account.against == "model" and account.final_sha256 == account.original_sha256
    return replace(
        info,
        made="AUTOMATIC" if is_models_own else "SEMIAUTOMATIC",
        algorithm=account.model,
        version=f"weights {account.weights[:16]}",
    )


def _carried_on(account: EditAccount, before: EditAccount) -> EditAccount:
    """Put what led to the mask that was opened before an account of what was done to it since."""
    chain = (*before.earlier, before)
    ends = [index for index, one in enumerate(chain) if one.final_sha256 == account.original_sha256]
    if account.against == "model" or not ends:
        return account
    known = tuple(replace(one, earlier=()) for one in chain[: ends[-1] + 1])
    if account.final_sha256 == account.original_sha256:  # saved again as it was
        return replace(known[-1], earlier=known[:-1])
    return replace(account, earlier=known[-MAX_EARLIER:])


def _known(path: Path) -> _Sidecar | None:
    """Read what may be an account; None where it is none."""
    try:
        return _read(path)
    except ScanError:
        return None


def _labels_sha256(labels: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(labels, dtype="<u2").tobytes()).hexdigest()


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise SaveError(
            f"{path.name}: speaks of an earlier mask, and could not be deleted ({error.strerror}). "
            "Delete it."
        ) from error


def _read(path: Path) -> _Sidecar:
    from pydantic import TypeAdapter, ValidationError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ScanError(f"{path.name}: too large for an account of edits. Move it elsewhere.")
        return TypeAdapter(_Sidecar).validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ScanError(
            f"{path.name}: not an account of edits that can be read ({type(error).__name__}). "
            "Delete it, or move it elsewhere."
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
