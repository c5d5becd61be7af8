"""The table of models: chosen by what a model is wanted for, by measured numbers alone."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from napari_brainseg.choice import costs
from napari_brainseg.gui.panel.compare_models import CompareModels
from napari_brainseg.gui.panel.model_card import card_html
from napari_brainseg.gui.panel.run_flow import where_it_ran
from napari_brainseg.language import use
from napari_brainseg.models.bundle import open_bundle
from napari_brainseg.models.card import read_card
from napari_brainseg.models.catalog import EMBEDDED_FOLDER
from napari_brainseg.pipeline.assemble import stand_in_note
from napari_brainseg.pipeline.meter import Spent

if TYPE_CHECKING:
    from pathlib import Path

    from napari_brainseg.models.bundle import Bundle


def quality(dice: float) -> dict[str, Any]:
    around = {"mean": dice, "low": dice - 0.05, "high": dice + 0.05}
    measured = dict.fromkeys(("dice", "nsd", "hd95"), around)
    said = {"of": "model", "patients": 16, "folds": [1], "of_folds": 5, "unit": "mm"}
    return {**measured, **said, "tolerance": 2.0, "command": "brainseg-train evaluate m DATA"}


@pytest.fixture
def bundles(tiny_bundle: Bundle, tmp_path: Path, timings: Path) -> list[Bundle]:
    """Three models: exact and slow, fast and less exact, and one of which nothing is known."""
    made, kept = [], {}
    for digit, (name, dice, seconds) in enumerate(
        [("exact", 0.9, 44.0), ("fast", 0.8, 11.0), ("new", None, None)]
    ):
        folder = shutil.copytree(tiny_bundle.path, tmp_path / "models" / name)
        card = json.loads((folder / "card.json").read_text())
        card |= {"name": name, "title": name.title(), "weights_sha256": str(digit) * 64}
        if dice is not None and seconds is not None:
            card["quality"] = quality(dice)
            cost = {"slices": 22, "seconds": seconds, "cpu_seconds": 2 * seconds}
            kept[f"{card['weights_sha256'][:16]} auto"] = {
                "machine": costs.this_machine(),
                "sample": cost,
            }
        (folder / "card.json").write_text(json.dumps(card))
        made.append(open_bundle(folder))
    timings.parent.mkdir()
    timings.write_text(json.dumps(kept))
    return made


@pytest.fixture
def dialog(bundles: list[Bundle], qtbot) -> CompareModels:
    made = CompareModels(bundles, "new")
    qtbot.addWidget(made)
    return made


def texts(dialog: CompareModels, row: int) -> list[str]:
    return [dialog.table.item(row, column).text() for column in range(dialog.table.columnCount())]


def test_each_row_says_what_was_measured_and_what_was_not(dialog: CompareModels) -> None:
    exact, fast, new = (texts(dialog, row) for row in range(3))
    assert exact[1] == "0.900 [0.850, 0.950], 16 patients kept aside (fold 1 of 5)"
    assert exact[3] == "52.0 s (2000 ms a slice), 104.0 CPU-s"
    assert exact[-1] == "the most exact, the best at edges"
    assert "the fastest" in fast[-1]
    assert new[1:4] == ["not measured on patients kept aside", "", "not measured here yet"]
    assert dialog.selected == "new", "the model that is in use"


def test_a_wish_selects_a_model_and_says_why(dialog: CompareModels, qtbot) -> None:
    wish, size = dialog.form.native("wish"), dialog.form.native("size")
    wish.setCurrentText("the fastest")
    assert dialog.selected == "fast"
    assert dialog.answer.text().startswith("Fast: the fastest of 2 models. Not measured on this")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.use.click()
    assert chosen.args == ["fast"]
    wish.setCurrentText("the most exact")
    dialog.form.native("time").setCurrentText("20 s")
    assert dialog.selected == "fast"
    dialog.form.native("time").setCurrentText("0.5 s")
    assert "the least is 13 s, fast" in dialog.answer.text()
    assert size.currentText() == "any"


def test_measuring_tells_of_each_model_and_fills_the_table(
    dialog: CompareModels, qtbot, monkeypatch: pytest.MonkeyPatch, timings: Path
) -> None:
    def measured(bundles: list[Bundle]) -> Any:
        kept = json.loads(timings.read_text())
        key = f"{bundles[2].card.weights_sha256[:16]} auto"
        kept[key] = {"machine": costs.this_machine(), "sample": {"slices": 26, "seconds": 1.0}}
        timings.write_text(json.dumps(kept))
        yield "exact", "It is damaged."
        yield "new", ""

    monkeypatch.setattr("napari_brainseg.choice.measure.measure_here", measured)
    dialog.form.native("wish").setCurrentText("the fastest")
    dialog.measure.click()
    assert not dialog.measure.isEnabled()
    qtbot.waitUntil(dialog.measure.isEnabled, timeout=20_000)
    assert dialog.selected == "new"
    assert texts(dialog, 2)[3] == "1.0 s (38 ms a slice)"


def test_the_card_says_on_whom_it_was_measured_and_how(bundles: list[Bundle]) -> None:
    html = card_html(bundles[0].card)
    assert "mean Dice 0.900 [0.850, 0.950]" in html
    assert "brainseg-train evaluate m DATA" in html
    assert "kept aside" not in card_html(bundles[2].card)
    assert "A scan here" in card_html(bundles[2].card, "not measured here yet")


def test_a_run_tells_its_energy_where_the_machine_counts_it() -> None:
    run = SimpleNamespace(slices=(1, 2), seconds=1.25, device="CPU", spent=Spent(3.0, 40.6))
    assert where_it_ran(run) == "2 slices in 1.2 s on CPU, 41 J"
    run.spent = Spent(3.0, None, "this machine shows no energy counters")
    assert where_it_ran(run) == "2 slices in 1.2 s on CPU"


def test_in_french_the_card_says_in_french_what_the_package_says_on_it(request) -> None:
    request.addfinalizer(lambda: use("en"))
    card = read_card(EMBEDDED_FOLDER / "lgg-flair-default" / "card.json")
    use("fr")
    html = card_html(card)
    assert "pré-contraste (sinon FLAIR); FLAIR (indispensable); post-contraste" in html
    for field in ("description", "intended_use", "trained_on", "licence"):
        assert getattr(card, field) not in html
    own = card.model_copy(update={"description": "A model of mine."})
    assert "A model of mine." in card_html(own)


def test_in_french_sentences_call_the_inputs_in_french(request) -> None:
    request.addfinalizer(lambda: use("en"))
    pre, _, _ = read_card(EMBEDDED_FOLDER / "lgg-flair-default" / "card.json").roles
    mine = pre.model_copy(update={"name": "my own b0"})
    use("fr")
    assert stand_in_note(pre).startswith("pré-contraste")
    assert stand_in_note(mine).startswith("my own b0")
