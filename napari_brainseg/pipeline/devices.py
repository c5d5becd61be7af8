"""The processors that can run a network here."""

from __future__ import annotations

from dataclasses import dataclass

from napari_brainseg.errors import DeviceError
from napari_brainseg.models.runtime import ready_torch

__all__ = ["Device", "list_devices", "resolve_device"]


@dataclass(frozen=True, slots=True)
class Device:
    """A torch device name such as ``cuda:0``, and a name to show."""

    name: str
    label: str


def list_devices() -> tuple[Device, ...]:
    """List what is here, fastest first; the CPU is always last. Loads torch."""
    ready_torch()
    import torch

    found = [
        Device(f"cuda:{index}", f"CUDA · {torch.cuda.get_device_name(index)}")
        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    ]
    if torch.backends.mps.is_available():
        found.append(Device("mps", "MPS · Apple GPU"))
    threads = torch.get_num_threads()
    found.append(Device("cpu", f"CPU · {threads} thread{'s' * (threads > 1)}"))
    return tuple(found)


def resolve_device(name: str) -> Device:
    """Find a device by name; ``"auto"`` is the fastest, ``"cuda"`` the first of its kind.

    Raises
    ------
    DeviceError
        If it is not here; the message lists what is.
    """
    found = list_devices()
    if name == "auto":
        return found[0]
    for device in found:
        if name in (device.name, device.name.partition(":")[0]):
            return device
    names = ", ".join(f"{device.name} ({device.label})" for device in found)
    raise DeviceError(f"There is no device '{name}' here. Found: {names}. Choose one, or auto.")
