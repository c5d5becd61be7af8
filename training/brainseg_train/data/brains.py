"""The brains of training patients as a check of scans without their skulls knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from brainseg_train.data.skull import brain_depth
from napari_brainseg.frames import frame_for
from napari_brainseg.input_check.features import coarse
from napari_brainseg.input_check.look import images_of_roles, look_at_once
from napari_brainseg.input_check.tissue import tissue
from napari_brainseg.input_check.tissue_print import INVERTED
from napari_brainseg.intensity import brain_intensity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame, Plane
    from napari_brainseg.input_check.features import Appearance
    from napari_brainseg.input_check.look import RoleImage
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.scan import Scan

__all__ = ["measure_brains"]

BRIGHTEST = 99.5
"""Percentile of the brain that becomes black where its image is turned about."""


def measure_brains(
    scans: Sequence[Scan], roles: Sequence[InputRole], percentile: float, plane: Plane
) -> dict[str, list[dict[str, Appearance]]]:
    """Measure the brains of training patients in all images, along the surface in a required one.

    Parameters
    ----------
    scans : sequence of Scan
        One channel per role, in their order.
    roles : sequence of InputRole
        Of the model.
    percentile : float
        Of the foreground, as in the model's preprocessing.
    plane : {"axial", "coronal", "sagittal"}
        Of the model's slices.

    Returns
    -------
    dict of str to list of dict
        By required role and scan, the statistics by kind of image: roles, and the required one's
        image turned about.
    """
    required = [role.name for role in roles if role.fallback is None]
    frames = [frame_for(scan.affine, plane) for scan in scans]
    shown = [{each.name: each for each in images_of_roles(scan, roles, plane)} for scan in scans]
    return {
        role: [
            _kinds(images, role, percentile, frame)
            for images, frame in zip(shown, frames, strict=True)
        ]
        for role in required
    }


def _kinds(
    images: dict[str, RoleImage], role: str, percentile: float, frame: Frame
) -> dict[str, Appearance]:
    volumes = {name: frame.apply(each.channel) for name, each in images.items()}
    main = volumes[role]
    brain = _brain_of(main, images[role], percentile)
    if not brain.any():
        return {}
    turned = np.clip(np.percentile(main[brain], BRIGHTEST) - main, 0, None)
    measured = {
        kind: tissue(coarse(np.where(brain, each, each[brain].min()))[0], images[role].pixel)
        for kind, each in (volumes | {INVERTED: turned}).items()
    }
    return {kind: each for kind, each in measured.items() if each is not None}


def _brain_of(volume: NDArray[Any], image: RoleImage, percentile: float) -> NDArray[np.bool_]:
    """Mark the brain; all of a head that comes without its skull."""
    found = brain_intensity(volume)
    look = look_at_once(image.values, image.pixel, percentile)
    if look is not None and look.placing.is_bare:
        return np.asarray(volume != found.background)
    return brain_depth(found(volume)) > 0
