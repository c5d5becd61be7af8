"""What a split by slice makes a model look better than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.benchmark.results import Leak, Pooled
from brainseg_train.data.split import SplitBy
from brainseg_train.evaluate.masks import class_overlaps, mask_bits
from brainseg_train.evaluate.patient_metrics import pool_overlaps

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from brainseg_train.benchmark.rows import Benchmark, Plan, Row
    from brainseg_train.data.case import Patient
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
    dataset = benchmark.dataset(benchmark.params(config))
    fold = benchmark.fold(plan, config)
    shared = set(benchmark.pools(plan, fold, dataset).shared)
    patients = dataset.of(fold.test)
    by_patient, by_slice = (
        pool_overlaps(
            [
                each
                for patient in patients
                for each in _overlaps(rows[split], dataset, patient, shared)
            ]
        )
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


def _overlaps(
    row: Row, dataset: Dataset, patient: Patient, shared: Collection[int]
) -> list[Overlap]:
    """Compare mask and reference of a patient on the shared slices alone, class by class."""
    prediction, table = row.prediction, patient.case.table
    numbers = dataset.numbers([patient.case])
    chosen = [place for place, number in enumerate(numbers) if number in shared]
    stack = row.predictions()[patient.case.name].astype(np.float32)
    mask = mask_bits(stack, prediction.threshold, prediction.keep_fraction, table)
    turn = patient.prepared.geometry.frame.apply
    return class_overlaps(turn(mask)[chosen], turn(patient.mask)[chosen], table)


def _pooled(counts: Overlap) -> Pooled:
    return Pooled(iou_pooled=counts.iou, dice_pooled=counts.dice, accuracy_pooled=counts.accuracy)
