"""Many scans: found, segmented side by side, kept track of, measured.

One scan is one task (:mod:`~napari_brainseg.batch.task`). Tasks run one after another in this
process, or side by side through dask.distributed (:mod:`~napari_brainseg.batch.cluster`), on this
machine or on many. What is done is kept in a list (:mod:`~napari_brainseg.batch.done`) from which
a second start goes on.

A name is loaded from its module when it is first used: importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.batch.case import CaseOfItem
    from napari_brainseg.batch.cluster import (
        Workers,
        existing_cluster,
        have_room,
        local_cluster,
        plan_workers,
    )
    from napari_brainseg.batch.items import (
        BatchItem,
        home_of,
        is_one_scan,
        list_items,
        read_list,
        study_in,
    )
    from napari_brainseg.batch.one import Hooks, SegmentOptions, Target, segment_file
    from napari_brainseg.batch.run import Batch, in_turn, on_cluster, run_batch
    from napari_brainseg.batch.segmented import Segmented
    from napari_brainseg.batch.table import TABLE_NAME, measures_csv
    from napari_brainseg.batch.task import Job, TaskOutcome

__all__ = [
    "TABLE_NAME",
    "Batch",
    "BatchItem",
    "CaseOfItem",
    "Hooks",
    "Job",
    "SegmentOptions",
    "Segmented",
    "Target",
    "TaskOutcome",
    "Workers",
    "existing_cluster",
    "have_room",
    "home_of",
    "in_turn",
    "is_one_scan",
    "list_items",
    "local_cluster",
    "measures_csv",
    "on_cluster",
    "plan_workers",
    "read_list",
    "run_batch",
    "segment_file",
    "study_in",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "case": ["CaseOfItem"],
        "cluster": ["Workers", "existing_cluster", "have_room", "local_cluster", "plan_workers"],
        "items": ["BatchItem", "home_of", "is_one_scan", "list_items", "read_list", "study_in"],
        "one": ["Hooks", "SegmentOptions", "Target", "segment_file"],
        "run": ["Batch", "in_turn", "on_cluster", "run_batch"],
        "segmented": ["Segmented"],
        "table": ["TABLE_NAME", "measures_csv"],
        "task": ["Job", "TaskOutcome"],
    },
)
