"""From finished rows to one table of results that says all that is known of them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.benchmark.results import BenchmarkResults, Costs, RowResult
from brainseg_train.evaluate.measure import PatientResult, measure_patient
from brainseg_train.evaluate.statistics import compare_pairs
from brainseg_train.evaluate.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brainseg_train.benchmark.protocol import Protocol
    from brainseg_train.benchmark.results import RowRecord
    from brainseg_train.benchmark.rows import Benchmark, Plan, Row
    from brainseg_train.train.config import RunConfig

__all__ = ["collect", "costs", "measure_row"]


def collect(
    plans: Sequence[Plan],
    rows: Mapping[tuple[str, int], Row],
    measured: Mapping[tuple[str, int], Sequence[PatientResult]],
) -> BenchmarkResults:
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
    BenchmarkResults
        Rows in the protocol's order.
    """
    protocol, split = plans[0].protocol, plans[0].split
    entries = []
    for config in protocol.rows:
        keys = [(config.name, plan.fold) for plan in plans]
        if rows.keys() >= set(keys):
            patients = list(chain.from_iterable(measured[key] for key in keys))
            entries.append(_entry(protocol, config, [rows[key].record for key in keys], patients))
    first = next(iter(rows.values())).record
    return BenchmarkResults(
        protocol=protocol.name,
        title=protocol.title,
        size=protocol.rows[0].size,
        split=split,
        folds=plans[0].folds,
        tested_folds=tuple(plan.fold + 1 for plan in plans),
        data_sha256=first.data_sha256,
        cases={part: len(names) for part, names in first.cases},
        slices=first.slices,
        versions=first.versions,
        rows=tuple(entries),
        comparisons=compare_pairs({entry.name: entry.dice for entry in entries}),
        notes=tuple(_notes(entries, across=protocol.choose and len(plans) > 1)),
    )


def _entry(
    protocol: Protocol,
    config: RunConfig,
    records: Sequence[RowRecord],
    patients: Sequence[PatientResult],
) -> RowResult:
    """Sum up the folds of one row."""
    record = records[0]
    return RowResult(
        name=config.name,
        title=protocol.title_of(config),
        initialisation=record.initialisation,
        start=record.start,
        split=record.split,
        prediction=tuple(each.prediction for each in records),
        costs=costs(records),
        history=record.history,
        machine=record.machine,
        config=record.config,
        untaught=_of_folds((each.fold, each.untaught) for each in records),
        short=_of_folds((each.fold, each.short) for each in records),
        **dict(summarise(patients)),
    )


def _of_folds(said: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(f"fold {fold + 1}: {text}" for fold, text in said if text)


def _notes(entries: Sequence[RowResult], *, across: bool) -> list[str]:
    """Say which rows were divided otherwise than the rest, and which are no use."""
    chosen = (
        "threshold and component filter of each part were chosen on the test patients of the others"
        if across
        else "nothing was chosen, a mask is probability >= 0.5"
    )
    divided = [
        f"{entry.title}: nobody was held out to validate on, but learned from; {chosen}."
        for entry in entries
        if not entry.config["validation"]
    ]
    useless = [f"{row.title}, {told}." for row in entries for told in (*row.untaught, *row.short)]
    return divided + useless


def costs(records: Sequence[RowRecord]) -> Costs:
    """Sum up what a row took, in means over its folds."""

    def mean(values: Iterable[float]) -> float:
        return float(np.mean(list(values)))

    epochs = [epoch for record in records for epoch in record.history]
    return Costs(
        parameters=records[0].parameters,
        bundle_mb=mean(record.bundle_bytes / 1e6 for record in records),
        epochs=len(epochs) / len(records),
        exported_epoch=mean(record.exported_epoch + 1 for record in records),
        training_seconds=sum(epoch.seconds for epoch in epochs) / len(records),
        training_cpu_seconds=sum(epoch.cpu_seconds for epoch in epochs) / len(records),
        memory_gb=max(epoch.memory_bytes for epoch in epochs) / 1e9,
        inference_ms_per_slice=mean(record.inference_ms_per_slice for record in records),
    )


def measure_row(benchmark: Benchmark, config: RunConfig, row: Row) -> list[PatientResult]:
    """Measure the test patients of a finished row."""
    patients = benchmark.dataset(benchmark.params(config)).patients
    card, stacks = row.card, row.predictions()
    return [
        measure_patient(
            stacks[patient.case.name].astype(np.float32),
            patient.case,
            patient.scan,
            patient.mask,
            card,
        )
        for patient in patients
        if patient.case.name in stacks
    ]
