"""The backends of this process: what was opened once is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.pipeline.backends.openvino_backend import OpenVinoBackend
from napari_brainseg.pipeline.backends.torch_backend import TorchBackend

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.backends.interface import (
        Backend,
        BackendName,
        Precision,
        Runnable,
    )

__all__ = ["open_network"]

BACKENDS: dict[BackendName, Backend] = {
    backend.name: backend for backend in (TorchBackend(), OpenVinoBackend())
}


def open_network(
    bundle: Bundle,
    backend: BackendName,
    device: str = "cpu",
    precision: Precision = "fp32",
    threads: int | None = None,
    *,
    sparing: bool = False,
) -> Runnable:
    """Make a model ready to run by a backend; parameters and errors as for :class:`~.Backend`.

    Examples
    --------
    >>> network = open_network(find_models().default, "openvino")  # doctest: +SKIP
    >>> probabilities = network.run(prepared.batch([12]))  # (1, K, H, W)  # doctest: +SKIP
    """
    return BACKENDS[backend].open(bundle, device, precision, threads, sparing=sparing)
