"""Text from files reaches the terminal as text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.models.bundle import Bundle
from napari_brainseg.text import printable

if TYPE_CHECKING:
    import pytest

HOSTILE = "[/foo] [red]Approved \x1b[2J \u202eder \udcff"


def test_what_acts_on_a_terminal_is_replaced() -> None:
    assert printable("tumeur récidivante, 腫瘍") == "tumeur récidivante, 腫瘍"
    assert printable(HOSTILE) == "[/foo] [red]Approved \ufffd[2J \ufffdder \ufffd"


def test_a_card_full_of_markup_is_listed_as_it_is(
    tiny_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tiny_bundle.card.model_copy(update={"name": "[/]", "title": HOSTILE})
    bundle = Bundle(tiny_bundle.path, card)
    catalog = SimpleNamespace(bundles={"net": bundle}, problems=[HOSTILE])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("napari_brainseg.models.catalog.find_models", lambda: catalog)
    done = CliRunner().invoke(app, ["models"])
    assert done.exit_code == 0, done.output
    assert "[/foo] [red]Approved" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)
