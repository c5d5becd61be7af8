"""Make the bundled phantom.

``python scripts/make_phantom.py FOLDER``. The folder holds T1, grey and white matter of the ICBM
152 nonlinear symmetric template of 2009, an average of 152 healthy people: the three files
``mni_icbm152_{t1,gm,wm}_tal_nlin_sym_09a_converted.nii.gz`` that the package nilearn carries in
``nilearn/datasets/data``. Around this brain a skull and a scalp are computed, within it a lesion,
and from the tissues the signal of three sequences with a scanner's texture, bias field, blur and
Rician noise.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
from scipy import ndimage, special
from skimage.morphology import convex_hull_image, disk, opening, skeletonize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.float32]

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "napari_brainseg" / "sample" / "phantom.npz"
NAME = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"

GRID = (22, 256, 256)
SPACING = np.array((5.0, 0.9, 0.9))
MIDDLE = (22.0, -18.0)
"""Where the middle of the grid lies in the template: height and front-to-back, in RAS mm."""

LESION_CENTER = (11.0, -40.0, -27.0)
LESION_RADII = (19.0, 23.0, 16.0)
"""As (z, y, x) in mm from the middle of the grid: right frontal."""

CORTEX, SULCUS, DEEPEST_SULCUS = 3.0, 1.1, 26.0
"""Millimetres: a thicker cortex is folded; half the width of a sulcus; how deep sulci reach."""

SHORTEST_SULCUS = 8
"""Pixels."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Signal of each tissue in one sequence."""

    grey: float
    white: float
    fluid: float
    fat: float
    skin: float
    marrow: float
    bone: float
    lesion: float
    core: float
    sinus: float


SEQUENCES = (
    Sequence(300, 400, 110, 800, 420, 500, 40, 265, 215, 120),
    Sequence(305, 250, 55, 560, 400, 220, 35, 500, 430, 30),
    Sequence(315, 410, 115, 810, 520, 520, 40, 280, 225, 640),
)
"""Pre-contrast T1, FLAIR, post-contrast T1."""


def main(templates: Path) -> None:
    """Compute the phantom and write it."""
    t1, grey, white = (_on_grid(templates / NAME.format(kind)) for kind in ("t1", "gm", "wm"))
    brain = ndimage.binary_fill_holes(t1 > 0.25)
    grey, white, fluid = _tissues(t1, grey, white, brain)
    distance = _outside(brain)
    grey, fluid = _folded(grey, fluid, distance)
    skull, marrow, scalp, skin = _shells(distance)
    inside = (distance < 3.0 + 0.5 * _noise((10, 14, 14), 1)).astype(np.float32)
    lesion, core = _lesion(white, fluid, inside)
    sinus = _sinus(distance) * inside
    texture = 1 + 0.04 * _noise((2, 2.2, 2.2), 7)
    spots = 1 + 0.06 * _noise((3, 4, 4), 8)
    channels = []
    for number, tissue in enumerate(SEQUENCES):
        image = tissue.grey * grey + tissue.white * white + tissue.fluid * fluid
        image = image * texture * inside
        within = (tissue.lesion * (1 - core) + tissue.core * core) * spots
        image = image * (1 - lesion) + lesion * within
        image = image * (1 - sinus) + tissue.sinus * sinus
        image = image + skull * (tissue.bone + (tissue.marrow - tissue.bone) * marrow)
        outer = tissue.fat * (1 - skin) + tissue.skin * skin
        image = image + scalp * outer * (1 + 0.10 * _noise((6, 5, 5), 9))
        channels.append(_acquired(image, number))
    data = np.stack(channels).round().astype(np.uint16)
    np.savez_compressed(TARGET, data=data, lesion=_largest(lesion > 0.5))
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e6:.1f} MB")


def _on_grid(path: Path) -> Image:
    """Sample a template on the phantom's grid; a slice averages what it is thick."""
    image = nib.load(path)
    values = np.asarray(image.dataobj, dtype=np.float32) / 255
    corner = image.affine[:3, 3]
    z, y, x = _axes()
    out = np.zeros(GRID, dtype=np.float32)
    right, front = np.broadcast_arrays(-x[0], MIDDLE[1] - y[0])
    for index, height in enumerate(z.ravel() + MIDDLE[0]):
        for within in (-2, -1, 0, 1, 2):
            points = [right, front, np.full_like(right, height + within)]
            places = [axis - start for axis, start in zip(points, corner, strict=True)]
            out[index] += ndimage.map_coordinates(values, places, order=1) / 5
    return out


def _tissues(
    t1: Image, grey: Image, white: Image, brain: NDArray[np.bool_]
) -> tuple[Image, Image, Image]:
    """Shares of grey and white matter and fluid, with the steep edges of one person's."""
    grey, white = (share**2.2 / (share**2.2 + (1 - share) ** 2.2) for share in (grey, white))
    fluid = np.where(brain, np.clip((0.56 - t1) / 0.18, 0, 1), 1.0)
    grey, white = grey * (1 - fluid), white * (1 - fluid)
    total = grey + white + fluid + 1e-3
    return grey / total, white / total, fluid / total


def _folded(grey: Image, fluid: Image, distance: Image) -> tuple[Image, Image]:
    """Open the sulci that the average of many people has closed.

    Cortex is some 3 mm thick. Where the template has more of it, folds of different people lie on
    one another; a sulcus runs midway, as far from white matter as it gets. Deep nuclei stay.
    """
    cortex = (grey > 0.5) & (distance > -DEEPEST_SULCUS)
    depth = np.stack([ndimage.distance_transform_edt(each, SPACING[1:]) for each in cortex])
    midway = np.stack([_lines(each) for each in depth > CORTEX])
    away = np.stack([ndimage.distance_transform_edt(~each, SPACING[1:]) for each in midway])
    opened = np.exp(-((away / SULCUS) ** 2)) * midway.any(axis=(1, 2), keepdims=True)
    opened = (opened * grey * (distance > -DEEPEST_SULCUS)).astype(np.float32)
    return grey - opened, fluid + opened


def _lines(thick: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the middle of what is thick in a slice, where it is long enough to be a sulcus."""
    lines = skeletonize(thick)
    parts, _ = ndimage.label(lines, np.ones((3, 3)))
    long: NDArray[np.bool_] = np.bincount(parts.ravel())[parts] >= SHORTEST_SULCUS
    return lines & long


def _outside(brain: NDArray[np.bool_]) -> Image:
    """Distance in mm from the smoothed hull of the brain, negative within."""
    hull = np.stack([convex_hull_image(opening(each, disk(7))) for each in brain])
    to, within = (ndimage.distance_transform_edt(part, sampling=SPACING) for part in (~hull, hull))
    smoothed: Image = ndimage.gaussian_filter(to - within, (0.8, 6, 6)).astype(np.float32)
    return smoothed


def _shells(distance: Image) -> tuple[Image, Image, Image, Image]:
    """Skull and its marrow, scalp and its skin."""
    inner = 3.0 + 0.5 * _noise((10, 14, 14), 1)
    outer = inner + 6.5 + 0.6 * _noise((14, 18, 18), 2)
    surface = outer + 6.0 + 0.6 * _noise((20, 30, 30), 3)
    skull = (distance >= inner) & (distance < outer)
    scalp = (distance >= outer) & (distance < surface)
    depth = (distance - inner) / (outer - inner)
    marrow = np.exp(-(((depth - 0.5) / 0.22) ** 2))
    skin = np.clip(distance - (surface - 1.8), 0, 1)
    return tuple(part.astype(np.float32) for part in (skull, marrow, scalp, skin))


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
    share = inside * (1 - fluid) * special.expit(edge / 0.05)
    share = share * ndimage.binary_dilation(_largest(share > 0.5), iterations=2)
    core = share * np.clip((1 - 1.7 * radius + 0.15 * _noise((5, 5, 5), 6)) / 0.3, 0, 1)
    return share.astype(np.float32), core.astype(np.float32)


def _largest(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    parts, _ = ndimage.label(found)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest: NDArray[np.bool_] = parts == sizes.argmax()
    return largest


def _sinus(distance: Image) -> Image:
    """Share of the superior sagittal sinus: on the midline, against the skull."""
    _, _, x = _axes()
    share: Image = np.exp(-((x / 2.5) ** 2) - ((distance + 0.5) / 2.5) ** 2).astype(np.float32)
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
