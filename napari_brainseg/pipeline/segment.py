"""The main job: from a scan and a model to a mask on the scan's grid.

The widget and the command line both run :func:`segment_steps`; one shows its steps in a window,
the other in a terminal.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.io import MaskInfo
from napari_brainseg.language import tr
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.alternate import predict_alternately
from napari_brainseg.pipeline.feed import feed_of
from napari_brainseg.pipeline.half import as_half
from napari_brainseg.pipeline.meter import Meter
from napari_brainseg.pipeline.plan import plan_reference, plan_run
from napari_brainseg.pipeline.postprocess import label_map, strongest
from napari_brainseg.pipeline.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame, Plane
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.models.card import ModelCard
    from napari_brainseg.pipeline.backends.interface import Precision
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.feed import Feed
    from napari_brainseg.pipeline.meter import Spent
    from napari_brainseg.pipeline.prepare import PreparedSlices
    from napari_brainseg.scan import Scan

__all__ = ["Segmentation", "Step", "Steps", "info_of_model", "segment_scan", "segment_steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """Progress: slices done of how many, what is going on, and which slices were just finished.

    The first step brings the ``notes``, what the user should know before there is a mask to trust;
    a later one what was found out since. ``labels``, uint8 of shape (n, h, w), is the mask of the
    finished slices as they lie in the plane's frame, before components are filtered. ``ready`` says
    that the model is loaded.
    """

    done: int
    total: int
    message: str
    slices: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    labels: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    ready: bool = True


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
        Where and how it ran, to show.
    seconds : float
        Wall-clock time, loading included.
    notes : tuple of str
        What the user should know before trusting the mask.
    precision : {"fp32", "bf16", "int8"}
        The arithmetic it ran in.
    loading : float
        The part of ``seconds`` that making the model ready took.
    spent : Spent, optional
        Processor time and energy that it took; None if nobody measured.
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
    precision: Precision = "fp32"
    loading: float = 0.0
    spent: Spent | None = None

    @cached_property
    def strongest(self) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
        """Highest probability of each voxel (Z, Y, X), and the label of the class that has it."""
        values = [item.value for item in self.card.classes]
        foreground, kinds = strongest(self.probabilities, values, self.card.nested_at)
        return foreground.astype(np.float16, copy=False), kinds

    @property
    def info(self) -> MaskInfo:
        """What the mask's labels mean and which model made it."""
        return info_of_model(self.card)


def info_of_model(card: ModelCard) -> MaskInfo:
    """Say what the labels of a model's masks mean, and that it made them."""
    named = MaskInfo(
        names={item.value: item.name for item in card.classes},
        colors={item.value: item.color for item in card.classes},
    )
    return named.made_by(card.name, card.weights_sha256)


def segment_steps(
    scan: Scan,
    bundle: Bundle,
    *,
    channels: Mapping[str, Channel | None] | None = None,
    device: str = "auto",
    plane: Plane | None = None,
    slices: Sequence[int] | None = None,
    first: int | None = None,
    threads: int | None = None,
    reference: bool = False,
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
        The slices to feed; if not given those that the model knows, or, of few or very thick
        slices, those that were acquired.
    slices : sequence of int, optional
        Which slices along the slice axis of the plane's frame; all if not given.
    first : int, optional
        The slice to begin with, alone; the others follow by their distance from it.
    threads : int, optional
        Processor threads; the usual number if not given.
    reference : bool
        Run whole slices by torch in float32, which faster ways are measured against.
    cancelled : callable
        Asked after loading and after each batch; once it is true the run ends with what there is.

    Yields
    ------
    Step
        Before loading, with the notes, after it, and after each batch.

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
        If the model is damaged or answers with values that are not finite.
    ValueError
        If a slice number is out of range.
    """
    start, meter = time.perf_counter(), Meter()
    fed = feed_of(scan, bundle.card, channels, plane)
    wanted = _order(len(fed.prepared), slices, first)
    yield Step(0, len(wanted), tr("Loading the model"), notes=fed.notes, ready=False)
    plan = plan_reference(bundle) if reference else plan_run(bundle, device)
    run = Runner(bundle, plan, threads)
    found = _Found.empty(fed.prepared, len(bundle.card.classes))
    if not cancelled():
        for step in _run(run, fed, wanted, found, first is not None, cancelled):
            meter.tick()
            yield step
    labels = found.mask(bundle.card)
    return Segmentation(
        scan=scan,
        card=bundle.card,
        probabilities=found.on_grid,
        labels=labels,
        plane=fed.plane,
        slices=tuple(sorted(found.done)),
        complete=len(found.done) == len(wanted),
        device=run.plan.where,
        seconds=time.perf_counter() - start,
        notes=(*fed.notes, *plan.notes, *run.notes),
        precision=run.plan.precision,
        loading=run.loading,
        spent=meter.spent,
    )


@dataclass(slots=True, eq=False)
class Steps:
    """The steps of :func:`segment_steps` for a loop, after which the result is there."""

    left: Generator[Step, None, Segmentation]
    result: Segmentation = field(init=False)

    def __iter__(self) -> Iterator[Step]:
        self.result = yield from self.left


def segment_scan(
    scan: Scan,
    bundle: Bundle | None = None,
    *,
    progress: Callable[[Step], None] | None = None,
    channels: Mapping[str, Channel | None] | None = None,
    device: str = "auto",
    plane: Plane | None = None,
    slices: Sequence[int] | None = None,
    reference: bool = False,
) -> Segmentation:
    """Segment a scan in one call; parameters and errors as for :func:`segment_steps`.

    Parameters
    ----------
    bundle : Bundle, optional
        The default model if not given.
    progress : callable, optional
        Called with each :class:`Step`.

    Examples
    --------
    >>> from napari_brainseg.sample import phantom
    >>> result = segment_scan(phantom(), device="cpu", slices=[10])
    >>> result.labels.shape == phantom().grid
    True
    """
    steps = Steps(
        segment_steps(
            scan,
            bundle or find_models().default,
            channels=channels,
            device=device,
            plane=plane,
            slices=slices,
            reference=reference,
        )
    )
    for step in steps:
        if progress is not None:
            progress(step)
    return steps.result


def _order(count: int, slices: Sequence[int] | None, first: int | None) -> tuple[int, ...]:
    """List the slices to run, from the first one outward."""
    wanted = tuple(range(count) if slices is None else slices)
    if any(not 0 <= index < count for index in wanted):
        raise ValueError(f"slices {wanted} are not all in the range of {count} slices")
    if first is None:
        return wanted
    return tuple(sorted(wanted, key=lambda index: (abs(index - first), index)))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found so far, in the frame, and the slices that are done, and were run.

    Probabilities (K, N, h, w), and, of several classes, the labels (N, h, w) of the most probable
    ones, which half precision does not always tell.
    """

    stack: NDArray[np.float16]
    kinds: NDArray[np.uint8]
    frame: Frame
    done: list[int]
    run: list[int]

    @classmethod
    def empty(cls, prepared: PreparedSlices, classes: int) -> _Found:
        # Of slices that are never run the memory is never touched.
        shape = prepared.geometry.shape
        stack = np.zeros((classes, *shape), dtype=np.float16)
        return cls(stack, np.zeros(shape, dtype=np.uint8), prepared.geometry.frame, [], [])

    @property
    def on_grid(self) -> NDArray[np.float16]:
        """Probabilities (K, Z, Y, X) on the scan's grid."""
        return self.frame.invert(self.stack)

    def add(
        self, batch: tuple[int, ...], values: NDArray[np.float32], card: ModelCard
    ) -> NDArray[np.uint8]:
        """Keep probabilities (n, K, h, w), and return their labels (n, h, w)."""
        self.stack[:, list(batch)] = as_half(values).swapaxes(0, 1)
        self.done.extend(batch)
        self.run.extend(batch)
        labels = [item.value for item in card.classes]
        foreground, kinds = strongest(values.swapaxes(0, 1), labels, card.nested_at)
        if len(labels) > 1:
            self.kinds[list(batch)] = kinds
        return (foreground >= card.threshold) * kinds

    def mask(self, card: ModelCard) -> NDArray[np.uint8]:
        """Return the mask (Z, Y, X) on the scan's grid."""
        if not self.run:
            return np.zeros(self.on_grid.shape[1:], dtype=np.uint8)
        if len(card.classes) == 1:
            (only,), (item,) = self.on_grid, card.classes
            return label_map(only, card.threshold, card.keep_fraction, item.value)
        foreground = self.on_grid.max(axis=0)
        marked = label_map(foreground, card.threshold, card.keep_fraction, value=1)
        marked *= self.frame.invert(self.kinds)
        return marked


def _run(
    run: Runner,
    fed: Feed,
    wanted: tuple[int, ...],
    found: _Found,
    one_first: bool,
    cancelled: Callable[[], bool],
) -> Iterator[Step]:
    """Run the slices in which something is; the others are done at once."""
    found.done.extend(index for index in wanted if not fed.head.filled[index])
    filled = [index for index in wanted if fed.head.filled[index]]
    if not filled:
        return
    run.load()
    yield Step(len(found.done), len(wanted), tr("Segmenting"))
    if cancelled():
        return
    card, first = run.bundle.card, int(one_first)
    predict = partial(run.predict, fed.prepared, head=fed.head, first=first)
    # What is measured against is every slice.
    spacing = fed.prepared.geometry.spacing if run.plan.head_only else None
    for batch, values in predict_alternately(predict, filled, spacing, card.threshold):
        labels = found.add(batch, values, card)
        yield Step(len(found.done), len(wanted), tr("Segmenting"), batch, tuple(run.notes), labels)
        if cancelled():
            return
    found.done.extend(set(filled) - set(found.run))
