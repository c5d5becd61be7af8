"""What each process of a training runs, for ``test_processes.py``: one alone, or two together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from small_runs import QUIET

from brainseg_train.data.cases import checked_cases
from brainseg_train.data.dataset import load_dataset
from brainseg_train.data.split import split_by_patient
from brainseg_train.train.config import checked_config
from brainseg_train.train.identity import RunIdentity
from brainseg_train.train.preprocessing import preprocessing_for
from brainseg_train.train.run import open_run
from napari_brainseg.errors import BrainsegError


def train_together(
    root: Path, folder: Path, epochs: int, slices: int = 8, patience: int | None = None
) -> list[float]:
    """Train on a folder of data; return losses and IoU of the epochs, and write the weights.

    A step takes four slices. Without patience no run stops early.
    """
    import torch

    config = checked_config(
        name="together",
        encoder="timm-mobilenetv3_small_minimal_100",
        init="random",
        epochs=epochs,
        patience=patience or epochs,
        slices_per_epoch=slices,
        batch_size=4,
        size=64,
    )
    run = open_run(config, folder, "cpu", QUIET)
    cases, _ = checked_cases(root, "trained")
    split = split_by_patient(cases, 0.25, 0)
    params = preprocessing_for(config)
    run.claim(RunIdentity(config=config.plain(), data="0" * 64))
    sides = (load_dataset(side, params).slices for side in (split.train, split.validation))
    trained = run.train(*sides)
    torch.save(trained.network.state_dict(), folder / "weights.pt")
    numbers = [number for each in trained.history for number in (each.loss, each.iou or 0.0)]
    (folder / "history.json").write_text(json.dumps(numbers), encoding="utf-8")
    return numbers


if __name__ == "__main__":
    try:
        train_together(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
    except BrainsegError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
