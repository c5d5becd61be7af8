"""How often the input check doubts right images, and how often it lets wrong ones pass.

    python benchmarks/input_check.py DATA [--bundle BUNDLE] [--exclude PATIENT ...] [--folds 8]
                                     [--by institution] [--scaling foreground] [--only WORDS ...]
                                     [--every N]

DATA is a folder in the LGG layout. Patients are divided into parts, and each part is checked
against the fingerprint of the others; so no patient is compared with itself. With ``--by
institution`` the parts are institutions, whose scanners the others do not know. ``--scaling``
checks for a model that scales intensities otherwise than the bundle's card says: what is right for
one that scales by the brain is wrong for one that scales by the scalp, and is told so.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.exposure import equalize_hist

from brainseg_train.data.brains import measure_brains
from brainseg_train.data.cases import find_cases
from brainseg_train.data.skull import brain_depth
from brainseg_train.data.split import without
from napari_brainseg.input_check.check import check_input, measure_roles
from napari_brainseg.input_check.fingerprint import make_fingerprint
from napari_brainseg.intensity import brain_intensity, mark_head
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Change = Callable[[NDArray[np.float32]], NDArray[np.generic]]

FLAIR = 1
"""Number of the required role, given alone in most rows."""


def alone(image: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an image (Z, Y, X) as FLAIR, which then stands in for both T1."""
    return np.stack([image] * 3)


def inverted(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn the contrast of the head about, and leave the background dark."""
    head = ndimage.binary_fill_holes(image > image.mean() / 2, np.ones((1, 3, 3)))
    return np.where(head, np.percentile(image, 99.5) - image, 0).clip(0)


def head_of(image: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the head of an image (Z, Y, X)."""
    coarse = ndimage.uniform_filter(image, (1, 5, 5))
    return mark_head(coarse)


def stripped(
    image: NDArray[np.float32], by: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Cut skull and scalp away, as training does, at the surface of the brain in a FLAIR image."""
    flair = image if by is None else by
    return np.where(brain_depth(brain_intensity(flair)(flair)) > 0, image, 0)


def inverted_brain(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut skull and scalp away, and turn the contrast of the brain about."""
    brain = stripped(image) > 0
    return np.where(brain, image[brain].max() + 1 - image, 0)


def z_scored(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make z-scores of what is not 0, amid exact zeros."""
    inside = image != 0
    return np.where(inside, (image - image[inside].mean()) / image[inside].std(), 0)


def windowed(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Clip to the percentiles 2 and 99.8 of the head and store in 8 bit."""
    low, high = np.percentile(image[head_of(image)], (2, 99.8))
    return (255 * np.clip((image - low) / (high - low), 0, 1)).round().astype(np.uint8)


def biased(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply by a field that rises from 0.6 to 1.4 from corner to corner."""
    rows, columns = (np.linspace(-1, 1, length) for length in image.shape[1:])
    return (image * (1 + 0.4 * (rows[:, None] + columns) / 2)).astype(np.float32)


def clip_above(image: NDArray[np.float32], percentile: float) -> NDArray[np.float32]:
    """Clip intensities at a percentile of the brain, as too narrow a window does."""
    return np.minimum(image, np.percentile(image[stripped(image) > 0], percentile))


def equalised_head(image: NDArray[np.float32]) -> NDArray[np.float64]:
    """Equalise the histogram of the head, and leave what is around it black."""
    inside = head_of(image) & (image > 0)
    return np.where(inside, equalize_hist(image, 256, mask=inside), 0)


def half_black(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Set the left half of the picture to 0."""
    emptied = image.copy()
    emptied[:, :, : image.shape[2] // 2] = 0
    return emptied


RIGHT: dict[str, Change] = {
    "FLAIR alone (right)": lambda image: image,
    "16 bit (right)": lambda image: image * 257,
    "an offset of 1000 (right)": lambda image: image + 1000,
    "negative air (right)": lambda image: image - 500,
    "8-bit window (right)": windowed,
    "bias field of 40 % (right)": biased,
    "skull removed (right)": stripped,
    "bias field of 40 %, skull removed (right)": lambda image: biased(stripped(image)),
    "8-bit window, skull removed (right)": lambda image: windowed(stripped(image)),
    "z-scores, skull removed (right)": lambda image: z_scored(stripped(image)),
    "z-scores of the head (right)": lambda image: z_scored(np.where(head_of(image), image, 0)),
    "z-scores of all voxels (right)": lambda image: (image - image.mean()) / image.std(),
    "without the lowest quarter (right)": lambda image: image[len(image) // 4 :],
}
"""FLAIR as other scanners and programs leave it; right for models that scale by the brain."""

CUT: dict[str, Change] = {
    "left half of the picture": lambda image: image[:, :, : image.shape[2] // 2],
    "right half, the other black": half_black,
    "front half": lambda image: image[:, : image.shape[1] // 2],
    "back half": lambda image: image[:, image.shape[1] // 2 :],
    "without the upper 40 %": lambda image: image[: int(0.6 * len(image))],
    "three middle slices": lambda image: image[len(image) // 2 - 1 : len(image) // 2 + 2],
    "one middle slice": lambda image: image[len(image) // 2 : len(image) // 2 + 1],
}

WRONG: dict[str, Change] = {
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
    "the same everywhere": lambda data: alone(np.full_like(data[1], 7)),
    "skull removed, T1 before contrast as FLAIR": lambda data: alone(stripped(data[0], data[1])),
    "skull removed, T1 after contrast as FLAIR": lambda data: alone(stripped(data[2], data[1])),
    "skull removed, z-scores of T1 before contrast": lambda data: alone(
        z_scored(stripped(data[0], data[1]))
    ),
    "skull removed, FLAIR inverted": lambda data: alone(inverted_brain(data[1])),
    "skull removed, a tenth of the brain clipped": lambda data: alone(
        clip_above(stripped(data[1]), 90)
    ),
    "a tenth of the brain clipped": lambda data: alone(clip_above(data[1], 90)),
    "equalised": lambda data: alone(equalize_hist(data[1], 256)),
    "equalised within the head": lambda data: alone(equalised_head(data[1])),
    "skull removed, equalised": lambda data: alone(equalised_head(stripped(data[1]))),
    "equalised slice by slice": lambda data: alone(
        np.stack([equalize_hist(each, 256) if each.any() else each for each in data[1]])
    ),
    "z-scores with a noisy background": lambda data: alone(
        z_scored(stripped(data[1]))
        + np.random.default_rng(0).normal(0, 0.01, data[1].shape).astype(np.float32)
    ),
}


def inputs(only: list[str]) -> dict[str, Change]:
    """Return what is made of the three images of a patient, by title."""
    made: dict[str, Change] = {
        title: lambda data, change=change: alone(change(data[FLAIR]))
        for title, change in (RIGHT | CUT).items()
    } | WRONG
    return {
        title: change
        for title, change in made.items()
        if not only or any(word in title for word in only)
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
    parser.add_argument("--scaling", choices=("foreground", "brain"))
    parser.add_argument("--only", nargs="+", default=[], metavar="WORDS", help="rows to run")
    parser.add_argument("--every", type=int, default=1, help="check only every so many-th case")
    parser.add_argument("--show", action="store_true", help="print the doubts about right images")
    options = parser.parse_args()
    card = open_bundle(options.bundle).card
    if options.scaling:
        params = replace(card.preprocessing, scaling=options.scaling)
        card = card.model_copy(update={"preprocessing": params})
    percentile = card.preprocessing.foreground_percentile
    scans = {
        case.name: case.read()[0] for case in without(find_cases(options.data), options.exclude)
    }
    measured = {
        name: measure_roles(scan, card.roles, percentile, card.plane)
        for name, scan in scans.items()
    }
    brains = measure_brains(list(scans.values()), card.roles, percentile, card.plane)
    made, chosen = inputs(options.only), set(list(scans)[:: options.every])
    counts: defaultdict[str, list[str]] = defaultdict(list)
    for part in parts(list(scans), options.by, options.folds):
        others = [name not in part for name in scans]
        fingerprint = make_fingerprint(
            list(compress(measured.values(), others)),
            {role: list(compress(each, others)) for role, each in brains.items()},
        )
        checked = card.model_copy(update={"fingerprint": fingerprint})
        for name in chosen.intersection(part):
            scan = scans[name]
            data = scan.data.astype(np.float32)
            doubts = check_input(scan, checked)
            counts["all three (right)"].append(" ".join(doubts))
            own = measured[name]
            for title, change in made.items():
                # A patient whose T1 are copies of FLAIR has no T1 to be given by mistake.
                if "T1" in title and len(own) < len(card.roles):
                    continue
                copy = Scan(change(data), scan.affine, scan.channels, scan.source, scan.units)
                counts[title].append(" ".join(check_input(copy, checked)))
                if "(right)" in title and options.show and counts[title][-1]:
                    sys.stdout.write(f"{name}, {title}: {counts[title][-1]}\n")
    sys.stdout.write("| input | doubted | called cut off | called turned |\n|---|---|---|---|\n")
    for title, told in counts.items():
        called = [sum(word in text for text in told) for word in ("cut off", "seems to lie")]
        doubted = sum(map(bool, told))
        cells = " | ".join(str(count) for count in called)
        sys.stdout.write(f"| {title} | {doubted} of {len(told)} | {cells} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
