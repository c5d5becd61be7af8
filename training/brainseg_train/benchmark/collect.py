"""From finished rows to one table of results that says all that is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from brainseg_train.data.split import SplitBy
from brainseg_train.evaluate.patient_metrics import pool
from brainseg_train.evaluate.results import PatientResult, measure_patient, summarise
from brainseg_train.evaluate.statistics import significance
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.measure.metrics import overlap
from napari_brainseg.pipeline.postprocess import label_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brainseg_train.benchmark.rows import Benchmark, Plan, Row
    from brainseg_train.train.config import RunConfig

__all__ = ["collect", "costs", "leak", "measure_row"]


def collect(
    plans: Sequence[Plan],
    rows: Mapping[tuple[str, int], Row],
    measured: Mapping[tuple[str, int], Sequence[PatientResult]],
) -> dict[str, Any]:
    """Lay finished rows side by side and compare them.

    Parameters
    ----------
    plans : sequence of Plan
        One a fold; each test patient belongs to one of them.
    rows : mapping
        Finished rows by name and fold, at least one; a name counts once all its folds are there.
    measured : mapping
        Their test patients.

    Returns
    -------
    dict
        JSON: ``protocol``, ``data``, ``rows`` in the protocol's order, ``comparisons``.
    """
    protocol = plans[0].protocol
    entries: list[dict[str, Any]] = []
    for config in protocol.rows:
        keys = [(config.name, plan.fold) for plan in plans]
        if not all(key in rows for key in keys):
            continue
        found = [rows[key] for key in keys]
        record = found[0].record
        entries.append(
            {
                "name": config.name,
                "title": protocol.title_of(config),
                "initialisation": record["initialisation"],
                "split": record["split"],
                "prediction": [row.record["prediction"] for row in found],
                "costs": costs([row.record for row in found]),
                "history": record["history"],
                "machine": record["machine"],
                "config": record["config"],
                **summarise([result for key in keys for result in measured[key]]),
            }
        )
    first = next(iter(rows.values())).record
    return {
        "protocol": protocol.name,
        "title": protocol.title,
        "size": protocol.rows[0].size,
        "split": plans[0].split.value,
        "folds": plans[0].folds,
        "tested_folds": [plan.fold + 1 for plan in plans],
        "data_sha256": first["data_sha256"],
        "cases": {part: len(names) for part, names in first["cases"].items()},
        "slices": first["slices"],
        "versions": first["versions"],
        "rows": entries,
        "comparisons": significance(entries),
        "notes": _notes(entries, across=protocol.choose and len(plans) > 1),
    }


def _notes(entries: Sequence[dict[str, Any]], *, across: bool) -> list[str]:
    """Say which rows were divided otherwise than the rest."""
    chosen = (
        "threshold and component filter of each part were chosen on the test patients of the others"
        if across
        else "nothing was chosen, a mask is probability >= 0.5"
    )
    return [
        f"{entry['title']}: nobody was held out to validate on, but learned from; {chosen}."
        for entry in entries
        if not entry["config"]["validation"]
    ]


def costs(records: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Sum up what a row took, as means over its folds."""

    def mean(values: Iterable[float]) -> float:
        return float(np.mean(list(values)))

    def total(record: dict[str, Any], key: str) -> float:
        return float(sum(epoch[key] for epoch in record["history"]))

    return {
        "parameters": float(records[0]["parameters"]),
        "bundle_mb": mean(record["bundle_bytes"] / 1e6 for record in records),
        "epochs": mean(len(record["history"]) for record in records),
        "exported_epoch": mean(record["exported_epoch"] + 1 for record in records),
        "training_seconds": mean(total(record, "seconds") for record in records),
        "training_cpu_seconds": mean(total(record, "cpu_seconds") for record in records),
        "memory_gb": max(e["memory_bytes"] for r in records for e in r["history"]) / 1e9,
        "inference_ms_per_slice": mean(record["inference_ms_per_slice"] for record in records),
    }


def leak(
    benchmark: Benchmark, plan: Plan, config: RunConfig, rows: Mapping[SplitBy, Row]
) -> dict[str, Any]:
    """Measure what a split by slice makes a model look better than it is.

    Both models answer for the same slices of test patients, which neither learned from; only the
    one split by slice has learned from their neighbours.

    Parameters
    ----------
    benchmark, plan, config
        Of the row; the plan's split does not matter.
    rows : mapping
        The finished row by each split.
    """
    cohort = benchmark.cohort(preprocessing_for(config))
    fold = benchmark.fold(plan, config)
    shared = set(benchmark.pools(plan, fold, cohort).shared)
    patients = cohort.of(fold.test)
    measured = {}
    for split, row in rows.items():
        stacks, prediction = row.predictions(), row.record["prediction"]
        overlaps = []
        for patient in patients:
            numbers = cohort.numbers([patient.case])
            chosen = [place for place, number in enumerate(numbers) if number in shared]
            mask = label_map(
                stacks[patient.case.name].astype(np.float32),
                prediction["threshold"],
                prediction["keep_fraction"],
                value=1,
            )
            turn = patient.prepared.geometry.frame.apply
            overlaps.append(overlap(turn(mask)[chosen], turn(patient.mask)[chosen]))
        pooled = pool(overlaps)
        measured[split.value] = {
            "iou_pooled": pooled.iou,
            "dice_pooled": pooled.dice,
            "accuracy_pooled": pooled.accuracy,
        }
    by_slice, by_patient = measured[SplitBy.SLICE.value], measured[SplitBy.PATIENT.value]
    return {
        "row": config.name,
        "title": plan.protocol.title_of(config),
        "slices": len(shared),
        **measured,
        "difference": {key: by_slice[key] - by_patient[key] for key in by_slice},
    }


def measure_row(benchmark: Benchmark, config: RunConfig, row: Row) -> list[PatientResult]:
    """Measure the test patients of a finished row."""
    cohort = benchmark.cohort(preprocessing_for(config))
    card, stacks = row.card, row.predictions()
    return [
        measure_patient(
            stacks[patient.case.name].astype(np.float32),
            patient.case,
            patient.scan,
            patient.mask,
            card,
        )
        for patient in cohort.patients
        if patient.case.name in stacks
    ]
