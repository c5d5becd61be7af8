"""Fuzz the places where bytes come in, guided by coverage: make fuzz.

``python scripts/fuzzing.py [TARGET …] --seconds 60 --corpus FOLDER``. Each target runs in a process
of its own; what atheris learns of it is kept in the corpus, outside the repository, so that a next
run goes on. A finding is written there too, and the command fails.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))


def fuzz(name: str, seconds: int, corpus: Path) -> None:
    """Drive one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["napari_brainseg"]):
        from fuzz.targets import TARGETS

        import napari_brainseg.io

        # What a reader loads on first use has to be instrumented too.
        for module in pkgutil.walk_packages(napari_brainseg.io.__path__, "napari_brainseg.io."):
            importlib.import_module(module.name)
    logging.disable()
    target = TARGETS[name]
    (corpus / "seed").write_bytes(target.seeded())
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={corpus}-found-", str(corpus)], target)
    atheris.Fuzz()


def main() -> int:
    """Run the targets one after another; return how many found something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument(
        "--corpus", type=Path, default=Path(tempfile.gettempdir()) / "brainseg-fuzz"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        fuzz(options.one, options.seconds, options.corpus / options.one)
    from fuzz.targets import TARGETS  # not before: what is imported is no longer instrumented

    failed = []
    for name in options.targets or TARGETS:
        (options.corpus / name).mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, "--one", name, "--seconds", str(options.seconds)]
        print(f"== {name}", flush=True)
        done = subprocess.run([*command, "--corpus", str(options.corpus)], check=False)
        failed += [name] if done.returncode else []
    print(f"Findings in: {', '.join(failed)}" if failed else "No finding.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
