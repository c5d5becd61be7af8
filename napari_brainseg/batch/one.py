"""One scan, from its file to its mask's file."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.batch.segmented import Segmented
from napari_brainseg.errors import BrainsegError, FileTakenError, SaveError, ScanError
from napari_brainseg.io import (
    carries_identity,
    check_mask_format,
    default_mask_path,
    keep_mask,
    nifti_instead,
    read_mask,
    read_scan,
)
from napari_brainseg.io.atomic import make_folder
from napari_brainseg.io.files import is_present
from napari_brainseg.io.places import check_place, resolved
from napari_brainseg.measure.edit_record_file import save_edit_record
from napari_brainseg.measure.lesions import measure_mask
from napari_brainseg.pipeline.segment import Steps, segment_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.models.bundle import Bundle
    from napari_brainseg.pipeline.channels import Channel
    from napari_brainseg.pipeline.segment import Segmentation, Step
    from napari_brainseg.scan import Scan

    ChooseChannels = Callable[[Scan], Mapping[str, Channel | None]]

__all__ = ["Hooks", "SegmentOptions", "Target", "segment_file"]

_network = threading.Lock()
"""The network runs for one scan at a time; another one is read or written meanwhile."""


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How scans are segmented.

    Parameters
    ----------
    bundle : Bundle
        The model.
    device : str
        ``"auto"`` or a device name.
    series : str or None
        Which of several DICOM series, as ``read_scan`` takes it.
    overwrite : bool
        Whether masks that are there are replaced.
    threads : int or None
        Processor threads of the network; the usual number if None.
    """

    bundle: Bundle
    device: str = "auto"
    series: str | None = None
    overwrite: bool = False
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a mask goes: to a file, or under the usual name to a folder, or beside the scan.

    Parameters
    ----------
    folder : Path or None
        The folder; None for that of the scan.
    file : Path or None
        The file, which goes before a folder.
    """

    folder: Path | None = None
    file: Path | None = None

    def of(self, scan: Scan) -> tuple[Path, str]:
        """Return the file for the mask of a scan, and why it is NIfTI where another is usual.

        Raises
        ------
        SaveError
            If a file of a format was asked for that the scan does not allow.
        """
        if self.file is not None:
            check_mask_format(scan, self.file)
            return self.file, ""
        proposed = default_mask_path(scan)
        if self.folder is not None:
            proposed = self.folder / proposed.name
        try:
            check_mask_format(scan, proposed)
        except SaveError as error:
            instead = nifti_instead(proposed)
            return instead, f"{error} It will be saved as {instead.name} instead."
        return proposed, ""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is called on the way.

    Parameters
    ----------
    notes : callable
        With what the user should know, as it is found out.
    progress : callable
        With each step of the run.
    opened : callable
        With the scan as its file says; returns it as it is to be segmented.
    channels : callable, optional
        Chooses the channels of a scan; they are guessed from its own if not given.
    target : callable
        With the mask's file, before anything is computed; returns whether a mask that is there
        may be this scan's own, of a run that was killed: it is kept if it is the same, and refused
        otherwise.
    """

    notes: Callable[[Sequence[str]], None] = lambda _: None
    progress: Callable[[Step], None] = lambda _: None
    opened: Callable[[Scan], Scan] = lambda scan: scan
    channels: ChooseChannels | None = None
    target: Callable[[Path], bool] = lambda _: False


def segment_file(
    path: Path, target: Target, settings: SegmentOptions, hooks: Hooks | None = None
) -> Segmented:
    """Segment a scan, save its mask and measure it.

    Parameters
    ----------
    path : Path
        The scan, as ``read_scan`` takes it.
    target : Target
        Where the mask goes.
    settings : SegmentOptions
        How.
    hooks : Hooks, optional
        What is called on the way.

    Raises
    ------
    BrainsegError
        If the scan cannot be read, the model cannot run on it, or the mask cannot be saved or
        would replace another.

    Examples
    --------
    >>> from pathlib import Path
    >>> settings = SegmentOptions(bundle, device="cpu")
    >>> segment_file(Path("flair.nii.gz"), Target(folder=Path("masks")), settings).lesions
    1
    """
    hooks = hooks or Hooks()
    scan = hooks.opened(read_scan(path, series=settings.series).scan)
    file, instead = target.of(scan)
    may_be_ours = hooks.target(file)
    if is_present(file) and not (settings.overwrite or may_be_ours):
        raise _taken(file)
    make_folder(file.parent)
    check_place(resolved(file), file.name, scan, settings.overwrite or may_be_ours)
    first = (*scan.source.warnings, *filter(None, (instead,)))
    hooks.notes(first)
    result = _segment(scan, settings, hooks)
    file, last = _keep(result, scan, file, settings.overwrite)
    hooks.notes(last)
    notes = (*first, *result.notes, *last)
    return _summary(path, file, result, measure_mask(result.labels, scan), notes)


def _segment(scan: Scan, settings: SegmentOptions, hooks: Hooks) -> Segmentation:
    channels = hooks.channels(scan) if hooks.channels else None
    with _network:
        steps = Steps(
            segment_steps(
                scan,
                settings.bundle,
                channels=channels,
                device=settings.device,
                threads=settings.threads,
            )
        )
        for step in steps:
            hooks.notes(step.notes)
            hooks.progress(step)
        return steps.result


def _keep(
    result: Segmentation, scan: Scan, file: Path, overwrite: bool
) -> tuple[Path, tuple[str, ...]]:
    """Save the mask, unless the very same one is there; return its file, and notes."""
    notes = []
    try:
        file, moved = keep_mask(result.labels, scan, file, overwrite=overwrite, info=result.info)
        notes.append(moved)
    except FileTakenError:  # by a run that was killed, or one beside this
        if not _holds(file, result.labels):
            raise _taken(file) from None
    try:
        save_edit_record(None, file)
    except SaveError as error:  # the mask is there, and counts
        notes.append(str(error))
    if carries_identity(file):
        notes.append(f"{file.name} carries the patient's name, ID and dates.")
    return file, tuple(filter(None, notes))


def _holds(file: Path, labels: NDArray[Any]) -> bool:
    try:
        return np.array_equal(read_mask(file)[0], labels)
    except ScanError:  # somebody else's
        return False


def _taken(file: Path) -> BrainsegError:
    return BrainsegError(
        f"{file.name} is there already. Choose another output, or pass --overwrite."
    )


def _summary(
    path: Path,
    file: Path,
    result: Segmentation,
    measures: MaskMeasures,
    notes: tuple[str, ...],
) -> Segmented:
    card, lines, spent = result.card, measures.diameters, result.spent
    joules = spent.joules if spent else None
    return Segmented(
        input=path.name,
        output=str(file),
        model=card.name,
        weights_sha256=card.weights_sha256,
        threshold=card.threshold,
        device=result.device,
        precision=result.precision,
        plane=result.plane,
        slices=len(result.slices),
        seconds=round(result.seconds, 3),
        loading_seconds=round(result.loading, 3),
        voxels=measures.voxels,
        lesions=measures.lesions,
        volume_ml=measures.volume_ml,
        centroid_mm=measures.centroid_mm,
        long_mm=lines.long_mm if lines else None,
        short_mm=lines.short_mm if lines else None,
        notes=notes,
        cpu_seconds=round(spent.cpu_seconds, 3) if spent else None,
        joules=None if joules is None else round(joules, 2),
        joules_unknown=spent.why_no_joules if spent else "",
    )
