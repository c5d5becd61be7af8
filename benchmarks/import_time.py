"""How long `import napari_brainseg` takes, against a bare interpreter start.

Run as ``python benchmarks/import_time.py [--repeats 15]``. Prints medians in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

STATEMENT = "import napari_brainseg"


def start_ms(code: str) -> float:
    """Wall time of an interpreter that runs ``code`` and ends, in ms."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - begin) * 1e3


def import_ms() -> float:
    """Cumulative time that ``-X importtime`` gives for the package, in ms."""
    command = [sys.executable, "-X", "importtime", "-c", STATEMENT]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    # Lines read "import time: self [us] | cumulative | name", a package after all it imported.
    for line in report.splitlines():
        fields = line.removeprefix("import time:").split("|")
        if fields[-1].strip() == "napari_brainseg":
            return int(fields[1]) / 1e3
    raise SystemExit(f"'napari_brainseg' is missing from the report of {' '.join(command)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="runs of each (default 15)")
    repeats = parser.parse_args().repeats

    # In turns, so that a busy moment of the machine falls on all three alike.
    runs = [(start_ms("pass"), start_ms(STATEMENT), import_ms()) for _ in range(repeats)]
    bare, whole, cumulative = (statistics.median(column) for column in zip(*runs, strict=True))

    print(f"bare interpreter                {bare:8.1f} ms")
    print(f"with {STATEMENT!r}   {whole:8.1f} ms   ({whole / bare:.2f} times bare)")
    print(f"-X importtime, cumulative       {cumulative:8.1f} ms")


if __name__ == "__main__":
    main()
