"""Libraries that run networks, behind one small interface."""

from napari_brainseg.pipeline.backends.interface import (
    Backend,
    BackendName,
    DeviceLost,
    OutOfMemory,
    Precision,
    Runnable,
    Unsupported,
)
from napari_brainseg.pipeline.backends.opened import open_network
from napari_brainseg.pipeline.backends.torch_backend import TorchNetwork

__all__ = [
    "Backend",
    "BackendName",
    "DeviceLost",
    "OutOfMemory",
    "Precision",
    "Runnable",
    "TorchNetwork",
    "Unsupported",
    "open_network",
]
