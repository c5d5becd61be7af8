"""The commands of ``brainseg-train``, in the order of ``--help``."""

from __future__ import annotations

from typing import Annotated

import typer

import napari_brainseg
from brainseg_train.cli.benchmark import benchmark, refit
from brainseg_train.cli.data import data
from brainseg_train.cli.fit import finetune, fit
from brainseg_train.cli.further import further
from brainseg_train.cli.models import (
    compare,
    contrast,
    describe,
    evaluate,
    prove,
    record,
    single,
)
from brainseg_train.cli.tune import tune
from napari_brainseg.cli.program import Program
from napari_brainseg.models.runtime import room_of_torch

__all__ = ["app"]

app = Program(
    room=room_of_torch,
    name="brainseg-train",
    help="Train and measure brain tumour segmentation models for napari-brainseg.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

EXAMPLES = {
    "data": ("data BraTS", "data own.csv --json"),
    "fit": (
        "fit LGG --name first",
        "fit BraTS --name regions --size 192 --set recipe.neighbours=1",
        "fit LGG --name first --show > run.toml",
        "fit --config run.toml --set recipe.seed=1 --name second",
        "fit --config run.toml --folds 5",
    ),
    "benchmark": (
        "benchmark LGG --protocol paper",
        "benchmark LGG --protocol own.toml --folds 5 --output report",
        "benchmark LGG --protocol outlook --row unet-resnet152",
    ),
    "refit": ("refit report LGG --name best",),
    "further": (
        "further lgg-flair-unet both.csv --name both --set recipe.epochs=8",
        "further lgg-flair-unet LGG --row linknet",
    ),
    "tune": ("tune LGG space.toml --trials 20 --output search",),
    "single": ("single lgg-flair-default --network 2 --name half",),
    "contrast": ("contrast own-model 1.5 --name bolder",),
    "evaluate": ("evaluate best OTHER --output report",),
}


def version(shown: bool) -> None:
    """Print the version and end."""
    if shown:
        typer.echo(napari_brainseg.__version__)
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Train and measure brain tumour segmentation models for napari-brainseg."""


def _epilog(name: str) -> str | None:
    lines = EXAMPLES.get(name, ())
    said = "\n\n".join(f"brainseg-train {line}" for line in lines)
    return f"[bold]Examples[/bold]\n\n{said}" if said else None


for command in (
    *(data, fit, finetune, benchmark, refit, further, tune),
    *(evaluate, compare, record, describe, prove, single, contrast),
):
    app.command(epilog=_epilog(command.__name__))(command)
