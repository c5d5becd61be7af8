"""Depthwise convolutions in single precision while a processor trains in bfloat16.

oneDNN has no fast backward pass in bfloat16 for depthwise convolutions with a stride or a kernel of
5 x 5, of which EfficientNets are made; in float32 it has (`benchmarks/depthwise.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["DepthwiseInSingle"]


class DepthwiseInSingle(TorchFunctionMode):
    """Within it, grouped convolutions under the CPU's autocast are calculated in float32.

    What goes in and what comes out has the type that autocast chose. Elsewhere nothing changes.
    """

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Stand in for a call of torch."""
        kwargs = kwargs or {}
        if function is not torch.conv2d or not torch.is_autocast_enabled("cpu"):
            return function(*args, **kwargs)
        images, weight, *others = args
        if images.shape[1] == weight.shape[1]:  # in one group
            return function(*args, **kwargs)
        with torch.autocast("cpu", enabled=False):
            out = function(images.float(), weight, *others, **kwargs)
        return out.to(torch.get_autocast_dtype("cpu"))
