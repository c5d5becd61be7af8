"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_brainseg.models.bundle import Bundle

# Texts are checked in English, whatever the language of the machine; Qt reads this.
os.environ["LC_ALL"] = "C.UTF-8"

# napari's settings are reset before and after each test: not those of the user, and not on disk.
os.environ["NAPARI_CONFIG"] = ""

# Beside other test processes each has one core; OpenMP reads this when torch is loaded.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# Asserts of the inherited contracts are explained like those in test modules.
pytest.register_assert_rewrite("contracts.format_contract")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real scans and data that may not be committed."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("BRAINSEG_SHARED", beside))
    if not folder.is_dir():
        pytest.skip("no real data here: set BRAINSEG_SHARED to the folder that holds it")
    return folder


@pytest.fixture(autouse=True)
def autosaves(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the autosaves of one test, never the user's own."""
    folder = tmp_path_factory.getbasetemp() / f"autosaves-{uuid4().hex}"
    monkeypatch.setenv("BRAINSEG_JOURNAL", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of the cached graphs of all tests, never the user's own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRAINSEG_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Make a small untrained model: fast, complete, and wrong."""
    return _untrained(tmp_path_factory, "tiny", {"tumour": (1, "#e6194b")})


@pytest.fixture(scope="session")
def several_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Make one that tells three classes apart, each of which it finds somewhere."""
    classes = {
        "necrotic core": (1, "#d62728"),
        "oedema": (2, "#2ca02c"),
        "enhancing": (4, "#ffd700"),
    }
    return _untrained(tmp_path_factory, "several", classes)


def _untrained(
    tmp_path_factory: pytest.TempPathFactory, name: str, classes: dict[str, tuple[int, str]]
) -> Bundle:
    import torch
    from safetensors.torch import save_file

    from napari_brainseg.models.architectures import Architecture, build_network
    from napari_brainseg.models.bundle import WEIGHTS_NAME, file_sha256, open_bundle
    from napari_brainseg.models.card import CARD_NAME, InputRole, ModelCard, TargetClass
    from napari_brainseg.models.preprocessing import Preprocessing

    encoder = "timm-mobilenetv3_small_minimal_100"
    torch.manual_seed(0)
    network = build_network(Architecture.UNET, encoder, 3, len(classes)).eval()
    if len(classes) > 1:
        # Centred, so that no class wins everywhere.
        head = network.get_submodule("segmentation_head.0")
        with torch.no_grad():
            logits = network(torch.rand(2, 3, 64, 64) * 2 - 1)
            head.bias -= logits.transpose(0, 1).flatten(1).median(dim=1).values
    folder = tmp_path_factory.mktemp("models") / name
    folder.mkdir()
    weights = {
        key: tensor.half() if tensor.is_floating_point() else tensor
        for key, tensor in network.state_dict().items()
    }
    save_file(weights, folder / WEIGHTS_NAME)
    card = ModelCard(
        name=name,
        title=name.title(),
        description="An untrained network for tests.",
        architecture=Architecture.UNET,
        encoder=encoder,
        roles=(
            InputRole(name="pre-contrast", fallback="FLAIR"),
            InputRole(name="FLAIR"),
            InputRole(name="post-contrast", fallback="FLAIR"),
        ),
        classes=tuple(
            TargetClass(name=called, value=value, color=color)
            for called, (value, color) in classes.items()
        ),
        preprocessing=Preprocessing(mean=(0.5,) * 3, std=(0.5,) * 3, size=64),
        threshold=0.5,
        trained_on="nothing",
        validation="nothing",
        metrics={"dice_mean": 0.0},
        training={},
        data_sha256="0" * 64,
        initialisation="random",
        versions={},
        licence="BSD-3-Clause",
        intended_use="Tests.",
        weights_sha256=file_sha256(folder / WEIGHTS_NAME),
    )
    (folder / CARD_NAME).write_text(card.model_dump_json(), encoding="utf-8")
    return open_bundle(folder)
