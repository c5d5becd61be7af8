"""A run from the click to the mask: what is kept of it, and what is told."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]

from napari_brainseg.gui.state.panel_facts import Line, Phase, RunFacts
from napari_brainseg.gui.state.run import Failure, Outcome, RunController, RunJob
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from napari_brainseg.pipeline.segment import Segmentation, Step
    from napari_brainseg.scan import Scan

__all__ = ["RunFlow", "not_run", "where_it_ran"]

TELL_MS = 100
"""Of the steps of a run one in so many is told: for each, the whole window is drawn again."""


class RunFlow(QObject):
    """Starts and cancels runs, and tells of them.

    Parameters
    ----------
    key_of : callable
        Tells scans apart.

    Signals
    -------
    told : Line
        How it is going, or how it ended; ``facts`` are up to date by then.
    noted : tuple of str
        What the run has to say of its input.
    landed : Outcome
        A mask that is to be shown.

    Attributes
    ----------
    job : RunJob or None
        What is run now.
    facts : RunFacts
        How it is going.
    """

    told = Signal(object)
    noted = Signal(object)
    landed = Signal(object)

    def __init__(self, key_of: Callable[[Scan], Hashable], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key_of = key_of
        self._began: tuple[float, int] | None = None
        self._closed = False
        self.job: RunJob | None = None
        self.facts = RunFacts()
        self.run = RunController(self)
        self.run.stepped.connect(self._on_step)
        self.run.ended.connect(self._on_end)
        self._said = ""
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(TELL_MS)
        self._telling.timeout.connect(self._on_telling)

    def start(self, job: RunJob) -> None:
        """Run a job."""
        self.job, self._began, self._closed = job, None, False
        scan = job.handle.scan
        self.facts = RunFacts(Phase.RUNNING, self._key_of(scan), scan.source.name)
        self.run.start(job)
        self._tell(tr("Getting ready…"))

    def cancel(self) -> None:
        """Stop after the slices under way."""
        self.run.cancel()
        self.facts = replace(self.facts, phase=Phase.CANCELLING)
        self._tell(tr("Cancelling…"))

    def close(self) -> None:
        """Stop, and land no mask: its scan was closed."""
        self._closed = True
        self.cancel()

    def _on_step(self, step: Step) -> None:
        left = self._left(step.done, step.total)
        self.facts = replace(self.facts, done=step.done, total=step.total, left=left)
        if step.notes:
            self.noted.emit(step.notes)
        self._said = step.message
        if not self._telling.isActive():
            self._telling.start()

    def _on_telling(self) -> None:
        if self.facts.phase is Phase.RUNNING:
            self._tell(self._said)

    def _left(self, done: int, total: int) -> float | None:
        """Estimate the seconds left from what the slices took so far, the loading left out."""
        now = monotonic()
        if self._began is None:
            self._began = (now, done) if done else None
            return None
        began, before = self._began
        return (now - began) / (done - before) * (total - done) if done > before else None

    def _on_end(self, result: Outcome | Failure) -> None:
        self.job = None
        self._telling.stop()
        if self._closed:
            self._closed = False
            self._end(Phase.IDLE)
            self._tell(tr("Stopped, as this scan was closed."))
        elif isinstance(result, Failure):
            self._end(Phase.FAILED)
            self._tell(result.message)
            show_error(result.message)
        else:
            self._on_outcome(result)

    def _on_outcome(self, result: Outcome) -> None:
        scan, done = result.job.handle.scan, len(result.segmentation.slices)
        complete = result.segmentation.complete
        left = 0 if complete else max(0, self.facts.total - done)
        # A mask that was made ahead comes without a start.
        self.facts = RunFacts(Phase.IDLE, self._key_of(scan), scan.source.name)
        if complete or done:
            self.landed.emit(replace(result, left=left))
        else:
            self._tell(tr("Cancelled before the first slices were done."))

    def _end(self, phase: Phase) -> None:
        self.facts = replace(self.facts, phase=phase)

    def _tell(self, text: str) -> None:
        self.told.emit(Line(text, self.facts.scan, self.facts.scan_name))


def where_it_ran(result: Segmentation) -> str:
    """Say how much was run, how fast and where: ``26 slices in 1.2 s on CPU, 41 J``.

    The energy is told where the machine counts it; library and precision stand in the line on what
    will run, and this one is not to need two.
    """
    count, spent = len(result.slices), result.spent
    energy = f", {spent.joules:.0f} J" if spent is not None and spent.joules is not None else ""
    return tr_n(
        "{n} slice in {seconds:.1f} s on {device}{energy}",
        "{n} slices in {seconds:.1f} s on {device}{energy}",
        count,
        seconds=result.seconds,
        device=result.device.partition(" (")[0],
        energy=energy,
    )


def not_run(outcome: Outcome) -> tuple[str, ...]:
    """Say what a cancelled run left out; nothing of one that went to its end."""
    if not outcome.left:
        return ()
    total = outcome.left + len(outcome.segmentation.slices)
    return (
        tr(
            "Cancelled: {left} of {total} slices were not run; the mask ends there.",
            left=outcome.left,
            total=total,
        ),
    )
