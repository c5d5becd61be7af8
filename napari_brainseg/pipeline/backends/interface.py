"""What every backend does: open a model once, then turn batches into probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle

__all__ = [
    "Backend",
    "BackendName",
    "DeviceLost",
    "OutOfMemory",
    "Precision",
    "Runnable",
    "Unsupported",
]

BackendName: TypeAlias = Literal["torch", "openvino"]
Precision: TypeAlias = Literal["fp32", "bf16", "int8"]


class Runnable(Protocol):
    """An opened network, for one thread at a time."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (n, K, H, W) for standardised slices (n, C, H, W).

        Raises
        ------
        OutOfMemory
            If the device has no room for this many slices.
        DeviceLost
            If the device does not answer any more.
        Unsupported
            If the library opened the network, and cannot run it here.
        """


class Backend(Protocol):
    """A library that runs networks."""

    name: BackendName

    def open(
        self,
        bundle: Bundle,
        device: str,
        precision: Precision,
        threads: int | None = None,
        *,
        sparing: bool = False,
    ) -> Runnable:
        """Make a model ready; cheap from the second time on, in the same process.

        Parameters
        ----------
        bundle : Bundle
            The model.
        device : str
            ``cpu``, or a torch device name.
        precision : {"fp32", "bf16", "int8"}
            Of the arithmetic; fp32 is the reference.
        threads : int, optional
            Processor threads; as many as there are cores if not given.
        sparing : bool
            Of several networks, the others may be spared where the first sees nothing
            (:class:`~.sparing.SparingNetwork`).

        Raises
        ------
        ModelError
            If the model is damaged.
        Unsupported
            If this backend cannot run this model.
        """


class Unsupported(Exception):
    """A backend cannot run a model; another one may."""


class OutOfMemory(Exception):
    """A device has no room for a batch."""


class DeviceLost(Exception):
    """A device stopped answering, or was never really there."""
