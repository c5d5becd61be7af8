"""Whether a scan looks like what a network was trained on.

A network answers for any image, also for one unlike all that it was trained on. So each image is
measured (:mod:`napari_brainseg.input_check.features`) and compared with the training patients'
images of the same role, which the model card sums up
(:mod:`napari_brainseg.input_check.fingerprint`): each statistic by its distance from their median
in spreads, all together by Mahalanobis distance. The check doubts an image that lies further out
than nearly all of theirs, or that fits another role better by more than theirs ever did. Of a brain
without its skull, the tissue alone tells other sequences
(:mod:`napari_brainseg.input_check.tissue_print`).

It does not notice left and right exchanged; feet and head exchanged; T1 before and after contrast
agent exchanged, which differ less than patients do; a sequence that looks like the right one; small
defects such as a missing slice; or that there is no tumour. The training patients decide what is
usual: it may doubt a right image from a scanner, of an age, or of a part of the head that is not
among theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.input_check.assumptions import clipped, cut_off, misplaced
from napari_brainseg.input_check.evenness import is_equalised
from napari_brainseg.input_check.features import SHAPE, Appearance, View, shape
from napari_brainseg.input_check.fingerprint import BARE, LEVEL
from napari_brainseg.input_check.look import images_of_roles, look_at, look_at_once
from napari_brainseg.input_check.placing import air_of
from napari_brainseg.input_check.tissue_print import INVERTED
from napari_brainseg.intensity.foreground import foreground_scale
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.input_check.fingerprint import Fingerprint
    from napari_brainseg.input_check.look import InputLook, RoleImage
    from napari_brainseg.input_check.tissue_print import TissuePrint
    from napari_brainseg.models.card import InputRole, ModelCard
    from napari_brainseg.scan import Scan

__all__ = ["check_input", "measure_roles"]

LEAD = 2.0
"""By how much more than in training another role must fit better (log-likelihood)."""

LEAD_BARE, LEAD_SIGNED = 3.0, 5.0
"""The same for heads without scalps, and for z-scores, where the card knows no bare brains."""

CROSSED = 1.0
"""Two roles are too alike to tell apart if one led the other by this much in training."""

AIR = (-1100, -900)
"""Air in CT, in Hounsfield units."""

FEW_VALUES = 8
EMPTY = 0.02


def check_input(scan: Scan, card: ModelCard) -> tuple[str, ...]:
    """Compare a scan with what a model was trained on.

    Parameters
    ----------
    scan : Scan
        One channel per input role of the model, in their order, as
        :func:`~napari_brainseg.pipeline.assemble.assemble_channels` makes it. Stand-ins for
        missing roles are left out.
    card : ModelCard
        Of the model. Without a fingerprint the check notices only what is no MRI at all, or
        was equalised.

    Returns
    -------
    tuple of str
        One sentence per doubt: what was found, what was expected, what to do. Odd data, such as
        NaN or a constant, lead to doubts, never to an error.

    Examples
    --------
    A mask in the place of the FLAIR image, which stands in for both T1:

    >>> taken = Scan(np.stack([mask] * 3), scan.affine, scan.channels, scan.source)
    >>> check_input(taken, card)[0]
    'The image for FLAIR has only 2 different values, as a mask has: choose an MRI image, as the
    model was trained on.'
    """
    doubts = []
    looks: dict[str, InputLook] = {}
    params = card.preprocessing
    for image in images_of_roles(scan, card.roles, card.plane):
        if doubt := _no_image(image, params.foreground_percentile) or _equalised(image):
            doubts.append(doubt)
        elif card.fingerprint is None:
            continue
        elif look := look_at(image, params, card.fingerprint):
            looks[image.name] = look
        else:
            doubts.append(
                tr(
                    "No head is seen in the image for {name}: choose another image.",
                    name=sequence_text(image.name),
                )
            )
    if card.fingerprint is not None:
        doubts += _doubts(card.fingerprint, card, looks)
    return tuple(doubts)


def _equalised(image: RoleImage) -> str:
    if not is_equalised(image.channel):
        return ""
    return tr(
        "All values of the image for {name} are equally frequent, as after histogram equalisation. "
        "Lesions no longer stand out by their own contrast, and too much may be marked: choose the "
        "image as the scanner made it.",
        name=sequence_text(image.name),
    )


def _doubts(fingerprint: Fingerprint, card: ModelCard, looks: Mapping[str, InputLook]) -> list[str]:
    """Say what is wrong with the images, the graver before what it makes look odd."""
    # What is not required is mostly of the same kind.
    required = [role.name for role in card.roles if role.fallback is None and role.name in looks]
    main = {name: looks[name] for name in required}
    return (
        misplaced(fingerprint, card.preprocessing.scaling, main)
        or _compare(fingerprint, looks)
        or clipped(main)
    )


def measure_roles(
    scan: Scan, roles: Sequence[InputRole], percentile: float, plane: Plane
) -> dict[str, Appearance]:
    """Measure the images of one training patient.

    Parameters
    ----------
    scan : Scan
        One channel per role, in their order.
    roles : sequence of InputRole
        Of the model.
    percentile : float
        Of the foreground, as in the model's preprocessing.
    plane : {"axial", "coronal", "sagittal"}
        Of the model's slices.

    Returns
    -------
    dict of str to dict
        By name of the role; without stand-ins and images that show no head.
    """
    looks = {
        image.name: look_at_once(image.values, image.pixel, percentile)
        for image in images_of_roles(scan, roles, plane)
    }
    return {
        name: look.found | {LEVEL: round(look.placing.level, 4), BARE: float(look.placing.is_bare)}
        for name, look in looks.items()
        if look is not None
    }


def _no_image(image: RoleImage, percentile: float) -> str:
    """Say why an image cannot be MRI of a head, for any model; empty if it may be."""
    values = image.values
    kinds = np.unique(values)
    air = air_of(values)
    brightest = foreground_scale(values, percentile)
    share = np.mean(np.abs(values - air) > abs(brightest - air) / 20)
    if not _finite(image.channel):
        return tr(
            "The image for {name} holds voxels that are no numbers (NaN or "
            "infinite), which the model cannot use: save it again without "
            "them.",
            name=sequence_text(image.name),
        )
    if len(kinds) == 1:
        found = tr("is the same everywhere")
    elif len(kinds) <= FEW_VALUES:
        found = tr("has only {count} different values, as a mask has", count=len(kinds))
    elif share < EMPTY:
        found = tr("is empty but for {share:.1%} of its voxels", share=share)
    elif np.mean((values >= AIR[0]) & (values <= AIR[1])) > 0.1:
        found = tr("looks like CT (much of it lies near -1000, as air does)")
    else:
        return ""
    return tr(
        "The image for {name} {found}: choose an MRI image, as the model was trained on.",
        name=sequence_text(image.name),
        found=found,
    )


def _finite(channel: NDArray[Any]) -> bool:
    """Whether all voxels are numbers, in one pass and without a copy."""
    with np.errstate(invalid="ignore", over="ignore"):
        return channel.dtype.kind != "f" or bool(np.isfinite(channel.sum(dtype=np.float64)))


def _compare(fingerprint: Fingerprint, looks: Mapping[str, InputLook]) -> list[str]:
    if cut := cut_off(looks, fingerprint):
        # What is left of a head is unlike whole ones in many ways, and all come from this one.
        return [cut]
    known = {name: look for name, look in looks.items() if name in fingerprint.roles}
    heads = {name: look for name, look in known.items() if _is_some_role(fingerprint, look.found)}
    if turned := _turned(fingerprint, heads):
        return [turned]
    doubts = (_odd(fingerprint, name, look) for name, look in known.items())
    return [doubt for doubt in doubts if doubt]


def _odd(fingerprint: Fingerprint, name: str, look: InputLook) -> str:
    if look.tissue is not None and name in fingerprint.brains:
        taken = _taken_for(fingerprint.brains[name], name, look.tissue)
    else:
        lead = LEAD_BARE if look.placing.is_bare else LEAD
        lead = LEAD_SIGNED if look.placing.is_signed else lead
        taken = _mixed_up(fingerprint, name, look.found, lead)
    return taken or _unlike(fingerprint, name, look.found)


def _taken_for(brains: TissuePrint, name: str, found: Appearance) -> str:
    """Say what a brain without its skull shows rather than its role."""
    kind, lead = brains.taken_for(found, name) or ("", 0.0)
    if lead <= LEAD:
        return ""
    if kind != INVERTED:
        return _looks_like(name, [kind])
    return tr(
        "In the image for {name} light and dark are exchanged, as in T2 or in an inverted image: "
        "the model was trained with {name} there, so choose the {name} image.",
        name=sequence_text(name),
    )


def _is_some_role(fingerprint: Fingerprint, found: Appearance) -> bool:
    return any(
        fingerprint.distance(found, role, "contrast") <= each.limits["contrast"]
        for role, each in fingerprint.roles.items()
    )


def _turned(fingerprint: Fingerprint, looks: Mapping[str, InputLook]) -> str:
    """Say how the head lies, if another orientation fits better; all images lie on one grid."""
    ways: dict[str, Callable[[View], View]] = {
        tr("turned by 90 degrees"): lambda view: view.quarter_turned,
        tr("upside down"): lambda view: view.upside_down,
    }
    for way, turn in ways.items():
        leads, usual = [], True
        for name, look in looks.items():
            other = shape(turn(look.view))
            if other is None:
                continue
            now, then = (fingerprint.distance(f, name, "shape") for f in (look.found, other))
            leads.append((now**2 - then**2) * len(SHAPE) / 2)
            usual &= then <= fingerprint.roles[name].limits["shape"]
        if leads and usual and np.mean(leads) > LEAD:
            return tr(
                "The head seems to lie {way} in the slices; the model was "
                "trained with the forehead up: check the orientation stored "
                "with the scan.",
                way=way,
            )
    return ""


def _mixed_up(fingerprint: Fingerprint, name: str, found: Appearance, lead: float) -> str:
    """Say which other role an image fits so much better that it is hardly of its own."""
    costs = {role: fingerprint.cost(found, role) for role in fingerprint.roles}
    nearest = min(costs, key=lambda role: costs[role])
    usual = fingerprint.roles[nearest].limits["contrast"]
    if nearest == name or fingerprint.distance(found, nearest, "contrast") > usual:
        return ""
    by_chance = max(0.0, fingerprint.roles[name].rivals[nearest])
    if by_chance > CROSSED or costs[name] - costs[nearest] <= by_chance + lead:
        return ""
    alike = [role for role, cost in costs.items() if role != name and cost - costs[nearest] < LEAD]
    return _looks_like(name, alike)


def _looks_like(name: str, alike: list[str]) -> str:
    return tr(
        "The image for {name} looks like {alike} (low match): the "
        "model was trained with {name} there, so choose the {name} "
        "image.",
        name=sequence_text(name),
        alike=tr(" or ").join(map(sequence_text, alike)),
    )


def _unlike(fingerprint: Fingerprint, name: str, found: Appearance) -> str:
    """Say what is odd about an image that is unlike those of the training patients."""
    if not fingerprint.unusual(found, name):
        return ""
    odd = ", ".join(fingerprint.oddest(found, name))
    return tr(
        "The image for {name} is unlike the {name} of the {patients} "
        "training patients ({odd}): check that it is {name} MRI of a "
        "head before you trust the mask.",
        name=sequence_text(name),
        patients=fingerprint.patients,
        odd=odd,
    )
