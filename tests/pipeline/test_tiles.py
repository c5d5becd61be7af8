"""Large slices shown to a network tile by tile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from napari_brainseg.models.preprocessing import Preprocessing
from napari_brainseg.pipeline.backends import TorchNetwork
from napari_brainseg.pipeline.predict import predict_slices
from napari_brainseg.pipeline.prepare import PreparedSlices, prepare_scan
from napari_brainseg.scan import DISPLAY_AFFINE, Scan, Source

PARAMS = Preprocessing(mean=(0.5,), std=(0.5,), size=64)


class Brightness(nn.Module):
    """Answers each pixel by its own brightness, and notes what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: set[tuple[int, ...]] = set()

    def forward(self, images: Tensor) -> Tensor:
        self.shown.add(tuple(images.shape[-2:]))
        return images * 3


class Edge(Brightness):
    """Wrong at the border of what it is shown, as every network with padding is."""

    def forward(self, images: Tensor) -> Tensor:
        super().forward(images)
        answer = torch.full_like(images, 5.0)
        answer[..., :1, :] = answer[..., -1:, :] = answer[..., :1] = answer[..., -1:] = -5.0
        return answer


def prepared(tile: int, height: int = 160, width: int = 200) -> PreparedSlices:
    data = np.random.default_rng(0).uniform(0, 1000, (1, 3, height, width)).astype(np.float32)
    affine = DISPLAY_AFFINE @ np.diag([PARAMS.pixel_mm, PARAMS.pixel_mm, 3.0, 1.0])
    scan = Scan(data, affine, ("FLAIR",), Source("scan"))
    return prepare_scan(scan, replace(PARAMS, tile=tile))


def probabilities(network: nn.Module, slices: PreparedSlices, flip: bool = True) -> np.ndarray:
    shown = TorchNetwork(network, "cpu", tile=slices.params.tile)
    parts = predict_slices(shown, slices, range(len(slices)), batch_size=2, flip=flip)
    return np.concatenate([values[:, 0] for _, values in parts])


def test_tiles_give_what_the_whole_slice_gives_where_context_does_not_matter() -> None:
    network = Brightness()
    whole = probabilities(network, prepared(tile=0))
    assert network.shown == {(160, 224)}
    network.shown.clear()
    tiled = probabilities(network, prepared(tile=64))
    assert network.shown == {(64, 64)}
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_seams_are_blended_away() -> None:
    tiled = probabilities(Edge(), prepared(tile=64), flip=False)
    inner = tiled[:, 16:-16, 16:-16]
    assert inner.min() > 0.95


def test_slices_no_larger_than_a_tile_are_shown_whole() -> None:
    network = Brightness()
    probabilities(network, prepared(tile=256))
    assert network.shown == {(160, 224)}
