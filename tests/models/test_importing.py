"""Weights trained elsewhere become a bundle; whatever does not fit is refused in a line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

from napari_brainseg.cli import app
from napari_brainseg.errors import ModelError, SaveError
from napari_brainseg.models.architectures import Architecture, build_network
from napari_brainseg.models.bundle import load_network, open_bundle
from napari_brainseg.models.importing import Answers, import_model

if TYPE_CHECKING:
    from pathlib import Path

ENCODER = "timm-mobilenetv3_small_minimal_100"
ANSWERS = Answers(
    name="own", architecture="unet", encoder=ENCODER, roles=("T1", "FLAIR"), classes=("tumour",)
)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return dict(build_network(Architecture.UNET, ENCODER, 2, 1).state_dict())


@pytest.fixture
def weights(state: dict[str, torch.Tensor], tmp_path: Path) -> Path:
    save_file(state, tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def test_a_state_dict_and_a_few_answers_become_a_model(
    weights: Path, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    bundle = import_model(weights, ANSWERS, tmp_path / "models")
    assert bundle == open_bundle(tmp_path / "models" / "own")
    assert [role.name for role in bundle.card.roles] == ["T1", "FLAIR"]
    found = load_network(bundle).state_dict()
    assert all(torch.equal(found[key].float(), each.float()) for key, each in state.items())
    with pytest.raises(SaveError, match="exists"):
        import_model(weights, ANSWERS, tmp_path / "models")


def test_the_prefix_of_a_training_program_is_taken_off(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    wrapped = {f"model._orig_mod.{key}": each.clone() for key, each in state.items()}
    save_file(wrapped, tmp_path / "net.safetensors")
    bundle = import_model(tmp_path / "net.safetensors", ANSWERS, tmp_path)
    assert load_network(bundle).state_dict().keys() == state.keys()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roles": ("T1", "T2", "FLAIR")}, "number of input channels"),
        ({"classes": ("a", "b")}, "number of input channels"),
        ({"encoder": "resnet18"}, "tensors are missing"),
        ({"architecture": "fpn"}, "tensors are missing"),
        ({"architecture": "unet9"}, "There is no architecture 'unet9'"),
        ({"encoder": "tu-hf-hub:who/what"}, "encoder"),
        ({"encoder": "no-such"}, "no encoder 'no-such'"),
        ({"name": "../own"}, "name"),
        ({"classes": ("background", "tumour")}, "softmax"),
        ({"classes": ()}, "classes"),
        ({"roles": ("T1", "T1")}, "distinct names"),
        ({"mean": (0.1,)}, "one mean and one std per role"),
        ({"std": (0.0, 0.0)}, "std"),
        ({"threshold": float("nan")}, "threshold"),
        ({"pixel_mm": 0.0}, "pixel_mm"),
        ({"size": 10**6}, "size"),
        ({"stride": 0}, "stride"),
        ({"neighbours": 99}, "neighbours"),
        ({"plane": "oblique"}, "plane"),
        ({"scaling": "x"}, "scaling"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    weights: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    answers = dataclasses.replace(ANSWERS, **changes)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=said) as refusal:
        import_model(weights, answers, tmp_path / "models")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "models").exists()


def test_a_pickle_is_refused_whatever_it_is_called(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "net.safetensors")
    with pytest.raises(ModelError, match="can run code"):
        import_model(tmp_path / "net.safetensors", ANSWERS, tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello" * 9, b"\xff" * 64])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"^net\.safetensors is no safetensors file"):
        import_model(tmp_path / "net.safetensors", ANSWERS, tmp_path)
    with pytest.raises(ModelError, match=r"^gone cannot be read \(No such file"):
        import_model(tmp_path / "gone", ANSWERS, tmp_path)


def test_weights_that_are_no_numbers_are_refused(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    key = next(iter(state))
    spoilt = {**state, key: torch.full_like(state[key], float("nan"))}
    save_file(spoilt, tmp_path / "net.safetensors")
    with pytest.raises(ModelError, match="not finite"):
        import_model(tmp_path / "net.safetensors", ANSWERS, tmp_path)


def test_weights_that_are_whole_numbers_are_refused(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    key = next(iter(state))
    spoilt = {**state, key: state[key].to(torch.int32)}
    save_file(spoilt, tmp_path / "net.safetensors")
    with pytest.raises(ModelError, match=r"holds torch\.int32"):
        import_model(tmp_path / "net.safetensors", ANSWERS, tmp_path)


OPTIONS = (
    *("--name", "own", "--architecture", "unet", "--encoder", ENCODER),
    *("--sequences", "T1, FLAIR", "--classes", "tumour"),
)


def test_the_command_takes_options_or_asks(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["models", "import", str(weights), "--folder", str(tmp_path / "m")]
    done = CliRunner().invoke(app, [*command, *OPTIONS[2:]])
    assert done.exit_code == 2
    assert "--name is missing" in done.stderr
    monkeypatch.setattr("napari_brainseg.cli.bundles._is_person_there", lambda: True)
    done = CliRunner().invoke(app, [*command, *OPTIONS[4:]], input="own\nunet\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].startswith("own  U-Net · mobilenetv3_small_minimal_100")
    assert "Architecture (unet" in done.stderr
    again = CliRunner().invoke(app, [*command, *OPTIONS])
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    assert CliRunner().invoke(app, [*command, *OPTIONS, "--mean", "x"]).exit_code == 2


def test_the_list_stands_without_a_command() -> None:
    done = CliRunner().invoke(app, ["models"])
    assert done.exit_code == 0
    assert "lgg-flair" in done.stdout
