"""Bundles are verified before they are loaded; the catalog finds them and never breaks."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from napari_brainseg.errors import DeviceError, ModelError
from napari_brainseg.models import catalog
from napari_brainseg.models.architectures import NO_ENCODER, Architecture, build_network
from napari_brainseg.models.bundle import (
    Bundle,
    file_sha256,
    load_network,
    open_bundle,
    read_safetensors,
)
from napari_brainseg.models.catalog import DEFAULT_MODEL, find_models
from napari_brainseg.pipeline.devices import list_devices, resolve_device

ENCODER = "timm-mobilenetv3_small_minimal_100"


@pytest.fixture
def bundle(tiny_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Copy the tiny model, for a test to spoil."""
    return open_bundle(shutil.copytree(tiny_bundle.path, tmp_path / "models" / "tiny"))


def edit_card(bundle: Bundle, **changes: object) -> None:
    path = bundle.path / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


ENCODERS = {
    Architecture.CLASSIC_UNET: NO_ENCODER,
    # These lean on the strides or the shape of a transformer.
    Architecture.SEGFORMER: "mit_b0",
    Architecture.DPT: "tu-vit_tiny_patch16_224.augreg_in21k",
}


@pytest.mark.parametrize("architecture", list(Architecture))
def test_every_architecture_maps_slices_to_logits(architecture: Architecture) -> None:
    network = build_network(architecture, ENCODERS.get(architecture, ENCODER), 3, 1).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 128, 160)).shape == (2, 1, 128, 160)


def test_the_classic_unet_has_the_published_size() -> None:
    network = build_network(Architecture.CLASSIC_UNET, NO_ENCODER, 3, 1)
    assert sum(parameter.numel() for parameter in network.parameters()) == 31_037_633


def test_the_classic_unet_takes_no_encoder() -> None:
    with pytest.raises(ModelError, match="no encoder"):
        build_network(Architecture.CLASSIC_UNET, "resnet18", 3, 1)


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(ModelError, match="resnet18"):
        build_network(Architecture.UNET, "no-such-encoder", 3, 1)


def test_weights_load_as_float32_in_evaluation_mode(bundle: Bundle) -> None:
    network = load_network(bundle)
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}


def test_changed_weights_are_refused(bundle: Bundle) -> None:
    path = bundle.path / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="SHA-256"):
        load_network(bundle)


@pytest.mark.parametrize("new_format", [True, False])
def test_a_pickled_checkpoint_is_refused_whatever_it_is_called(
    bundle: Bundle, new_format: bool
) -> None:
    path = bundle.path / "model.safetensors"
    torch.save({"weight": torch.zeros(2)}, path, _use_new_zipfile_serialization=new_format)
    edit_card(bundle, weights_sha256=file_sha256(path))
    with pytest.raises(ModelError, match="pickled"):
        load_network(open_bundle(bundle.path))


def test_weights_of_another_architecture_are_refused(bundle: Bundle) -> None:
    edit_card(bundle, architecture="fpn")
    with pytest.raises(ModelError, match="do not fit"):
        load_network(open_bundle(bundle.path))


def test_weights_that_are_whole_numbers_are_refused(bundle: Bundle) -> None:
    path = bundle.path / "model.safetensors"
    weights = {key: tensor.to(torch.int64) for key, tensor in load_file(path).items()}
    save_file(weights, path)
    edit_card(bundle, weights_sha256=file_sha256(path))
    with pytest.raises(ModelError, match="do not fit"):
        load_network(open_bundle(bundle.path))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"architecture": "transformer-9000"}, "architecture"),
        ({"surprise": 1}, "surprise"),
        ({"roles": [{"name": "FLAIR", "fallback": "T9"}]}, "required"),
        ({"weights_sha256": "abc"}, "hexadecimal"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_a_bad_card_names_what_is_wrong(
    bundle: Bundle, changes: dict[str, object], word: str
) -> None:
    edit_card(bundle, **changes)
    with pytest.raises(ModelError, match=word):
        open_bundle(bundle.path)


def test_the_embedded_default_model_is_there_and_whole() -> None:
    bundle = find_models().default
    assert bundle.card.name == DEFAULT_MODEL
    assert "research" in bundle.card.licence
    assert sum(path.stat().st_size for path in bundle.path.iterdir()) < 35e6
    load_network(bundle)


def test_models_appear_while_running(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setattr(catalog, "user_model_folder", lambda: home)
    assert "tiny" not in find_models().bundles
    shutil.copytree(bundle.path, home / "tiny")
    assert "tiny" in find_models().bundles
    shutil.rmtree(home)
    monkeypatch.setenv("BRAINSEG_MODELS", str(bundle.path.parent))
    assert "tiny" in find_models().bundles


def test_a_broken_model_is_listed_and_harms_no_other(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle.path / "card.json").write_text("{")
    monkeypatch.setenv("BRAINSEG_MODELS", str(bundle.path.parent))
    found = find_models()
    assert DEFAULT_MODEL in found.bundles
    assert any("tiny/card.json" in problem for problem in found.problems)
    with pytest.raises(ModelError, match="no model 'tiny'"):
        found.get("tiny")


def test_the_cpu_is_always_there_and_last() -> None:
    assert list_devices()[-1].name == "cpu"
    assert resolve_device("cpu").name == "cpu"
    assert resolve_device("auto") == list_devices()[0]
    with pytest.raises(DeviceError, match=r"Found: .*cpu"):
        resolve_device("abacus")


@pytest.mark.parametrize(
    "encoder",
    [
        "tu-hf-hub:somebody/something",
        "tu-hf_hub:somebody/something",
        "tu-local-dir:/etc",
        "tu-https://host/weights",
        "timm-res2-hf-hub:somebody/something",
        "hf-hub:somebody/something",
        "../resnet18",
    ],
)
def test_an_encoder_that_is_an_address_reaches_no_library(bundle: Bundle, encoder: str) -> None:
    edit_card(bundle, encoder=encoder)
    with pytest.raises(ModelError, match="encoder"):
        open_bundle(bundle.path)
    with pytest.raises(ModelError, match="no encoder"):
        build_network(Architecture.UNET, encoder, 3, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stride", 0),
        ("pixel_mm", 0.0),
        ("pixel_mm", float("nan")),
        ("size", 10**6),
        ("tile", 1),
        ("std", [0.0, 1.0, 1.0]),
        ("std", [float("inf"), 1.0, 1.0]),
        ("mean", [float("nan"), 0.0, 0.0]),
        ("neighbours", 10**9),
        ("foreground_percentile", -5.0),
        ("tolerance", float("inf")),
        ("bare_contrast", 0.0),
        ("bare_contrast", 1e9),
    ],
)
def test_a_number_that_would_end_a_run_is_refused_on_opening(
    bundle: Bundle, name: str, value: object
) -> None:
    preprocessing = json.loads((bundle.path / "card.json").read_text())["preprocessing"]
    edit_card(bundle, preprocessing=preprocessing | {name: value})
    with pytest.raises(ModelError, match=rf"preprocessing\.{name}|tiles"):
        open_bundle(bundle.path)


@pytest.mark.parametrize(
    ("scaling", "windows"),
    [("foreground", []), ("brain", [[0, 80], None, None])],
    ids=["foreground", "windows"],
)
def test_a_contrast_about_no_brain_is_refused(
    bundle: Bundle, scaling: str, windows: list[object]
) -> None:
    preprocessing = json.loads((bundle.path / "card.json").read_text())["preprocessing"]
    drawn = {"scaling": scaling, "windows": windows, "bare_contrast": 1.5}
    edit_card(bundle, preprocessing=preprocessing | drawn)
    with pytest.raises(ModelError, match=r"a contrast of 1\.5 .* expected scaling"):
        open_bundle(bundle.path)


@pytest.mark.parametrize("value", [1e308, 10**400, -1e300])
def test_a_measure_that_no_line_can_hold_is_refused(bundle: Bundle, value: float) -> None:
    edit_card(bundle, metrics={"dice_mean": value})
    with pytest.raises(ModelError, match=r"metrics\.dice_mean"):
        open_bundle(bundle.path)


def test_a_card_that_windows_saved_is_read(bundle: Bundle) -> None:
    card = bundle.path / "card.json"
    card.write_bytes(b"\xef\xbb\xbf" + card.read_bytes())
    assert open_bundle(bundle.path).card == bundle.card


def test_text_of_a_card_cannot_move_or_colour_what_is_around_it(bundle: Bundle) -> None:
    edit_card(bundle, title="\x1b[31mred\u202e", description="two\nlines\x07 of 腫瘍")
    card = open_bundle(bundle.path).card
    assert card.title == "\ufffd[31mred\ufffd"
    assert card.description == "two\nlines\ufffd of 腫瘍"


@pytest.mark.parametrize("card", ["[" * 100_000, '{"a": ' * 100_000, "\ud800", "\0"])
def test_a_card_that_is_no_card_is_refused(bundle: Bundle, card: str) -> None:
    (bundle.path / "card.json").write_bytes(card.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelError, match=r"tiny/card\.json"):
        open_bundle(bundle.path)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "I/O")])
def test_a_folder_that_cannot_be_looked_into_hides_no_other(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    place = bundle.path.parent
    (place / "forbidden").mkdir()
    is_file = Path.is_file

    def guarded(path: Path) -> bool:
        if "forbidden" in path.parts:
            raise error
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", guarded)
    monkeypatch.setenv("BRAINSEG_MODELS", f"{place}{os.pathsep}{place / 'forbidden'}")
    found = find_models()
    assert {"tiny", DEFAULT_MODEL} <= found.bundles.keys()
    assert len([each for each in found.problems if "folder forbidden" in each]) == 2


def test_a_link_that_leads_round_in_a_circle_hides_no_other(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bundle.path.parent / "loop").symlink_to(bundle.path.parent / "loop")
    monkeypatch.setenv("BRAINSEG_MODELS", str(bundle.path.parent))
    assert "tiny" in find_models().bundles


@pytest.mark.parametrize("listed", [2**22 + 1, 2**63])
def test_weights_that_list_more_tensors_than_a_network_has_are_refused(tmp_path, listed):
    path = tmp_path / "model.safetensors"
    path.write_bytes(listed.to_bytes(8, "little") + b" " * (2**22 + 2))
    with pytest.raises(ModelError, match=f"of which {listed:,} list what is in them"):
        read_safetensors(path, "model 'x'", "")


def test_weights_larger_than_any_are_refused_unread(tmp_path):
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(2**43)
    with pytest.raises(ModelError, match=r"have 8,796,093,022,208 bytes"):
        read_safetensors(tmp_path / "model.safetensors", "model 'x'", "")
    with pytest.raises(ModelError, match=r"model 'x' cannot be read \(No such file"):
        read_safetensors(tmp_path / "gone", "model 'x'", "")


@pytest.mark.parametrize("part", ["centre", "spread", "limits", "rivals"])
def test_a_statistic_beyond_all_measure_is_refused_on_opening(part: str) -> None:
    fingerprint = find_models().get(DEFAULT_MODEL).card.fingerprint
    assert fingerprint is not None
    role = next(iter(fingerprint.roles.values()))
    numbers = getattr(role, part)
    with pytest.raises(ValueError, match=r"up to 1e\+06|not above 1e\+06"):
        replace(role, **{part: numbers | {next(iter(numbers)): 1e308}})
