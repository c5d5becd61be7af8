"""How much memory the segmentation of a large scan takes, from file to saved mask.

    python benchmarks/memory.py [--shape 512 512 400]

The sample, made as large as that, is written as a NIfTI file and segmented by `brainseg predict` in
a process of its own, whose largest memory is set beside what the scan takes (X · Y · Z voxels of
two bytes) and the bound: 2.5 times the scan and 600 MB.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np

from napari_brainseg.sample import phantom

RUN = "from napari_brainseg.cli import app; app()"
FACTOR, BASE_MB = 2.5, 600


def write_scan(path: Path, shape: tuple[int, int, int]) -> float:
    """Write the sample's FLAIR at a size (X, Y, Z); return megabytes in memory."""
    scan = phantom()
    flair = scan.data[scan.channels.index("FLAIR")]  # (Z, Y, X)
    places = [
        np.linspace(0, length - 1, wanted).round().astype(int)
        for length, wanted in zip(flair.shape, reversed(shape), strict=True)
    ]
    data = flair[np.ix_(*places)].astype(np.int16).transpose(2, 1, 0)
    voxel = [0.9 * flair.shape[2] / shape[0], 0.9 * flair.shape[1] / shape[1], 0.4]
    nib.save(nib.Nifti1Image(data, np.diag([*voxel, 1.0])), path)
    return data.nbytes / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", type=int, nargs=3, default=(512, 512, 400))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large_flair.nii"
        size = write_scan(path, tuple(options.shape))
        command = [sys.executable, "-c", RUN, "predict", path, "-o", folder]
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    peak = usage.ru_maxrss * 1024 / 1e6
    print(
        f"{'x'.join(map(str, options.shape))}: exit status {os.waitstatus_to_exitcode(status)}, "
        f"{seconds:.0f} s; scan {size:.0f} MB, peak {peak:.0f} MB, "
        f"bound {FACTOR * size + BASE_MB:.0f} MB"
    )


if __name__ == "__main__":
    main()
