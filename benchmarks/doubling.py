"""What it saves to convolve a picture before it is doubled, on one core, by precision.

    python benchmarks/doubling.py [--model lgg-flair-unet] [--rounds 30]

The first network of a model answers one slice of 224 x 192 pixels of noise, as converted and as
changed by ``napari_brainseg.pipeline.backends.doubling``. The two take turns; the shortest time of
each counts. ``ONEDNN_MAX_CPU_ISA=AVX2`` shows a processor without AVX-512.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.models.bundle import Bundle, read_graph, read_weights
from napari_brainseg.models.catalog import find_models
from napari_brainseg.pipeline.backends.doubling import convolve_before_doubling
from napari_brainseg.pipeline.backends.openvino_runtime import core, has_bf16, model_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

HINTS = {"float32": "f32", "bfloat16": "bf16"}


def compiled(bundle: Bundle, hint: str, *, before: bool) -> Any:
    """Compile a model for one slice and one thread."""
    graph, weights = read_graph(bundle), read_weights(bundle)
    if graph is None:
        raise SystemExit(f"{bundle.card.name} has no graph: brainseg-train prove makes it.")
    model = model_of(graph, weights)
    if before and not convolve_before_doubling(model):
        raise SystemExit(f"{bundle.card.name} doubles nothing before it convolves.")
    model.reshape({model.inputs[0]: [1, bundle.card.preprocessing.in_channels, -1, -1]})
    settings = {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": 1}
    return core().compile_model(model, "CPU", settings)


def seconds(network: Any, image: NDArray[np.float32]) -> float:
    """Time one answer."""
    started = time.perf_counter()
    network([image])
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="lgg-flair-unet")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    bundle = find_models().get(options.model)
    shape = 1, bundle.card.preprocessing.in_channels, 224, 192
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    print("| precision | as converted, ms | convolved before, ms | ratio |\n|---|---|---|---|")
    for name, hint in HINTS.items():
        if hint == "bf16" and not has_bf16():
            continue
        ways = [compiled(bundle, hint, before=before) for before in (False, True)]
        turns = [[seconds(way, image) for way in ways] for _ in range(options.rounds)]
        usual, ours = np.min(turns, axis=0)
        print(f"| {name} | {1e3 * usual:.1f} | {1e3 * ours:.1f} | {ours / usual:.2f} |")


if __name__ == "__main__":
    main()
