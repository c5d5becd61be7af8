"""Random changes to a batch of training slices, made as tensors on the training device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional

from brainseg_train.data.elsewhere import Elsewhere, Span, change

if TYPE_CHECKING:
    from torch import Generator, Tensor

__all__ = ["Augmentation", "Augmented", "Surroundings", "augment"]

ELASTIC_POINTS = 5
"""Random displacements per side of the window."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges of the random changes.

    Parameters
    ----------
    crop : int
        Height and width of the window that is cut out, in pixels.
    rotation : float
        Largest rotation, in radians.
    scale : float
        Largest relative change of size.
    contrast, brightness, noise : float
        Largest relative gain, offset and noise standard deviation, in units of the standardised
        intensities.
    lone : float
        Probability that a slice is shown with its required channel repeated into all others: the
        model must work where only that sequence was acquired.
    elastic : float
        Largest displacement of the smooth random field that is added, as a share of the window.
    elsewhere : Elsewhere, optional
        Changes that other scanners make; they take the place of contrast and brightness.
    """

    crop: int = 192
    rotation: float = 0.35
    scale: float = 0.2
    contrast: float = 0.25
    brightness: float = 0.2
    noise: float = 0.08
    lone: float = 0.25
    elastic: float = 0.0
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What the changes of other scanners need to know of a batch.

    Parameters
    ----------
    depth : Tensor of float32, shape (N, 1, H, W)
        Depth below the surface of the brain, in pixels.
    span : Span
        How the images were standardised.
    """

    depth: Tensor
    span: Span


class Augmented(NamedTuple):
    """A batch after its random changes.

    Parameters
    ----------
    images : Tensor of float32, shape (N, C, crop, crop)
        What is shown.
    masks : Tensor of float32, shape (N, K, crop, crop)
        Where its classes lie, oedema that was put around lesions included.
    plain : Tensor of float32, shape (N, C, crop, crop)
        The same windows before their intensities were changed.
    """

    images: Tensor
    masks: Tensor
    plain: Tensor


def augment(
    images: Tensor,
    masks: Tensor,
    options: Augmentation,
    lone: tuple[int, int],
    random: Generator,
    around: Surroundings | None = None,
) -> Augmented:
    """Change images and masks alike in space, and images in intensity.

    Parameters
    ----------
    images : Tensor of float32, shape (N, C, H, W)
        Standardised slices.
    masks : Tensor of float32, shape (N, K, H, W)
        0 or 1, for each class.
    options : Augmentation
        Ranges.
    lone : tuple of int
        Channels of one slice, and which of them is always there.
    random : torch.Generator
        The only source of chance, on the device of the images.
    around : Surroundings, optional
        Needed for ``options.elsewhere``, without which it is not looked at.

    Returns
    -------
    Augmented
        Windows of the size of ``options.crop``.
    """
    grid = _random_grid(images, options, random)
    if options.elastic > 0:
        grid = grid + _elastic_field(len(images), options, random)
    plain = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    shown = plain
    masks = functional.grid_sample(masks, grid, mode="nearest", align_corners=False)
    if options.elsewhere is not None and around is not None:
        depth = functional.grid_sample(
            around.depth, grid, padding_mode="border", align_corners=False
        )
        shown, masks = change(plain, masks, depth, options.elsewhere, around.span, lone, random)
        options = replace(options, contrast=0.0, brightness=0.0)
    return Augmented(_expose(shown, options, lone, random), masks, plain)


def _expose(
    images: Tensor, options: Augmentation, lone: tuple[int, int], random: Generator
) -> Tensor:
    """Change intensities as another exposure would."""
    images = _show_alone(images, *lone, share=options.lone, random=random)
    shape = (len(images), images.shape[1], 1, 1)
    gain = 1 + options.contrast * _uniform(shape, random)
    offset = options.brightness * _uniform(shape, random)
    noise = options.noise * _share((len(images), 1, 1, 1), random)
    grain = torch.randn(images.shape, generator=random, device=random.device)
    return images * gain + offset + noise * grain


def _random_grid(images: Tensor, options: Augmentation, random: Generator) -> Tensor:
    """Make the sampling grid of a flip, rotation, scaling and shift, already cut to the crop."""
    count, _, height, width = images.shape
    angle = options.rotation * _uniform((count,), random)
    scale = 1 + options.scale * _uniform((count,), random)
    mirror = torch.where(_share((count,), random) < 0.5, -1.0, 1.0)
    share = torch.tensor([options.crop / width, options.crop / height], device=random.device)
    room = (1 - share).clamp(min=0)
    shift = room * _uniform((count, 2), random)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [
        torch.stack([mirror * cos * share[0], -sin * share[1], shift[:, 0]], dim=1),
        torch.stack([mirror * sin * share[0], cos * share[1], shift[:, 1]], dim=1),
    ]
    size = [count, 1, options.crop, options.crop]
    return functional.affine_grid(torch.stack(rows, dim=1), size, align_corners=False)


def _elastic_field(count: int, options: Augmentation, random: Generator) -> Tensor:
    """Make displacements (count, crop, crop, 2) that vary smoothly between a few random ones."""
    coarse = options.elastic * _uniform((count, 2, ELASTIC_POINTS, ELASTIC_POINTS), random)
    size = (options.crop, options.crop)
    field = functional.interpolate(coarse, size=size, mode="bicubic", align_corners=True)
    return field.permute(0, 2, 3, 1)


def _show_alone(
    images: Tensor, roles: int, required: int, share: float, random: Generator
) -> Tensor:
    """Repeat the required channel into the others, in some of the images."""
    chosen = _share((len(images), 1, 1, 1, 1), random) < share
    slices = images.reshape(len(images), -1, roles, *images.shape[-2:])
    return torch.where(chosen, slices[:, :, required : required + 1], slices).flatten(1, 2)


def _uniform(shape: tuple[int, ...], random: Generator) -> Tensor:
    """Uniform numbers in [-1, 1)."""
    return 2 * _share(shape, random) - 1


def _share(shape: tuple[int, ...], random: Generator) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return torch.rand(shape, generator=random, device=random.device)
