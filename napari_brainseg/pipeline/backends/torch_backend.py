"""Networks by torch: on a graphics card, and on a CPU where nothing faster is there."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

from napari_brainseg.language import tr
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.runtime import ready_torch
from napari_brainseg.pipeline.backends.interface import DeviceLost, OutOfMemory, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.backends.interface import BackendName, Precision

__all__ = ["TorchBackend", "TorchNetwork"]

KEPT = 2
"""Networks that stay on their device."""


class TorchBackend:
    """Runs networks by torch; see :class:`~.interface.Backend`."""

    name: BackendName = "torch"

    def __init__(self) -> None:
        self._networks: OrderedDict[tuple[str, str], nn.Module] = OrderedDict()
        self._lock = Lock()

    def open(
        self,
        bundle: Bundle,
        device: str,
        precision: Precision,
        threads: int | None = None,
        *,
        sparing: bool = False,
    ) -> TorchNetwork:
        """Build a model on a device, or take it from memory; all of its networks are run."""
        if precision != "fp32":
            raise Unsupported(tr("torch computes in fp32 here"))
        key = (bundle.card.weights_sha256, device)
        with self._lock:
            if key not in self._networks:
                network = load_network(bundle)
                with _named_errors(device):
                    self._networks[key] = network.to(device)
            self._networks.move_to_end(key)
            while len(self._networks) > KEPT:
                self._networks.popitem(last=False)
            return TorchNetwork(
                self._networks[key], device, tile=bundle.card.preprocessing.tile, threads=threads
            )


class TorchNetwork:
    """A network on its device; see :class:`~.interface.Runnable`.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode, on ``device``; gives logits (n, K, H, W).
    device : str
        A torch device name.
    tile : int
        Larger slices are shown in overlapping tiles of this size, whose seams are blended; 0 for
        never.
    threads : int, optional
        Processor threads; torch's own number if not given.
    """

    def __init__(
        self, network: nn.Module, device: str, *, tile: int = 0, threads: int | None = None
    ) -> None:
        self._network, self._device, self._tile, self._threads = network, device, tile, threads

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (n, K, H, W) for standardised slices (n, C, H, W)."""
        import torch

        with _named_errors(self._device), limited_threads(self._threads), torch.inference_mode():
            images = torch.from_numpy(batch).to(self._device)
            images = images.to(memory_format=torch.channels_last)
            answer: NDArray[np.float32] = self._logits(images).sigmoid().cpu().numpy()
        return answer

    def _logits(self, images: Tensor) -> Tensor:
        if not 0 < self._tile < max(images.shape[-2:]):
            whole: Tensor = self._network(images)
            return whole
        from monai.inferers.utils import sliding_window_inference

        size = (self._tile, self._tile)
        blended = sliding_window_inference(
            images, size, len(images), self._network, overlap=0.5, mode="gaussian"
        )
        assert not isinstance(blended, (tuple, dict)), "networks give one tensor"
        return blended


@contextmanager
def _named_errors(device: str) -> Iterator[None]:
    """Tell torch's errors apart: too little memory, a device that is lost, and all others.

    CUDA has a class for the first; MPS raises a plain RuntimeError.
    """
    ready_torch()
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory from error
    except RuntimeError as error:
        if "out of memory" in str(error):
            raise OutOfMemory from error
        if device == "cpu":
            raise
        raise DeviceLost(str(error).partition("\n")[0]) from error


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Let this thread compute with this many cores; all others keep the usual number."""
    if threads is None:
        yield
        return
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    # torch keeps the number for each thread, and gives new ones that which was set last, anywhere.
    last = Thread(target=torch.set_num_threads, args=(usual,))
    last.start()
    last.join()
    try:
        yield
    finally:
        torch.set_num_threads(usual)
