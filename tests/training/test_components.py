"""The loss in which every lesion counts alike."""

from __future__ import annotations

import pytest
import torch

from brainseg_train.data.labels import ClassTable, LearnedClass
from brainseg_train.train.components import component_loss
from brainseg_train.train.loss import loss_for

SURE = 20.0
TABLE = ClassTable((LearnedClass("tumour", (1,), 1),))


def two_lesions() -> torch.Tensor:
    """Draw one lesion of 100 pixels and one of 4, far apart."""
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 2:12, 2:12] = 1
    mask[..., 26:28, 26:28] = 1
    return mask


def sure_of(mask: torch.Tensor) -> torch.Tensor:
    return (2 * mask - 1) * SURE


def test_a_small_lesion_counts_as_much_as_a_large_one() -> None:
    mask = two_lesions()
    large, small = mask.clone(), mask.clone()
    large[..., 16:, :] = 0
    small[..., :16, :] = 0
    without_small = component_loss(sure_of(large), mask)
    without_large = component_loss(sure_of(small), mask)
    assert component_loss(sure_of(mask), mask) == pytest.approx(0, abs=1e-6)
    assert without_small == pytest.approx((1 - 1 / 5) / 2)  # one pixel is added to both sides
    assert without_large == pytest.approx((1 - 1 / 101) / 2)
    whole = loss_for(TABLE)
    assert whole(sure_of(large), mask) < 0.1 * whole(sure_of(small), mask)


def test_what_is_found_beside_counts_against_the_nearest_lesion() -> None:
    mask = two_lesions()
    more = mask.clone()
    more[..., 29:31, 26:28] = 1  # four pixels, beside the small one
    loss = component_loss(sure_of(more), mask)
    assert loss == pytest.approx((1 - (2 * 4 + 1) / (8 + 4 + 1)) / 2, abs=1e-5)


def test_voxels_that_do_not_count_are_left_out() -> None:
    mask = two_lesions()
    ignored = mask.clone()
    ignored[..., 29:31, 26:28] = -1
    more = mask.clone()
    more[..., 29:31, 26:28] = 1
    assert component_loss(sure_of(more), ignored) == pytest.approx(0, abs=1e-6)


def test_slices_without_a_lesion_have_nothing_to_say() -> None:
    logits = torch.zeros(2, 1, 8, 8, requires_grad=True)
    loss = component_loss(logits, torch.zeros(2, 1, 8, 8))
    loss.backward()
    assert loss == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_it_is_added_by_its_weight() -> None:

    mask, logits = two_lesions(), torch.linspace(-1, 1, 1024).view(1, 1, 32, 32)
    plain, more = (loss_for(TABLE, weight)(logits, mask) for weight in (0.0, 2.0))
    torch.testing.assert_close(more - plain, 2 * component_loss(logits, mask))
