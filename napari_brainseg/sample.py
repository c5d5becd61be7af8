"""An analytic brain phantom with a lesion: computed, so no patient is in it.

Nested ellipsoids (scalp, skull, cerebrospinal fluid, cortex, white matter, ventricles) with a
folded cortex, a smooth bias field and Rician noise, and one lesion with an irregular boundary.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["phantom", "phantom_lesion"]

GRID = (22, 256, 256)
SPACING = (5.0, 0.9, 0.9)
CHANNELS = ("pre-contrast", "FLAIR", "post-contrast")
# Signal per tissue in each channel.
SIGNAL = {
    "scalp": (800.0, 640.0, 800.0),
    "skull": (60.0, 50.0, 60.0),
    "fluid": (90.0, 70.0, 90.0),
    "grey": (300.0, 262.0, 310.0),
    "white": (390.0, 240.0, 400.0),
    "lesion": (250.0, 450.0, 290.0),
}
# As (z, y, x) in mm from the middle of the grid.
LESION_CENTER = (27.0, -34.0, -28.0)
LESION_RADII = (17.0, 21.0, 17.0)


@lru_cache(maxsize=1)
def phantom() -> Scan:
    """Return the phantom as a scan.

    Returns
    -------
    Scan
        Channels pre-contrast T1, FLAIR and post-contrast T1, uint16, 22 axial slices of 256 x 256
        pixels, 0.9 x 0.9 x 5 mm, in RAS+ mm centred on the brain.
    """
    random = np.random.default_rng(20261123)
    tissue = _tissues()
    axes = _axes()
    bias = 1 + 0.05 * np.sin(axes[2] / 70) * np.cos(axes[1] / 80)
    channels = []
    for index in range(len(CHANNELS)):
        image = np.zeros(GRID, dtype=np.float32)
        for name, where in tissue.items():
            image[where] = SIGNAL[name][index]
        image = _blur((image * bias).astype(np.float32))
        noise = 9 * random.standard_normal((2, *GRID), dtype=np.float32)
        channels.append(np.hypot(image + noise[0], noise[1]))
    z, y, x = SPACING
    affine = np.diag([-x, -y, z, 1.0])
    affine[:3, 3] = [x * (GRID[2] - 1) / 2, y * (GRID[1] - 1) / 2, -z * (GRID[0] - 1) / 2]
    data = np.stack(channels).round().astype(np.uint16)
    return Scan(data, affine, CHANNELS, Source("sample", "brain_phantom"))


def phantom_lesion() -> NDArray[np.uint8]:
    """Return the true lesion of the phantom: uint8 (Z, Y, X), 0 or 1."""
    return _tissues()["lesion"].astype(np.uint8)


def _tissues() -> dict[str, NDArray[np.bool_]]:
    """Where each tissue is; later ones lie over earlier ones."""
    z, y, x = _axes()
    folds = 0.035 * (
        np.sin(x / 4.1 + 2 * np.sin(y / 13)) * np.sin(y / 4.7 + 2 * np.sin(x / 11) + z / 9)
    )
    brain = _ellipsoid((0, 0, 0), (64, 80, 63))
    tissue = {
        "scalp": _ellipsoid((0, 0, 0), (74, 95, 77)) < 1,
        "skull": _ellipsoid((0, 0, 0), (70, 89, 71)) < 1,
        "fluid": _ellipsoid((0, 0, 0), (66, 83, 66)) < 1,
        "grey": brain + 2 * folds < 1,
        "white": brain + 4 * folds < 0.72,
    }
    cleft = (np.abs(x + 1.5 * np.sin(y / 9)) < 1.2) & (np.abs(y) > 30)
    for side in (-1, 1):
        bend = side * (9 + 0.005 * (y - 4) ** 2)
        cleft = cleft | (_ellipsoid((8, 4, 0), (16, 32, 7), shift=bend) < 1)
    tissue["grey"] &= ~cleft
    tissue["white"] &= ~cleft
    tissue["lesion"] = _lesion() & (brain < 0.97)
    return tissue


def _lesion() -> NDArray[np.bool_]:
    """Tell where the lesion is: an ellipsoid in the right frontal lobe with a wavy boundary."""
    z, y, x = _axes()
    waves = 0.16 * np.sin(x / 5) * np.cos(y / 6 + z / 8) + 0.1 * np.sin(y / 4 + 1)
    return _ellipsoid(LESION_CENTER, LESION_RADII) + waves < 1


def _axes() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Distances from the middle in mm along (foot to head, front to back, right to left)."""
    z, y, x = (
        (np.arange(length, dtype=np.float32) - (length - 1) / 2) * np.float32(step)
        for length, step in zip(GRID, SPACING, strict=True)
    )
    return z[:, None, None], y[None, :, None], x[None, None, :]


def _ellipsoid(
    center: tuple[float, float, float],
    radii: tuple[float, float, float],
    shift: NDArray[np.float32] | float = 0.0,
) -> NDArray[np.float32]:
    """Squared distance from a center in units of the radii, all as (z, y, x) in mm."""
    z, y, x = _axes()
    distance: NDArray[np.float32] = (
        ((z - center[0]) / radii[0]) ** 2
        + ((y - center[1]) / radii[1]) ** 2
        + ((x - center[2] - shift) / radii[2]) ** 2
    )
    return distance


def _blur(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur as a point spread function does, in plane only."""
    from scipy import ndimage

    blurred: NDArray[np.float32] = ndimage.gaussian_filter(image, (0, 0.8, 0.8))
    return blurred
