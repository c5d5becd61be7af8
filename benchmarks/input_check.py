"""How often the input check doubts right images, and how often it lets wrong ones pass.

    python benchmarks/input_check.py DATA [--bundle BUNDLE] [--exclude PATIENT ...] [--folds 8]

DATA is a folder in the LGG layout. Patients are divided into parts, and each part is checked
against the fingerprint of the others; so no patient is compared with itself. With ``--by
institution`` the parts are institutions, whose scanners the others do not know.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import without
from napari_brainseg.input_check.check import check_input, measure_roles
from napari_brainseg.input_check.fingerprint import make_fingerprint
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

FLAIR = 1
"""Number of the required role, given alone in most rows."""


def alone(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an image (Z, Y, X) as FLAIR, which then stands in for both T1."""
    return np.stack([image] * 3)


def inverted(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn the contrast of the head about, and leave the background dark."""
    head = ndimage.binary_fill_holes(image > image.mean() / 2, np.ones((1, 3, 3)))
    return np.where(head, np.percentile(image, 99.5) - image, 0).clip(0)


WRONG: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "FLAIR alone (right)": lambda data: alone(data[1]),
    "T1 before contrast as FLAIR": lambda data: alone(data[0]),
    "T1 after contrast as FLAIR": lambda data: alone(data[2]),
    "FLAIR and T1 before contrast exchanged": lambda data: data[[1, 0, 2]],
    "FLAIR and T1 after contrast exchanged": lambda data: data[[0, 2, 1]],
    "both T1 exchanged": lambda data: data[[2, 1, 0]],
    "FLAIR inverted within the head": lambda data: alone(inverted(data[1])),
    "FLAIR inverted as a whole": lambda data: alone(data[1].max() - data[1]),
    "FLAIR as a mask": lambda data: alone((data[1] > data[1].mean()).astype(np.float32)),
    "FLAIR turned by 90 degrees": lambda data: alone(np.rot90(data[1], axes=(1, 2))),
    "FLAIR upside down": lambda data: alone(data[1, :, ::-1]),
    "FLAIR read from the side": lambda data: alone(
        np.repeat(data[1], 5, axis=0).transpose(2, 0, 1)[:, ::-1]
    ),
    "its voxels shuffled": lambda data: alone(
        np.random.default_rng(0).permutation(data[1].ravel()).reshape(data[1].shape)
    ),
}


def parts(names: list[str], by: str, folds: int) -> Iterator[list[str]]:
    """Divide cases; a patient with two cases stays whole."""
    if by == "institution":
        keys = {name: name.split("_")[1] for name in names}
    else:
        patients = sorted({name.rpartition("_")[0] for name in names})
        order = np.random.default_rng(0).permutation(len(patients))
        number = {
            patient: int(place) % folds for patient, place in zip(patients, order, strict=True)
        }
        keys = {name: str(number[name.rpartition("_")[0]]) for name in names}
    for key in sorted(set(keys.values())):
        yield [name for name in names if keys[name] == key]


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--bundle", type=Path, default=EMBEDDED_FOLDER / DEFAULT_MODEL)
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--by", choices=("patient", "institution"), default="patient")
    parser.add_argument("--show", action="store_true", help="print the doubts about right images")
    options = parser.parse_args()
    card = open_bundle(options.bundle).card
    percentile = card.preprocessing.foreground_percentile
    scans = {
        case.name: case.read()[0] for case in without(find_cases(options.data), options.exclude)
    }
    measured = {
        name: measure_roles(scan, card.roles, percentile, card.plane)
        for name, scan in scans.items()
    }
    counts: defaultdict[str, list[bool]] = defaultdict(list)
    for part in parts(list(scans), options.by, options.folds):
        others = [measured[name] for name in scans if name not in part]
        checked = card.model_copy(update={"fingerprint": make_fingerprint(others)})
        for name in part:
            scan = scans[name]
            data = scan.data.astype(np.float32)
            doubts = check_input(scan, checked)
            counts["all three (right)"].append(bool(doubts))
            if doubts and options.show:
                sys.stdout.write(f"{name}: {' '.join(doubts)}\n")
            own = measured[name]
            for title, wrong in WRONG.items():
                # A patient whose T1 are copies of FLAIR has no T1 to be given by mistake.
                if "T1" in title and len(own) < len(card.roles):
                    continue
                changed = wrong(data)
                copy = Scan(changed, scan.affine, scan.channels, scan.source, scan.units)
                counts[title].append(bool(check_input(copy, checked)))
    for title, flags in counts.items():
        sys.stdout.write(f"{title:42s} {sum(flags):3d} of {len(flags):3d}  {np.mean(flags):6.1%}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
