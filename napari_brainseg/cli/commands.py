"""The command line as a whole: which commands there are, in the order of the help."""

from __future__ import annotations

import typer

from napari_brainseg.cli.bundles import export_model, import_weights, verify_models
from napari_brainseg.cli.demo import demo
from napari_brainseg.cli.doctor import doctor
from napari_brainseg.cli.masks import contours, measure, pictures
from napari_brainseg.cli.models import models
from napari_brainseg.cli.predict import predict
from napari_brainseg.cli.printing import DISCLAIMER
from napari_brainseg.cli.program import Program
from napari_brainseg.cli.report import report
from napari_brainseg.cli.training_set import add_to_set, list_set

__all__ = ["app"]

app = Program(
    name="brainseg",
    help=f"Brain tumour segmentation of MRI: {DISCLAIMER}.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
training_set = typer.Typer(
    help="Corrected masks to train a model further on; see `brainseg-train finetune`.",
    no_args_is_help=True,
)
app.add_typer(training_set, name="training-set")
model_commands = typer.Typer(invoke_without_command=True)
model_commands.callback()(models)
model_commands.command("verify")(verify_models)
model_commands.command("import")(import_weights)
model_commands.command("export")(export_model)
app.add_typer(model_commands, name="models")
for command in (predict, measure, report, pictures, contours, demo, doctor):
    app.command()(command)
training_set.command("add")(add_to_set)
training_set.command("list")(list_set)
