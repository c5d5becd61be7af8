"""A row without validation patients: it learns from them, and its folds choose for one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from small_runs import QUIET, both_folds

from brainseg_train.benchmark.rows import Benchmark, Plan
from brainseg_train.benchmark.runner import Destinations, run_benchmark
from brainseg_train.benchmark.select_across_folds import choose_across
from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import SplitBy, draw_pools
from brainseg_train.evaluate.choose import choose_postprocessing
from brainseg_train.evaluate.prediction import Prediction
from brainseg_train.train.preprocessing import preprocessing_for
from napari_brainseg.models.bundle import open_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class FakeRow:
    """What is asked of a finished fold."""

    stacks: dict[str, NDArray[np.float16]]
    prediction: Prediction = field(default_factory=Prediction)

    def predictions(self) -> dict[str, NDArray[np.float16]]:
        return self.stacks


def made_up(threshold: float, *names: str) -> tuple[FakeRow, dict[str, NDArray[np.uint8]]]:
    """Make a fold of patients whose masks are best just above ``threshold``."""
    reference = np.zeros((3, 16, 16), np.uint8)
    reference[1:, 4:10, 4:10] = 1
    stack = np.where(reference, threshold + 0.08, threshold - 0.02).astype(np.float16)
    return FakeRow(dict.fromkeys(names, stack)), dict.fromkeys(names, reference)


def test_a_fold_is_decided_by_the_others_and_not_by_itself() -> None:
    (one, its), (other, theirs) = made_up(0.3, "a", "b"), made_up(0.7, "c")
    references = its | theirs
    found = choose_across([one, other], references)
    assert [each.threshold for each in found] == [0.7, 0.3]
    assert one.prediction.threshold == 0.5
    third, its = made_up(0.7, "d", "e", "f")
    found = choose_across([one, other, third], references | its)
    assert [each.threshold for each in found] == [0.7, 0.7, 0.3]


def test_one_fold_has_no_others_to_choose_on() -> None:
    row, references = made_up(0.3, "a")
    assert choose_across([row], references) == (row.prediction,)


def test_what_half_precision_calls_certain_does_not_decide_the_temperature() -> None:
    """A wrong voxel of 0.9998 is stored as 1, whose logit has no bound."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (4, 32, 32))
    reference = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.uint8)
    stack = (1 / (1 + np.exp(-logits))).astype(np.float16)
    stack[0, :2], reference[0, :2] = 1.0, 0
    row, _ = made_up(0.5, "a")
    fold = FakeRow({"b": stack})
    mask = {"a": np.zeros((3, 16, 16), np.uint8), "b": reference}
    chosen, _ = choose_across([row, fold], mask)
    assert 1.0 < chosen.temperature < 2.0


@pytest.fixture
def plans(tmp_path: Path) -> list[Plan]:
    return both_folds(tmp_path, 'name = "all"\nvalidation = 0')


def test_report_and_bundle_say_what_was_chosen(
    dataset: Path, plans: list[Plan], tmp_path: Path
) -> None:
    benchmark = Benchmark(dataset, tmp_path / "runs", "cpu", QUIET)
    to = Destinations(tmp_path / "report", tmp_path / "models")
    results = run_benchmark(benchmark, plans, to, QUIET)
    (row,) = results.rows
    config = plans[0].protocol.rows[0]
    folds = [benchmark.run(plan, config) for plan in plans]  # from their files
    masks = {case.name: case.read()[1] for case in find_cases(dataset)}
    for chosen, other in zip(row.prediction, reversed(folds), strict=True):
        stacks = {name: each.astype(np.float32) for name, each in other.predictions().items()}
        best = choose_postprocessing(list(stacks.values()), [masks[name] for name in stacks])
        assert (chosen.threshold, chosen.keep_fraction) == (
            best.threshold,
            best.keep_fraction,
        )
    assert [fold.record.cases.validation for fold in folds] == [(), ()]
    assert all(epoch.iou is None for fold in folds for epoch in fold.record.history)
    card = open_bundle(tmp_path / "models" / "tiny-all-64px").card
    assert Prediction.of(card) == row.prediction[0]
    for name in ("report.html", "report.md"):
        assert "of the others" in (tmp_path / "report" / name).read_text()
    again = run_benchmark(benchmark, plans, to, QUIET)
    assert again == results
    (alone,) = run_benchmark(benchmark, plans[:1], to, QUIET).rows
    (chosen,) = alone.prediction
    assert (chosen.threshold, chosen.keep_fraction) == (0.5, 0)
    assert "nothing was chosen" in (tmp_path / "report" / "report.md").read_text()


def test_by_slice_every_slice_but_the_kept_ones_is_learned_from(
    dataset: Path, plans: list[Plan], tmp_path: Path
) -> None:
    benchmark = Benchmark(dataset, tmp_path / "runs", "cpu", QUIET)
    config = plans[0].protocol.rows[0]
    whole = benchmark.dataset(preprocessing_for(config))
    pools = draw_pools(whole, benchmark.fold(plans[0], config), SplitBy.SLICE, 0, seed=0)
    assert not pools.validation
    assert len(pools.train) + len(pools.shared) == len(whole.slices)
