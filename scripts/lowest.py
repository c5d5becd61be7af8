"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

``python scripts/lowest.py [EXTRA …] > lowest.txt; pip install -c lowest.txt -e ".[test]"``. Bounds
of the extra ``test`` are always among them: a test that needs a newer pytest is a wrong bound too.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def lowest(extras: list[str]) -> list[str]:
    """Return ``name==version`` of every bound, direct dependencies only."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    texts = [*project["dependencies"], *(each for extra in extras for each in optional[extra])]
    found = {}
    for text in texts:
        requirement = Requirement(text)
        bounds = [each.version for each in requirement.specifier if each.operator == ">="]
        if bounds and (requirement.marker is None or requirement.marker.evaluate()):
            found[requirement.name] = bounds[0]
    return [f"{name}=={version}" for name, version in sorted(found.items())]


if __name__ == "__main__":
    print("\n".join(lowest(["test", *sys.argv[1:]])))
