"""What other scanners do to an image is done to training slices, and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from brainseg_train.data.augment import Augmentation, Surroundings, augment
from brainseg_train.data.cases import find_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.elsewhere import Elsewhere, Span, change
from brainseg_train.data.skull import brain_depth
from brainseg_train.errors import DataError
from brainseg_train.train.config import RunConfig
from brainseg_train.train.loop import augmentation_for
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.intensity.brain import LEVEL, WIDTH
from napari_brainseg.io import read_scan
from napari_brainseg.pipeline.prepare import prepare_scan

OFF = Elsewhere(
    stripped=0, contrast=0, level=0, gamma=0, field=0, blur=0, absent=0, unlike=0, faint=0
)
SPAN = Span(torch.full((3, 1, 1), -2.0), torch.full((3, 1, 1), 2.0))
ROLES = (3, 1)
CONFIG = RunConfig(name="new", encoder="resnet18", scaling="brain", scanners=1.0, stripped=0.5)


def slices(count: int = 8) -> torch.Tensor:
    """Make a bright disc amid black, another level in each channel, standardised."""
    rows, columns = torch.meshgrid(torch.arange(48.0), torch.arange(48.0), indexing="ij")
    disc = (torch.hypot(rows - 24, columns - 24) < 16).float()
    levels = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)
    return SPAN.from_scale((disc * levels).expand(count, 3, -1, -1))


def depths(count: int = 8) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(48.0), torch.arange(48.0), indexing="ij")
    return (10 - torch.hypot(rows - 24, columns - 24)).expand(count, 1, -1, -1)


LESIONS = torch.zeros(8, 1, 48, 48)
LESIONS[:, :, 20:28, 20:28] = 1


def changed(options: Elsewhere, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return SPAN.to_scale(change(slices(), LESIONS, depths(), options, SPAN, ROLES, random)[0])


def test_without_ranges_nothing_changes() -> None:
    assert torch.allclose(changed(OFF), SPAN.to_scale(slices()), atol=1e-4)


def test_a_skull_is_cut_away_around_the_depth_of_the_brain() -> None:
    found = changed(replace(OFF, stripped=1.0, depth=2.0))
    assert (found[depths().expand_as(found) < -2] < 1e-5).all()
    inside = depths().expand_as(found) > 2
    assert torch.allclose(found[inside], SPAN.to_scale(slices())[inside], atol=1e-4)
    assert len({int((each > 0).sum()) for each in found}) > 1  # not at one depth


def test_some_slices_keep_their_skull() -> None:
    found = changed(replace(OFF, stripped=0.5, depth=0.0), seed=3)
    whole = [bool((each > 0).sum() > 3 * 700) for each in found]
    assert any(whole)
    assert not all(whole)


def test_tone_changes_stay_on_the_scale_and_keep_half_of_the_air_black() -> None:
    options = replace(OFF, contrast=0.4, level=0.1, gamma=0.3, field=0.4)
    found = changed(options)
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    corners = found[:, :, 0, 0]
    assert (corners.abs() < 1e-6).all(dim=1).any()
    assert not torch.allclose(found[0], found[1], atol=0.01)


def test_gamma_leaves_the_brains_level() -> None:
    level = SPAN.from_scale(torch.full((4, 3, 16, 16), LEVEL))
    random = torch.Generator().manual_seed(0)
    bent, _ = change(
        level, torch.zeros(4, 1, 16, 16), None, replace(OFF, gamma=0.5), SPAN, ROLES, random
    )
    assert torch.allclose(bent, level, atol=1e-4)


def test_sequences_are_left_out_in_every_combination_but_never_the_required_one() -> None:
    seen = set()
    for seed in range(12):
        for each in changed(replace(OFF, absent=0.5), seed)[:, :, 24, 24]:
            first, required, last = (round(float(value), 3) for value in each)
            assert required == 0.4
            seen.add((first == 0.4, last == 0.4))
    assert len(seen) == 4


def test_other_sequences_may_disagree_with_the_required_one() -> None:
    original = SPAN.to_scale(slices())
    found = changed(replace(OFF, unlike=1.0), seed=1)
    assert torch.allclose(found[:, 1], original[:, 1], atol=1e-4)
    assert not torch.allclose(found[:, 0], original[:, 0], atol=0.05)


def test_lesions_are_brought_nearer_to_the_brain_and_nothing_else_is() -> None:
    found, original = changed(replace(OFF, faint=1.0)), SPAN.to_scale(slices())
    middle = found[:, 2, 24, 24] - LEVEL
    assert (middle < 1.1 * (0.6 - LEVEL) + 1e-4).all()
    assert (middle > 0.25 * (0.6 - LEVEL) - 1e-4).all()
    around = (LESIONS == 0).expand_as(found).clone()
    around[:, :, 19:29, 19:29] = False
    assert torch.allclose(found[around], original[around], atol=1e-4)


INSIDE = depths() + 6  # all of the disc is brain
LARGE = torch.zeros(8, 1, 48, 48)
LARGE[:, :, 18:28, 18:28] = 1


def with_oedema(masks: torch.Tensor, share: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what images gain, and the masks."""
    random = torch.Generator().manual_seed(1)
    options = replace(OFF, oedema=share, reach=7.0)
    found, wider = change(slices(), masks, INSIDE, options, SPAN, ROLES, random)
    return SPAN.to_scale(found) - SPAN.to_scale(slices()), wider


def test_oedema_lies_around_lesions_within_the_brain_and_belongs_to_them() -> None:
    changes, wider = with_oedema(LARGE)
    new = (wider - LARGE)[:, 0].bool()
    assert ((wider == 0) | (wider == 1)).all()
    assert (wider >= LARGE).all()
    assert (INSIDE[:, 0][new] > 2).all()
    sizes = new.sum(dim=(1, 2)).tolist()
    assert sum(size > 20 for size in sizes) >= 4
    assert len(set(sizes)) >= 4, "each slice has its own"

    assert (changes[:, 1][new] > 0.005).all()
    assert changes[:, 1].max() < 1.5 * 1.4 * WIDTH + 1e-4
    assert (changes[:, [0, 2]] <= 1e-4).all()
    near = functional.max_pool2d(new.float().unsqueeze(1), 3, stride=1, padding=1)
    assert torch.allclose(changes * (1 - near), torch.zeros(()), atol=1e-4)


def test_small_lesions_and_slices_that_are_not_chosen_get_no_oedema() -> None:
    small = torch.zeros(8, 1, 48, 48)
    small[:4, :, 20:27, 20:27] = 1
    assert torch.equal(with_oedema(small)[1], small)
    assert torch.equal(with_oedema(LARGE, share=1e-9)[1], LARGE)


def test_there_is_no_oedema_where_nothing_is_learned_from() -> None:
    ignored = torch.zeros(8, 1, 48, 48)
    ignored[..., 28:] = 1
    wider = with_oedema(torch.cat((LARGE, ignored), dim=1))[1]
    assert torch.equal(wider[:, 1:], ignored)
    assert not (wider[:, :1] * ignored).any()
    assert (wider[:, :1] > LARGE).any()


def test_there_is_no_oedema_in_fluid() -> None:
    fluid = SPAN.from_scale(torch.full((8, 3, 48, 48), LEVEL - 2 * WIDTH))
    options, random = replace(OFF, oedema=1.0), torch.Generator().manual_seed(1)
    assert torch.equal(change(fluid, LARGE, INSIDE, options, SPAN, ROLES, random)[1], LARGE)


def test_training_learns_that_oedema_belongs_to_the_lesion() -> None:
    elsewhere = replace(OFF, oedema=1.0, reach=7.0)
    options = Augmentation(crop=48, noise=0, lone=0, elsewhere=elsewhere)
    images, masks, plain = augment(
        slices(),
        LARGE,
        options,
        ROLES,
        torch.Generator().manual_seed(3),
        Surroundings(INSIDE, SPAN),
    )
    gained = (SPAN.to_scale(images) - SPAN.to_scale(plain))[:, 1:2]
    assert (gained > 0.02).sum() > 100
    edge = functional.max_pool2d(masks, 3, stride=1, padding=1)
    assert (edge[gained > 0.005] == 1).all()
    assert masks.sum() > 8 * 100 + 100


def test_the_generator_is_the_only_chance() -> None:
    assert torch.equal(changed(Elsewhere(), 5), changed(Elsewhere(), 5))
    assert not torch.equal(changed(Elsewhere(), 5), changed(Elsewhere(), 6))


def test_image_mask_and_depth_move_together() -> None:
    images = slices()
    masks = (depths() > 0).float()
    options = Augmentation(crop=40, noise=0, lone=0, elsewhere=replace(OFF, stripped=1, depth=0))
    moved, targets, _ = augment(
        images,
        masks,
        options,
        ROLES,
        torch.Generator().manual_seed(2),
        Surroundings(depths(), SPAN),
    )
    shown = SPAN.to_scale(moved)[:, 1:2] > 0.2
    assert (shown == (targets > 0.5)).float().mean() > 0.97


def test_runs_without_it_see_what_they_saw_before() -> None:
    options = augmentation_for(RunConfig(name="old"))
    assert options == Augmentation(crop=192)
    images, masks = slices(), (depths() > 0).float()
    options = replace(options, crop=40)
    pairs = [
        augment(images, masks, options, ROLES, torch.Generator().manual_seed(2), around)
        for around in (None, Surroundings(depths(), SPAN))
    ]
    assert torch.equal(pairs[0][0], pairs[1][0])


def test_it_needs_the_brains_own_scale() -> None:
    with pytest.raises(DataError, match='scaling = "brain"'):
        preprocessing_for(replace(CONFIG, scaling="foreground"))


def test_training_and_plugin_see_the_same_bits(dataset: object) -> None:
    case = find_cases(dataset)[0]  # type: ignore[arg-type]
    params = preprocessing_for(CONFIG)
    learned_from = load_dataset([case], params).slices
    shown = prepare_scan(read_scan(case.folder).scan, params)
    assert np.array_equal(shown.batch(range(len(shown))), learned_from.images.numpy())
    assert learned_from.depth is not None
    assert learned_from.depth.shape == learned_from.masks.shape


def test_the_brain_is_found_below_scalp_and_skull() -> None:
    rows, columns = np.mgrid[:160, :160]
    radius = np.hypot(rows - 80, columns - 80)
    head = np.select([radius < 52, radius < 60, radius < 68], [LEVEL, 0.03, 0.98], 0.0)
    volume = np.repeat(head[None].astype(np.float32), 4, axis=0)
    depth = brain_depth(volume)
    assert depth.dtype == np.int8
    assert ((depth > 0) == (radius < 52)[None]).mean() > 0.98
    assert depth[:, 80, 80] == pytest.approx(52, abs=3)
    tumour = np.zeros(volume.shape, dtype=np.uint8)
    tumour[:, 20:26, 78:84] = 1
    assert (brain_depth(volume, tumour)[:, 22, 80] > 0).all()


@pytest.mark.parametrize("value", [0.0, 0.35, 1.0])
def test_a_slice_without_a_head_has_no_brain_or_is_all_of_it(value: float) -> None:
    depth = brain_depth(np.full((2, 64, 64), value, dtype=np.float32))
    assert depth.shape == (2, 64, 64)
