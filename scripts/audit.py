"""Hold the lower bounds of pyproject.toml against the holes known of each package: make audit.

Without a network, against ``scripts/known_holes.toml``. With ``--online``, pip-audit looks as well
for what was found since, in the lowest versions that the bounds allow and in what is installed; its
database is on the network.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

sys.path.insert(0, str(Path(__file__).parent))

from lowest import ROOT, lowest

HOLES = Path(__file__).with_name("known_holes.toml")


def bounds() -> list[Requirement]:
    """Return all requirements of the project that have a bound, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        texts += extra
    return [each for each in map(Requirement, texts) if each.specifier]


def problems() -> list[str]:
    """Say which bounds allow a version with a known hole."""
    known: dict[str, dict[str, Any]] = tomllib.loads(HOLES.read_text(encoding="utf-8"))
    found = []
    for requirement in bounds():
        about = known.get(canonicalize_name(requirement.name), {})
        least = [each.version for each in requirement.specifier if each.operator == ">="]
        if about and (not least or Version(least[0]) < Version(about["free"])):
            holes = ", ".join(about["holes"])
            found.append(f"{requirement}: expected >={about['free']} ({holes})")
        allowed = [each for each in about.get("never", []) if requirement.specifier.contains(each)]
        found += [f"{requirement}: allows {each} ({about['holes'][0]})" for each in allowed]
    return found


def online() -> int:
    """Ask pip-audit of the lowest versions, and of what is installed."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "lowest.txt"
        listed.write_text("\n".join(lowest(["minc", "onnx", "wandb"])) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off"]
        done = [
            subprocess.run(
                [*command, "--no-deps", "--disable-pip", "-r", str(listed)], check=False
            ),
            subprocess.run([*command, "--skip-editable"], check=False),
        ]
    return max(each.returncode for each in done)


def main() -> int:
    """Print what is wrong; return 0 where nothing is."""
    found = problems()
    for line in found:
        print(line)
    print(f"{len(found)} bounds allow a version with a known hole.")
    status = online() if "--online" in sys.argv else 0
    return max(status, int(bool(found)))


if __name__ == "__main__":
    sys.exit(main())
