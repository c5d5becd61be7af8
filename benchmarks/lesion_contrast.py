"""How far lesions stand out from the brain, and whose skull was removed: here, and elsewhere.

    python benchmarks/lesion_contrast.py DATA [--outside FOLDER]

DATA is a folder in the LGG layout. Of each FLAIR image with a mask it is the median of the lesion
less the brain's level, in widths of the brain's own contrast (:mod:`napari_brainseg.intensity`);
printed are the quantiles of DATA, and each scan from elsewhere. It is said too which images are
taken for brains without their skulls (:mod:`napari_brainseg.intensity.bare`), of all sequences.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from outside import EVERY, SHARED, brats13, brats18, no_tumour

from brainseg_train.data.cases import find_cases
from napari_brainseg.frames import frame_for
from napari_brainseg.intensity import brain_intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

FLAIR = 1
"""Channel of the LGG set."""

KINDS = ("BraTS 2018, FLAIR alone", "BraTS 2013, z-scores")
"""Of the scans from elsewhere, those as they are."""


def standing_out(image: NDArray[np.generic], lesion: NDArray[np.bool_]) -> float:
    """Return by how many widths a lesion outshines the brain of an image (N, h, w)."""
    found = brain_intensity(image)
    return float(np.median(image[lesion]) - found.level) / found.width


def bare(scan: Scan) -> list[bool]:
    """Tell for each image of a scan whether it is taken for a brain without its skull."""
    images = frame_for(scan.affine).apply(scan.data)
    return [brain_intensity(each, bare_contrast=2.0).contrast == 2 for each in images]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="the LGG set")
    parser.add_argument("--outside", type=Path, default=SHARED / "outside")
    options = parser.parse_args()
    known: list[float] = []
    images: list[bool] = []
    for case in find_cases(options.data):
        scan, mask = case.read()
        known += [standing_out(scan.data[FLAIR], mask > 0)] * bool(mask.any())
        images += bare(scan)
    low, median, high = np.percentile(known, (10, 50, 90))
    print(f"{options.data.name}, {len(known)} scans: {median:.1f} ({low:.1f} to {high:.1f})")
    print(f"without skulls: {sum(images)} of {len(images)} images")
    elsewhere = [
        *brats18(options.outside / "brats18", EVERY),
        *brats13(options.outside / "brats13_zscored"),
    ]
    for trial in elsewhere:
        if trial.kind in KINDS and trial.reference is not None:
            found = standing_out(trial.images["FLAIR"].data[0], trial.reference)
            print(f"{trial.kind}, {trial.case}: {found:.1f}")
    healthy = no_tumour(options.outside / "no_tumour")
    for trial in (*elsewhere, *healthy):
        told = [each for scan in trial.images.values() for each in bare(scan)]
        print(f"{trial.kind}, {trial.case}, without skulls: {sum(told)} of {len(told)} images")


if __name__ == "__main__":
    main()
