"""Augmentation moves image and mask together."""

from __future__ import annotations

from dataclasses import replace

import torch

from brainseg_train.data.augment import Augmentation, augment


def lit_square() -> tuple[torch.Tensor, torch.Tensor]:
    masks = torch.zeros(6, 1, 64, 64)
    masks[:, :, 20:44, 26:40] = 1
    return masks.repeat(1, 3, 1, 1), masks


def test_image_and_mask_stay_together() -> None:
    images, masks = lit_square()
    still = Augmentation(crop=48, contrast=0, brightness=0, noise=0, lone=0)
    moved, targets, _ = augment(images, masks, still, (3, 1), torch.Generator().manual_seed(3))
    assert moved.shape == (6, 3, 48, 48)
    assert targets.shape == (6, 1, 48, 48)
    assert set(targets.unique().tolist()) == {0.0, 1.0}
    assert ((moved[:, :1] > 0.5) == (targets > 0.5)).float().mean() > 0.98
    assert not torch.equal(targets[0], targets[1])


def test_without_ranges_it_is_the_center_or_a_mirror_of_it() -> None:
    images, masks = lit_square()
    off = Augmentation(crop=64, rotation=0, scale=0, contrast=0, brightness=0, noise=0, lone=0)
    moved, *_ = augment(images, masks, off, (3, 1), torch.Generator().manual_seed(0))
    for image, original in zip(moved, images, strict=True):
        same = [torch.allclose(image, turn, atol=1e-4) for turn in (original, original.flip(-1))]
        assert any(same)


def test_the_required_channel_can_stand_in_for_all() -> None:
    images = torch.arange(3.0).view(1, 3, 1, 1).expand(4, 3, 32, 32).contiguous()
    lone = Augmentation(crop=32, contrast=0, brightness=0, noise=0, lone=1)
    moved, *_ = augment(images, torch.zeros(4, 1, 32, 32), lone, (3, 1), torch.Generator())
    assert torch.allclose(moved, torch.ones_like(moved))


def test_the_generator_is_the_only_chance() -> None:
    images, masks = lit_square()
    runs = [
        augment(images, masks, Augmentation(crop=48), (3, 1), torch.Generator().manual_seed(5))[0]
        for _ in range(2)
    ]
    assert torch.equal(*runs)


def test_with_neighbours_each_slice_shows_its_own_required_channel() -> None:
    images = torch.arange(6.0).view(1, 6, 1, 1).expand(2, 6, 32, 32).contiguous()
    alone = Augmentation(crop=32, contrast=0, brightness=0, noise=0, lone=1)
    moved, *_ = augment(images, torch.zeros(2, 1, 32, 32), alone, (3, 1), torch.Generator())
    assert torch.allclose(moved.mean(dim=(0, 2, 3)), torch.tensor([1.0, 1, 1, 4, 4, 4]))


def test_elastic_deformation_bends_image_and_mask_alike() -> None:
    images, masks = lit_square()
    still = Augmentation(crop=64, rotation=0, scale=0, contrast=0, brightness=0, noise=0, lone=0)
    bent = replace(still, elastic=0.15)
    straight, *_ = augment(images, masks, still, (3, 1), torch.Generator().manual_seed(1))
    moved, targets, _ = augment(images, masks, bent, (3, 1), torch.Generator().manual_seed(1))
    assert ((moved[:, :1] > 0.5) == (targets > 0.5)).float().mean() > 0.98
    assert (moved - straight).abs().mean() > 0.01
    assert 0.5 < targets.mean() / masks.mean() < 2
