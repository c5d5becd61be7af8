"""A benchmark from TOML to report, on a generated dataset and small networks."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from small_data import write_dataset
from small_runs import QUIET
from typer.testing import CliRunner

from brainseg_train.benchmark.protocol import PROTOCOLS, load_protocol
from brainseg_train.benchmark.report import picked_patients
from brainseg_train.benchmark.results import BenchmarkResults, read_results
from brainseg_train.benchmark.rows import Benchmark, Plan, row_folder
from brainseg_train.benchmark.runner import Destinations, run_benchmark
from brainseg_train.cli import app
from brainseg_train.data.cases import find_cases
from brainseg_train.data.split import SplitBy, draw_pools, fold_by_patient
from brainseg_train.errors import DataError
from napari_brainseg.models.architectures import Architecture
from napari_brainseg.models.bundle import open_bundle

if TYPE_CHECKING:
    from pathlib import Path

ENCODER = "timm-mobilenetv3_small_minimal_100"
TOML = f"""
title = "Tiny protocol"
images = 12
choose = true

[recipe]
encoder = "{ENCODER}"
init = "random"
epochs = 2
slices_per_epoch = 8
batch_size = 4
size = 64

[[row]]
name = "a-unet"
architecture = "unet"

[[row]]
name = "b-fpn"
architecture = "fpn"
patience = 1
slices_per_epoch = 0
schedule = "constant"
average = 0.0
augment = false
"""


@pytest.fixture
def protocol_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TOML)
    return path


@pytest.fixture(scope="module")
def done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the protocol."""
    folder = tmp_path_factory.mktemp("done")
    protocol = folder / "tiny.toml"
    protocol.write_text(TOML)
    campaign(write_dataset(folder / "dataset"), protocol, folder / "home")
    return folder / "home"


@pytest.fixture
def done(done_once: Path, tmp_path: Path) -> Path:
    """Return a folder in which the protocol has been run on the same data."""
    return shutil.copytree(done_once, tmp_path / "home")


def campaign(dataset: Path, protocol_file: Path, home: Path, **changes: object) -> BenchmarkResults:
    plan = replace(Plan(load_protocol(str(protocol_file)), folds=4), **changes)
    benchmark = Benchmark(dataset, home / "runs", "cpu", QUIET)
    to = Destinations(home / "report", home / "models")
    return run_benchmark(benchmark, [plan], to, QUIET)


def without_clock(results: dict) -> str:
    """Return results as text, without what differs between two equal runs."""
    for row in results["rows"]:
        for key in ("training_seconds", "training_cpu_seconds", "memory_gb"):
            del row["costs"][key]
        del row["costs"]["inference_ms_per_slice"]
        row["history"] = [(epoch["loss"], epoch["iou"]) for epoch in row["history"]]
    return json.dumps(results, sort_keys=True)


def test_our_protocols_have_the_rows_of_the_publication() -> None:
    rows = {row.name: row for row in load_protocol("paper").rows}
    assert [row.architecture for row in rows.values()] == [
        Architecture.CLASSIC_UNET,
        Architecture.UNET,
        Architecture.LINKNET,
        Architecture.FPN,
        Architecture.PSPNET,
        Architecture.DEEPLABV3,
        Architecture.UNET,
    ]
    assert {row.encoder for row in rows.values()} == {"none", "resnet18", "resnet101"}
    for row in rows.values():
        assert (row.batch_size, row.learning_rate, row.epochs, row.patience) == (16, 1e-4, 30, 5)
    assert load_protocol("paper").images == 1000
    assert len(load_protocol("sound").rows) >= 5


@pytest.mark.parametrize("name", PROTOCOLS)
def test_overrides_reach_every_row(name: str) -> None:
    assert {row.size for row in load_protocol(name, size=128).rows} == {128}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TOML.replace("epochs = 2", "epoch = 2"), "epoch"),
        (TOML.replace('"unet"', '"vnet"'), "architecture"),
        (TOML.replace("epochs = 2", "epochs = 0"), "epochs: Input should be greater"),
        (TOML.replace("epochs = 2", "precision = 'half'"), "precision: .*'32-true', 'bf16-mixed'"),
        (TOML.replace("b-fpn", "a-unet"), "given twice"),
        (TOML + "validation = 0\n", "'b-fpn' stops by its validation patients"),
        (TOML.replace("[recipe]", "[recipe"), "not valid TOML"),
        ("title = 'nothing'", "row"),
    ],
)
def test_a_mistake_in_a_protocol_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        load_protocol(str(path))


def test_rows_of_one_network_are_told_apart_by_their_names() -> None:
    ablation = load_protocol("ablation")
    titles = [ablation.title_of(row) for row in ablation.rows]
    assert len(set(titles)) == len(titles)
    assert "U-Net · resnet18, base" in titles
    assert load_protocol("paper").title_of(load_protocol("paper").rows[1]) == "U-Net · resnet18"


def test_a_missing_protocol_is_said() -> None:
    with pytest.raises(DataError, match="paper, sound"):
        load_protocol("pepper")


def test_weights_and_rows_are_chosen_by_name(protocol_file: Path) -> None:
    protocol = load_protocol(str(protocol_file))
    assert [row.init for row in protocol.starting_from({ENCODER: "x.pth"}).rows] == ["x.pth"] * 2
    assert [row.name for row in protocol.only(["b-fpn"]).rows] == ["b-fpn"]
    with pytest.raises(DataError, match="No row"):
        protocol.only(["c"])
    with pytest.raises(DataError, match="No row"):
        protocol.starting_from({"resnet18": "x.pth"})


def test_a_row_that_shows_a_random_start_keeps_it() -> None:
    ablation = load_protocol("ablation").starting_from({"resnet18": "x.pth"})
    starts = {row.name: row.init for row in ablation.rows}
    assert starts["random-start"] == "random"
    assert starts["base"] == starts["elastic"] == "x.pth"


def test_no_patient_is_in_two_parts_and_each_is_tested_once(dataset: Path) -> None:
    cases = find_cases(dataset)
    tested = []
    for fold in range(4):
        parts = fold_by_patient(cases, 4, fold, seed=0)
        divided = (parts.train, parts.validation, parts.test)
        names = [{case.patient for case in part} for part in divided]
        assert sum(map(len, names)) == len(set.union(*names)) == 8
        tested += [case.patient for case in parts.test]
    assert sorted(tested) == sorted(case.patient for case in cases)


def test_without_validation_the_rest_learns_and_the_same_patients_are_tested(dataset: Path) -> None:
    cases = find_cases(dataset)
    for fold in range(4):
        parts = fold_by_patient(cases, 4, fold, seed=0)
        whole = fold_by_patient(cases, 4, fold, seed=0, validated=False)
        assert whole.test == parts.test
        assert not whole.validation
        assert set(whole.train) == {*parts.train, *parts.validation}


def test_a_split_by_slice_leaks_and_by_patient_does_not(dataset: Path, protocol_file: Path) -> None:
    bench = Benchmark(dataset, dataset / "runs", "cpu", QUIET)
    plan = Plan(load_protocol(str(protocol_file)), folds=4)
    whole = bench.dataset(_params(plan))
    fold = bench.fold(plan, plan.protocol.rows[0])
    test = set(whole.numbers(fold.test))
    by_patient = draw_pools(whole, fold, SplitBy.PATIENT, 0, seed=0)
    by_slice = draw_pools(whole, fold, SplitBy.SLICE, 0, seed=0)
    assert not test & {*by_patient.train, *by_patient.validation}
    assert test & set(by_slice.train)
    assert by_patient.shared == by_slice.shared
    assert set(by_slice.shared) <= test
    assert not set(by_slice.shared) & {*by_slice.train, *by_slice.validation}
    drawn = draw_pools(whole, fold, SplitBy.PATIENT, 12, seed=0)
    assert len(drawn.train) + len(drawn.validation) == 12


def _params(plan: Plan):
    from brainseg_train.train.preprocessing import preprocessing_for

    return preprocessing_for(plan.protocol.rows[0])


def test_the_report_and_the_bundles_carry_the_same_numbers(
    dataset: Path, protocol_file: Path, tmp_path: Path
) -> None:
    results = campaign(dataset, protocol_file, tmp_path / "home")
    assert [row.name for row in results.rows] == ["a-unet", "b-fpn"]
    report = tmp_path / "home" / "report"
    assert read_results(report) == results
    for row in results.rows:
        card = open_bundle(tmp_path / "home" / "models" / f"tiny-{row.name}-64px").card
        assert card.metrics["dice_mean"] == pytest.approx(row.metrics["dice_mean"], abs=1e-4)
        assert card.title.startswith(row.title)
        assert len(row.patients) == 2
        text = f"{row.metrics['iou_pooled']:.3f}"
        assert text in (report / "report.md").read_text()
        assert text in (report / "report.html").read_text()
    html = (report / "report.html").read_text()
    assert html.count("<svg") == 7
    assert html.count("data:image/png;base64,") == 2
    assert html.count("mean Dice by ") == 2
    assert "a-unet −" not in html  # a pair is called as in the tables
    assert not re.search(r"(src|href)=\"(?!data:|#)", html)
    heads, *patients = (report / "patients.csv").read_text().splitlines()
    assert len(patients) == 2 * 2
    assert "learned" not in heads
    assert len(results.comparisons) == 1
    assert list((tmp_path / "home" / "runs").rglob("events.out.tfevents.*"))


def test_the_median_of_two_patients_is_neither() -> None:
    assert picked_patients(1) == (("the only one", 0),)
    assert picked_patients(2) == (("best", 1), ("worst", 0))
    assert picked_patients(5) == (("best", 4), ("median", 2), ("worst", 0))


def test_patience_exports_the_best_epoch(done: Path) -> None:
    row = read_results(done / "report").rows[1]
    watched = [epoch.iou for epoch in row.history]
    assert row.costs.exported_epoch == 1 + int(np.argmax(watched))


def test_the_leak_is_a_row_of_its_own(dataset: Path, protocol_file: Path, done: Path) -> None:
    assert read_results(done / "report").leaks == ()
    results = campaign(dataset, protocol_file, done, split=SplitBy.SLICE)
    for leak in results.leaks:
        gain = leak.slice.iou_pooled - leak.patient.iou_pooled
        assert leak.difference.iou_pooled == pytest.approx(gain)
    assert [leak.row for leak in results.leaks] == ["a-unet", "b-fpn"]
    # Nothing that was trained on test patients is offered to the plugin.
    assert len(list((done / "models").iterdir())) == 2


def test_folds_together_test_every_patient_once(
    dataset: Path, protocol_file: Path, tmp_path: Path
) -> None:
    plan = Plan(load_protocol(str(protocol_file)).only(["a-unet"]), folds=2)
    benchmark = Benchmark(dataset, tmp_path / "runs", "cpu", QUIET)
    to = Destinations(tmp_path / "report", tmp_path / "models")
    results = run_benchmark(benchmark, [plan, replace(plan, fold=1)], to, QUIET)
    (row,) = results.rows
    names = [patient.case for patient in row.patients]
    assert sorted(names) == [case.name for case in find_cases(dataset)]


def test_a_finished_row_of_other_settings_is_refused(
    dataset: Path, protocol_file: Path, done: Path
) -> None:
    protocol_file.write_text(TOML.replace("images = 12", "images = 10"))
    with pytest.raises(DataError, match="other settings"):
        campaign(dataset, protocol_file, done)


def test_rows_that_cannot_be_started_are_all_told_before_any_is_trained(
    dataset: Path, protocol_file: Path, tmp_path: Path
) -> None:
    missing = 'init = "gone.pth"\n[[row]]\nname = "c"\nencoder = "resnet0"\n'
    tiled = f'[[row]]\nname = "d"\nencoder = "{ENCODER}"\ntile = 40\n'
    protocol_file.write_text(TOML + missing + tiled)
    with pytest.raises(DataError, match=r"gone\.pth(.|\n)*resnet0(.|\n)*tiles of 40 px"):
        campaign(dataset, protocol_file, tmp_path / "home")
    assert not list((tmp_path / "home").rglob("checkpoint.pt"))


def test_a_disk_without_room_for_all_rows_is_told_before_any_is_trained(
    dataset: Path, protocol_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: found._replace(free=160_000_000))
    plan = Plan(load_protocol(str(protocol_file)), folds=4)
    benchmark = Benchmark(dataset, tmp_path / "runs", "cpu", QUIET)
    benchmark.check([plan])  # the checkpoints of one row, and the models of two
    with pytest.raises(DataError, match=r"^The models of all rows need .* has 160 MB"):
        benchmark.check([replace(plan, fold=fold % 4, seed=fold) for fold in range(40)])


COMMAND = "from brainseg_train.cli import app; app()"


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_with_the_same_numbers(
    dataset: Path, protocol_file: Path, tmp_path: Path
) -> None:
    def command(home: Path) -> list[str]:
        options = {
            "--protocol": protocol_file,
            "--size": "64",
            "--folds": "4",
            "--fold": "1",
            "--accelerator": "cpu",
            "--runs": home / "runs",
            "--models": home / "models",
            "--output": home / "report",
        }
        flat = [str(part) for pair in options.items() for part in pair]
        return [sys.executable, "-c", COMMAND, "benchmark", str(dataset), *flat]

    random = np.random.default_rng(0)
    straight = tmp_path / "straight"
    started = time.monotonic()
    subprocess.run(command(straight), check=True, capture_output=True)
    took = time.monotonic() - started
    killed = tmp_path / "killed"
    kills = 0
    for _ in range(12):
        process = subprocess.Popen(command(killed), stdout=-3, stderr=-3)
        try:
            process.wait(timeout=random.uniform(0.3, 1.0) * took)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    subprocess.run(command(killed), check=True, capture_output=True)
    assert kills > 0
    one, two = (
        without_clock(json.loads((home / "report" / "results.json").read_text()))
        for home in (straight, killed)
    )
    assert one == two


def test_the_command_prints_a_table_and_evaluates_what_it_exported(
    dataset: Path, protocol_file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    places = ["--runs", home / "runs", "--models", home / "models", "--output", home / "report"]
    options = ["--protocol", protocol_file, "--size", 64, "--folds", 4, "--accelerator", "cpu"]
    options += ["--fold", 1]
    run = CliRunner().invoke(app, ["benchmark", str(dataset), *map(str, [*options, *places])])
    assert run.exit_code == 0, run.output
    assert "report.html" in run.stdout.replace("\n", "")

    results = json.loads((home / "report" / "results.json").read_text())
    model = str(home / "models" / "tiny-a-unet-64px")
    plan = Plan(load_protocol(str(protocol_file), size=64), folds=4)
    fold = fold_by_patient(find_cases(dataset), 4, 0, 0)
    others = [o for case in (*fold.train, *fold.validation) for o in ("--exclude", case.name)]
    again = CliRunner().invoke(
        app, ["evaluate", model, str(dataset), *others, "--output", str(tmp_path / "again")]
    )
    assert again.exit_code == 0, again.output
    measured = json.loads((tmp_path / "again" / "results.json").read_text())["rows"][0]
    ours = results["rows"][0]
    assert measured["metrics"]["dice_mean"] == pytest.approx(ours["metrics"]["dice_mean"], abs=1e-9)
    assert row_folder(home / "runs", plan, plan.protocol.rows[0]).is_dir()

    both = CliRunner().invoke(
        app, ["compare", model, str(home / "models" / "tiny-b-fpn-64px"), str(dataset)]
    )
    assert both.exit_code == 0, both.output
    assert "Wilcoxon" in both.stdout
    assert "say nothing of new patients" in both.stdout.replace("\n", "")


def test_a_wrong_option_is_a_usage_error_or_one_line(dataset: Path) -> None:
    assert CliRunner().invoke(app, ["benchmark", str(dataset), "--init", "x"]).exit_code == 2
    wrong = CliRunner().invoke(app, ["benchmark", str(dataset), "--protocol", "pepper"])
    assert wrong.exit_code == 1
    assert "Traceback" not in wrong.output


@pytest.mark.parametrize("fold", ["0", "6", "-1"])
def test_a_fold_that_is_not_there_is_refused_before_the_data_are_read(
    tmp_path: Path, fold: str
) -> None:
    run = CliRunner().invoke(app, ["benchmark", str(tmp_path), "--fold", "1", "--fold", fold])
    assert run.exit_code == 1
    assert f"There is no fold {fold}: with 5 folds they count from 1 to 5." in run.output


def test_a_fold_named_twice_is_tested_once(dataset: Path, protocol_file: Path) -> None:
    places = [f"--{name}={protocol_file.parent / name}" for name in ("runs", "models", "output")]
    options = ["--protocol", protocol_file, "--row", "a-unet", "--folds", 4, "--accelerator", "cpu"]
    options += ["--size", 64, "--fold", 2, "--fold", 1, "--fold", 2]
    run = CliRunner().invoke(app, ["benchmark", str(dataset), *map(str, options), *places])
    assert run.exit_code == 0, run.output
    results = json.loads((protocol_file.parent / "output" / "results.json").read_text())
    assert results["tested_folds"] == [1, 2]
    (row,) = results["rows"]
    tested = [patient["case"] for patient in row["patients"]]
    assert len(tested) == len(set(tested)) == 4
