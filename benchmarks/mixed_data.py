"""Scans from elsewhere as folders in the LGG layout, beside those of the LGG set.

    python benchmarks/mixed_data.py DATA FOLDER [--outside PLACE] [--planes]

DATA is the LGG set, and FOLDER gets links to its cases, the cases of BraTS 2018 below ``--outside``
(their labels 1, 2 and 4 as one mask) and its heads without tumour, with empty masks: what the
embedded models went on with (``brainseg-train further``, row ``mixed``). Volumes are turned as the
LGG slices lie and stored in 8 bit; of those thinner than 2 mm every so many slices are taken that
2 mm lie between them. With ``--planes`` isotropic ones are written twice more, as coronal and as
sagittal slices of 4 mm, averaged as thick ones are. A sequence that a case lacks repeats FLAIR, as
in the LGG set.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tifffile
from outside import PLANES, averaged, changed

from napari_brainseg.frames import frame_for
from napari_brainseg.io import read_scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.scan import Scan

OUTSIDE = Path(__file__).parents[2] / "shared" / "outside"
THICK = 2.0
"""Millimetres between slices, at least."""

SLAB, ISOTROPIC = 4.0, 1.2
"""Millimetres of a slice in another plane, and how unequal the sides of a voxel may be for that."""

SIDE = 256
"""Pixels of the LGG slices, to which smaller ones are padded."""

LARGEST = 99.8
"""Percentile of the brightness that becomes 255."""


def link_cases(data: Path, folder: Path) -> None:
    """Link the cases of the LGG set into a folder."""
    for case in sorted((data / "kaggle_3m" if (data / "kaggle_3m").is_dir() else data).iterdir()):
        if case.is_dir() and not (folder / case.name).exists():
            (folder / case.name).symlink_to(case.resolve(), target_is_directory=True)


def read(path: Path) -> Scan:
    """Read the volume of a file."""
    return read_scan(path).scan


def turned(scan: Scan, plane: Plane = "axial") -> NDArray[np.float32]:
    """Return a volume (N, h, w) as slices of a plane lie, axial ones as those of the LGG set."""
    slices: NDArray[np.float32] = frame_for(scan.affine, plane).apply(scan.data[0])
    return slices.astype(np.float32)


def in_8_bit(volume: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale to 8 bit by what is not air."""
    head = volume[volume > 0.3 * volume.mean()]
    scaled = volume * (255 / np.percentile(head, LARGEST))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def write_case(
    folder: Path, channels: list[NDArray[np.uint8]], mask: NDArray[np.bool_], step: int
) -> None:
    """Write slices and masks of a case: every so many slices in which something is."""
    folder.mkdir(parents=True, exist_ok=True)
    margin = [(max(0, SIDE - length) // 2,) * 2 for length in mask.shape[1:]]
    volume = np.pad(np.stack(channels, axis=-1), ((0, 0), *margin, (0, 0)))
    mask = np.pad(mask, ((0, 0), *margin))
    filled = [z for z in range(0, len(volume), step) if volume[z].any()]
    for number, z in enumerate(filled, start=1):
        slice_path = folder / f"{folder.name}_{number}.tif"
        tifffile.imwrite(slice_path, volume[z], photometric="rgb")
        marked = mask[z].astype(np.uint8) * 255
        tifffile.imwrite(slice_path.with_stem(f"{slice_path.stem}_mask"), marked)
    print(folder.name, len(filled), "slices")


def write_planes(folder: Path, channels: list[Scan], mask: Scan, planes: bool) -> None:
    """Write a volume as axial slices and, if wanted, as thick ones of the other planes."""
    between = frame_for(mask.affine).reorder(mask.spacing)[0]
    step = max(1, round(THICK / between))
    write_case(folder, [in_8_bit(turned(each)) for each in channels], turned(mask) > 0, step)
    if not planes or max(mask.spacing) > ISOTROPIC * min(mask.spacing):
        return
    count = max(1, round(SLAB / between))
    for plane in PLANES[1:]:
        slabs = [in_8_bit(turned(averaged(each, plane, count), plane)) for each in channels]
        marked = turned(averaged(mask, plane, count), plane) >= 0.5
        write_case(folder.with_name(f"{folder.name}_{plane}"), slabs, marked, 1)


def brats(home: Path, folder: Path, planes: bool) -> None:
    """Write a case of BraTS 2018."""

    def path_of(kind: str) -> Path:
        return home / f"{home.name}_{kind}.nii.gz"

    flair = read(path_of("flair"))
    sequences = [path_of(kind) for kind in ("t1", "flair", "t1ce")]
    channels = [read(each) if each.is_file() else flair for each in sequences]
    mask = changed(read(path_of("seg")), lambda labels: np.isin(labels, (1, 2, 4)))
    write_planes(folder / home.name, channels, mask, planes)


def without_tumour(path: Path, folder: Path, planes: bool) -> None:
    """Write a head in which nothing is to be found."""
    flair = read(path)
    name = path.name.split("_study")[0].upper()
    write_planes(folder / name, [flair] * 3, changed(flair, np.zeros_like), planes)


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--outside", type=Path, default=OUTSIDE)
    parser.add_argument("--planes", action="store_true")
    options = parser.parse_args()
    folder = options.folder / "kaggle_3m"
    folder.mkdir(parents=True, exist_ok=True)
    link_cases(options.data, folder)
    for home in sorted((options.outside / "brats18").glob("Brats18_*")):
        brats(home, folder, options.planes)
    for path in sorted((options.outside / "no_tumour").glob("*_flair.nii.gz")):
        without_tumour(path, folder, options.planes)


if __name__ == "__main__":
    main()
