"""Measuring a mask off the GUI thread: numbers, comparison, and where the viewer shows them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import BrainsegError, without_path
from napari_brainseg.frames import frame_for
from napari_brainseg.gui.domain.mask_record import record_in
from napari_brainseg.gui.layers.mask_layers import mask_to_grid
from napari_brainseg.gui.measure.text import NO_SPACING, TOGETHER, ShownSlices, finding, headline
from napari_brainseg.gui.state.panel_facts import MeasureFacts
from napari_brainseg.io.mask_info import MaskInfo
from napari_brainseg.language import tr
from napari_brainseg.measure.followup import exam_date, follow_up, time_point
from napari_brainseg.measure.lesions import measure_mask
from napari_brainseg.measure.measures_file import MaskReport
from napari_brainseg.measure.metrics import changed_voxels, compare_masks

if TYPE_CHECKING:
    from napari.layers import Labels
    from numpy.typing import NDArray

    from napari_brainseg.frames import Frame
    from napari_brainseg.gui.measure.earlier import EarlierMask
    from napari_brainseg.gui.measure.reference import Reference
    from napari_brainseg.measure.followup import FollowUp
    from napari_brainseg.measure.lesions import MaskMeasures
    from napari_brainseg.scan import Scan

__all__ = ["MeasureJob", "MeasuredMask", "measure", "measure_facts"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class MeasureJob:
    """What to measure; the arrays may be painted on meanwhile, then it is done again."""

    layer: Labels
    data: Any
    keywords: dict[str, Any]
    reference: Reference | None
    earlier: tuple[EarlierMask, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredMask:
    """The numbers of a layer, and how they relate to what the viewer shows.

    ``changes`` against the reference are in the order of the layer's data, ``info`` names labels.
    """

    layer: Labels
    report: MaskReport
    frame: Frame
    scan: Scan
    shown: ShownSlices
    info: MaskInfo
    changes: NDArray[Any] | None


def measure_facts(layer: Labels, found: MeasuredMask | str) -> MeasureFacts:
    """Say of a measurement what the panel shows."""
    if isinstance(found, str):
        return MeasureFacts(layer.unique_id, problem=found)
    measures = found.report.measures
    remarks = (
        tr(TOGETHER) if len(measures.labels) > 1 else "",
        tr(NO_SPACING) if measures.volume_ml is None else "",
    )
    remark = " ".join(filter(None, remarks))
    return MeasureFacts(layer.unique_id, finding(measures), headline(measures), remark)


def measure(job: MeasureJob) -> tuple[Labels, MeasuredMask | str]:
    """Measure in the worker thread; what is wrong comes back as a sentence."""
    try:
        return job.layer, _measured(job)
    except BrainsegError as error:
        return job.layer, str(error)
    except Exception as error:  # the panel has to stay usable; the traceback is in the log
        _log.exception("measuring failed")
        return job.layer, tr("Measuring failed: {reason}", reason=without_path(error))


def _followed(
    earlier: tuple[EarlierMask, ...], measures: MaskMeasures, scan: Scan
) -> FollowUp | None:
    """Compare with earlier time points; None where there are none."""
    if not earlier:
        return None
    points = [
        time_point(
            measure_mask(np.asarray(each.labels), each.scan), each.name, exam_date(each.scan)
        )
        for each in earlier
    ]
    return follow_up([*points, time_point(measures, scan.source.name, exam_date(scan))])


def _measured(job: MeasureJob) -> MeasuredMask:
    labels, scan = mask_to_grid(job.data, job.keywords)
    record = record_in(job.keywords["metadata"])
    known = None if record is None else record.provenance
    is_its_scan = known is not None and known.scan is scan
    frame = known.frame if known is not None and is_its_scan else frame_for(scan.affine)
    measures = measure_mask(labels, scan)
    if scan.channels == ("mask",):  # a scan made of the mask itself, for want of one
        measures = replace(measures, intensities=())
    comparison = changes = None
    reference = job.reference
    if reference is not None:
        other = reference.labels
        if not reference.on_grid:
            other = frame.invert(other.reshape(frame.apply(labels).shape))
        comparison = compare_masks(labels, other, scan)
        changes = frame.apply(changed_voxels(labels, other)).reshape(job.data.shape)
    report = MaskReport(
        job.keywords["name"],
        measures,
        reference.name if reference else "",
        comparison,
        followup=_followed(job.earlier, measures, scan),
    )
    shown = ShownSlices.of(measures, frame)
    info = known.info if known is not None else MaskInfo(names={})
    return MeasuredMask(job.layer, report, frame, scan, shown, info, changes)
