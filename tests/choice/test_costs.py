"""What models take on this machine is kept; of other machines and of no run nothing is told."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from napari_brainseg.choice import candidates, costs
from napari_brainseg.choice.candidates import candidate_of
from napari_brainseg.choice.costs import Cost, cost_of, last_cost, remember_cost
from napari_brainseg.choice.described import cost_in_words
from napari_brainseg.choice.measure import measure_here
from napari_brainseg.choice.wishes import Candidate
from napari_brainseg.cli import app
from napari_brainseg.models import catalog
from napari_brainseg.models.bundle import WEIGHTS_NAME, Bundle, open_bundle
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep costs apart from the user's own."""
    file = tmp_path / "state" / "timings.json"
    monkeypatch.setattr(costs, "costs_file", lambda: file)
    return file


def test_a_run_is_remembered_on_this_machine_only(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cost_of(tiny_bundle, "cpu") is None
    assert last_cost(tiny_bundle, "cpu") is None
    result = segment_scan(phantom(), tiny_bundle, device="cpu", slices=[9, 10])
    remember_cost(result, "cpu")
    assert cost_of(tiny_bundle, "cpu") is None, "the sample was not run"
    last = cost_of(tiny_bundle, "cpu", "run")
    assert last is not None
    assert (last.slices, last.seconds) == (2, result.seconds)
    assert last_cost(tiny_bundle, "cpu") == cost_of(tiny_bundle, "cpu", "run")
    assert candidate_of(tiny_bundle, "cpu").cost == last
    remember_cost(result, "cpu", "sample")
    assert cost_of(tiny_bundle, "cpu", "run") == last, "one does not replace the other"
    assert cost_of(tiny_bundle, "auto") is None
    monkeypatch.setattr(costs, "this_machine", lambda: "another")
    assert cost_of(tiny_bundle, "cpu") is None
    assert cost_of(tiny_bundle, "cpu", "run") is None


def test_the_file_is_parsed_once_until_it_is_another(
    tiny_bundle: Bundle, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    loads = json.loads
    monkeypatch.setattr(costs.json, "loads", lambda text: parsed.append(text) or loads(text))
    result = segment_scan(phantom(), tiny_bundle, device="cpu", slices=[9])
    for kind, seen in (("run", 1), ("sample", 2)):
        remember_cost(result, "cpu", kind)
        for _ in range(3):
            assert cost_of(tiny_bundle, "cpu", kind) is not None
        assert len(parsed) == seen
    kept.unlink()
    assert cost_of(tiny_bundle, "cpu") is None


@pytest.mark.parametrize("content", ["[]", "{", '{"KEY": "x"}', '{"KEY": {"machine": "HERE"}}'])
def test_a_damaged_file_is_no_run(tiny_bundle: Bundle, kept: Path, content: str) -> None:
    key = f"{tiny_bundle.card.weights_sha256[:16]} cpu"
    kept.parent.mkdir()
    kept.write_text(content.replace("KEY", key).replace("HERE", costs.this_machine()))
    assert cost_of(tiny_bundle, "cpu") is None
    assert last_cost(tiny_bundle, "cpu") is None


def test_times_of_earlier_versions_still_tell_how_long_the_next_run_takes(
    tiny_bundle: Bundle, kept: Path
) -> None:
    kept.parent.mkdir()
    kept.write_text(json.dumps({f"{tiny_bundle.card.weights_sha256[:16]} cpu": 0.25}))
    assert last_cost(tiny_bundle, "cpu") == Cost(slices=1, seconds=0.25)
    assert cost_of(tiny_bundle, "cpu", "run") is None


def test_costs_a_slice_leave_loading_out() -> None:
    cost = Cost(slices=10, seconds=6.0, loading=4.0, cpu_seconds=8.0)
    assert (cost.seconds_per_slice, cost.cpu_seconds_per_slice) == (0.2, 0.8)
    assert cost.joules_per_slice is None
    assert Cost(2, 1.0, 3.0).seconds_per_slice == 0.0


def test_a_run_beside_others_is_told_apart() -> None:
    assert Cost(10, seconds=20.0, loading=1.0, cpu_seconds=2.0).was_held_up
    assert not Cost(10, seconds=3.0, loading=1.0, cpu_seconds=2.0).was_held_up
    assert not Cost(10, seconds=20.0).was_held_up, "what was not measured is not known"
    busy = Candidate("m", "M", 1, None, Cost(26, seconds=20.0, cpu_seconds=2.0))
    assert cost_in_words(busy).endswith("2.0 CPU-s; the computer was busy, measure again")


@pytest.fixture
def only_tiny(tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    """Let one model be found, and a second that is damaged."""
    monkeypatch.setattr(catalog, "EMBEDDED_FOLDER", tiny_bundle.path)
    monkeypatch.setattr(catalog, "user_model_folder", lambda: tmp_path / "models")
    broken = shutil.copytree(tiny_bundle.path, tmp_path / "models" / "broken")
    card = json.loads((broken / "card.json").read_text())
    (broken / "card.json").write_text(
        json.dumps(card | {"name": "broken", "weights_sha256": "0" * 64})
    )
    (broken / WEIGHTS_NAME).write_bytes(b"nothing")
    monkeypatch.delenv("BRAINSEG_MODELS", raising=False)
    return open_bundle(broken)


def test_measuring_runs_the_sample_and_a_damaged_model_hides_no_other(
    only_tiny: Bundle, tiny_bundle: Bundle
) -> None:
    found = dict(measure_here([only_tiny, tiny_bundle], "cpu"))
    assert found["tiny"] == ""
    assert "SHA-256" in found["broken"]
    cost = cost_of(tiny_bundle, "cpu")
    assert cost is not None
    assert cost.slices == phantom().grid[0]
    assert cost.cpu_seconds is not None


@pytest.mark.usefixtures("only_tiny")
def test_the_command_lists_measures_and_chooses(tiny_bundle: Bundle, kept: Path) -> None:
    def run(*options: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["models", "--device", "cpu", *options])
        return done.exit_code, done.stdout, " ".join(done.stderr.split())

    code, out, _ = run()
    assert code == 0
    assert "not measured" in out
    code, out, err = run("--fastest", "--under", "1h")
    assert code == 2
    assert "as in 1s" in err
    kept.parent.mkdir(exist_ok=True)
    whole = Cost(22, 11.0, 0.0, 22.0, None)
    key = f"{tiny_bundle.card.weights_sha256[:16]} cpu"
    entry = {"machine": costs.this_machine(), "sample": costs.asdict(whole)}
    kept.write_text(json.dumps({key: entry}))
    assert run("--fastest", "--under", "20s")[:2] == (0, "tiny\n")
    code, out, err = run("--fastest", "--under", "1s", "--under", "900MB")
    assert (code, out) == (1, "")
    assert "No model is known to stay under 1s and 900MB (the least is 13 s, tiny" in err
    listed = {each["name"]: each for each in json.loads(run("--json")[1])}
    assert listed["tiny"]["here"]["scan_cpu_seconds"] == 26.0
    assert listed["tiny"]["here"]["scan_joules"] is None
    assert listed["tiny"]["quality"] is None


def test_a_terminal_of_80_columns_holds_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name, which is to be typed, and no number is cut or broken."""
    joules = Cost(26, 13.0, 0.0, 2.0, 5000.0)
    monkeypatch.setattr(candidates, "cost_of", lambda *_: joules)
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(app, ["models", "--device", "cpu"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    dice, edges, rest = r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]", r"0\.\d{3}", r"\d+\.\d"
    cells = ("", dice, edges, rest, r"13\.0\*", r"2\.0", r"5000\.0", rest)
    for name in (path.name for path in catalog.EMBEDDED_FOLDER.iterdir()):
        (row,) = (line for line in lines if line.startswith(f"{name} "))
        assert re.fullmatch(" +".join(cells), row[len(name) :].rstrip())
    assert "lgg-flair-fpn: FPN" in lines
    assert any(line.endswith("; the most exact, the best at edges") for line in lines)
    assert "* the computer was busy, measure again." in lines
