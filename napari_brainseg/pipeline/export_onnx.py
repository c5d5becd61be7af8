"""A model as ONNX, for programs that know nothing of ours; compared with torch before it stands."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.errors import ModelError
from napari_brainseg.io.atomic import replacing
from napari_brainseg.models.bundle import load_network
from napari_brainseg.pipeline.backends.convert import LOG_ODDS, log_odds_apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

    from napari_brainseg.models.bundle import Bundle

__all__ = ["Exported", "export_onnx"]

OPSET = 17
SIDES = ((2, 2, 3), (1, 5, 4))
"""Batches (n, height, width) at which both are asked, in multiples of what the model takes."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Parameters
    ----------
    path : Path
        The file; the model card lies beside it as ``<name>.card.json``.
    parity : float
        Largest difference of log-odds to torch's, in float32.
    runtime : str
        What ran it.
    """

    path: Path
    parity: float
    runtime: str


def export_onnx(bundle: Bundle, path: Path, *, overwrite: bool = False) -> Exported:
    """Write a model as ONNX: ``images`` (n, C, H, W) to ``probabilities`` (n, K, H, W), float32.

    What goes in is standardised as the card says, which is written beside.

    Raises
    ------
    ModelError
        If the model is damaged, cannot be written as ONNX, or then answers otherwise.
    SaveError
        If the file cannot be written, or is there and may not be replaced.
    """
    network = _with_sigmoid(load_network(bundle))
    batches = list(_batches(bundle))
    with replacing(path, path.name, ".onnx", exclusive=not overwrite) as aside:
        _write(network, batches[0], aside)
        runtime, run = _runner(aside)
        parity = max(_apart(network, run, batch) for batch in batches)
        if not parity <= LOG_ODDS:
            raise ModelError(
                f"As ONNX, {bundle.card.name} answers otherwise than in torch: log-odds are up to "
                f"{parity:.3f} apart, expected {LOG_ODDS}. Nothing was written."
            )
    card = path.with_name(f"{path.stem}.card.json")
    with replacing(card, card.name) as aside:
        aside.write_text(bundle.card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Exported(path, parity, runtime)


def _with_sigmoid(network: nn.Module) -> nn.Module:
    import torch
    from torch import nn

    return nn.Sequential(network.to(memory_format=torch.contiguous_format), nn.Sigmoid()).eval()


def _batches(bundle: Bundle) -> Any:
    random, prepared = np.random.default_rng(0), bundle.card.preprocessing
    unit = max(prepared.stride, 32)
    for count, height, width in SIDES:
        shape = (count, prepared.in_channels, height * unit, width * unit)
        yield random.normal(size=shape).astype(np.float32)


def _write(network: nn.Module, batch: NDArray[np.float32], path: Path) -> None:
    import torch

    if find_spec("onnx") is None:
        raise ModelError(
            'ONNX is written with the package onnx, which is not installed. Run: pip install "'
            'napari-brainseg[onnx]".'
        )
    sides = {0: "n", 2: "height", 3: "width"}
    try:
        with warnings.catch_warnings():
            # torch prefers its newer exporter, which asks for more packages, and tells of sizes
            # that are tried here anyway.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (torch.from_numpy(batch),),
                str(path),
                input_names=["images"],
                output_names=["probabilities"],
                dynamic_axes={"images": sides, "probabilities": sides},
                opset_version=OPSET,
                dynamo=False,
            )
    except OSError:
        raise
    except Exception as error:  # whatever it raises, the network is not to be had as ONNX
        raise ModelError(f"torch cannot write it as ONNX ({type(error).__name__}).") from error


def _runner(path: Path) -> tuple[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]]:
    """Open the file by what is installed."""
    if find_spec("onnxruntime") is not None:
        import onnxruntime

        session = onnxruntime.InferenceSession(
            path.read_bytes(), providers=["CPUExecutionProvider"]
        )
        return "ONNX Runtime", lambda batch: session.run(None, {"images": batch})[0]
    from napari_brainseg.pipeline.backends.openvino_runtime import core

    model = core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return "OpenVINO", lambda batch: np.array(model([batch])[0])


def _apart(
    network: nn.Module,
    run: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    batch: NDArray[np.float32],
) -> float:
    import torch

    with torch.inference_mode():
        expected = network(torch.from_numpy(batch)).numpy()
    return log_odds_apart(run(batch), expected)
