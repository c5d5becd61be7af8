"""Measuring a bundle on whole scans, segmented just as the plugin does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainseg_train.evaluate.masks import see_classes
from brainseg_train.evaluate.measure import measure_patient
from napari_brainseg.pipeline.segment import segment_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brainseg_train.data.case import Case
    from brainseg_train.evaluate.measure import PatientResult
    from napari_brainseg.models.bundle import Bundle

__all__ = ["evaluate_bundle"]


def evaluate_bundle(
    bundle: Bundle, cases: Sequence[Case], device: str, report: Callable[[int], None]
) -> list[PatientResult]:
    """Measure a bundle on cases, segmenting them just as the plugin does.

    Parameters
    ----------
    bundle : Bundle
        Any model of the plugin.
    cases : sequence of Case
        Scans with reference masks.
    device : str
        As the plugin names it: auto, cpu, cuda, mps.
    report : callable
        Called with the number of cases done.

    Raises
    ------
    BrainsegError
        If a case cannot be read, or the model cannot be run on it, or has other classes.
    """
    results = []
    for done, case in enumerate(cases, start=1):
        see_classes(bundle.card, case.table)
        scan, reference = case.read()
        segmented = segment_scan(scan, bundle, device=device)
        probabilities = segmented.probabilities.astype(np.float32)
        if len(probabilities) == 1:
            (probabilities,) = probabilities
        results.append(measure_patient(probabilities, case, scan, reference, bundle.card))
        report(done)
    return results
