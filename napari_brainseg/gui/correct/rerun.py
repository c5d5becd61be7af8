"""Running the model again on one slice or inside a box, and replacing only that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal  # type: ignore[attr-defined]

from napari_brainseg.bbox import bounding_box
from napari_brainseg.edit.protect import Edit, Protection, merge
from napari_brainseg.edit.slicing import Slicing
from napari_brainseg.errors import EditError
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.correct.runner import Task
from napari_brainseg.gui.domain.mask_record import adopt, provenance_of
from napari_brainseg.gui.domain.merge_results import joined
from napari_brainseg.gui.layers.geometry import as_volume, same_grid, shown_slice, slice_axis
from napari_brainseg.gui.layers.mask_layers import label_looks
from napari_brainseg.gui.state.run import Failure, RunController, RunJob
from napari_brainseg.language import tr, tr_n

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from numpy.typing import NDArray

    from napari_brainseg.gui.correct.runner import Change, ToolRunner
    from napari_brainseg.gui.domain.provenance import Provenance
    from napari_brainseg.gui.state.run import Outcome
    from napari_brainseg.pipeline.segment import Step

__all__ = ["Rerun"]

Region = tuple[slice, slice, slice]
"""A box of voxels of a mask, in the order of its data as a volume."""

Then = Callable[["Labels", bool, "Change"], None]
"""Gets the mask, whether what is known of it has changed, and the voxels that were written."""


class Rerun(QObject):
    """Runs the model of the panel on a part of a scan and writes what it finds there.

    Parameters
    ----------
    viewer : Viewer
    tools : ToolRunner
        Writes the result.
    make_job : callable
        Returns what is chosen in the panel, None where nothing can be run.
    why_not : callable
        Says why no job can be made.

    Signals
    -------
    changed
        It has begun or ended.
    said : str
        How it is going.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(
        self,
        viewer: Viewer,
        tools: ToolRunner,
        make_job: Callable[[], RunJob | None],
        why_not: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._tools = tools
        self._make_job = make_job
        self._why_not = why_not
        self._write: Callable[[Outcome], Task] | None = None
        self.run = RunController(self)
        self.run.stepped.connect(self._on_step)
        self.run.ended.connect(self._on_end)

    def region(
        self, mask: Labels, whole: bool, corners: NDArray[np.float64] | None = None
    ) -> Region:
        """Return the voxels of the slice on the screen or of all, within the corners of a box.

        Raises
        ------
        EditError
            If there are none.
        """
        shape = as_volume(mask.data).shape
        sides = [slice(0, size) for size in shape]
        axis = slice_axis(self._viewer, mask)
        if corners is not None:
            places = np.pad(corners, ((0, 0), (3 - mask.ndim, 0)))
            for other in {0, 1, 2} - {axis}:
                start = int(np.ceil(places[:, other].min()))
                stop = int(np.floor(places[:, other].max())) + 1
                sides[other] = slice(max(0, start), min(shape[other], stop))
        if not whole:
            index = shown_slice(self._viewer, mask)
            sides[axis] = slice(index, index + 1)
        if any(side.start >= side.stop for side in sides):
            raise EditError(tr("The box holds no voxel of the mask. Draw it on the scan."))
        z, y, x = sides
        return z, y, x

    def start(
        self,
        mask: Labels,
        region: Region,
        protection: Callable[[], Protection],
        then: Then,
    ) -> None:
        """Run the model on the slices that a region crosses.

        Raises
        ------
        EditError
            If it cannot be run for this mask.
        """
        why, job = self._why_not(), self._make_job()
        if why or job is None:
            raise EditError(why or tr("There is nothing to run."))
        if not same_grid(mask, job.layer):
            raise EditError(
                tr("{name} does not lie on the chosen scan. Choose its scan above.", name=mask.name)
            )
        marked = np.zeros(as_volume(mask.data).shape, dtype=bool)
        marked[region] = True
        plane = frame_for(job.handle.scan.affine, job.plane)
        crossed = plane.apply(job.handle.frame.invert(marked)).any(axis=(1, 2))
        slices = tuple(int(index) for index in np.flatnonzero(crossed))

        def write(outcome: Outcome) -> Task:
            found = _Replacement(mask, region, outcome, protection(), then)
            return Task(tr("Model"), mask, Slicing(0), found.find, found.finish)

        self._write = write
        self.run.start(replace(job, slices=slices))
        self.said.emit(
            tr_n(
                "Running the model on {n} slice…",
                "Running the model on {n} slices…",
                len(slices),
            )
        )
        self.changed.emit()

    def _on_step(self, step: Step) -> None:
        self.said.emit(
            tr(
                "{message}: {done} of {total}",
                message=step.message,
                done=step.done,
                total=step.total,
            )
        )

    def _on_end(self, result: Outcome | Failure) -> None:
        write, self._write = self._write, None
        if isinstance(result, Failure):
            self.said.emit(result.message)
        elif not result.segmentation.complete:
            self.said.emit(tr("Cancelled; the mask is as it was."))
        elif write is not None:
            self._tools.submit(lambda: write(result))
        self.changed.emit()


class _Replacement:
    """What a run found, to be put in the place of the model's classes within a region.

    Parameters
    ----------
    layer : Labels
        The mask.
    region : Region
        Which of its voxels.
    outcome : Outcome
        What was found.
    protection : Protection
        What stays as it is all the same.
    then : callable
        Called at last with the layer, whether its provenance is another now, and the change.
    """

    def __init__(
        self, layer: Labels, region: Region, outcome: Outcome, protection: Protection, then: Then
    ) -> None:
        self._layer, self._region, self._outcome = layer, region, outcome
        self._protection, self._then = protection, then
        self._before = provenance_of(layer)
        self._known: Provenance | None = None

    def find(self, labels: NDArray[Any]) -> Edit:
        """Work out the new labels of the region, in a worker thread."""
        region, frame = self._region, self._outcome.job.handle.frame
        marked = np.zeros(labels.shape, dtype=bool)
        marked[region] = True
        box = bounding_box(frame.invert(marked)) or (slice(0, 0),) * 3
        job, fresh = self._outcome.job, self._outcome.segmentation
        drawn = bool(labels.any())
        inside, self._known = joined(self._before, job.handle, fresh, box, is_drawn=drawn)
        found = np.zeros(self._outcome.segmentation.scan.grid, dtype=np.uint8)
        found[box] = inside
        return _replace(region, self._classes, frame.apply(found)[region], self._protection, labels)

    def finish(self, change: Change) -> None:
        """Remember with the mask what is known of it now, in the GUI thread."""
        before, known, layer = self._before, self._known, self._layer
        # The mask may have been moved, or replaced by another run, while this was worked out.
        is_other = known is not before and provenance_of(layer) is before
        if is_other and known is not None:
            adopt(layer).carry_on(known)
            if before is None or known.info != before.info:
                for name, value in label_looks(known.info).items():
                    setattr(layer, name, value)
        self._then(layer, is_other, change)

    @property
    def _classes(self) -> list[int]:
        return [item.value for item in self._outcome.segmentation.card.classes]


def _replace(
    region: Region,
    classes: list[int],
    found: NDArray[np.uint8],
    protection: Protection,
    labels: NDArray[Any],
) -> Edit:
    """Put what was found in the place of the model's classes within a region."""
    here = labels[region]
    others = np.where(np.isin(here, classes), 0, here)
    wanted = np.where(found > 0, found, others).astype(labels.dtype)
    edit = merge(here, wanted, classes, protection.on(lambda whole: whole[region]))
    box = tuple(
        slice(side.start + whole.start, side.stop + whole.start)
        for side, whole in zip(edit.box, region, strict=True)
    )
    return Edit(box, edit.values)
