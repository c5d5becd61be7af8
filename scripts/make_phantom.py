"""Make the bundled phantom.

``python scripts/make_phantom.py FOLDER``. The folder holds ``ch2.nii.gz`` and ``ch2bet.nii.gz``,
the *Colin 27* average of 27 T1-weighted scans of one healthy person, with skull and without, as
Debian's package ``mricron-data`` carries them in ``/usr/share/mricron/templates``. What lies far
from the brain, the face above all, is left out. T1 is that person's; FLAIR and T1 after contrast
are computed from the tissues in it, and so are the lesion, a scanner's bias field, blur and noise.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
from scipy import ndimage, special
from skimage.morphology import convex_hull_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.float32]

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "napari_brainseg" / "sample" / "phantom.npz"

GRID = (22, 256, 256)
SPACING = np.array((5.0, 0.9, 0.9))
MIDDLE = (0.0, -18.0, 26.5)
"""Where the middle of the grid lies in the template, in RAS mm."""

CORNER = (-90.0, -125.0, -71.0)
"""Where the first voxel of the template lies, in RAS mm; its voxels are 1 mm wide."""

LESION_CENTER = (11.0, -40.0, -27.0)
LESION_RADII = (19.0, 23.0, 16.0)
"""As (z, y, x) in mm from the middle of the grid: right frontal."""

FLUID, GREY, WHITE = 42.0, 84.0, 109.0
"""Signal of the tissues in the template: the two peaks of its brain, and its ventricles."""

KEPT = 19.0
"""Millimetres around the brain that are kept: skull and scalp, neither ears nor face."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Signal of the tissues in one sequence; ``outer`` multiplies what is not brain."""

    grey: float
    white: float
    fluid: float
    lesion: float
    core: float
    sinus: float
    outer: float


SEQUENCES = (
    Sequence(305, 400, 140, 265, 215, 120, 4.6),
    Sequence(305, 250, 55, 470, 410, 30, 4.0),
    Sequence(320, 410, 145, 280, 225, 640, 4.7),
)
"""Pre-contrast T1, FLAIR, post-contrast T1."""


def main(templates: Path) -> None:
    """Compute the phantom and write it."""
    head, brain = (_read(templates / f"{name}.nii.gz") for name in ("ch2", "ch2bet"))
    grey, white, fluid = (_on_grid(share) for share in _tissues(head, brain > 0))
    around = _on_grid(np.where(_is_near(brain > 0), head, 0) * (brain == 0))
    inside = _on_grid(brain > 0)
    lesion, core = _lesion(white, fluid, inside)
    sinus = _sinus(inside)
    spots = 1 + 0.08 * _noise((3, 4, 4), 8)
    channels = []
    for number, tissue in enumerate(SEQUENCES):
        image = tissue.grey * grey + tissue.white * white + tissue.fluid * fluid
        within = (tissue.lesion * (1 - core) + tissue.core * core) * spots
        image = image + tissue.outer * around
        image = image * (1 - lesion) + lesion * within
        image = image * (1 - sinus) + tissue.sinus * sinus
        channels.append(_acquired(image, number))
    data = np.stack(channels).round().astype(np.uint16)
    np.savez_compressed(TARGET, data=data, lesion=_largest(lesion > 0.5))
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e6:.1f} MB")


def _read(path: Path) -> Image:
    return np.asarray(nib.load(path).dataobj, dtype=np.float32)


def _tissues(head: Image, brain: NDArray[np.bool_]) -> tuple[Image, Image, Image]:
    """Shares of grey and white matter and fluid, between whose signals a voxel's lies."""
    fluid = np.clip((GREY - head) / (GREY - FLUID), 0, 1) * brain
    white = np.clip((head - GREY) / (WHITE - GREY), 0, 1) * brain
    return brain - fluid - white, white, fluid


def _is_near(brain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = ndimage.distance_transform_edt(~brain) < KEPT
    return near


def _on_grid(values: NDArray[np.generic]) -> Image:
    """Sample voxels of the template on the phantom's grid; a slice averages what it is thick."""
    z, y, x = _axes()
    out = np.zeros(GRID, dtype=np.float32)
    right, front = np.broadcast_arrays(-x[0] + MIDDLE[0], MIDDLE[1] - y[0])
    for index, height in enumerate(z.ravel() + MIDDLE[2]):
        for within in (-2, -1, 0, 1, 2):
            points = (right, front, np.full_like(right, height + within))
            places = [axis - start for axis, start in zip(points, CORNER, strict=True)]
            out[index] += ndimage.map_coordinates(values.astype(np.float32), places, order=1) / 5
    return out


def _lesion(white: Image, fluid: Image, inside: Image) -> tuple[Image, Image]:
    """Share of a lesion that spreads along white matter and stops at fluid, and of its core."""
    z, y, x = _axes()
    radius = np.sqrt(
        sum(
            ((axis - middle) / length) ** 2
            for axis, middle, length in zip((z, y, x), LESION_CENTER, LESION_RADII, strict=True)
        )
    )
    edge = 1.1 - radius + 0.2 * _noise((6, 6, 6), 4) + 0.1 * _noise((3, 3, 3), 5)
    edge = edge + 0.35 * (white - 0.5) - 0.9 * fluid
    share = inside * (1 - fluid) * special.expit(edge / 0.07)
    share = share * ndimage.binary_dilation(_largest(share > 0.5), iterations=2)
    core = share * np.clip((1 - 1.7 * radius + 0.15 * _noise((5, 5, 5), 6)) / 0.3, 0, 1)
    return share.astype(np.float32), core.astype(np.float32)


def _largest(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    parts, _ = ndimage.label(found)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest: NDArray[np.bool_] = parts == sizes.argmax()
    return largest


def _sinus(inside: Image) -> Image:
    """Share of the superior sagittal sinus: on the midline, at the hull of the brain."""
    _, _, x = _axes()
    hull = np.stack([convex_hull_image(each) for each in inside > 0.5])
    out, within = (ndimage.distance_transform_edt(part, SPACING) for part in (~hull, hull))
    share: Image = np.exp(-((x / 2.5) ** 2) - ((out - within) / 2.5) ** 2).astype(np.float32)
    return share


def _acquired(image: Image, number: int) -> Image:
    """Show an image as a scanner does: bias field, blur in plane, Rician noise."""
    z, y, x = _axes()
    bias = 1 + 0.10 * np.sin((y + 30) / 95) * np.cos(x / 110 + 0.3) + 0.05 * np.cos(z / 60)
    blurred = ndimage.gaussian_filter(image * bias, (0, 0.65, 0.65))
    noise = 9 * np.random.default_rng(11 + number).standard_normal((2, *GRID))
    measured: Image = np.hypot(blurred + noise[0], noise[1]).astype(np.float32)
    return measured


def _noise(scale: tuple[float, float, float], seed: int) -> Image:
    """Smooth noise of unit deviation; ``scale`` in mm."""
    grain = np.random.default_rng(seed).standard_normal(GRID).astype(np.float32)
    smooth: Image = ndimage.gaussian_filter(grain, np.array(scale) / SPACING)
    return smooth / smooth.std()


def _axes() -> tuple[Image, Image, Image]:
    """Distances from the middle in mm along (foot to head, front to back, right to left)."""
    z, y, x = (
        (np.arange(length, dtype=np.float32) - (length - 1) / 2) * np.float32(step)
        for length, step in zip(GRID, SPACING, strict=True)
    )
    return z[:, None, None], y[None, :, None], x[None, None, :]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
