"""The chosen images on the grid of the scan, in the order of the roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from napari_brainseg.errors import ChannelError
from napari_brainseg.pipeline.assemble import assemble_channels
from napari_brainseg.pipeline.channels import Channel, guess_channels
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle


def make_scan(*channels: str, affine: np.ndarray | None = None, folder: str = "p1") -> Scan:
    data = np.random.default_rng(1).random((len(channels), 4, 6, 8)).astype(np.float32)
    source = Source("scan", (Path(folder) / f"{channels[0]}.nii",))
    return Scan(data, np.diag([-1.0, -1, 3, 1]) if affine is None else affine, channels, source)


def test_channels_of_one_scan_are_not_resampled(tiny_bundle: Bundle) -> None:
    scan = make_scan("pre-contrast", "FLAIR", "post-contrast")
    chosen = guess_channels(tiny_bundle.card, scan, ()).by_role
    stacked, notes = assemble_channels(scan, tiny_bundle.card, chosen)
    assert np.shares_memory(stacked.data, scan.data)
    assert notes == ()


def test_channels_in_another_order_are_put_in_order(tiny_bundle: Bundle) -> None:
    scan = make_scan("FLAIR", "T1ce", "T1")
    chosen = guess_channels(tiny_bundle.card, scan, ()).by_role
    stacked, _ = assemble_channels(scan, tiny_bundle.card, chosen)
    assert stacked.channels == ("pre-contrast", "FLAIR", "post-contrast")
    assert np.array_equal(stacked.data, scan.data[[2, 0, 1]])


def test_another_grid_is_resampled_by_position(tiny_bundle: Bundle) -> None:
    flair = make_scan("FLAIR")
    turned = flair.affine @ np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1.0]])
    other = Scan(make_scan("T1").data.swapaxes(2, 3), turned, ("T1",), flair.source)
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(other, 0)}
    stacked, notes = assemble_channels(flair, tiny_bundle.card, roles)
    expected = other.data[0].swapaxes(1, 2)
    assert np.allclose(stacked.data[0][:-1], expected[1:], atol=1e-5)
    assert any("resampled" in note for note in notes)


def test_an_image_elsewhere_is_refused(tiny_bundle: Bundle) -> None:
    flair = make_scan("FLAIR")
    away = np.array(flair.affine)
    away[0, 3] = 900
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(make_scan("T1", affine=away), 0)}
    with pytest.raises(ChannelError, match="does not overlap"):
        assemble_channels(flair, tiny_bundle.card, roles)


def test_a_turned_grid_keeps_its_outermost_voxels(tiny_bundle: Bundle) -> None:
    oblique = np.array(make_scan("FLAIR").affine)
    oblique[:3, :3] = nib.eulerangles.euler2mat(0.3, 0.2, 0.1) @ oblique[:3, :3]
    flair = make_scan("FLAIR", affine=oblique)
    turn = np.array([[0, -1, 0, 7], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    upright = make_scan("T1").data
    other = Scan(upright.swapaxes(2, 3)[..., ::-1, :], flair.affine @ turn, ("T1",), flair.source)
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(other, 0)}
    stacked, _ = assemble_channels(flair, tiny_bundle.card, roles)
    assert np.allclose(stacked.data[0], upright[0], atol=1e-5)


def test_a_thin_overlap_is_enough(tiny_bundle: Bundle) -> None:
    tall = np.ones((1, 60, 6, 8), np.float32)
    flair = Scan(tall, np.diag([-1.0, -1, 3, 1]), ("FLAIR",), Source("scan"))
    affine = np.array(flair.affine)
    affine[2, 3] = 31.0
    slab = Scan(tall[:, :1], affine, ("T1",), flair.source)
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(slab, 0)}
    stacked, _ = assemble_channels(flair, tiny_bundle.card, roles)
    assert np.flatnonzero(stacked.data[0].any(axis=(1, 2))).tolist() == [10]


def test_a_grid_without_position_cannot_be_placed(tiny_bundle: Bundle) -> None:
    flair = make_scan("FLAIR")
    picture = Scan(np.ones((1, 4, 9, 9)), np.eye(4), ("T1",), Source("p"), "pixel")
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(picture, 0)}
    with pytest.raises(ChannelError, match="no position in mm"):
        assemble_channels(flair, tiny_bundle.card, roles)
