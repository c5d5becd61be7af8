"""Files that other projects test themselves with: make corpora."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.io import read_scan

SCRIPT = Path(__file__).parents[1] / "scripts" / "corpora.py"


@pytest.mark.slow
def test_public_files_open_as_elsewhere_and_their_masks_are_read_elsewhere() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 wrong, 0 traceback, 0 slow" in done.stdout


@pytest.mark.parametrize("wrong", ["values", "place"])
def test_what_is_not_as_elsewhere_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import corpora_checks

    path = tmp_path / "a.nii"
    voxels = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    nib.save(nib.Nifti1Image(voxels, np.diag([2.0, 2, 3, 1])), path)
    scan = read_scan(path).scan
    assert corpora_checks.compare(path, scan)
    assert corpora_checks.save(scan, tmp_path / "mask.nii.gz") == 1
    other = {"values": {"data": scan.data[:, ::-1]}, "place": {"affine": scan.affine + np.eye(4)}}
    with pytest.raises(corpora_checks.Differs):
        corpora_checks.compare(path, replace(scan, **other[wrong]))
