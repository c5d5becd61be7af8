"""``brainseg models verify | import | export``: what is done with whole models."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_brainseg.cli.printing import errors_in_one_line, print_line, say
from napari_brainseg.errors import BrainsegError, ModelError

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle

__all__ = ["export_model", "import_weights", "verify_models"]

QUESTIONS = {
    "name": "Name of the model (lower-case letters, digits, dots, dashes)",
    "architecture": "Architecture (unet, fpn, deeplabv3, …)",
    "encoder": "Encoder, as segmentation_models_pytorch calls it (resnet18, …)",
    "sequences": "Sequences it sees, in the order of its channels (FLAIR or T1,T2,FLAIR, …)",
    "classes": "What it marks, in the order of its outputs (tumour, …)",
}

Name = Annotated[str | None, typer.Option(help=QUESTIONS["name"])]


def verify_models(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models by name, or folders; all that are found.")
    ] = None,
) -> None:
    """Open models whole and ask them: digests, weights, graphs, and whether they agree."""
    from napari_brainseg.models.catalog import find_models
    from napari_brainseg.pipeline.verify import verify_bundle

    catalog = find_models()
    failed = 0 if names else len(catalog.problems)
    for problem in () if names else catalog.problems:
        print_line(f"wrong  {problem}")
    for name in names or catalog.bundles:
        try:
            bundle = _find(name)
        except ModelError as error:
            failed += 1
            print_line(f"wrong  {error}")
            continue
        verdict = verify_bundle(bundle)
        failed += bool(verdict.problems)
        apart = "" if verdict.parity is None else f"graph and torch differ by {verdict.parity:.1e}"
        said = " ".join(filter(None, (*verdict.problems, *verdict.notes, apart)))
        print_line(
            f"{'wrong' if verdict.problems else 'ok   '}  {bundle.card.name}  {said}".rstrip()
        )
    raise typer.Exit(1 if failed else 0)


def _find(name: str) -> Bundle:
    """Find a model by its name, or open a folder.

    Raises
    ------
    ModelError
        If there is none.
    """
    from napari_brainseg.io.files import is_folder
    from napari_brainseg.models.bundle import open_bundle
    from napari_brainseg.models.catalog import find_models

    catalog = find_models()
    if name not in catalog.bundles and is_folder(Path(name)):
        return open_bundle(Path(name))
    return catalog.get(name)


def import_weights(
    weights: Annotated[Path, typer.Argument(help="A state dict as .safetensors.")],
    name: Name = None,
    architecture: Annotated[str | None, typer.Option(help=QUESTIONS["architecture"])] = None,
    encoder: Annotated[str | None, typer.Option(help=QUESTIONS["encoder"])] = None,
    sequences: Annotated[str | None, typer.Option(help=QUESTIONS["sequences"])] = None,
    classes: Annotated[str | None, typer.Option(help=QUESTIONS["classes"])] = None,
    mean: Annotated[str, typer.Option(help="Per channel, of intensities from 0 to 1.")] = "",
    std: Annotated[str, typer.Option(help="Per channel, of intensities from 0 to 1.")] = "",
    scaling: Annotated[str, typer.Option(help="foreground or brain.")] = "foreground",
    plane: Annotated[str, typer.Option(help="axial, coronal or sagittal.")] = "axial",
    pixel_mm: Annotated[float, typer.Option(help="Pixel size that it was trained on.")] = 0.9,
    size: Annotated[int, typer.Option(help="Smallest side of a slice, in pixels.")] = 256,
    stride: Annotated[int, typer.Option(help="What sides are a multiple of.")] = 32,
    neighbours: Annotated[int, typer.Option(help="Slices shown on either side.")] = 0,
    threshold: Annotated[float, typer.Option(help="Probability that is marked.")] = 0.5,
    trained_on: Annotated[str, typer.Option(help="For its card.")] = "not stated",
    licence: Annotated[str, typer.Option(help="For its card.")] = "not stated",
    folder: Annotated[
        Path | None, typer.Option(help="Where the model goes; your model folder.")
    ] = None,
) -> None:
    """Make a model of weights trained elsewhere; asks for what is not given by an option."""
    from napari_brainseg.models.catalog import user_model_folder
    from napari_brainseg.models.importing import Answers, import_model

    given = {
        "name": name,
        "architecture": architecture,
        "encoder": encoder,
        "sequences": sequences,
        "classes": classes,
    }
    asked = {key: value or _ask(key) for key, value in given.items()}
    answers = Answers(
        name=asked["name"],
        architecture=asked["architecture"],
        encoder=asked["encoder"],
        roles=_words(asked["sequences"]),
        classes=_words(asked["classes"]),
        mean=_numbers(mean, "--mean"),
        std=_numbers(std, "--std"),
        scaling=scaling,  # type: ignore[arg-type]  # the card says what it may be
        plane=plane,  # type: ignore[arg-type]
        pixel_mm=pixel_mm,
        size=size,
        stride=stride,
        neighbours=neighbours,
        threshold=threshold,
        trained_on=trained_on,
        licence=licence,
    )
    with errors_in_one_line(weights):
        bundle = import_model(weights, answers, folder or user_model_folder())
    print_line(f"{bundle.card.name}  {bundle.card.network}  {bundle.path.parent.name}")
    say("Its masks were not compared with any reference: see how it does before you trust it.")


def _ask(key: str) -> str:
    """Ask a person; a program is told which option it lacks."""
    if not _is_person_there():
        raise typer.BadParameter(f"--{key} is missing: {QUESTIONS[key]}")
    return str(typer.prompt(QUESTIONS[key], err=True))


def _is_person_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str, option: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError as error:
        raise typer.BadParameter(f"{option} {text}: expected numbers with commas") from error


def export_model(
    name: Annotated[str, typer.Argument(help="A model by name, or its folder.")],
    output: Annotated[Path, typer.Argument(help="The file to write, .onnx.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Write a model as ONNX, and say how far its answers are from torch's."""
    from napari_brainseg.pipeline.export_onnx import export_onnx

    with errors_in_one_line(output):
        if output.suffix != ".onnx":
            raise BrainsegError(f"{output.name}: expected a name that ends in .onnx.")
        done = export_onnx(_find(name), output, overwrite=overwrite)
    print_line(
        f"{output.name}  log-odds within {done.parity:.1e} of torch, by {done.runtime}; "
        f"{output.stem}.card.json says what goes in"
    )
