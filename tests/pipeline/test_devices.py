"""Devices are found by name, fastest first."""

from __future__ import annotations

import pytest

from napari_brainseg.errors import DeviceError
from napari_brainseg.pipeline import devices
from napari_brainseg.pipeline.devices import Device, resolve_device

FOUND = (
    Device("cuda:0", "CUDA · Big"),
    Device("cuda:1", "CUDA · Small"),
    Device("cpu", "CPU · 2 threads"),
)


@pytest.fixture(autouse=True)
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "list_devices", lambda: FOUND)


@pytest.mark.parametrize(
    ("name", "found"),
    [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu", "cpu")],
)
def test_a_name_finds_its_device(name: str, found: str) -> None:
    assert resolve_device(name).name == found


@pytest.mark.parametrize("name", ["cuda:2", "mps", "", "CUDA · Big"])
def test_an_absent_device_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(DeviceError, match=r"cuda:0 \(CUDA · Big\).*cuda:1.*cpu"):
        resolve_device(name)
