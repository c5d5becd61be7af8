"""What other scanners and other preparations do to an image, as random changes on the device.

The public training set is of one kind: whole heads, stored in 8 bit, every sequence on one grid.
Elsewhere skulls are removed, contrast, sharpness and evenness differ, and sequences are missing,
lie a little beside each other, or are not what their name says. All of it is made here of a whole
batch at once, on the scale of 0 to 1 on which the brain lies at
:data:`~napari_brainseg.intensity.LEVEL`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from napari_brainseg.intensity.brain import LEVEL, WIDTH

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = ["Elsewhere", "Span", "change"]

AIR = 0.04
"""Below this part of the scale there is air, which half of the images keep black."""

FIELD_POINTS = 4
"""Random values per side of a bias field."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Shares and ranges of the random changes.

    Parameters
    ----------
    stripped : float
        Share of slices whose skull is removed.
    depth : float
        Largest distance of the cut from the surface of the brain, in pixels, either way.
    contrast : float
        Largest change of contrast about the brain's level, as a natural logarithm.
    level : float
        Largest shift of the brain's level, on the scale of 0 to 1.
    gamma : float
        Largest exponent, as a natural logarithm.
    field : float
        Largest bias field, as a natural logarithm.
    blur : float
        Largest share of a blurred image; half as much is sharpened.
    absent : float
        Probability, for each sequence that may be missing, that it is: the required one stands in.
    unlike : float
        Share of slices whose other sequences disagree with the required one: turned dark for
        bright, one in the place of the other, a little beside it, or ending within the slice, as
        where the patient has moved or less was acquired.
    faint : float
        Share of slices whose lesions are brought nearer to the brain's level. Lesions of the public
        set stand out by 2.8 widths of the brain's contrast (median; a tenth of them by less than
        1.4), oedema that other sets mark by about 1.
    oedema : float
        Share of slices whose lesions get faint oedema around them, which belongs to them then:
        other sets mark it, and the public one leaves it out. For masks of one class.
    reach : float
        How far that goes at most, in pixels.
    """

    stripped: float = 0.4
    depth: float = 3.0
    contrast: float = 0.35
    level: float = 0.05
    gamma: float = 0.3
    field: float = 0.35
    blur: float = 0.8
    absent: float = 0.2
    unlike: float = 0.4
    faint: float = 0.5
    oedema: float = 0.0
    reach: float = 14.0


FAINTEST, BOLDEST = 0.25, 1.1
"""What is left of the contrast of a lesion that is made fainter, or bolder."""

FADE_POINTS = 8
"""Random values per side of a lesion that is made fainter in part, of the window."""

OEDEMA = (0.5, 1.5)
"""By how many widths of the brain's contrast oedema stands out."""

FLUID = 1.5
"""So many widths below the brain's level there is fluid, which oedema spares."""

LEAST = 60
"""Pixels of a lesion that may have oedema around it."""

BESIDE = 0.04
"""Largest shift of a sequence that lies beside the required one, as a share of the window."""


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Where 0 and 1 of the scale lie in standardised images, per channel: tensors (C, 1, 1)."""

    zero: Tensor
    one: Tensor

    def to_scale(self, images: Tensor) -> Tensor:
        """Undo the standardisation."""
        return (images - self.zero) / (self.one - self.zero)

    def from_scale(self, images: Tensor) -> Tensor:
        """Standardise."""
        return self.zero + images * (self.one - self.zero)

    def to(self, device: torch.device) -> Span:
        """Move to a device."""
        return Span(self.zero.to(device), self.one.to(device))


def change(
    images: Tensor,
    masks: Tensor,
    depth: Tensor | None,
    options: Elsewhere,
    span: Span,
    roles: tuple[int, int],
    random: Generator,
) -> tuple[Tensor, Tensor]:
    """Change a batch of slices as other scanners and programs would have.

    Parameters
    ----------
    images : Tensor of float32, shape (N, C, H, W)
        Standardised slices.
    masks : Tensor of float32, shape (N, K, H, W)
        0 or 1, for each class, and where nothing is learned from. Oedema is of the first.
    depth : Tensor of float32, shape (N, 1, H, W), optional
        Depth below the surface of the brain, in pixels; without it no skull is removed.
    options : Elsewhere
        Shares and ranges.
    span : Span
        How images were standardised.
    roles : tuple of int
        Channels of one slice, and which of them is always there.
    random : torch.Generator
        The only source of chance, on the device of the images.

    Returns
    -------
    images : Tensor of float32, shape (N, C, H, W)
        Standardised, within 0 and 1 of the scale.
    masks : Tensor of float32, shape (N, K, H, W)
        With the oedema that was put around lesions.
    """
    values = span.to_scale(images)
    if options.faint > 0:
        values = _fade(values, masks.amax(dim=1, keepdim=True), options, random)
    if depth is not None and options.oedema > 0:
        around = _surroundings(values, masks, depth, options, roles, random)
        values = _swell(values, around, roles, random)
        masks = torch.cat((torch.maximum(masks[:, :1], around), masks[:, 1:]), dim=1)
    if depth is not None and options.stripped > 0:
        values = _strip(values, depth, options, random)
    values = _blur(values, options, random)
    air = (values / AIR).clamp(0, 1)
    values = _tone(values, options, random)
    black = _share((len(values), 1, 1, 1), random) < 0.5
    values = torch.where(black, values * air, values).clamp(0, 1)
    values = _disagree(values, options, roles, random)
    return span.from_scale(_leave_out(values, options, roles, random)), masks


def _fade(values: Tensor, masks: Tensor, options: Elsewhere, random: Generator) -> Tensor:
    """Bring lesions of some slices nearer to the brain's level, whole or in part, softly."""
    shape = (len(values), 1, 1, 1)
    chosen = _share(shape, random) < options.faint
    coarse = _share((len(values), 1, FADE_POINTS, FADE_POINTS), random)
    parts = functional.interpolate(coarse, size=masks.shape[-2:], mode="bilinear")
    whole = _share(shape, random)
    left = torch.where(_share(shape, random) < 0.5, whole, parts)
    left = FAINTEST + (BOLDEST - FAINTEST) * left
    soft = _mean(masks, 3)
    return torch.lerp(values, LEVEL + (values - LEVEL) * left, soft * chosen)


def _surroundings(
    values: Tensor,
    masks: Tensor,
    depth: Tensor,
    options: Elsewhere,
    roles: tuple[int, int],
    random: Generator,
) -> Tensor:
    """Choose where there is oedema around lesions of some slices: (N, 1, H, W), 0 or 1."""
    count, required = roles
    lesions, marked = masks[:, :1], masks.amax(dim=1, keepdim=True) > 0.5
    large = lesions.sum(dim=(1, 2, 3), keepdim=True) > LEAST
    chosen = (_share((len(values), 1, 1, 1), random) < options.oedema) & large
    shown = values[:, values.shape[1] // count // 2 * count + required].unsqueeze(1)
    tissue = _mean(shown, 3) > LEVEL - FLUID * WIDTH
    room = chosen & tissue & (depth > 2) & ~marked
    around = (_near(lesions, options.reach, random) & room).float()
    # Alone amid what it spares it is none, and what it surrounds is.
    dense = _mean(around + lesions, 5) > 0.5
    return (dense & room).float()


def _swell(values: Tensor, around: Tensor, roles: tuple[int, int], random: Generator) -> Tensor:
    """Make oedema, unevenly bright on the required sequence and dark, if at all, on the others."""
    count, required = roles
    uneven = _between(_share((len(values), 1, 12, 12), random), values)
    low, high = OEDEMA
    contrast = WIDTH * (low + (high - low) * _share((len(values), 1, 1, 1), random))
    sign = -0.5 * _share((len(values), values.shape[1], 1, 1), random)
    sign[:, required::count] = 1
    soft = _mean(around, 3)
    return (values + sign * contrast * (0.6 + 0.8 * uneven.clamp(0, 1)) * soft).clamp(0, 1)


def _near(masks: Tensor, reach: float, random: Generator) -> Tensor:
    """Find what lies near lesions, with ragged edges, in each slice another distance away."""
    count = len(masks)
    radius = round(reach * (0.3 + 0.7 * float(_share((1,), random))))
    near, side = masks, 2 * radius + 1
    for _ in range(2):
        near = functional.avg_pool2d(near, (1, side), stride=1, padding=(0, radius))
        near = functional.avg_pool2d(near, (side, 1), stride=1, padding=(radius, 0))
    fine = _between(_even((count, 1, 24, 24), random), masks)
    slow = _between(_even((count, 1, 6, 6), random), masks)
    ragged = near + (0.12 * fine + 0.15 * slow) * (near > 0.01)
    return ragged > 0.03 + 0.3 * _share((count, 1, 1, 1), random)


def _strip(values: Tensor, depth: Tensor, options: Elsewhere, random: Generator) -> Tensor:
    """Cut away what lies outside of a surface at a random depth, another for each channel."""
    chosen = _share((len(values), 1, 1, 1), random) < options.stripped
    cut = depth > options.depth * _even((*values.shape[:2], 1, 1), random)
    return values * (cut | ~chosen)


def _blur(values: Tensor, options: Elsewhere, random: Generator) -> Tensor:
    """Blur or sharpen each channel of each slice."""
    smooth = _mean(_mean(values, 3), 3)
    share = options.blur * (1.5 * _share((*values.shape[:2], 1, 1), random) - 0.5)
    return torch.lerp(values, smooth, share).clamp(min=0)


def _tone(values: Tensor, options: Elsewhere, random: Generator) -> Tensor:
    """Change gamma, evenness, contrast and level; the brain stays near its level."""
    shape = (*values.shape[:2], 1, 1)
    exponent = torch.exp(options.gamma * _even(shape, random))
    values = LEVEL * (values / LEVEL + 1e-6).pow(exponent)
    points = options.field * _even((len(values), 1, FIELD_POINTS, FIELD_POINTS), random)
    field = functional.interpolate(
        points, size=values.shape[-2:], mode="bicubic", align_corners=True
    )
    values = values * field.exp_()
    gain = torch.exp(options.contrast * _even(shape, random))
    return (values - LEVEL) * gain + (LEVEL + options.level * _even(shape, random))


def _disagree(
    values: Tensor, options: Elsewhere, roles: tuple[int, int], random: Generator
) -> Tensor:
    """Let the sequences that may be missing differ from what training has shown, in some slices."""
    count, required = roles
    kind = _share((len(values),), random) / max(options.unlike, 1e-9) * 4
    reach = max(1, round(BESIDE * values.shape[-1]))
    ways = torch.randint(-reach, reach + 1, (2,), generator=random, device=random.device)
    chosen = torch.nonzero(kind < 4).flatten()
    if len(chosen) == 0:
        return values
    kind = kind[chosen].view(-1, 1, 1, 1, 1)
    slices = values[chosen].reshape(len(chosen), -1, count, *values.shape[-2:])
    other = torch.where(kind < 1, (2 * LEVEL - slices).clamp(0, 1) * (slices > AIR), slices)
    other = torch.where((kind >= 1) & (kind < 2), slices.flip(2), other)
    moved = slices.roll((int(ways[0]), int(ways[1])), dims=(-2, -1))
    other = torch.where((kind >= 2) & (kind < 3), moved, other)
    ends = _covered(len(chosen), values, random).unsqueeze(1)
    other = torch.where(kind >= 3, slices * ends, other)
    other[:, :, required] = slices[:, :, required]
    return values.index_copy(0, chosen, other.flatten(1, 2))


def _covered(count: int, values: Tensor, random: Generator) -> Tensor:
    """Make half-planes (count, 1, H, W) that another sequence covers; none of some slices."""
    height, width = values.shape[-2:]
    rows = torch.linspace(-1, 1, height, device=random.device).view(1, 1, -1, 1)
    columns = torch.linspace(-1, 1, width, device=random.device).view(1, 1, 1, -1)
    angle = torch.pi * _even((count, 1, 1, 1), random)
    edge = _even((count, 1, 1, 1), random)
    return rows * torch.sin(angle) + columns * torch.cos(angle) < edge


def _leave_out(
    values: Tensor, options: Elsewhere, roles: tuple[int, int], random: Generator
) -> Tensor:
    """Put the required channel in the place of each other one, in some slices, independently."""
    count, required = roles
    slices = values.reshape(len(values), -1, count, *values.shape[-2:])
    absent = _share((len(values), 1, count, 1, 1), random) < options.absent
    return torch.where(absent, slices[:, :, required : required + 1], slices).flatten(1, 2)


def _mean(values: Tensor, side: int) -> Tensor:
    """Average each pixel with those around it, in a square of this side."""
    return functional.avg_pool2d(values, side, stride=1, padding=side // 2)


def _between(coarse: Tensor, values: Tensor) -> Tensor:
    """Interpolate a few random numbers per side to the size of some images."""
    return functional.interpolate(coarse, size=values.shape[-2:], mode="bicubic")


def _even(shape: tuple[int, ...], random: Generator) -> Tensor:
    """Uniform numbers in [-1, 1)."""
    return 2 * _share(shape, random) - 1


def _share(shape: tuple[int, ...], random: Generator) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return torch.rand(shape, generator=random, device=random.device)
