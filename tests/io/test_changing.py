"""Scans and masks that another program writes while they are read: refused, never half of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import dicom_files
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
import tifffile

from napari_brainseg.errors import ScanError
from napari_brainseg.io import (
    formats,
    list_series,
    masks,
    read_mask,
    read_scan,
    read_series,
    slices,
)
from napari_brainseg.io.dicom import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

VOXELS = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
TOLD = r"^a[^:]*: was changed while it was read\. Wait until it is written"


def make(path: Path, shift: int = 0) -> Path:
    """Write a scan of the same size in each format; ``shift`` moves it."""
    if path.suffix == ".tif":
        tifffile.imwrite(path, VOXELS + shift, photometric="minisblack")
    elif path.suffix in (".mgz", ".gz", ".nii"):
        kind = nib.MGHImage if path.suffix == ".mgz" else nib.Nifti1Image
        affine = np.diag([-1, 1, 3, 1.0])
        affine[0, 3] = shift
        nib.save(kind(VOXELS.T, affine), path)
    else:
        image = sitk.GetImageFromArray(VOXELS)
        image.SetOrigin((shift, 0, 0))
        sitk.WriteImage(image, str(path))
    return path


def replaced(path: Path) -> None:
    other = make(path.with_name(f"other-{path.name}"), 7)
    os.utime(other, ns=(0, path.stat().st_mtime_ns + 10_000_000))
    os.replace(other, path)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, place: object, name: str, step: Callable[[], None]
) -> None:
    """Let something happen whenever a function of a module has come back."""
    real = getattr(place, name)

    def called(*args: object, **options: object) -> object:
        result = real(*args, **options)
        step()
        return result

    monkeypatch.setattr(place, name, called)


@pytest.mark.parametrize("step", [replaced, cut, Path.unlink])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.mgz", "a.tif"])
@pytest.mark.parametrize("read", [read_scan, read_mask])
def test_a_file_that_changes_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    step: Callable[[Path], None],
    read: Callable[[Path], object],
) -> None:
    path = make(tmp_path / name)
    read(path)
    for place in (formats, masks, slices):
        if hasattr(place, "scan_name"):
            meanwhile(monkeypatch, place, "scan_name", lambda: path.exists() and step(path))
    monkeypatch.setattr("napari_brainseg.io.open.scan_name", masks.scan_name)
    with pytest.raises(ScanError, match=TOLD):
        read(path)


def test_voxels_are_not_laid_under_the_header_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_brainseg.io import nifti

    path = make(tmp_path / "a.nii.gz")
    meanwhile(monkeypatch, nifti, "_open", lambda: replaced(path))
    with pytest.raises(ScanError, match=TOLD):
        read_scan(path)


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_slice_that_is_another_one_than_its_header_said_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_listed: bool
) -> None:
    folder = tmp_path / "s"
    for z in range(4):
        dicom_files.write_slice(folder / f"a{z}", VOXELS[0] + z, (0, 0, 5 * z))

    def move() -> None:
        path = dicom_files.write_slice(folder / "a2", VOXELS[0], (0, 0, 500))
        os.utime(path, ns=(0, 10**18))

    if is_listed:
        (series,) = list_series(folder)
        move()
        with pytest.raises(ScanError, match=TOLD):
            read_series(series)
    else:
        real = pixels.load
        monkeypatch.setattr(pixels, "load", lambda path: (move(), real(path))[1])
        with pytest.raises(ScanError, match=TOLD):
            read_scan(folder)


def test_a_slice_that_changes_among_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    for z in range(3):
        tifffile.imwrite(folder / f"a_{z}.tif", VOXELS[z], photometric="minisblack")
    meanwhile(monkeypatch, slices, "_load", lambda: os.utime(folder / "a_1.tif", ns=(0, 5)))
    with pytest.raises(ScanError, match=TOLD):
        read_scan(folder)
