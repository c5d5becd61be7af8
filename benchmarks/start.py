"""What the first and the second start of a training take, to its first step.

    python benchmarks/start.py DATA [--size 256]

Two processes start `fit` one after the other on one store of cases, in a folder that is deleted at
the end: the first decodes the data set, the second finds it. Each is stopped after its first
training step. Times are from the start of the process to there; memory is its largest before that
step, and with it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAX_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes that the system counts memory in."""


class FirstStepError(Exception):
    """The first step is done: the start is over."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--measured", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measured:
        start(options.data, options.size, options.measured)
        return
    print("| start | CPU s | s | memory, GB | with the first step, GB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for number in ("first", "second"):
            command = [sys.executable, __file__, str(options.data), "--size", str(options.size)]
            env = os.environ | {"BRAINSEG_CACHE": folder}
            began = time.perf_counter()
            told = subprocess.run(
                [*command, "--measured", folder], env=env, check=True, stdout=subprocess.PIPE
            )
            wall = time.perf_counter() - began
            said = json.loads(told.stdout.splitlines()[-1])
            memory = " | ".join(f"{said[key] / 1e9:.2f}" for key in ("before", "after"))
            print(f"| {number} | {said['cpu']:.1f} | {wall:.1f} | {memory} |", flush=True)


def start(data: Path, size: int, folder: Path) -> None:
    """Start a training, stop it at its first step, and print what that took as JSON."""
    from brainseg_train.train.config import RunConfig
    from brainseg_train.train.fit import fit
    from brainseg_train.train.progress import TrainingStep, Watcher

    largest: dict[str, int] = {}

    def note(text: str) -> None:
        if "training from" in text:
            largest["before"] = memory()

    def stop(_step: TrainingStep) -> None:
        largest["after"] = memory()
        raise FirstStepError

    config = RunConfig(name="start", init="random", size=size)
    watch = Watcher(note, stop, lambda _number, _epoch: None)
    try:
        fit(data, config, folder / "models", folder / "runs", watch, accelerator="cpu")
    except FirstStepError:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(each.ru_utime + each.ru_stime for each in used)
        print(json.dumps({"cpu": cpu, **largest}))


def memory() -> int:
    """Return the largest memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAX_RSS_UNIT


if __name__ == "__main__":
    main()
