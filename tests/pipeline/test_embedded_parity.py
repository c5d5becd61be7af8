"""The networks in the package answer by OpenVINO as they do by torch, at several sizes."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.measure.metrics import overlap
from napari_brainseg.models.catalog import EMBEDDED_FOLDER, find_models
from napari_brainseg.models.graph import INT8_GRAPH_NAME
from napari_brainseg.pipeline.backends import open_network
from napari_brainseg.pipeline.prepare import prepare_scan
from napari_brainseg.sample import phantom

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = ((256, 256), (192, 160), (96, 224))
CLOSE = 2e-3
"""Largest difference of probabilities."""


IN_8_BITS = sorted(path.parent.name for path in EMBEDDED_FOLDER.glob(f"*/{INT8_GRAPH_NAME}"))


@pytest.fixture(scope="module")
def slices() -> NDArray[np.float32]:
    """Prepare two slices of the sample (2, C, 256, 256), one of them with the lesion."""
    prepared = prepare_scan(phantom(), find_models().default.card.preprocessing)
    return prepared.batch([3, len(prepared) // 2])


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")
@pytest.mark.parametrize("name", sorted(each.name for each in EMBEDDED_FOLDER.glob("*/")))
def test_an_embedded_model_answers_alike(name: str, slices: NDArray[np.float32]) -> None:
    bundle = find_models().get(name)
    torch, openvino = (open_network(bundle, backend) for backend in ("torch", "openvino"))
    middle = slices.shape[2] // 2
    marked = 0
    for height, width in SIZES:
        rows, columns = (slice(middle - side // 2, middle + side // 2) for side in (height, width))
        images = np.ascontiguousarray(slices[..., rows, columns])
        expected, found = torch.run(images), openvino.run(images)
        assert found.shape == expected.shape == (2, 1, height, width)
        np.testing.assert_allclose(found, expected, atol=CLOSE)
        marked += int((expected >= bundle.card.threshold).sum())
    assert marked > 100


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")
@pytest.mark.parametrize("name", IN_8_BITS)
def test_in_8_bits_it_marks_the_lesion_alike(name: str, slices: NDArray[np.float32]) -> None:
    bundle = find_models().get(name)
    assert bundle.card.runtime.proofs["int8"].holds
    exact, rounded = (
        open_network(bundle, "openvino", precision=precision).run(slices)
        for precision in ("fp32", "int8")
    )
    masks = [found[:, 0] >= bundle.card.threshold for found in (exact, rounded)]
    assert overlap(*masks).dice > 0.97
    assert not np.array_equal(exact, rounded)


def test_the_default_comes_in_8_bits() -> None:
    assert find_models().default.card.name in IN_8_BITS
