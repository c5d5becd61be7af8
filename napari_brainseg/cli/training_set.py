"""``brainseg training-set``: corrected masks to train a model further on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from napari_brainseg.cli.arguments import (
    MaskArgument,
    ScanArgument,
    choose_channels,
    parse_channels,
)
from napari_brainseg.cli.printing import errors_in_one_line, print_line, say

if TYPE_CHECKING:
    from napari_brainseg.models.patients import Split
    from napari_brainseg.training_set.contents import Entry, TrainingSet

__all__ = ["add_to_set", "list_set"]

SetArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="The training set.")]


def add_to_set(
    folder: SetArgument,
    scan: ScanArgument,
    mask: MaskArgument,
    patient: Annotated[
        str | None, typer.Option(help="A pseudonym; for DICOM a salted hash, else the scan's name.")
    ] = None,
    note: Annotated[str, typer.Option(help="Who corrected it, and when.")] = "",
    split: Annotated[
        str | None, typer.Option(help="train, validation or test, fixed for a patient.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that is to learn.")] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="ROLE=PATH adds another sequence; repeatable.")
    ] = None,
    replace: Annotated[bool, typer.Option(help="Replace the same scan's entry.")] = False,
) -> None:
    """Copy a scan and its corrected mask into a training set; a new folder starts one."""
    from napari_brainseg.io import MaskInfo, read_mask_on, read_scan
    from napari_brainseg.models.catalog import find_models
    from napari_brainseg.training_set.add import add_to_training_set
    from napari_brainseg.training_set.contents import open_training_set

    if split not in (None, "train", "validation", "test"):
        raise typer.BadParameter(f"--split {split}: expected train, validation or test")
    paths = parse_channels(channel or [], [scan])
    with errors_in_one_line(mask):
        catalog = find_models()
        card = (catalog.get(model) if model else catalog.default).card
        opened = read_scan(scan).scan
        if patient is None:
            patient = open_training_set(folder, create=True).propose_patient(opened)
        entry = add_to_training_set(
            folder,
            opened,
            read_mask_on(mask, opened),
            patient=patient,
            note=note,
            channels=choose_channels(opened, card, paths),
            info=MaskInfo(names={each.value: each.name for each in card.classes}),
            split=cast("Split | None", split),
            model=card,
            replace=replace,
        )
        line = _entry_line(open_training_set(folder), entry)
    print_line(line)


def list_set(folder: SetArgument) -> None:
    """List a training set, and what is wrong with it."""
    from napari_brainseg.training_set.check import check_training_set
    from napari_brainseg.training_set.contents import open_training_set

    with errors_in_one_line(folder):
        opened = open_training_set(folder)
        problems = check_training_set(opened)
    for entry in opened.contents.entries:
        print_line(f"{_entry_line(opened, entry)}  {entry.added}  {entry.note}")
    for problem in problems:
        say(problem)
    raise typer.Exit(1 if problems else 0)


def _entry_line(opened: TrainingSet, entry: Entry) -> str:
    roles = ", ".join(image.role for image in entry.images)
    return f"{entry.source}  patient {entry.patient}  {opened.split_of(entry.patient)}  {roles}"
