"""The commands of ``brainseg-train``, in the order of ``--help``."""

from __future__ import annotations

from brainseg_train.cli.benchmark import benchmark, refit
from brainseg_train.cli.data import data
from brainseg_train.cli.fit import finetune, fit
from brainseg_train.cli.further import further
from brainseg_train.cli.models import compare, describe, evaluate, prove, record
from brainseg_train.cli.tune import tune
from napari_brainseg.cli.program import Program

__all__ = ["app"]

app = Program(
    name="brainseg-train",
    help="Train and measure brain tumour segmentation models for napari-brainseg.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (
    *(data, fit, finetune, benchmark, refit, further, tune),
    *(evaluate, compare, record, describe, prove),
):
    app.command()(command)
