"""Where images and masks come from: what a layer shows of which scan, and what made a mask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.frames import frame_for
from napari_brainseg.io.mask_info import MaskInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.pipeline.postprocess import MaskRules
    from napari_brainseg.pipeline.segment import Segmentation
    from napari_brainseg.scan import Scan

__all__ = ["Provenance", "ScanHandle", "info_of", "made_by_run", "segmented"]


@dataclass(frozen=True, slots=True)
class ScanHandle:
    """What an image layer shows: one channel of a scan, turned into a frame."""

    scan: Scan
    channel: int
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """The scan that a mask belongs to, the frame that it is shown in, and how it came about.

    Parameters
    ----------
    scan : Scan
        The scan.
    frame : Frame
        What the layer shows of the scan's grid.
    info : MaskInfo
        What the labels mean and what made them.
    original : ndarray of int, shape (Z, Y, X), optional
        The labels that ``info`` speaks of, on the scan's grid: as the model made them by
        ``rules``, or as they were read. A mask that holds others was changed by hand.
    result : Segmentation, optional
        The run that made them, if they were made in this session.
    rules : MaskRules, optional
        What made them of the run's probabilities; None are the model's own.
    accepted : bool
        Whether the rules leave the mask alone.
    """

    scan: Scan
    frame: Frame
    info: MaskInfo = field(default_factory=MaskInfo)
    original: NDArray[Any] | None = None
    result: Segmentation | None = None
    rules: MaskRules | None = None
    accepted: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the layer's data."""
        return self.frame.apply(self.scan.data[0]).shape

    @property
    def tells_origin(self) -> bool:
        """Whether it is known what made the mask: drawn here, by a model, or its file says so."""
        return self.original is None or self.info.made != "MANUAL"


def made_by_run(handle: ScanHandle, run: Segmentation) -> Provenance:
    """Return the provenance of the mask that a run made of a scan."""
    return Provenance(handle.scan, handle.frame, run.info, run.labels, run)


def info_of(provenance: Provenance | None, labels: NDArray[Any]) -> MaskInfo:
    """Say how labels came about; compares them with the original, so not for the GUI thread.

    Parameters
    ----------
    provenance : Provenance or None
        None for a mask of which nothing is known.
    labels : ndarray of int, shape (Z, Y, X)
        On the scan's grid.
    """
    if provenance is None:
        return MaskInfo()
    original = provenance.original
    same = original is not None and np.array_equal(original, labels)
    return provenance.info if same else provenance.info.corrected()


def segmented(result: Segmentation) -> NDArray[np.bool_]:
    """Mark the voxels of the scan's grid, (Z, Y, X), that lie in slices that were segmented."""
    scan = result.scan
    done = np.zeros(scan.grid, dtype=bool)
    frame_for(scan.affine, result.plane).apply(done)[list(result.slices)] = True
    return done
