"""``data``: what a data set holds, and whether it can be trained on."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from brainseg_train.cli.arguments import Assignments, DataArguments, Folder
from brainseg_train.cli.console import console, fail, progress
from brainseg_train.cli.groups import taking
from brainseg_train.errors import DataError
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from brainseg_train.data.cases import DataReport
    from brainseg_train.data.data_folder import DataFolder
    from brainseg_train.data.options import DataOptions

__all__ = ["data"]


@taking(said=DataArguments)
def data(
    folder: Folder,
    assignments: Assignments = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    *,
    said: DataArguments,
) -> None:
    """Check a data set: layout, sequences, classes, patients, problems and oddities."""
    from dataclasses import asdict, replace

    from brainseg_train.data.cases import inspect_data
    from brainseg_train.data.folder import open_data

    try:
        options = said.options(assignments)
        found = open_data(folder, options)
        with progress() as bar:
            task = bar.add_task("Reading", total=len(found.cases))
            report = inspect_data(found, options, lambda n: bar.update(task, completed=n))
    except BrainsegError as error:
        fail(error)
    problems = (*report.problems, *report.unfit) or _undivided(found, options)
    if as_json:
        shown = asdict(replace(report, problems=problems, images={})) | _described(found)
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    else:
        _show(found, report, problems)
    if problems:
        raise typer.Exit(1)


def _undivided(found: DataFolder, options: DataOptions) -> tuple[str, ...]:
    """Say why the cases cannot be divided into those to learn from and those to validate on."""
    from brainseg_train.data.division import divide
    from brainseg_train.train.config import RunConfig

    try:
        divide(found, options, RunConfig(name="").validation, seed=0)
    except DataError as error:
        return (str(error),)
    return ()


def _described(found: DataFolder) -> dict[str, object]:
    """Say what a network would be shown and asked."""
    return {
        "layout": found.layout,
        "sequences": [role.name for role in found.roles],
        "required": next(role.name for role in found.roles if role.fallback is None),
        "classes": {each.name: list(each.labels) for each in found.table.classes},
        "ignored": list(found.table.ignored),
        "name": found.description.name,
        "licence": found.description.licence,
    }


def _show(found: DataFolder, report: DataReport, problems: tuple[str, ...]) -> None:
    table = Table("cases", "patients", "slices", "with tumour", "tumour share of voxels")
    counts = (report.cases, report.patients, report.slices, report.tumour_slices)
    table.add_row(*map(str, counts), f"{report.tumour_share:.2%}")
    console.print(table)
    shares = report.class_shares or (0.0,) * len(found.table)
    said = {
        "Layout": found.layout,
        "Sequences": ", ".join(
            role.name + ("" if role.fallback else " (every case needs it)") for role in found.roles
        ),
        "Classes": ", ".join(
            f"{each.name} (label {' + '.join(map(str, each.labels))}, {share:.2%} of voxels)"
            for each, share in zip(found.table.classes, shares, strict=True)
        ),
        "Licence": found.description.licence or "not stated: --set data.licence=…",
    }
    for title, text in said.items():
        console.print(f"{title}: {text}")
    for title, lines in (("Problems", problems), ("Oddities", report.oddities)):
        console.print(f"{title}: {len(lines) or 'none'}")
        for line in lines:
            console.print(f"  {line}")
