"""The processors that can run a network here."""

from __future__ import annotations

import os
import platform
import re
import sys
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_brainseg.errors import DeviceError, without_path
from napari_brainseg.language import tr
from napari_brainseg.models.runtime import ready_torch
from napari_brainseg.pipeline.backends.openvino_runtime import default_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CPU_NAME", "Device", "cpu", "find_devices", "list_devices", "resolve_device"]

CPU_NAME = "cpu"


@dataclass(frozen=True, slots=True)
class Device:
    """A torch device name such as ``cuda:0``, a name to show, and why it cannot be used, if so."""

    name: str
    label: str
    unusable: str = ""


def cpu() -> Device:
    """Return the processor."""
    threads = default_threads()
    return Device(CPU_NAME, f"CPU · {threads} thread{'s' * (threads > 1)}")


def list_devices() -> tuple[Device, ...]:
    """List what can be used, fastest first; the CPU is always last.

    Loads torch only where a graphics card may be.
    """
    return tuple(device for device in find_devices() if not device.unusable)


def find_devices() -> tuple[Device, ...]:
    """List what is here, those included that cannot be used; the CPU is always last."""
    return (*(_accelerators() if accelerator_possible() else ()), cpu())


def resolve_device(name: str) -> Device:
    """Find a device by name; ``"auto"`` is the fastest, ``"cuda"`` the first of its kind.

    Raises
    ------
    DeviceError
        If it is not here, which lists what is, or cannot be used, which says why.
    """
    if name == CPU_NAME:
        return cpu()
    usable = list_devices()
    if name == "auto":
        return usable[0]
    for device in usable:
        if name in (device.name, device.name.partition(":")[0]):
            return device
    names = ", ".join(f"{device.name} ({device.label})" for device in usable)
    why = "".join(f" {each.unusable}" for each in find_devices() if each.name == name)
    raise DeviceError(
        tr(
            "There is no device '{name}' here.{why} Found: {names}. Choose one, or auto.",
            name=name,
            why=why,
            names=names,
        )
    )


def accelerator_possible() -> bool:
    """Whether a graphics card that torch knows may be here, from what the system shows.

    Asked first, because torch takes seconds to load, and without a card it is not needed.
    """
    if "torch" in sys.modules:
        return True
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return find_library("nvcuda") is not None
    # The drivers of NVIDIA, of Windows' subsystem for Linux, and of AMD.
    return any(Path("/dev").glob("nvidia[0-9]*")) or any(
        Path(driver).exists() for driver in ("/dev/dxg", "/dev/kfd")
    )


def _accelerators() -> list[Device]:
    ready_torch()
    try:
        import torch
    except (ImportError, OSError) as error:  # not there, or its libraries are broken
        why = tr(
            "Graphics cards are not used: torch cannot be loaded ({reason}).",
            reason=without_path(error),
        )
        return [Device("cuda", tr("graphics card"), why)]
    found = [_card(index) for index in range(_cards())]
    if torch.backends.mps.is_available():
        found.append(Device("mps", "MPS · Apple GPU"))
    return found


def _cards() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _card(index: int) -> Device:
    import torch

    name = torch.cuda.get_device_name(index)
    capability = torch.cuda.get_device_capability(index)
    built_for = torch.cuda.get_arch_list()
    unusable = ""
    if torch.version.hip is None and not has_kernels(capability, built_for):
        unusable = tr(
            "{name} (compute capability {major}.{minor}) is "
            "not used: this build of torch is for {built_for}.",
            name=name,
            major=capability[0],
            minor=capability[1],
            built_for=", ".join(built_for),
        )
    return Device(f"cuda:{index}", f"CUDA · {name}", unusable)


def has_kernels(capability: tuple[int, int], built_for: Iterable[str]) -> bool:
    """Whether a build of torch can run on a CUDA card.

    Parameters
    ----------
    capability : tuple of int
        Of the card: 7.5 is (7, 5).
    built_for : iterable of str
        As torch lists it: machine code such as ``sm_86`` runs on cards of the same major number
        and at least that minor one, intermediate code such as ``compute_90`` on all later cards.
    """
    major, minor = capability
    for text in built_for:
        match = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", text)
        if match is None:
            continue
        kind, least = match[1], (int(match[2]), int(match[3]))
        exact = kind == "sm" or match[4] == "a"
        if (exact and least[0] == major and least[1] <= minor) or (
            not exact and least <= (major, minor)
        ):
            return True
    return False
