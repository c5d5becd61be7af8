"""Scans never leave the machine."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

# An audit hook sees every connection of the process, whichever library makes it.
GUARDED = """
import sys

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind")

def forbid(event, arguments):
    if event in NETWORK:
        raise RuntimeError(f"{event}: {arguments[1:]}")

sys.addaudithook(forbid)
"""
PREDICT = """
from napari_brainseg.cli import app

app(["predict", sys.argv[1], "-o", sys.argv[2]])
"""
CONNECT = """
import socket

socket.create_connection(("127.0.0.1", 9), timeout=1)
"""


def guarded(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", GUARDED + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_scan_is_read_segmented_and_saved_without_the_network(tmp_path: Path) -> None:
    path = tmp_path / "flair.nii.gz"
    voxels = np.random.default_rng(0).integers(0, 400, (48, 40, 3)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.diag([-1.0, -1.0, 5.0, 1.0])), path)
    result = guarded(PREDICT, path, tmp_path / "mask.nii.gz")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "mask.nii.gz").is_file()


def test_the_guard_would_notice() -> None:
    result = guarded(CONNECT)
    assert result.returncode != 0
    assert "socket.connect" in result.stderr or "socket.getaddrinfo" in result.stderr
