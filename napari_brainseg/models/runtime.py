"""Making torch safe to load in a process that shows a window."""

from __future__ import annotations

import functools
import os
import sys
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from napari_brainseg.memory import address_room, require_room

__all__ = ["ready_torch", "room_of_torch"]

ROOM = 700_000_000
"""Bytes that torch needs beside its libraries, which a network and the memory of its runs are."""


def ready_torch() -> None:
    """Load triton so that its LLVM cannot meet that of a software OpenGL renderer.

    Call before torch's compiler, torchvision or segmentation_models_pytorch are imported. Mesa's
    software renderer (virtual machines, remote desktops, Xvfb) brings libLLVM into the process
    when napari opens its canvas; libtriton carries another LLVM, and without its own symbols bound
    first, loading it afterwards ends the process with a segmentation fault.

    Raises
    ------
    LittleMemory
        If the limit on this process is too low for torch.
    """
    _see_room()
    if not sys.platform.startswith("linux") or "triton" in sys.modules:
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
    try:
        import triton  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        pass  # a build of torch without triton needs no care
    finally:
        sys.setdlopenflags(flags)


@functools.cache
def _see_room() -> None:
    """See once that there is room; later on torch itself has taken of it."""
    if address_room() is not None:
        require_room("torch", ROOM if "torch" in sys.modules else room_of_torch())


def room_of_torch() -> int:
    """Return how many bytes torch and a network need; with CUDA billions for libraries alone."""
    if (spec := find_spec("torch")) is None or spec.origin is None:
        return 0
    packages = Path(spec.origin).parents[1]
    libraries = chain(packages.glob("torch/lib/*.so*"), packages.glob("nvidia/*/lib/*.so*"))
    return ROOM + sum(each.stat().st_size for each in libraries)
