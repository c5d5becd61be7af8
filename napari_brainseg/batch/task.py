"""One scan of many, as a worker does it: it never raises, and never does twice what is done."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_brainseg.batch.case import CaseOfItem
from napari_brainseg.batch.done import Done, DoneList
from napari_brainseg.batch.one import Hooks, SegmentOptions, Target, segment_file
from napari_brainseg.errors import BrainsegError, ModelError, without_path
from napari_brainseg.io.files import is_file, is_folder, is_present
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import find_models

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.batch.items import BatchItem
    from napari_brainseg.batch.segmented import Segmented
    from napari_brainseg.models.bundle import Bundle

__all__ = ["Job", "TaskOutcome", "earlier", "run_task"]

_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every scan of a call; travels to the workers.

    Parameters
    ----------
    home : Path
        The folder of the list of what is done.
    model : str
        Name of the model.
    weights : str
        SHA-256 of its weights, by which a worker sees that it has the same.
    folder : Path
        Where the model lies here, and on the workers of this machine or a shared disk.
    device, overwrite, threads
        As of :class:`~napari_brainseg.batch.SegmentOptions`.
    """

    home: Path
    model: str
    weights: str
    folder: Path
    device: str = "auto"
    overwrite: bool = False
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What came of one scan of many.

    Parameters
    ----------
    scan : str
        Its place, as the list of what is done names it.
    name : str
        Name of its file or folder.
    result : Segmented or None
        None where there is an error.
    error : str
        Why there is no mask.
    before : bool
        Whether it was done by an earlier start.
    """

    scan: str
    name: str
    result: Segmented | None = None
    error: str = ""
    before: bool = False


def run_task(item: BatchItem, job: Job) -> TaskOutcome:
    """Segment one scan, unless it is done; whatever goes wrong is in the outcome."""
    try:
        return _run(item, job)
    except BrainsegError as error:
        text = str(error)
    except Exception as error:  # a defect of ours, or of a file, must not stop the other scans
        text = f"{without_path(error)}. This is a defect: please report it."
    return TaskOutcome(_list_in(job.home).place(item.path, item.series), item.path.name, error=text)


def earlier(done: DoneList, item: BatchItem, job: Job) -> TaskOutcome | None:
    """Return what came of a scan before, by this model, if scan and mask are still there."""
    place = done.place(item.path, item.series)
    found = done.done.get(place)
    if (
        found is None
        or found.result.weights_sha256 != job.weights
        or tuple(found.stamp) != item.stamp
        or not is_file(mask := done.mask(found))
    ):
        return None
    return TaskOutcome(place, item.path.name, replace(found.result, output=str(mask)), before=True)


def _run(item: BatchItem, job: Job) -> TaskOutcome:
    done = _list_in(job.home)
    with _writing:
        done.look()
        if before := earlier(done, item, job):  # by a worker that was killed before it could tell
            return replace(before, before=False)
    place, stamp = done.place(item.path, item.series), item.stamp

    def begin(mask: Path) -> bool:
        with _writing:
            done.look()
            ours = place in done.begun  # by one that was killed, or a run beside this one
            if is_present(mask) and not (job.overwrite or ours):
                return False  # which is refused
            if not done.begin(place, mask):
                raise BrainsegError(
                    f"{mask.name} would be written twice. Segment scans of one name into two "
                    "folders."
                )
        return ours

    settings = SegmentOptions(
        _model(job.folder, job.model, job.weights),
        job.device,
        item.series,
        job.overwrite,
        job.threads,
    )
    case = CaseOfItem(item, settings.bundle.card)
    hooks = Hooks(opened=case.opened, channels=case.channels, target=begin)
    try:
        result = case.noted(segment_file(item.path, Target(item.folder), settings, hooks))
    except BrainsegError:
        with _writing:
            done.look()
        if meanwhile := earlier(done, item, job):  # by a run beside this one
            return replace(meanwhile, before=False)
        raise
    with _writing:
        done.finish(Done(place, stamp, result))
    return TaskOutcome(place, item.path.name, result)


@functools.cache
def _list_in(home: Path) -> DoneList:
    """Return the list of this process."""
    return DoneList(home)


@functools.cache
def _model(folder: Path, name: str, weights: str) -> Bundle:
    """Find the very model that the call is about, on the machine of a worker.

    Raises
    ------
    ModelError
        If it is not there, or another one has its name.
    """
    bundle = open_bundle(folder) if is_folder(folder) else find_models().get(name)
    if bundle.card.weights_sha256 != weights:
        raise ModelError(
            f"The worker's model {name!r} has other weights than the one asked for. Install the "
            "same version there, or put the model on a shared disk."
        )
    return bundle
