"""Several processes that train one network: as one would, or ended in a line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from together import train_together

from brainseg_train.errors import DataError
from brainseg_train.train.config import checked_config
from brainseg_train.train.processes import Launch, launched, make_fabric, only_one

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = Path(__file__).with_name("together.py")


@contextmanager
def two_processes(root: Path, folder: Path, *numbers: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Start two processes as ``torchrun --nproc-per-node 2`` does, and end them.

    The numbers are those of :func:`together.train_together`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = os.environ | {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "GROUP_RANK": "0",
        "TORCHELASTIC_RUN_ID": "test",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, str(WORKER), str(root), str(folder), *map(str, numbers)]
    with ExitStack() as stack:
        processes = []
        for rank in ("0", "1"):
            process = subprocess.Popen(
                command,
                env=common | {"RANK": rank, "LOCAL_RANK": rank},
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            processes.append(process)
        yield processes


@pytest.mark.timeout(900)  # seconds, where nothing else runs
def test_two_processes_train_what_one_does_and_only_the_first_writes(
    dataset: Path, tmp_path: Path
) -> None:
    import torch

    alone = train_together(dataset, tmp_path / "alone", 2)
    with two_processes(dataset, tmp_path / "both", 2) as processes:
        errors = [process.communicate(timeout=800)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    both = json.loads((tmp_path / "both" / "history.json").read_text("utf-8"))
    # Adam makes much of the last digits, the more the longer.
    assert both[:2] == pytest.approx(alone[:2], rel=1e-3, abs=1e-3)
    assert both[2:] == pytest.approx(alone[2:], rel=1e-2, abs=1e-2)
    one, two = (
        torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in ("alone", "both")
    )
    assert one.keys() == two.keys()
    logs = list((tmp_path / "both" / "logs").iterdir())
    assert len(logs) == 1


@pytest.mark.timeout(900)
def test_a_step_of_two_processes_is_that_of_one(dataset: Path, tmp_path: Path) -> None:
    import torch

    train_together(dataset, tmp_path / "alone", 1, 4)
    with two_processes(dataset, tmp_path / "both", 1, 4) as processes:
        errors = [process.communicate(timeout=800)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    one, two = (
        torch.load(tmp_path / name / "weights.pt", weights_only=True) for name in ("alone", "both")
    )
    apart = torch.cat([(one[name].double() - two[name]).abs().flatten() for name in one])
    # The first step of Adam is the sign of the gradient: of what is near 0, rounding decides.
    assert (apart > 1e-5).float().mean() < 1e-3


@pytest.mark.timeout(900)
def test_two_processes_stop_early_after_the_same_epoch(dataset: Path, tmp_path: Path) -> None:
    epochs, slices, patience = 14, 8, 2
    alone = train_together(dataset, tmp_path / "alone", epochs, slices, patience)
    with two_processes(dataset, tmp_path / "both", epochs, slices, patience) as processes:
        errors = [process.communicate(timeout=800)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    both = json.loads((tmp_path / "both" / "history.json").read_text("utf-8"))
    assert len(both) == len(alone) < 2 * epochs


@pytest.mark.timeout(900)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("killed", [0, 1])
def test_where_one_is_killed_the_other_ends_in_a_line(
    dataset: Path, tmp_path: Path, killed: int
) -> None:
    folder = tmp_path / "both"
    with two_processes(dataset, folder, 1000) as processes:
        other = processes[1 - killed]
        end = time.monotonic() + 600
        while not list(folder.glob("checkpoint.pt")):
            assert other.poll() is None, other.communicate()[1]
            assert time.monotonic() < end, "nothing happened"
            time.sleep(0.05)
        processes[killed].send_signal(signal.SIGKILL)
        errors = other.communicate(timeout=200)[1]
    assert other.returncode == 1
    assert "Another of the 2 processes of this training has ended" in errors
    assert "Traceback" not in errors


def test_who_launched_it_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launched() == Launch(1, 1, 0)
    monkeypatch.setenv("SLURM_NTASKS", "8")  # the script around a step is one process
    monkeypatch.setenv("SLURM_PROCID", "5")
    assert launched() == Launch(1, 1, 0)
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "8")
    monkeypatch.setenv("SLURM_STEP_NUM_NODES", "2")
    assert launched() == Launch(8, 4, 5)
    with pytest.raises(DataError, match="--workers or --scheduler"):
        only_one("benchmark")
    with pytest.raises(DataError, match="Batches of 12 slices"):
        make_fabric(checked_config(name="x", batch_size=12), "cpu")
