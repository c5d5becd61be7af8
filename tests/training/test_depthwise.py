"""Depthwise convolutions of a training step under the CPU's autocast."""

from __future__ import annotations

import pytest
import torch

from brainseg_train.train.depthwise import DepthwiseInSingle

IMAGES = torch.rand(2, 8, 12, 12, generator=torch.Generator().manual_seed(0))


def convolution(groups: int) -> torch.nn.Conv2d:
    torch.manual_seed(0)
    return torch.nn.Conv2d(8, 8, 5, stride=2, padding=2, groups=groups)


def test_depthwise_convolutions_are_calculated_in_float32() -> None:
    conv, images = convolution(groups=8), IMAGES.bfloat16()
    with torch.autocast("cpu", torch.bfloat16), DepthwiseInSingle():
        out = conv(images)
    out.float().sum().backward()
    assert torch.equal(out, conv(images.float()).bfloat16())
    assert conv.weight.grad is not None
    found = conv.weight.grad.clone()
    conv.zero_grad()
    conv(images.float()).sum().backward()
    assert torch.allclose(found, conv.weight.grad)


@pytest.mark.parametrize("groups", [1, 8])
def test_without_autocast_nothing_changes(groups: int) -> None:
    conv = convolution(groups)
    with DepthwiseInSingle():
        out = conv(IMAGES)
    assert torch.equal(out, conv(IMAGES))


def test_other_convolutions_stay_in_bfloat16() -> None:
    conv = convolution(groups=1)
    with torch.autocast("cpu", torch.bfloat16):
        expected = conv(IMAGES)
        with DepthwiseInSingle():
            out = conv(IMAGES)
    assert out.dtype == torch.bfloat16
    assert torch.equal(out, expected)
