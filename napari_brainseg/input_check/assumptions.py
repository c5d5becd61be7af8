"""What preprocessing and networks take for granted, and an image does not keep: in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.input_check.cuts import cuts_of
from napari_brainseg.io.sequences import sequence_text
from napari_brainseg.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_brainseg.input_check.fingerprint import Fingerprint, UsualPlacing
    from napari_brainseg.input_check.look import InputLook
    from napari_brainseg.input_check.placing import Placing
    from napari_brainseg.models.preprocessing import Scaling

__all__ = ["clipped", "cut_off", "misplaced"]

BY_THE_BRAIN = marked("Choose a model that scales by the brain, as the default one does")

FEW_BARE = 0.1
"""A model that saw a smaller share of heads without scalps has not learned them."""

LENIENT = 1.15
"""A part of a head may be this much further from usual ones than a whole."""

CUT = marked(
    "nothing can be found beyond the cut, and the mask near it may be wrong. Choose the whole scan "
    "if there is one."
)


def misplaced(
    fingerprint: Fingerprint, scaling: Scaling, looks: Mapping[str, InputLook]
) -> list[str]:
    """Say where preprocessing will not bring the brain to where the network knows it.

    Parameters
    ----------
    fingerprint : Fingerprint
        Of the model; it says where the brains of its training patients lie.
    scaling : {"foreground", "brain"}
        By what the model scales intensities.
    looks : mapping of str to InputLook
        The images of its required roles.
    """
    found = (_misplaced(name, look, fingerprint, scaling) for name, look in looks.items())
    return [doubt for doubt in found if doubt]


def _misplaced(name: str, look: InputLook, fingerprint: Fingerprint, scaling: Scaling) -> str:
    placing = look.placing
    if placing.is_signed and not placing.is_exact:
        return tr(
            "The background of the image for {name} lies amid the values "
            "of the brain, and is not one exact value, so that the model "
            "cannot tell them apart: set all that lies outside of the head "
            "to one value.",
            name=sequence_text(name),
        )
    if scaling == "brain":
        return ""
    why_not = _why_not_by_the_scalp(placing, fingerprint.placings.get(name))
    return (
        tr(
            "The image for {name} {why_not}. {by_the_brain}.",
            name=sequence_text(name),
            why_not=why_not,
            by_the_brain=tr(BY_THE_BRAIN),
        )
        if why_not
        else ""
    )


def _why_not_by_the_scalp(placing: Placing, usual: UsualPlacing | None) -> str:
    """Say what scaling by the brightest tissue makes of an image that it is not meant for."""
    if placing.is_raised:
        return tr("has its air at {air:.2f} of this model's scale, and not at 0", air=placing.air)
    if placing.is_signed:
        return tr(
            "holds brain below its background, as z-scores do; this model takes all that is below "
            "0 for background"
        )
    if placing.is_bare and (usual is None or usual.bare < FEW_BARE):
        return tr(
            "shows a head without a bright scalp, as after skull removal; this model scales "
            "intensities by the scalp"
        )
    if usual is not None and not usual.low <= placing.level <= usual.high:
        return tr(
            "has its brain at {level:.2f} of this model's scale, that of "
            "the training patients lies at {low:.2f} to {high:.2f}",
            level=placing.level,
            low=usual.low,
            high=usual.high,
        )
    return ""


def clipped(looks: Mapping[str, InputLook]) -> list[str]:
    """Say in which images the brightest tissue, lesions among it, is clipped to one value."""
    return [
        tr(
            "The image for {name} is clipped: {share:.0%} of the head have its highest value. "
            "Lesions and other bright tissue look alike there, and too much may be marked: choose "
            "the image as the scanner made it, or save it again through a wider window.",
            name=sequence_text(name),
            share=look.placing.clipped,
        )
        for name, look in looks.items()
        if look.placing.is_clipped
    ]


def cut_off(looks: Mapping[str, InputLook], fingerprint: Fingerprint) -> str:
    """Say where the head is cut off, in the first image in which it is; all lie on one grid."""
    for name, look in looks.items():
        if look.placing.is_inverted or not (cuts := cuts_of(look.view)):
            continue
        # Other things have straight sides and no crown either, such as a trunk.
        if _looks_like_a_head(look, fingerprint):
            return tr(
                "The head in the image for {name} is cut off {cuts}: {cut}",
                name=sequence_text(name),
                cuts=tr(" and ").join(cuts),
                cut=tr(CUT),
            )
    return ""


def _looks_like_a_head(look: InputLook, fingerprint: Fingerprint) -> bool:
    return any(
        fingerprint.distance(look.found, role, "contrast") <= LENIENT * each.limits["contrast"]
        for role, each in fingerprint.roles.items()
    )
