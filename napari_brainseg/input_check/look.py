"""Looking at the images of a scan as a model of some scaling will see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.frames import frame_for
from napari_brainseg.input_check.features import (
    Appearance,
    View,
    coarse,
    contrast,
    shape,
    view_of,
)
from napari_brainseg.input_check.placing import Placing, air_of, brought_up, placing_of
from napari_brainseg.input_check.tissue import tissue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.input_check.fingerprint import Fingerprint
    from napari_brainseg.models.card import InputRole
    from napari_brainseg.models.preprocessing import Preprocessing
    from napari_brainseg.scan import Scan

__all__ = ["InputLook", "RoleImage", "images_of_roles", "look_at", "look_at_once"]


@dataclass(frozen=True, slots=True, eq=False)
class InputLook:
    """How the image of a role looks: its view, its statistics, and where its brain lies.

    ``tissue`` are the statistics of a brain without its skull.
    """

    view: View
    found: Appearance
    placing: Placing
    tissue: Appearance | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RoleImage:
    """The image of one role: whole, as a coarse view, and the height and width of its pixels."""

    name: str
    channel: NDArray[Any]
    values: NDArray[np.float64]
    pixel: tuple[float, float]


def images_of_roles(scan: Scan, roles: Sequence[InputRole], plane: Plane) -> list[RoleImage]:
    """Return the images of the roles that have one of their own."""
    frame = frame_for(scan.affine, plane)
    _, height, width = frame.reorder(scan.spacing)
    images = {}
    for role, channel in zip(roles, scan.data, strict=True):
        values, (down, across) = coarse(frame.apply(channel))
        images[role.name] = RoleImage(role.name, channel, values, (height * down, width * across))
    return [
        images[role.name]
        for role in roles
        if role.fallback is None
        or not np.array_equal(images[role.name].values, images[role.fallback].values)
    ]


def look_at(image: RoleImage, params: Preprocessing, fingerprint: Fingerprint) -> InputLook | None:
    """Look at an image as it is; where a model scales by the brain, also as it will see it.

    To such a model gain and offset mean nothing: air that is not 0 is brought there, and an image
    that still looks odd, such as z-scores, is looked at again as if its brain were as usual.
    """
    look = _look_as_seen(image, params, fingerprint)
    if look is None or not look.placing.is_bare:
        return look
    return replace(look, tissue=tissue(image.values, image.pixel))


def _look_as_seen(
    image: RoleImage, params: Preprocessing, fingerprint: Fingerprint
) -> InputLook | None:
    percentile = params.foreground_percentile
    by_brain = params.scaling == "brain"
    look = _grounded(image, percentile)
    if look is not None and not (by_brain and _is_odd(look, image.name, fingerprint)):
        return look
    again = look_at_once(brought_up(image.values), image.pixel, percentile)
    if again is None:
        return look
    again = replace(again, placing=placing_of(image.values, again.view, percentile))
    if again.placing.is_signed:
        return again
    is_better = by_brain and not again.placing.is_inverted
    return again if is_better and _fits(again, look, image.name, fingerprint) else look


def _grounded(image: RoleImage, percentile: float) -> InputLook | None:
    """Look at an image with its air at 0, where heads are seen best; it is told where it was."""
    look = look_at_once(image.values, image.pixel, percentile)
    if look is not None and not look.placing.is_raised:
        return look
    above = np.clip(image.values - air_of(image.values), 0, None)
    grounded = look_at_once(above, image.pixel, percentile)
    if look is None or grounded is None:
        return grounded
    return replace(grounded, placing=replace(look.placing, is_bare=grounded.placing.is_bare))


def _fits(again: InputLook, look: InputLook | None, name: str, fingerprint: Fingerprint) -> bool:
    """Whether a second look shows what the first one did not, or an image as in training."""
    if look is None:
        return True
    return name in fingerprint.roles and not fingerprint.unusual(again.found, name)


def look_at_once(
    values: NDArray[np.float64], pixel: tuple[float, float], percentile: float
) -> InputLook | None:
    """Measure a coarse volume; None if it shows no head."""
    view = view_of(values, pixel, percentile)
    if view is None:
        return None
    measured = contrast(view), shape(view)
    if not (measured[0] and measured[1]):
        return None
    return InputLook(view, measured[0] | measured[1], placing_of(values, view, percentile))


def _is_odd(look: InputLook, name: str, fingerprint: Fingerprint) -> bool:
    """Whether an image is unlike its role, and not simply one of another role."""
    if look.placing.is_signed or name not in fingerprint.roles:
        return True
    if not fingerprint.unusual(look.found, name):
        return False
    by_role = {
        role: fingerprint.distance(look.found, role, "contrast") / each.limits["contrast"]
        for role, each in fingerprint.roles.items()
    }
    nearest = min(by_role, key=lambda role: by_role[role])
    return nearest == name or by_role[nearest] > 1
