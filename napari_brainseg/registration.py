"""Finding how two scans of one patient lie on each other, where their files do not say so truly.

A rigid registration by mutual information, as Mattes et al. describe it (IEEE Trans Med Imaging
22:120, 2003), computed by dipy on voxels of about 3.5 mm: the head as a whole, in seconds.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import RegistrationError
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.scan import Scan

__all__ = ["Match", "register"]

REMEDY = marked("Install it: pip install 'napari-brainseg[register]'")
COARSE_MM = 3.5
BINS = 32
ITERATIONS = [60, 40]
FACTORS = [2, 1]
SIGMAS = [1.5, 0.5]
LEAST = 8
"""Fewer voxels than that along an axis are too few to be matched."""
MOST_DEGREES = 45.0
"""Files state which way a head lies: one that is turned by more shows no head, or not that one."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """How one scan lies to another.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Rigid, from RAS+ mm of the fixed scan to RAS+ mm of the moving one.
    shift_mm, turn_degrees : float
        How far the middle of the fixed scan was moved, and turned, against what the files state.
    """

    matrix: NDArray[np.float64]
    shift_mm: float
    turn_degrees: float

    def reversed(self) -> Match:
        """Return how the fixed scan lies to the moving one."""
        return replace(self, matrix=np.linalg.inv(self.matrix).astype(np.float64))

    def __str__(self) -> str:
        return tr(
            "{shift_mm:.0f} mm, {turn_degrees:.0f}°",
            shift_mm=self.shift_mm,
            turn_degrees=self.turn_degrees,
        )


def register(fixed: Scan, moving: Scan, channels: tuple[int, int] = (0, 0)) -> Match:
    """Match two scans of one patient, of whatever sequences.

    Parameters
    ----------
    fixed, moving : Scan
        In mm. What their files state is one start, their centres of mass on each other another;
        the better one is gone on from.
    channels : tuple of int
        Which image of each.

    Returns
    -------
    Match
        Deterministic.

    Raises
    ------
    RegistrationError
        If dipy is not installed, a scan is too thin or empty to be matched, or nothing is found.
    """
    if importlib.util.find_spec("dipy") is None:
        raise RegistrationError(
            tr("Matching scans needs dipy, which is not installed. {remedy}.", remedy=tr(REMEDY))
        )
    for scan, channel in ((fixed, channels[0]), (moving, channels[1])):
        _check(scan, channel)
    one, other = _coarse(fixed, channels[0]), _coarse(moving, channels[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dipy's own, of its arguments and of numpy
        matrix = _rigid(one, other)
    match = _match(matrix, fixed)
    if match.turn_degrees > MOST_DEGREES:
        raise RegistrationError(
            tr(
                "{name}: no match was found, the best would turn it by {turn:.0f}°. Choose another "
                "scan of the same head.",
                name=moving.source.name,
                turn=match.turn_degrees,
            )
        )
    return match


def _check(scan: Scan, channel: int) -> None:
    name, image = scan.source.name, scan.data[channel]
    numbers = image[np.isfinite(image)]
    is_flat = numbers.size == 0 or numbers.min() == numbers.max()
    if scan.units != "mm" or min(scan.grid) < LEAST or is_flat:
        raise RegistrationError(
            tr(
                "{name}: cannot be matched, expected an image of at least "
                "{least} voxels a side that states their size in mm. Choose "
                "another scan.",
                name=name,
                least=LEAST,
            )
        )


_Coarse = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
"""Intensities (X, Y, Z) from 0 to 1, and the affine."""


def _coarse(scan: Scan, channel: int) -> _Coarse:
    """Average voxels to about :data:`COARSE_MM`, and cut off what is brightest."""
    from scipy import ndimage

    image = scan.data[channel].astype(np.float64)
    # One voxel without a number would spread over all.
    np.nan_to_num(image, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    steps = [max(1, round(COARSE_MM / size)) for size in scan.spacing]
    steps = [min(step, max(1, n // LEAST)) for step, n in zip(steps, scan.grid, strict=True)]
    smooth = ndimage.uniform_filter(image, steps, mode="nearest")
    starts = [step // 2 for step in steps]
    taken = smooth[starts[0] :: steps[0], starts[1] :: steps[1], starts[2] :: steps[2]]
    low, high = np.percentile(image, (1, 99))
    scaled = np.clip((taken - low) / max(high - low, 1e-9), 0, 1)
    affine = np.array(scan.affine)
    # A window of even width reaches half a voxel further back than forth.
    z, y, x = (start - 0.5 * (step % 2 == 0) for start, step in zip(starts, steps, strict=True))
    affine[:3, 3] = (scan.affine @ (x, y, z, 1.0))[:3]
    affine[:3, :3] = scan.affine[:3, :3] * np.array(steps[::-1])
    return np.ascontiguousarray(scaled.T), affine


def _rigid(fixed: _Coarse, moving: _Coarse) -> NDArray[np.float64]:
    from dipy.align.imaffine import AffineRegistration, MutualInformationMetric
    from dipy.align.transforms import RigidTransform3D, TranslationTransform3D

    engine = AffineRegistration(
        metric=MutualInformationMetric(nbins=BINS),
        level_iters=ITERATIONS,
        sigmas=SIGMAS,
        factors=FACTORS,
        verbosity=0,
    )
    # dipy turns about the origin of the space. That has to be the head's middle: about a far one,
    # every turn moves the head as well, and none is found.
    centre = np.eye(4)
    centre[:3, 3] = -_middle(fixed)
    back = np.linalg.inv(centre)
    grids = {"static_grid2world": centre @ fixed[1], "moving_grid2world": centre @ moving[1]}

    def improved(transform: Any, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        found, _, value = engine.optimize(
            fixed[0], moving[0], transform, None, starting_affine=start, ret_metric=True, **grids
        )
        return found.affine, float(value)

    starts = (centre @ start @ back for start in _starts(fixed, moving))
    shifted, _ = min(
        (improved(TranslationTransform3D(), each) for each in starts), key=itemgetter(1)
    )
    found, _ = improved(RigidTransform3D(), shifted)
    return np.asarray(back @ found @ centre, np.float64)


def _starts(fixed: _Coarse, moving: _Coarse) -> list[NDArray[np.float64]]:
    """Start from the middles of both heads, and where these lie close, from what files state."""
    one, other = _middle(fixed), _middle(moving)
    middles = np.eye(4)
    middles[:3, 3] = other - one
    sizes = np.linalg.norm(fixed[1][:3, :3], axis=0) * fixed[0].shape
    is_near = np.linalg.norm(other - one) <= sizes.min() / 2
    return [np.eye(4), middles] if is_near else [middles]


def _middle(image: _Coarse) -> NDArray[np.float64]:
    values, affine = image
    total = values.sum()
    index = [
        float((values.sum(axis=tuple({0, 1, 2} - {axis})) * np.arange(n)).sum() / total)
        for axis, n in enumerate(values.shape)
    ]
    return np.asarray((affine @ (*index, 1.0))[:3])


def _match(matrix: NDArray[np.float64], fixed: Scan) -> Match:
    z, y, x = fixed.grid
    middle = fixed.affine @ ((x - 1) / 2, (y - 1) / 2, (z - 1) / 2, 1.0)
    shift = float(np.linalg.norm((matrix @ middle - middle)[:3]))
    cosine = (np.trace(matrix[:3, :3]) - 1) / 2
    return Match(matrix, shift, float(np.degrees(np.arccos(np.clip(cosine, -1, 1)))))
