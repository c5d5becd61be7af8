"""``data``: what a folder holds, and whether it can be trained on."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.table import Table

from brainseg_train.cli.arguments import Folder, PatientPatternOption, PatientTableOption
from brainseg_train.cli.console import console, fail, progress
from napari_brainseg.errors import BrainsegError

__all__ = ["data"]


def data(
    folder: Folder,
    patient_table: PatientTableOption = None,
    patient_pattern: PatientPatternOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a data folder: patients, slices, tumour share, problems and oddities."""
    from dataclasses import asdict, replace

    from brainseg_train.data.cases import find_cases, inspect
    from brainseg_train.data.patients import read_naming

    try:
        cases = find_cases(folder, read_naming(patient_table, patient_pattern))
        with progress() as bar:
            task = bar.add_task("Reading", total=len(cases))
            report = inspect(cases, lambda done: bar.update(task, completed=done))
    except BrainsegError as error:
        fail(error)
    problems = (*report.problems, *report.unfit)
    shown = asdict(replace(report, problems=problems, images={}))
    if as_json:
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    else:
        table = Table("cases", "patients", "slices", "with tumour", "tumour share of voxels")
        counts = (report.cases, report.patients, report.slices, report.tumour_slices)
        table.add_row(*map(str, counts), f"{report.tumour_share:.2%}")
        console.print(table)
        for title, lines in (("Problems", problems), ("Oddities", report.oddities)):
            console.print(f"{title}: {len(lines) or 'none'}", highlight=False)
            for line in lines:
                console.print(f"  {line}", highlight=False, markup=False)
    raise typer.Exit(1 if problems else 0)
