"""Runs on the generated dataset that take seconds, for the tests beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainseg_train.benchmark.protocol import load_protocol
from brainseg_train.benchmark.rows import Plan
from brainseg_train.train.progress import Watcher

if TYPE_CHECKING:
    from pathlib import Path

QUIET = Watcher(lambda _text: None, lambda _step: None, lambda _number, _epoch: None)

RECIPE = """
title = "Tiny candidates"

[recipe]
encoder = "timm-mobilenetv3_small_minimal_100"
init = "random"
epochs = 1
slices_per_epoch = 8
batch_size = 4
size = 64
"""


def both_folds(folder: Path, row: str) -> list[Plan]:
    """Write a protocol of one row, given as TOML; return its plans for two folds."""
    path = folder / "tiny.toml"
    path.write_text(f"{RECIPE}\n[[row]]\n{row}")
    return [Plan(load_protocol(str(path)), 2, fold) for fold in (0, 1)]
