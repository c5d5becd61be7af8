"""What a process does that is killed, or has no room left, while it saves."""

from __future__ import annotations

import itertools
import signal
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import SaveError
from napari_brainseg.io import read_scan, write_contours, write_mask, write_mask_pictures

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from napari_brainseg.scan import Scan

PRELOAD = [
    f"napari_brainseg.io.{name}"
    for name in ("dicom.seg_write", "dicom.series", "itk.seg_nrrd", "nifti", "pictures.tiff")
]


def labels_of(turn: int, scan: Scan) -> np.ndarray:
    """Make the mask that is saved at one turn: noise, so that it does not pack to nothing."""
    return np.random.default_rng(turn).integers(0, 3, scan.grid, dtype=np.uint8)


def save_for_ever(series: Path, target: Path, told: Connection) -> None:
    """Replace a mask over and over; tells the number of each turn that is done."""
    for name in ("SIGINT", "SIGHUP"):  # ignored by what nohup, or a shell, starts in the background
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    scan = read_scan(series).scan
    for turn in itertools.count():
        write_mask(labels_of(turn, scan), scan, target, overwrite=True)
        told.send(turn)


def save(labels: np.ndarray, scan: Scan, target: Path) -> None:
    """Save a mask as what the name says: outlines, pictures, or a mask of its suffix."""
    if target.stem == "outlines":
        write_contours(labels, scan, target, overwrite=True)
    elif target.suffix:
        write_mask(labels, scan, target, overwrite=True)
    else:
        write_mask_pictures(labels, scan, target)


def save_without_room(series: Path, target: Path, room: int, told: Connection) -> None:
    """Try to replace a mask where no file may grow beyond ``room`` bytes; tells the outcome."""
    import resource

    scan = read_scan(series).scan
    labels = labels_of(1, scan)
    if target.stem == "outlines":  # those of noise would take minutes
        labels[:, 8:] = 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        save(labels, scan, target)
    except SaveError as error:
        told.send(str(error))
    else:
        told.send("saved")
