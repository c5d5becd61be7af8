"""The slices that a network is shown of one case, mapped into memory.

They are :func:`~napari_brainseg.pipeline.prepare.prepare_scan`'s, bit for bit. Where the scan is
stored in bytes and is not resampled, its own voxels and a table of 256 values say the same in a
twelfth of the space; else the slices are kept as they are.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from brainseg_train.data.case import Patient
from brainseg_train.data.skull import FURTHEST, brain_depth
from brainseg_train.data.store import mapped, store_folder, stored_case
from brainseg_train.errors import DataError
from brainseg_train.files import save_array, write_array
from napari_brainseg.errors import SaveError
from napari_brainseg.frames import acquisition_plane, frame_for
from napari_brainseg.intensity import BrainMap
from napari_brainseg.io.atomic import filling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from brainseg_train.data.case import Case
    from brainseg_train.data.store import StoredCase
    from napari_brainseg.intensity import IntensityMap
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.preprocessing import Preprocessing
    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["CaseSlices", "case_slices", "open_patient"]

VERSION = 1
TOGETHER = 16
"""Slices that are prepared at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class CaseSlices:
    """The slices of one case, N of them.

    Parameters
    ----------
    voxels : ndarray, shape (C, N, h, w) of uint8, or (N, C, H, W) of float32
        Bytes to look up in ``table``, or standardised slices.
    table : ndarray of float32, shape (C, 256), optional
        What the bytes of each channel stand for.
    target : ndarray of uint8, shape (N, H, W)
        A bit for each class.
    depth : ndarray of int8, shape (N, H, W), optional
        Depth below the surface of the brain, in pixels.
    holds : ndarray of bool, shape (N,)
        Whether there is tumour in a slice.
    """

    voxels: NDArray[Any]
    table: NDArray[np.float32] | None
    target: NDArray[np.uint8]
    depth: NDArray[np.int8] | None
    holds: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.holds)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width (H, W)."""
        height, width = self.target.shape[1:]
        return height, width

    def show(self, index: int, out: NDArray[np.float32]) -> None:
        """Put a slice amid ``out`` (C, height, width), whose rest is background already."""
        if self.table is None:
            centre(out, self.voxels[index])
            return
        inner = middle(out, self.voxels.shape[2:])
        for channel, table in enumerate(self.table):
            inner[channel] = table[self.voxels[channel, index]]


def middle(out: NDArray[Any], size: Sequence[int]) -> NDArray[Any]:
    """Return the part (…, h, w) amid the last two axes, as padding centres it."""
    top, left = ((have - want) // 2 for have, want in zip(out.shape[-2:], size, strict=True))
    return out[..., top : top + size[0], left : left + size[1]]


def centre(out: NDArray[Any], values: NDArray[Any]) -> None:
    """Put values amid the last two axes."""
    middle(out, values.shape[-2:])[...] = values


def open_patient(case: Case, params: Preprocessing) -> Patient:
    """Return a case from the store, as the network sees it; nothing of it is kept in memory."""
    scan, mask = stored_case(case).read()
    return Patient(case, scan, mask, params)


def case_slices(case: Case, params: Preprocessing, roles: Sequence[InputRole]) -> CaseSlices:
    """Return the slices of a case, from the store, put there if need be.

    Parameters
    ----------
    case : Case
        On disk.
    params : Preprocessing
        What the network expects; neighbours are laid beside each other later.
    roles : sequence of InputRole
        Names of the channels.

    Raises
    ------
    ScanError, ChannelError
        If its files cannot be read.
    DataError
        If the store cannot be written.
    """
    kept = stored_case(case)
    key = hashlib.sha256(repr((VERSION, params, tuple(roles))).encode()).hexdigest()[:16]
    folder = kept.folder / key
    if not folder.is_dir():
        _prepare(case, kept, params, roles, folder)
    said = json.loads((folder / "slices.json").read_text(encoding="utf-8"))
    coded = (folder / "table.npy").is_file()
    if coded:
        scan = kept.read()[0]
        voxels = frame_for(scan.affine, acquisition_plane(scan.affine)).apply(scan.data)
    else:
        voxels = mapped(folder / "slices.npy")
    depth = folder / "depth.npy"
    return CaseSlices(
        voxels=voxels,
        table=np.load(folder / "table.npy") if coded else None,
        target=mapped(folder / "target.npy"),
        depth=mapped(depth) if depth.is_file() else None,
        holds=np.array(said["holds"], dtype=bool),
    )


def _prepare(
    case: Case,
    kept: StoredCase,
    params: Preprocessing,
    roles: Sequence[InputRole],
    folder: Path,
) -> None:
    scan, mask = kept.read()
    patient = Patient(case, scan, mask, params)
    prepared, target = patient.prepared, patient.target
    holds = ((target & 127) > 0).any(axis=(1, 2)).tolist()
    try:
        with filling(folder, f"The slices of {case.name}") as aside:
            table = _table(prepared)
            if table is None:
                _save_slices(aside / "slices.npy", prepared)
            else:
                save_array(aside / "table.npy", table)
            save_array(aside / "target.npy", target)
            if params.scaling == "brain":
                save_array(aside / "depth.npy", _depth(prepared, target, roles))
            (aside / "slices.json").write_text(json.dumps({"holds": holds}), encoding="utf-8")
    except (OSError, SaveError) as error:
        if folder.is_dir():  # another process was faster
            return
        raise DataError(
            f"Slices cannot be kept in {store_folder()} ({error}). Free space, or name another "
            "folder by BRAINSEG_CACHE."
        ) from error


def _table(prepared: PreparedSlices) -> NDArray[np.float32] | None:
    """Say what each byte of each channel stands for; None where slices are no bytes any more."""
    geometry, params = prepared.geometry, prepared.params
    if prepared.volume.dtype != np.uint8 or geometry.resampled != geometry.shape[1:]:
        return None
    every = np.arange(256, dtype=np.uint8)
    scaled = np.stack([each(every) for each in prepared.maps])
    mean, std = (np.asarray(each, dtype=np.float32)[:, None] for each in (params.mean, params.std))
    found: NDArray[np.float32] = (scaled - mean) / std
    return found


def _save_slices(path: Path, prepared: PreparedSlices) -> None:
    """Write slices a few at a time: they need not fit in memory."""
    reach = prepared.params.neighbours
    channels = len(prepared.params.mean)
    shape = (len(prepared), channels, *prepared.geometry.padded)
    shown = (
        prepared.batch(range(start, min(start + TOGETHER, len(prepared))))
        for start in range(0, len(prepared), TOGETHER)
    )
    own = (each[:, reach * channels : (reach + 1) * channels] for each in shown)
    write_array(path, own, shape, np.float32)


def _plain(scaled: IntensityMap) -> IntensityMap:
    return replace(scaled, contrast=1.0) if isinstance(scaled, BrainMap) else scaled


def _depth(
    prepared: PreparedSlices, target: NDArray[np.uint8], roles: Sequence[InputRole]
) -> NDArray[np.int8]:
    """Measure the depth below the brain's surface on the required channel."""
    params = prepared.params
    # The surface is found by how dark the skull is, whatever contrast the network is shown.
    prepared = replace(prepared, maps=tuple(map(_plain, prepared.maps)))
    required = next(index for index, role in enumerate(roles) if role.fallback is None)
    channel = params.neighbours * len(roles) + required
    shades = [
        prepared.batch(range(start, min(start + TOGETHER, len(prepared))))[:, channel]
        for start in range(0, len(prepared), TOGETHER)
    ]
    values = np.concatenate(shades) * params.std[required] + params.mean[required]
    found = np.full(target.shape, -FURTHEST, dtype=np.int8)
    found[:] = brain_depth(values, (target & 127 > 0).astype(np.uint8))
    return found
