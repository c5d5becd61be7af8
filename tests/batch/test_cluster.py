"""Workers side by side: killed, listening, told of."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from test_batch import save_scan

from napari_brainseg.batch.done import FOLDER_NAME
from napari_brainseg.io import read_mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCANS = 8

WATCHED = """
import sys

def forbid(event, arguments):
    place = arguments[-1] if arguments else ()
    if event in ("socket.connect", "socket.bind", "socket.sendto") and isinstance(place, tuple):
        if place and place[0] not in ("127.0.0.1", "localhost", "::1"):
            with open({log!r}, "a") as log:
                log.write(f"{{event}} {{place}}\\n")

sys.addaudithook(forbid)
"""
"""What Python runs at its start in every process: the command's and its workers'."""


@contextmanager
def started(folder: Path, *options: object) -> Iterator[subprocess.Popen[str]]:
    """Run the command on a study, with the embedded model, which needs no torch; end all of it."""
    audit = folder / "audit"
    audit.mkdir(exist_ok=True)
    hook = WATCHED.format(log=str(folder / "network.log"))
    (audit / "sitecustomize.py").write_text(hook, encoding="utf-8")
    paths = [str(audit), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-c", "from napari_brainseg.cli import app; app()", "predict"]
    arguments = [folder / "study", "-o", folder / "masks", "--device", "cpu", *options]
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()  # its workers end with it


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [
        child
        for child in process.children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]


def wait_for(what: object, seconds: float = 400) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@pytest.mark.timeout(900)  # seconds, where nothing else runs
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_killed_worker_costs_no_scan_and_nothing_leaves_the_machine(
    tmp_path: Path,
) -> None:
    for number in range(SCANS):
        save_scan(tmp_path / "study" / f"p{number:02}" / "flair.nii.gz", number)
    bad = tmp_path / "study" / "p99" / "bad.nii.gz"
    bad.parent.mkdir()
    bad.write_bytes(b"no scan at all")
    masks = tmp_path / "masks"
    with started(tmp_path, "--workers", "2") as process:
        watched = psutil.Process(process.pid)
        wait_for(lambda: any(masks.glob("p*/*_mask.nii.gz")) or process.poll() is not None)
        listening = {
            connection.laddr.ip
            for each in (watched, *watched.children(recursive=True))
            for connection in each.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        workers_of(watched)[0].send_signal(signal.SIGKILL)
        output, errors = process.communicate(timeout=600)

    assert process.returncode == 1, errors
    assert listening == {"127.0.0.1"}
    assert not (tmp_path / "network.log").exists()
    assert errors.count("brainseg: bad.nii.gz: ") == 1
    assert len(output.splitlines()) == SCANS
    written = sorted(path for path in masks.rglob("*") if path.is_file() and path.parent != masks)
    made = [path for path in written if path.parent.name != FOLDER_NAME]
    assert [path.name for path in made] == ["flair_mask.nii.gz"] * SCANS
    assert all(read_mask(path)[0].shape == (3, 24, 20) for path in made)
    records = [
        json.loads(line)
        for file in (masks / FOLDER_NAME).glob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
        if line.endswith("}")
    ]
    done = Counter(record["scan"] for record in records if record["state"] == "done")
    assert set(done.values()) == {1}
    assert len(done) == SCANS
    with (masks / "measures.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [bool(row["error"]) for row in rows] == [False] * SCANS + [True]
