"""The doctor says what is wrong, hides nothing, and tells nothing about the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from napari_brainseg import doctor
from napari_brainseg.cli import app
from napari_brainseg.doctor import State, examine

if TYPE_CHECKING:
    import pytest


def of(subject: str) -> list[doctor.Finding]:
    return [each for each in examine() if each.subject == subject]


def test_a_sound_installation_has_no_problem() -> None:
    assert [each for each in examine() if each.state is State.PROBLEM] == []
    assert any(each.found.startswith("cpu") for each in of("device"))
    assert "lgg-flair-default" in of("models")[0].found


def test_a_broken_library_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError(22, "libcudart.so.13: cannot open shared object file")

    monkeypatch.setattr("napari_brainseg.pipeline.devices.list_devices", broken)
    (finding,) = of("devices")
    assert finding.state is State.PROBLEM
    assert "cannot open shared object file" in finding.found
    assert finding.remedy
    assert of("models")


def test_a_missing_package_comes_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package", "openvino-that-is-not"))
    monkeypatch.setattr(doctor, "OPTIONAL", {"openvino-that-is-not"})
    (needed,), (optional,) = of("no-such-package"), of("openvino-that-is-not")
    assert (needed.state, optional.state) == (State.PROBLEM, State.NOTE)
    assert "pip install no-such-package" in needed.remedy


def test_a_folder_that_takes_no_file_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("BRAINSEG_JOURNAL", str(tmp_path))
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    (finding,) = of("autosave folder")
    assert finding.state is State.PROBLEM
    assert "Permission denied" in finding.found


def test_a_folder_below_one_that_nobody_may_enter_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def enter(path: Path) -> bool:
        if "closed" in path.parent.parts:
            raise PermissionError(13, "Permission denied")
        return bool(os.path.isdir(path))

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "closed").mkdir()
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(tmp_path / "closed" / "journal"))
    monkeypatch.setattr(Path, "is_dir", enter)
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    (finding,) = of("autosave folder")
    assert "Permission denied" in finding.found
    assert finding.remedy == "Let your account write there."


def test_nothing_personal_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home, models = tmp_path / "Jane Doe", tmp_path / "patient Roe"
    (models / "case Poe").mkdir(parents=True)
    (models / "case Poe" / "card.json").write_text("{}")
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(home / "Zoe" / "journal"))
    monkeypatch.setenv("XDG_DATA_HOME", str(models / "data"))
    monkeypatch.setenv("BRAINSEG_MODELS", str(models))
    monkeypatch.setenv("TMPDIR", str(models))
    monkeypatch.setattr(doctor.tempfile, "tempdir", None)
    found = examine()
    text = " ".join(f"{each.found} {each.remedy}" for each in found)
    for name in ("Doe", "Zoe", "Roe", "Poe", str(tmp_path)):
        assert name not in text
    for place in ("$BRAINSEG_JOURNAL", "$XDG_DATA_HOME/napari-brainseg/models", "$TMPDIR"):
        assert f"{place}: " in text
    assert "1 cannot be used" in text
    assert not [each for each in found if each.subject == "folders"]


def test_the_command_prints_what_was_found_and_fails_where_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = doctor.Finding("torch", "2.13.0 [/foo]")
    wrong = doctor.Finding("Qt", "no binding", State.PROBLEM, "Run: pip install PyQt6")
    monkeypatch.setattr(doctor, "examine", lambda: (sound, wrong))
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "2.13.0 [/foo]" in done.stdout
    assert "pip install PyQt6" in done.stdout
    monkeypatch.setattr(doctor, "examine", lambda: (sound,))
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


def test_a_limit_on_memory_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "address_room", lambda: 300_000_000)
    (finding,) = of("memory")
    assert finding.state is State.PROBLEM
    assert finding.found.endswith("of which a limit leaves this process 0.3 GB")
    assert "ulimit -v" in finding.remedy
