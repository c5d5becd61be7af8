"""The script that tells what each lever of the recipe is worth, without its runs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def levers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("levers")


def results(levers: Any, dice: list[float]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "case": f"case {number}", "ml": 1.0, "dice": value}
        for kind in levers.COLUMNS.values()
        for number, value in enumerate(dice)
    ]


def test_a_row_is_compared_patient_by_patient(levers: Any) -> None:
    ours = results(levers, [0.9, 0.5, 0.7, 0.6, 0.8, 0.4])
    worse = [{**each, "dice": each["dice"] - 0.1} for each in reversed(ours)]
    table = levers.differences({"all": ours, "worse": worse}).splitlines()
    assert len(table) == 3
    assert table[2].startswith("| worse | -0.100 [-0.100, -0.100], p = 0.03 |")
    assert "no tumour" not in table[0]
