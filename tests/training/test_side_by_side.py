"""Rows of a benchmark side by side: one row one task, a lost worker's row done elsewhere."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from small_runs import QUIET, both_folds

from brainseg_train.benchmark.rows import Benchmark, row_folder
from brainseg_train.benchmark.side_by_side import BenchmarkSite, train_rows
from brainseg_train.errors import DataError
from brainseg_train.train.config import Logger
from napari_brainseg.batch import Workers, local_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from distributed import Client


def kill_who_trains(client: Client, folder: Path, killed: list[int]) -> None:
    """Kill the worker at a row as soon as the row has its folder."""
    workers = {each["pid"] for each in client.run(info).values()}
    while not list(folder.glob("run.json")):
        time.sleep(0.02)
    for pid in workers:
        files = [each.path for each in psutil.Process(pid).open_files()]
        if any(str(folder) in path for path in files):
            psutil.Process(pid).send_signal(signal.SIGKILL)
            killed.append(pid)


def info() -> dict[str, int]:
    import os

    return {"pid": os.getpid()}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_every_row_is_trained_though_a_worker_is_killed(dataset: Path, tmp_path: Path) -> None:
    plans = both_folds(
        tmp_path, 'name = "one"\nepochs = 8\n[[row]]\nname = "wrong"\nencoder = "no"'
    )
    runs = tmp_path / "runs"
    site = BenchmarkSite(dataset, runs, "cpu", Logger.TENSORBOARD, threads=1)
    benchmark = Benchmark(dataset, runs, "cpu", QUIET)
    config = plans[0].protocol.rows[0]
    killed: list[int] = []
    with local_cluster(Workers(2, 1, tasks=1)) as client:
        folder = row_folder(runs, plans[0], config)
        killer = threading.Thread(target=kill_who_trains, args=(client, folder, killed))
        killer.start()
        with pytest.raises(DataError, match="Some rows were not trained") as refused:
            train_rows(client, site, benchmark, plans, QUIET)
        killer.join()
    assert len(killed) == 1
    assert str(refused.value).count("wrong, fold") == 2
    assert all(benchmark.finished(plan, config) is not None for plan in plans)
