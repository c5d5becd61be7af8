"""Lower bounds of what we stand on: free of known holes, and each a version of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def audit(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import audit

    yield audit
    for name in ("audit", "lowest"):
        sys.modules.pop(name, None)


def test_no_bound_allows_a_version_with_a_known_hole(audit):
    assert audit.problems() == []


def test_a_bound_that_does_is_named(audit, monkeypatch):
    from packaging.requirements import Requirement

    bad = ["pillow>=11", "lightning_fabric>=2.5"]
    monkeypatch.setattr(audit, "bounds", lambda: list(map(Requirement, bad)))
    lines = audit.problems()
    assert lines[0].startswith("pillow>=11: expected >=12.3 (CVE-")
    assert [line.split(": ")[1].split(" (")[0] for line in lines[1:]] == [
        "allows 2.6.2",
        "allows 2.6.3",
    ]


def test_each_entry_says_where_it_comes_from(audit):
    import tomllib

    known = tomllib.loads(audit.HOLES.read_text(encoding="utf-8"))
    assert [name for name, about in known.items() if not about.get("source")] == []


def test_the_lowest_versions_are_those_of_the_bounds(audit):
    listed = dict(line.split("==") for line in audit.lowest(["test", "minc"]))
    stated = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("napari", "h5py"):  # of the plugin itself, and of an extra
        assert f'"{name}>={listed[name]}"' in stated
    bounded = {each.name for each in audit.bounds()}
    assert listed.keys() <= bounded
