"""``evaluate``, ``compare``, ``record``, ``describe`` and others: finished models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainseg_train.cli.arguments import (
    Assignments,
    DataArguments,
    DeviceOption,
    Folder,
    Model,
    OverwriteOption,
    RunArguments,
    find_bundle,
)
from brainseg_train.cli.console import console, errors, fail, progress, show
from brainseg_train.cli.groups import taking
from napari_brainseg.errors import BrainsegError

if TYPE_CHECKING:
    from brainseg_train.data.options import DataOptions
    from napari_brainseg.models.bundle import Bundle

__all__ = ["compare", "contrast", "describe", "evaluate", "prove", "record", "single"]

FoldOption = Annotated[
    list[int] | None,
    typer.Option(help="Only the test patients of this part, as benchmark divides; repeatable."),
]
FoldsOption = Annotated[int, typer.Option(min=2, help="Parts the patients are divided into.")]


@taking(said=DataArguments)
def evaluate(
    bundle: Model,
    folder: Folder,
    fold: FoldOption = None,
    folds: FoldsOption = 5,
    device: DeviceOption = "auto",
    output: Annotated[Path | None, typer.Option(help="Also write a report here.")] = None,
    assignments: Assignments = None,
    *,
    said: DataArguments,
) -> None:
    """Measure a model on a folder, segmenting just as the plugin does."""
    options = _options(said, assignments)
    _compare([bundle], folder, device, output, options, fold or (), folds)


@taking(said=DataArguments)
def compare(
    one: Model,
    other: Annotated[str, typer.Argument(help="Another.")],
    folder: Folder,
    fold: FoldOption = None,
    folds: FoldsOption = 5,
    device: DeviceOption = "auto",
    output: Annotated[Path | None, typer.Option(help="Also write a report here.")] = None,
    assignments: Assignments = None,
    *,
    said: DataArguments,
) -> None:
    """Measure two models on the same patients, and test whether they differ."""
    options = _options(said, assignments)
    _compare([one, other], folder, device, output, options, fold or (), folds)


def record(
    bundle: Model,
    report: Annotated[
        Path, typer.Argument(help="Report by evaluate, compare or benchmark, or its results.json.")
    ],
    row: Annotated[str | None, typer.Option(help="Row of the report; the model's own.")] = None,
    command: Annotated[
        str | None, typer.Option(help="What measured it; made up from the report if not given.")
    ] = None,
    of_recipe: Annotated[
        bool,
        typer.Option(help="The report is of a model of the same recipe that learned from fewer."),
    ] = False,
) -> None:
    """Write on a model's card how good it was on patients that it had not seen."""
    from brainseg_train.benchmark.record import record_quality

    try:
        card = record_quality(find_bundle(bundle), report, row, command, of_recipe=of_recipe).card
    except BrainsegError as error:
        fail(error)
    assert card.quality is not None
    console.print(f"{card.name}: {card.quality.text}")


@taking(said=DataArguments)
def describe(
    bundle: Model,
    folder: Folder,
    device: DeviceOption = "auto",
    *,
    said: DataArguments,
) -> None:
    """Add fingerprint and temperature to the card of a model, from the data it was trained on."""
    from brainseg_train.train.describe import describe_bundle
    from brainseg_train.train.export import see_writable
    from napari_brainseg.pipeline.devices import resolve_device

    def stage(text: str) -> None:
        errors.print(text)

    try:
        chosen = resolve_device(device).name
        options = said.options()
        found = find_bundle(bundle)
        see_writable(found.path)
        card = describe_bundle(found, folder, options.exclude, chosen, stage, options).card
    except BrainsegError as error:
        fail(error)
    seen = card.fingerprint
    roles = f"fingerprint of {seen.patients} cases" if seen else "too few cases for a fingerprint"
    console.print(f"{card.name}: {roles}, temperature {card.temperature}")


@taking(said=DataArguments)
def prove(
    bundle: Model,
    folder: Folder,
    int8: Annotated[bool, typer.Option(help="Also in 8-bit integers; needs NNCF.")] = False,
    assignments: Assignments = None,
    *,
    said: DataArguments,
) -> None:
    """Write a model's graphs for the CPU, and on its card which faster ways leave its masks."""
    from brainseg_train.data.cases import checked_data
    from brainseg_train.data.split import without
    from brainseg_train.evaluate.masks import see_classes
    from brainseg_train.train.prove import add_graph, add_int8_graph
    from brainseg_train.train.prove import prove as measure
    from napari_brainseg.pipeline.backends.openvino_runtime import has_bf16

    try:
        options = said.options(assignments)
        found = find_bundle(bundle)
        data, _ = checked_data(folder, "measured", options)
        see_classes(found.card, data.table)
        cases = without(data.cases, options.exclude)
        patients = len({case.patient for case in cases})
        model = add_graph(found)
        if int8:
            model = add_int8_graph(model, cases)
        with progress() as bar:
            task = bar.add_task("Measuring", total=len(cases))
            report = lambda done: bar.update(task, completed=done)  # noqa: E731
            model = measure(model, cases, f"{patients} patients of {folder.name}", report)
    except BrainsegError as error:
        fail(error)
    for way, proof in model.card.runtime.proofs.items():
        use = "used" if proof.holds else "not used"
        change = f"{proof.mean_change:+.4f} (worst {proof.worst_change:+.4f})"
        console.print(f"{way}: mean Dice {change}: {use}")
    if not has_bf16():
        console.print(
            "bf16: not measured, for this processor does not compute in bfloat16. Run prove again "
            "on one that does, if the model is to use it there."
        )


def single(
    bundle: Model,
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    network: Annotated[int, typer.Option(min=1, help="Which of its networks, from 1.")] = 1,
    models: Annotated[Path | None, typer.Option(help="Where models are exported.")] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Export one of a model's several networks by itself: less exact, in a part of the time."""
    from brainseg_train.train.single import take_single

    _export(take_single, bundle, network, name, models, overwrite)


def contrast(
    bundle: Model,
    times: Annotated[float, typer.Argument(help="By how much; 1 leaves them as they are scaled.")],
    name: Annotated[str, typer.Option(help="Name of the exported model.")],
    models: Annotated[Path | None, typer.Option(help="Where models are exported.")] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Export a model that is shown brains without their skulls with more contrast."""
    from brainseg_train.train.contrast import with_contrast

    _export(with_contrast, bundle, times, name, models, overwrite)


def _export(
    make: Callable[..., Bundle],
    bundle: str,
    how: float,
    name: str,
    models: Path | None,
    overwrite: bool,
) -> None:
    """Make another model of a finished one, and say where it is, or end the program."""
    folder = RunArguments(models=models).exported
    try:
        exported = make(find_bundle(bundle), how, name, folder, overwrite=overwrite)
    except BrainsegError as error:
        fail(error)
    console.print(f"Exported to {exported.path}")


def _options(said: DataArguments, assignments: list[str] | None) -> DataOptions:
    """Return what is said of the data, or end the program."""
    try:
        return said.options(assignments)
    except BrainsegError as error:
        fail(error)


def _compare(
    names: Sequence[str],
    folder: Path,
    device: str,
    output: Path | None,
    options: DataOptions,
    tested_folds: Sequence[int],
    folds: int,
) -> None:
    from brainseg_train.benchmark.report import power_notes, write_report
    from brainseg_train.evaluate.compare_models import compare_models
    from brainseg_train.train.export import see_writable

    try:
        if output is not None:
            see_writable(output)
        with progress() as bar:
            task = bar.add_task("Measuring", total=None)

            def report(name: str, done: int, total: int) -> None:
                bar.update(task, description=name, completed=done, total=total)

            results = compare_models(
                [find_bundle(name) for name in names],
                folder,
                options.exclude,
                device,
                report,
                options,
                tested_folds,
                folds,
            )
    except BrainsegError as error:
        fail(error)
    show(results)
    for each in results.comparisons:
        console.print(
            f"Mean difference of Dice {each.dice_difference:+.3f}, Wilcoxon p = {each.p:.3f}",
        )
    for note in (*results.notes, *power_notes(results)):
        console.print(note)
    if output is not None:
        try:
            write_report(results, output)
        except BrainsegError as error:
            fail(error)
        console.print(f"Report: {output / 'report.md'}")
