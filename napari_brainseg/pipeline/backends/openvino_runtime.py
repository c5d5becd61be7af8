"""OpenVINO, loaded so that it tells nobody."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import psutil

from napari_brainseg.language import marked
from napari_brainseg.memory import require_room

if TYPE_CHECKING:
    from types import ModuleType

    from napari_brainseg.models.graph import Graph

__all__ = [
    "HOW_TO_GET_IT",
    "core",
    "default_threads",
    "has_bf16",
    "is_there",
    "machine",
    "model_of",
    "openvino",
]

ROOM = 400_000_000
"""Bytes that the library, a network and the memory of its runs need."""

ROOM_A_THREAD = 16_000_000
"""The same for each of its threads."""

LIMITS = "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"
"""Variables of the environment that keep instruction sets of the processor from OpenVINO."""

HOW_TO_GET_IT = marked("For faster runs on the CPU: pip install openvino")


def is_there() -> bool:
    """Whether OpenVINO is installed; nothing is imported."""
    return find_spec("openvino") is not None


@functools.cache
def openvino() -> ModuleType:
    """Import OpenVINO without its usage statistics.

    ``import openvino`` sends an event over the network by itself, unless the package that does so
    cannot be imported. So that one is made unimportable first, and stays so.

    Raises
    ------
    LittleMemory
        If the limit on this process is too low for it.
    """
    if "openvino" not in sys.modules:
        require_room("OpenVINO", ROOM + ROOM_A_THREAD * default_threads())
        sys.modules["openvino_telemetry"] = cast("ModuleType", None)
    import openvino as module

    return cast("ModuleType", module)


@functools.cache
def core() -> Any:
    """Return the one core of this process."""
    return openvino().Core()


def model_of(graph: Graph, weights: bytes) -> Any:
    """Lay a graph on its weights.

    Parameters
    ----------
    graph : Graph
        Operations of a network.
    weights : bytes
        Its weights file.

    Returns
    -------
    openvino.Model
        Not yet compiled.

    Raises
    ------
    ModelError
        If the graph is for other weights.
    RuntimeError
        If OpenVINO cannot read it.
    """
    return core().read_model(graph.topology, openvino().Tensor(graph.buffer(weights)))


@functools.cache
def has_bf16() -> bool:
    """Whether the processor itself computes in bfloat16 (OpenVINO would choose it then).

    OpenVINO chooses it too where its instructions are kept from it, and then cannot run it.
    """
    if any(os.environ.get(name) for name in LIMITS):
        return False
    usual = core().get_property("CPU", "INFERENCE_PRECISION_HINT")
    return str(usual.get_type_name()) == "bf16"


def default_threads() -> int:
    """Cores of this machine that this process may use."""
    allowed = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else 0
    physical = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return max(1, min(physical, allowed or physical))


@functools.cache
def machine() -> str:
    """Digest of what a compiled graph depends on beside the graph: runtime, processor, system.

    OpenVINO's own check of what it loads misses instruction sets that are kept from it
    (:data:`LIMITS`): it loads the graph, and fails when that is run.
    """
    facts = (
        openvino().__version__,
        core().get_property("CPU", "FULL_DEVICE_NAME"),
        *sorted(core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
        *sorted(_processor_flags()),
        *(os.environ.get(name, "") for name in LIMITS),
        platform.system(),
        platform.machine(),
    )
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _processor_flags() -> set[str]:
    """Instruction sets as Linux lists them; nothing elsewhere, where the name has to do."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        return set()
