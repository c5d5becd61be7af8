"""What a split by slice makes a model look better than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.benchmark.results import Leak, Pooled
from brainseg_train.data.split import SplitBy
from brainseg_train.evaluate.patient_metrics import pool_overlaps
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from brainseg_train.benchmark.rows import Benchmark, Plan, Row
    from brainseg_train.data.cases import Patient
    from brainseg_train.data.dataset import Dataset
    from brainseg_train.train.config import RunConfig
    from napari_brainseg.measure.metrics import Overlap

__all__ = ["measure_leak"]


def measure_leak(
    benchmark: Benchmark, plan: Plan, config: RunConfig, rows: Mapping[SplitBy, Row]
) -> Leak:
    """Compare a row by both splits on slices of test patients that neither learned from.

    Only the one split by slice has learned from their neighbours.

    Parameters
    ----------
    benchmark, plan, config
        Of the row; the plan's split does not matter.
    rows : mapping
        The finished row by each split.
    """
    dataset = benchmark.dataset(preprocessing_for(config))
    fold = benchmark.fold(plan, config)
    shared = set(benchmark.pools(plan, fold, dataset).shared)
    patients = dataset.of(fold.test)
    by_patient, by_slice = (
        pool_overlaps([_overlap(rows[split], dataset, patient, shared) for patient in patients])
        for split in (SplitBy.PATIENT, SplitBy.SLICE)
    )
    return Leak(
        row=config.name,
        title=plan.protocol.title_of(config),
        slices=len(shared),
        patient=_pooled(by_patient),
        slice=_pooled(by_slice),
        difference=Pooled(
            iou_pooled=by_slice.iou - by_patient.iou,
            dice_pooled=by_slice.dice - by_patient.dice,
            accuracy_pooled=by_slice.accuracy - by_patient.accuracy,
        ),
    )


def _overlap(row: Row, dataset: Dataset, patient: Patient, shared: Collection[int]) -> Overlap:
    """Compare mask and reference of a patient on the shared slices alone."""
    prediction = row.prediction
    numbers = dataset.numbers([patient.case])
    chosen = [place for place, number in enumerate(numbers) if number in shared]
    stack = row.predictions()[patient.case.name].astype(np.float32)
    mask = label_map(stack, prediction.threshold, prediction.keep_fraction, value=1)
    turn = patient.prepared.geometry.frame.apply
    return overlap(turn(mask)[chosen], turn(patient.mask)[chosen])


def _pooled(counts: Overlap) -> Pooled:
    return Pooled(iou_pooled=counts.iou, dice_pooled=counts.dice, accuracy_pooled=counts.accuracy)
