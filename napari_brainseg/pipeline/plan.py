"""What will run: which device, library and precision, decided before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_brainseg.pipeline.backends import openvino_runtime
from napari_brainseg.pipeline.devices import CPU_NAME, Device, find_devices, resolve_device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import WayName
    from napari_brainseg.pipeline.backends.interface import BackendName, Precision

__all__ = ["REFERENCE", "WAYS", "RunPlan", "RunWay", "has_way", "plan_reference", "plan_run"]


@dataclass(frozen=True, slots=True)
class RunWay:
    """A way of running a network; ``head_only`` and ``sparing`` as of :class:`RunPlan`."""

    precision: Precision
    head_only: bool
    sparing: bool = False


WAYS: Mapping[WayName, RunWay] = {
    "bf16-sparing": RunWay("bf16", head_only=True, sparing=True),
    "bf16": RunWay("bf16", head_only=True),
    "int8-sparing": RunWay("int8", head_only=True, sparing=True),
    "int8": RunWay("int8", head_only=True),
    "bf16-whole": RunWay("bf16", head_only=False),
    "fp32-sparing": RunWay("fp32", head_only=True, sparing=True),
    "fp32": RunWay("fp32", head_only=True),
}
"""By the name of their proof; the first that the machine has and the card proves is taken.

From the fastest on, but for bfloat16, which goes before 8-bit integers where a processor computes
in it: it takes a fifth longer, and no patient's mask changes to speak of, where of 85 patients two
change by more than 0.02 in Dice in 8-bit integers.
"""

REFERENCE = RunWay("fp32", head_only=False)
"""What all others are measured against."""

_LABELS: dict[BackendName, str] = {"torch": "PyTorch", "openvino": "OpenVINO"}


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What will run a model.

    Parameters
    ----------
    network : str
        Architecture and encoder in words.
    device : Device
        Where.
    backend : {"torch", "openvino"}
        By which library.
    precision : {"fp32", "bf16", "int8"}
        In which arithmetic.
    head_only : bool
        Whether only the box that holds the head is run.
    sparing : bool
        Whether, of several networks, the others are run only where the first sees something.
    notes : tuple of str
        Why a device that is here is not used.
    hint : str
        How it could be faster, in one line; empty if there is nothing to say.
    """

    network: str
    device: Device
    backend: BackendName
    precision: Precision
    head_only: bool
    sparing: bool = False
    notes: tuple[str, ...] = ()
    hint: str = ""

    @property
    def where(self) -> str:
        """Device, library and precision, e.g. ``CPU (OpenVINO, bf16)``."""
        place = self.device.label
        if self.device.name == CPU_NAME:
            place = "CPU"
        return f"{place} ({_LABELS[self.backend]}, {self.precision})"

    @property
    def line(self) -> str:
        """All of it, e.g. ``U-Net · resnet18 · CPU (OpenVINO, bf16)``."""
        return f"{self.network} · {self.where}"


def plan_run(bundle: Bundle, device: str = "auto", *, int8: bool = True) -> RunPlan:
    """Decide how a model is run.

    What is faster than the network whole and in fp32 is used where the card proves it as good.

    Parameters
    ----------
    device : str
        ``"auto"`` or a device name.
    int8 : bool
        Whether the graph in 8-bit integers may be used.

    Raises
    ------
    DeviceError
        If the device is missing, or cannot be used.

    Examples
    --------
    >>> from napari_brainseg.models.catalog import find_models
    >>> plan_run(find_models().default, "cpu").device.name
    'cpu'
    """
    chosen = resolve_device(device)
    notes: tuple[str, ...] = ()
    if device == "auto":
        notes = tuple(each.unusable for each in find_devices() if each.unusable)
    backend: BackendName = "torch"
    hint = ""
    if chosen.name == CPU_NAME and not bundle.card.preprocessing.tile:
        if openvino_runtime.is_there():
            backend = "openvino"
        else:
            hint = openvino_runtime.HOW_TO_GET_IT
    way = _way(bundle, backend, int8)
    return RunPlan(
        bundle.card.network,
        chosen,
        backend,
        way.precision,
        way.head_only,
        way.sparing,
        notes,
        hint,
    )


def plan_reference(bundle: Bundle, device: str = CPU_NAME) -> RunPlan:
    """Plan what all others are measured against: torch, whole slices, fp32."""
    chosen, way = resolve_device(device), REFERENCE
    return RunPlan(bundle.card.network, chosen, "torch", way.precision, way.head_only)


def _way(bundle: Bundle, backend: BackendName, int8: bool) -> RunWay:
    """Take the first way that the machine and the library have and the card proves."""
    runtime = bundle.card.runtime
    for name, way in WAYS.items():
        proof, may_be = runtime.proofs.get(name), int8 or way.precision != "int8"
        if proof is not None and proof.holds and may_be and has_way(way, bundle, backend):
            return way
    return REFERENCE


def has_way(way: RunWay, bundle: Bundle, backend: BackendName) -> bool:
    """Whether a model can be run so by this library on this machine."""
    if bundle.card.preprocessing.tile or (way.sparing and backend != "openvino"):
        return False
    match way.precision:
        case "int8":
            return backend == "openvino" and bundle.card.runtime.int8_sha256 is not None
        case "bf16":
            return backend == "openvino" and openvino_runtime.has_bf16()
        case _:
            return True
