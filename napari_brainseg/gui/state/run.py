"""Running a segmentation off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.choice.costs import remember_cost
from napari_brainseg.errors import BrainsegError, without_path
from napari_brainseg.gui.common.workers import Latest
from napari_brainseg.language import tr

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from napari.layers import Image, Labels, Layer
    from numpy.typing import NDArray

    from napari_brainseg.frames import Plane
    from napari_brainseg.gui.domain.provenance import ScanHandle
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Segmentation, Step

__all__ = ["Failure", "Outcome", "RunController", "RunJob"]

DRAWN_MS = 20
"""What a window needs to draw what has just become a layer."""

PATIENCE_S = 0.5
"""How long a run waits for that at most."""


@dataclass(frozen=True, slots=True, eq=False)
class RunJob:
    """Everything that was chosen when Segment was clicked; nothing is looked up later.

    ``slices`` is None for the whole scan; ``replace`` is None for a new layer; ``active`` is the
    layer that was selected; ``first`` is the slice that is shown, which is run first; ``point`` is
    where the sliders were, empty where that does not matter.
    """

    layer: Image
    handle: ScanHandle
    bundle: Bundle
    channels: Mapping[str, Channel | None]
    device: str
    plane: Plane
    slices: tuple[int, ...] | None
    replace: Labels | None
    active: Layer | None
    first: int | None = None
    point: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A segmentation, whole or partial, and its measures.

    ``left`` counts the slices that were not run, since it was cancelled; ``before`` are the voxels,
    when Segment was clicked, of the layer that is to be replaced.
    """

    job: RunJob
    segmentation: Segmentation
    measures: MaskMeasures
    left: int = 0
    before: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result, for the user."""

    message: str


class RunController(QObject):
    """Runs one job at a time and tells the widget about it.

    The panel's own bar shows how far it is, not napari's too: that has an animation beside it, for
    which the whole window is drawn again some 25 times a second, and which takes half as long as
    the run where OpenGL is software.

    While the first slice is run a layer is added, what takes a window longest of all. The run goes
    on once that slice is drawn: both at once are in each other's way.

    Signals
    -------
    started
        A run began.
    stepped : Step
        A batch was done.
    ended : Outcome or Failure
        The run is over, cancelled ones included.
    """

    started = Signal()
    stepped = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancelled, self._drawn = Event(), Event()
        tell = self.ended.emit
        # In Qt's pool: what is allocated in a new thread for each run is not given back (100 MB in
        # ten runs).
        self._work = Latest(self, tell, failed=self._on_failed, yielded=self._on_step)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._work.running

    def start(self, job: RunJob) -> None:
        """Run a job.

        Raises
        ------
        RuntimeError
            If one is running: a defect of the caller.
        """
        if self.running:
            raise RuntimeError("a segmentation is running")
        self._cancelled, self._drawn = Event(), Event()
        self._work.run(_segment, job, self._cancelled, self._drawn)
        self.started.emit()

    def deliver(self, outcome: Outcome) -> None:
        """Tell of an outcome that was made elsewhere, as if its run had just ended here."""
        self.ended.emit(outcome)

    def cancel(self) -> None:
        """Ask the run to end after the current batch; what is done by then comes as outcome."""
        self._cancelled.set()
        self._drawn.set()

    def abandon(self) -> None:
        """End the run without an outcome, e.g. because the viewer is being closed."""
        self.cancel()
        self._work.cancel()

    def _on_step(self, step: Step) -> None:
        self.stepped.emit(step)
        if step.slices and not self._drawn.is_set():
            QTimer.singleShot(DRAWN_MS, self._drawn.set)

    def _on_failed(self, error: Exception) -> None:
        message = tr("Segmentation failed: {reason}", reason=without_path(error))
        self.ended.emit(Failure(str(error) if isinstance(error, BrainsegError) else message))


def _segment(job: RunJob, cancelled: Event, drawn: Event) -> Generator[Step, None, Outcome]:
    """Segment and measure, in the worker thread."""
    from napari_brainseg.measure.lesions import measure_mask
    from napari_brainseg.pipeline.segment import segment_steps

    # napari imports it with the first labels layer, and the window would stand still for that.
    import_module("pandas")
    before = None if job.replace is None else np.array(job.replace.data)
    steps = segment_steps(
        job.handle.scan,
        job.bundle,
        channels=job.channels,
        device=job.device,
        plane=job.plane,
        slices=job.slices,
        first=job.first,
        cancelled=cancelled.is_set,
    )
    result = yield from _once_drawn(steps, drawn)
    measures = measure_mask(result.labels, result.scan)
    remember_cost(result, job.device)
    return Outcome(job, result, measures, before=before)


def _once_drawn(
    steps: Generator[Step, None, Segmentation], drawn: Event
) -> Generator[Step, None, Segmentation]:
    """Go through the steps, and on from the first slices once the window shows them."""
    from napari_brainseg.pipeline.segment import Steps

    passed = Steps(steps)
    for step in passed:
        yield step
        if step.slices and step.done < step.total and not drawn.wait(PATIENCE_S):
            drawn.set()
    return passed.result
