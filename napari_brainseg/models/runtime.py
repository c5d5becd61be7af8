"""Making torch safe to load in a process that shows a window."""

from __future__ import annotations

import os
import sys

__all__ = ["ready_torch"]


def ready_torch() -> None:
    """Load triton so that its LLVM cannot meet that of a software OpenGL renderer.

    Call before torch's compiler, torchvision or segmentation_models_pytorch are imported. Mesa's
    software renderer (virtual machines, remote desktops, Xvfb) brings libLLVM into the process
    when napari opens its canvas; libtriton carries another LLVM, and without its own symbols bound
    first, loading it afterwards ends the process with a segmentation fault.
    """
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
