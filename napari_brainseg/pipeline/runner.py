"""Running a plan to its end: smaller batches where memory is short, the CPU where a card fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import DeviceError, ModelError
from napari_brainseg.language import tr
from napari_brainseg.pipeline.backends.interface import DeviceLost, OutOfMemory, Unsupported
from napari_brainseg.pipeline.backends.opened import open_network
from napari_brainseg.pipeline.devices import CPU_NAME
from napari_brainseg.pipeline.plan import plan_reference, plan_run
from napari_brainseg.pipeline.predict import BATCH_SIZE, predict_slices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.backends.interface import Runnable
    from napari_brainseg.pipeline.head import Head
    from napari_brainseg.pipeline.plan import RunPlan
    from napari_brainseg.pipeline.prepare import PreparedSlices

__all__ = ["Runner"]

DIFFERENCE = 0.02
"""Largest difference of probabilities between a graphics card and the CPU."""

_trusted: set[tuple[str, str]] = set()
"""Models and devices that were compared with the CPU, and agree."""


class Runner:
    """One run of a model, from opening it to its last slice.

    Parameters
    ----------
    bundle : Bundle
        The model.
    plan : RunPlan
        How it is to be run; :attr:`plan` changes where that turns out impossible.
    threads : int, optional
        Processor threads; the usual number if not given.
    """

    def __init__(self, bundle: Bundle, plan: RunPlan, threads: int | None = None) -> None:
        self.bundle, self.plan, self.threads = bundle, plan, threads
        self.notes: list[str] = []
        self.loading = 0.0
        self._network: Runnable | None = None

    def load(self) -> None:
        """Make the model ready; :attr:`loading` is what that took in all, in seconds.

        Raises
        ------
        ModelError
            If the model is damaged.
        """
        start = time.perf_counter()
        try:
            self._network = self._open_planned()
        except DeviceLost as error:
            self._leave_device(str(error))
        except OutOfMemory:
            self._leave_device(tr("it has too little free memory for the model"))
        self.loading += time.perf_counter() - start

    def answer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities (n, K, H, W) for one batch (n, C, H, W), as it is."""
        assert self._network is not None, "load comes first"
        return self._network.run(batch)

    def predict(
        self, prepared: PreparedSlices, wanted: Sequence[int], head: Head, *, first: int
    ) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
        """Predict slices in the order given.

        Parameters
        ----------
        head : Head
            Where the plan says so, only its box is run.
        first : int
            Slices in the first batch.

        Yields
        ------
        tuple
            Indices of a batch, and probabilities as :func:`predict_slices` gives them.

        Raises
        ------
        DeviceError
            If the device has too little memory for one slice.
        ModelError
            If the network answers with numbers that are not finite.
        """
        size, done = BATCH_SIZE, 0
        while done < len(wanted):
            rest = wanted[done : done + first] if done < first else wanted[done:]
            try:
                for batch, values in self._batches(prepared, rest, head, size):
                    done += len(batch)
                    yield batch, values
            except OutOfMemory as error:
                if size == 1:
                    raise DeviceError(
                        tr(
                            "The device has too little free memory for a single slice. Close other "
                            "programs that use it, or choose the CPU."
                        )
                    ) from error
                size //= 2
            except DeviceLost as error:
                self._leave_device(str(error))
            except Unsupported as error:
                self._leave_way(str(error))

    def _batches(
        self, prepared: PreparedSlices, wanted: Sequence[int], head: Head, size: int
    ) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
        assert self._network is not None, "load comes first"
        self._compare(prepared, wanted[0])
        card = self.bundle.card
        box = head if self.plan.head_only else None
        for batch, values in predict_slices(
            self._network, prepared, wanted, batch_size=size, flip=card.flip, head=box
        ):
            if not np.isfinite(values).all():
                raise ModelError(
                    tr(
                        "Model {name!r} gave numbers that are not finite; its weights "
                        "are unusable on this device. Try the CPU, or get the model "
                        "again.",
                        name=card.name,
                    )
                )
            yield batch, values

    def _compare(self, prepared: PreparedSlices, index: int) -> None:
        """See, once a process and model, that an Apple GPU answers as the CPU does.

        Some versions of its kernels compute grouped convolutions wrongly.
        """
        key = (self.bundle.card.weights_sha256, self.plan.device.name)
        if self.plan.device.name != "mps" or key in _trusted:
            return
        assert self._network is not None
        images = prepared.batch([index])
        found = self._network.run(images)
        expected = self._open(plan_reference(self.bundle)).run(images)
        difference = float(np.abs(found - expected).max())
        if not difference <= DIFFERENCE:
            raise DeviceLost(
                tr(
                    "its probabilities differ from the CPU's by {difference:.2f}",
                    difference=difference,
                )
            )
        _trusted.add(key)

    def _leave_device(self, why: str) -> None:
        """Go on with the CPU."""
        if self.plan.device.name == CPU_NAME:
            raise DeviceError(tr("The CPU cannot run the model: {why}.", why=why))
        self.notes.append(
            tr(
                "{label} is not used ({why}): the CPU is instead.",
                label=self.plan.device.label,
                why=why,
            )
        )
        self.plan = plan_run(self.bundle, CPU_NAME)
        self.load()

    def _leave_way(self, why: str) -> None:
        """Go on in another way, where the library cannot run what it has opened."""
        before, self.plan = self.plan, self._next_plan()
        self.notes.append(
            tr(
                "{where} is not used ({why}): {other} is instead.",
                where=before.where,
                why=why,
                other=self.plan.where,
            )
        )
        self.load()

    def _open_planned(self) -> Runnable:
        """Open the model as planned, or else in the next best way."""
        try:
            return self._open(self.plan)
        except Unsupported:
            self.plan = self._next_plan()
            return self._open_planned()

    def _next_plan(self) -> RunPlan:
        device = self.plan.device.name
        if self.plan.precision == "int8":  # its graph is missing or damaged
            return plan_run(self.bundle, device, int8=False)
        return plan_reference(self.bundle, device)

    def _open(self, plan: RunPlan) -> Runnable:
        return open_network(
            self.bundle,
            plan.backend,
            plan.device.name,
            plan.precision,
            self.threads,
            sparing=plan.sparing,
        )
