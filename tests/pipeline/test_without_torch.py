"""Where graph and runtime are there, torch is not loaded."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT = """
import sys
from napari_brainseg.pipeline.segment import segment_scan
from napari_brainseg.sample import phantom
result = segment_scan(phantom(), device={device!r}, slices=[10])
assert result.labels.any()
assert "OpenVINO" in result.device, result.device
loaded = {{"torch", "segmentation_models_pytorch", "timm", "onnx", "monai"}} & set(sys.modules)
assert not loaded, loaded
"""


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_the_embedded_model_runs_without_torch(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("BRAINSEG_CACHE", str(tmp_path))  # not even a graph is in the cache
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    device = "cpu" if sys.platform == "darwin" else "auto"
    result = subprocess.run(
        [sys.executable, "-c", SEGMENT.format(device=device)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
