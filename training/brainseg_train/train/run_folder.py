"""The folder of one run: what it is of, and where its checkpoint lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lightning_fabric import Fabric

from brainseg_train.errors import DataError
from brainseg_train.files import write_json
from brainseg_train.train.config import RunConfig
from napari_brainseg.pipeline.devices import resolve_device

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CHECKPOINT_NAME", "claim_run", "fabric_for"]

CHECKPOINT_NAME = "checkpoint.pt"
_RECORD_NAME = "run.json"


def claim_run(folder: Path, identity: dict[str, Any]) -> Path:
    """Return the path of a run's checkpoint, after making sure that the folder is this very run's.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    identity : dict
        JSON of everything that decides the outcome: configuration, data, split.

    Raises
    ------
    DataError
        If the folder belongs to another run.
    """
    identity = json.loads(json.dumps(identity))
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / _RECORD_NAME
    if record.is_file() and _completed(json.loads(record.read_text(encoding="utf-8"))) != identity:
        raise DataError(
            f"The run {folder.name!r} was started with other settings or data. Delete {folder} to "
            "start anew, or keep it and choose another --name or --runs."
        )
    write_json(record, identity)
    return folder / CHECKPOINT_NAME


def _completed(identity: dict[str, Any]) -> dict[str, Any]:
    """Add the fields that a configuration has got since: at their defaults they change nothing."""
    return identity | {"config": RunConfig(name="").plain() | identity["config"]}


def fabric_for(config: RunConfig, accelerator: str) -> Fabric:
    """Set up device and precision.

    Parameters
    ----------
    config : RunConfig
        Tells the precision.
    accelerator : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.

    Raises
    ------
    DeviceError
        If it is not here; the message lists what is.
    """
    resolve_device(accelerator)
    return Fabric(accelerator=accelerator, devices=1, precision=config.precision.value)
