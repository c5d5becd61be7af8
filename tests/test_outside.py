"""The script that tries a model on scans from elsewhere, without these scans."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.catalog import DEFAULT_MODEL, EMBEDDED_FOLDER
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "outside.py"


@pytest.fixture(scope="module")
def outside() -> ModuleType:
    spec = importlib.util.spec_from_file_location("outside", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["outside"] = module
    spec.loader.exec_module(module)
    return module


def test_without_the_scans_it_says_so_and_ends_well(
    outside: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["outside", "m", "--outside", str(tmp_path / "none")])
    outside.main()
    assert capsys.readouterr().out.startswith("skipped")


def test_an_empty_folder_is_no_success(outside: Any, tmp_path: Path) -> None:
    bundle = open_bundle(EMBEDDED_FOLDER / DEFAULT_MODEL)
    with pytest.raises(FileNotFoundError):
        outside.run(bundle, tmp_path, tmp_path)


def test_every_fourth_slice_is_a_scan_of_thicker_slices(outside: Any) -> None:
    scan = Scan(np.arange(10.0).reshape(1, 10, 1, 1), np.eye(4), ("FLAIR",), Source("nifti", "s"))
    thick = outside.thick(scan)
    assert thick.data.ravel().tolist() == [0, 4, 8]
    assert thick.spacing == (4, 1, 1)


def test_changes_keep_the_background(outside: Any) -> None:
    data = np.zeros((4, 20, 20), dtype=np.float32)
    data[:, 5:15, 5:15] = np.random.default_rng(0).normal(200, 20, (4, 10, 10))
    for change in outside.CHANGES.values():
        assert (change(data)[data == 0] == 0).all()
    assert (outside.z_scored(data) < 0).any()
    assert outside.windowed(data).dtype == np.uint8


def test_the_worst_is_the_lowest_dice_or_the_most_that_is_marked(outside: Any) -> None:
    results = [
        outside.Result("a", "1", 5.0, 0.5),
        outside.Result("a", "2", 5.0, 0.9),
        outside.Result("no tumour", "3", 0.5),
        outside.Result("no tumour", "4", 4.0),
    ]
    table = outside.summary(results)
    assert (table["a"]["worst"], table["a"]["mean"]) == (0.5, pytest.approx(0.7))
    assert table["no tumour"]["worst"] == 4.0
    assert "| a | 2 | 0.700 | 0.700 | 0.500 |" in outside.show(results)
    beside = outside.compare({"one": results, "other": results[:2]})
    assert "| a | 2 | 0.700 (0.50) | 0.700 (0.50) |" in beside
    assert "| no tumour | 2 | 2.250 (4.00) |  |" in beside


def test_best_median_and_worst_are_drawn_of_cases_and_of_the_slices_of_one(
    outside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = np.zeros((6, 12, 12), dtype=bool)
    truth[1:5, 3:9, 3:9] = True
    scan = Scan(np.ones((1, 6, 12, 12)), np.eye(4), ("FLAIR",), Source("nifti", "s"))
    drawn: list[list[str]] = []
    monkeypatch.setattr(
        outside, "draw_examples", lambda shots: drawn.append([s[0] for s in shots]) or b"PNG"
    )
    gallery = outside.Gallery()
    for kind, dice in (("one kind", 0.9), ("one kind", 0.2), ("one kind", 0.6), ("alone", 0.9)):
        mask = truth.astype(np.uint8)
        mask[4] = 0
        trial = outside.Trial(kind, "case", {"FLAIR": scan}, truth)
        gallery.add(trial, outside.Result(kind, "case", 1.0, dice), mask)
    gallery.write(tmp_path, "net")
    assert drawn[0] == ["best, Dice 0.90", "median, Dice 0.60", "worst, Dice 0.20"]
    assert drawn[1][0].startswith("best, slice ")
    assert drawn[1][2] == "worst, slice 4: Dice 0.00"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net-alone.png",
        "net-one-kind.png",
    ]
