"""The main job: from a scan and a model to a mask on the scan's grid.

The widget and the command line both run :func:`segment_steps`; one shows its steps in a window,
the other in a terminal.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.errors import DeviceError, ModelError
from napari_brainseg.frames import acquisition_plane
from napari_brainseg.input_check.check import check_input
from napari_brainseg.io import MaskInfo
from napari_brainseg.models.bundle import load_network
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.assemble import assemble
from napari_brainseg.pipeline.channels import Channel, guess_channels
from napari_brainseg.pipeline.devices import resolve_device
from napari_brainseg.pipeline.postprocess import label_map, strongest
from napari_brainseg.pipeline.predict import BATCH_SIZE, predict_slices
from napari_brainseg.pipeline.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_brainseg.frames import Plane
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.prepare import PreparedSlices
    from napari_brainseg.scan import Scan

__all__ = ["Segmentation", "Step", "segment_scan", "segment_steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """Progress: slices done of how many, what is going on, and which slices were just finished.

    The first step brings the ``notes``, what the user should know before there is a mask to trust.
    """

    done: int
    total: int
    message: str
    slices: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The outcome of a run.

    Parameters
    ----------
    scan : Scan
        What was segmented.
    card : ModelCard
        By which model.
    probabilities : ndarray of float16, shape (K, Z, Y, X)
        One map per class of the card, on the scan's own grid; 0 in slices that were not run. The
        network's own, on which the card's threshold is: to show them, see
        :func:`~napari_brainseg.pipeline.postprocess.calibrated`.
    labels : ndarray of uint8, shape (Z, Y, X)
        The mask, after threshold and component filter: in each voxel the most probable class.
    plane : {"axial", "coronal", "sagittal"}
        The plane of the slices that the network saw.
    slices : tuple of int
        The slices that were run, along the slice axis of that plane's frame.
    complete : bool
        False if the run was cancelled.
    device : str
        Where it ran, to show.
    seconds : float
        Wall-clock time, loading included.
    notes : tuple of str
        What the user should know before trusting the mask.
    """

    scan: Scan
    card: ModelCard
    probabilities: NDArray[np.float16]
    labels: NDArray[np.uint8]
    plane: Plane
    slices: tuple[int, ...]
    complete: bool
    device: str
    seconds: float
    notes: tuple[str, ...]

    @cached_property
    def strongest(self) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
        """Highest probability of each voxel (Z, Y, X), and the label of the class that has it."""
        values = [item.value for item in self.card.classes]
        foreground, kinds = strongest(self.probabilities, values)
        return foreground.astype(np.float16, copy=False), kinds

    @property
    def info(self) -> MaskInfo:
        """What the mask's labels mean and which model made it."""
        classes = self.card.classes
        return MaskInfo(
            names={item.value: item.name for item in classes},
            colors={item.value: item.color for item in classes},
            made="AUTOMATIC",
            algorithm=self.card.name,
            # A card has no version: its weights say which state of the model it was.
            version=f"weights {self.card.weights_sha256[:16]}",
        )


def segment_steps(
    scan: Scan,
    bundle: Bundle,
    *,
    channels: Mapping[str, Channel | None] | None = None,
    device: str = "auto",
    plane: Plane | None = None,
    slices: Sequence[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Generator[Step, None, Segmentation]:
    """Segment a scan step by step.

    Parameters
    ----------
    scan : Scan
        What to segment; the mask lands on its grid.
    bundle : Bundle
        The model.
    channels : mapping of str to Channel or None, optional
        Which channel feeds which input role; guessed from the scan's own names if not given.
    device : str
        ``"auto"`` or a device name.
    plane : {"axial", "coronal", "sagittal"}, optional
        The slices to feed; the plane of acquisition if not given.
    slices : sequence of int, optional
        Which slices along the slice axis of the plane's frame; all if not given.
    cancelled : callable
        Asked after each batch; once it is true the run ends with what there is.

    Yields
    ------
    Step
        Before loading, with the notes, and after each batch.

    Returns
    -------
    Segmentation
        The generator's return value.

    Raises
    ------
    ChannelError
        If the channels cannot feed the model.
    DeviceError
        If the device is missing or has too little memory for one slice.
    ModelError
        If the model is damaged or answers with numbers that are none.
    ValueError
        If a slice number is out of range.
    """
    start = time.perf_counter()
    card = bundle.card
    notes = list(scan.source.untold)
    if channels is None:
        guess = guess_channels(card, scan, ())
        channels, notes = guess.by_role, [*notes, *guess.notes]
    stacked, said = assemble(scan, card, channels)
    notes += said
    acquired = acquisition_plane(scan.affine)
    plane = plane or acquired
    if plane != card.plane:
        notes.append(f"The model was trained on {card.plane} slices and is given {plane} ones.")
    notes += check_input(stacked, card)
    prepared = prepare(stacked, card.preprocessing, plane)
    wanted = tuple(range(len(prepared)) if slices is None else slices)
    if any(not 0 <= index < len(prepared) for index in wanted):
        raise ValueError(f"slices {wanted} are not all in the range of {len(prepared)} slices")
    yield Step(0, len(wanted), "Loading the model", notes=tuple(notes))
    chosen = resolve_device(device)
    network = load_network(bundle).to(chosen.name)
    stack = np.zeros((len(card.classes), *prepared.geometry.shape), dtype=np.float32)
    done: list[int] = []
    if not cancelled():
        for batch, values in _predict(network, prepared, wanted, chosen.name, card):
            stack[:, list(batch)] = values.swapaxes(0, 1)
            done += batch
            yield Step(len(done), len(wanted), "Segmenting", batch)
            if cancelled():
                break
    probabilities = prepared.geometry.frame.invert(stack)
    foreground, kinds = strongest(probabilities, [item.value for item in card.classes])
    labels = label_map(foreground, card.threshold, card.keep_fraction, value=1) * kinds
    return Segmentation(
        scan=scan,
        card=card,
        probabilities=probabilities.astype(np.float16),
        labels=labels,
        plane=plane,
        slices=tuple(done),
        complete=len(done) == len(wanted),
        device=chosen.label,
        seconds=time.perf_counter() - start,
        notes=tuple(notes),
    )


def segment_scan(
    scan: Scan,
    bundle: Bundle | None = None,
    *,
    progress: Callable[[Step], None] | None = None,
    channels: Mapping[str, Channel | None] | None = None,
    device: str = "auto",
    plane: Plane | None = None,
    slices: Sequence[int] | None = None,
) -> Segmentation:
    """Segment a scan in one call; parameters and errors as for :func:`segment_steps`.

    Parameters
    ----------
    bundle : Bundle, optional
        The default model if not given.
    progress : callable, optional
        Called with each :class:`Step`.
    """
    steps = segment_steps(
        scan,
        bundle or find_models().default,
        channels=channels,
        device=device,
        plane=plane,
        slices=slices,
    )
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            result: Segmentation = stop.value
            return result
        if progress is not None:
            progress(step)


def _predict(
    network: nn.Module,
    prepared: PreparedSlices,
    wanted: tuple[int, ...],
    device: str,
    card: ModelCard,
) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
    """Predict all wanted slices, in smaller batches where the device's memory is short."""
    import torch

    size, done = BATCH_SIZE, 0
    while done < len(wanted):
        batches = predict_slices(
            network, prepared, wanted[done:], device, batch_size=size, flip=card.flip
        )
        try:
            for batch, values in batches:
                if not np.isfinite(values).all():
                    raise ModelError(
                        f"Model {card.name!r} gave numbers that are not finite; its weights are "
                        "unusable on this device. Try the CPU, or get the model again."
                    )
                done += len(batch)
                yield batch, values
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise DeviceError(
                    "The device has too little free memory for a single slice. Close other "
                    "programs that use it, or choose the CPU."
                ) from error
            size //= 2
