"""How much memory opening a scan takes, beside the voxels themselves."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
import tifffile
from dicom_files import write_slice

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = (120, 512, 512)
MARGIN = 40_000_000
"""Readers' own buffers, and what the allocator keeps back."""

OPEN = """
import resource, sys
from napari_brainseg.io import read_scan
read_scan(sys.argv[1])  # a small one of the same kind: imports and caches are not the scan's
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
scan = read_scan(sys.argv[2]).scan
print(scan.data.nbytes, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


def itk(path: Path, voxels: np.ndarray) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(voxels), str(path), useCompression=True)
    return path


def nifti(path: Path, voxels: np.ndarray) -> Path:
    image = nib.Nifti1Image(voxels.T, np.diag([0.5, 0.5, 1.0, 1.0]))
    path.write_bytes(
        gzip.compress(image.to_bytes(), 1) if path.suffix == ".gz" else image.to_bytes()
    )
    return path


def tiff(path: Path, voxels: np.ndarray) -> Path:
    tifffile.imwrite(path, voxels, imagej=True, metadata={"axes": "ZYX"})
    return path


def dicom(folder: Path, voxels: np.ndarray) -> Path:
    for z, pixels in enumerate(voxels):
        write_slice(folder / f"{z}.dcm", pixels, [0, 0, float(z)])
    return folder


KINDS = {
    "a.nii": nifti,
    "a.nii.gz": nifti,
    "a.nrrd": itk,
    "a.mha": itk,
    "a.tif": tiff,
    "series": dicom,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_opening_takes_no_more_than_twice_the_voxels(tmp_path: Path, name: str) -> None:
    voxels = np.random.default_rng(0).integers(0, 900, SHAPE).astype(np.int16)
    paths = []
    for part, some in (("small", voxels[:4, :32, :32]), ("large", voxels)):
        (tmp_path / part).mkdir()
        paths.append(str(KINDS[name](tmp_path / part / name, some)))
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OPEN, *paths],
        capture_output=True,
        text=True,
        check=True,
    )
    size, grown = map(int, told.stdout.split())
    assert size >= voxels.nbytes
    assert grown <= 2 * size + MARGIN
