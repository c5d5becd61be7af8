"""Which image feeds which role, and where it lands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_brainseg.channels import Channel, assemble, guess_channels
from napari_brainseg.errors import ChannelError
from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from napari_brainseg.models.bundle import Bundle


def make_scan(*channels: str, affine: np.ndarray | None = None, folder: str = "p1") -> Scan:
    data = np.random.default_rng(1).random((len(channels), 4, 6, 8)).astype(np.float32)
    source = Source("nifti", "scan", (Path(folder) / f"{channels[0]}.nii",))
    return Scan(data, np.diag([-1.0, -1, 3, 1]) if affine is None else affine, channels, source)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("t2_flair", "FLAIR"),
        ("Ax FLAIR", "FLAIR"),
        ("T1ce", "post-contrast"),
        ("t1_gd", "post-contrast"),
        ("AX T1 POST", "post-contrast"),
        ("t1_pre", "pre-contrast"),
        ("T1w", "pre-contrast"),
    ],
)
def test_names_of_the_field_are_understood(tiny_bundle: Bundle, name: str, role: str) -> None:
    flair = "fluid FLAIR" if role != "FLAIR" else name
    scan = make_scan(flair, *([] if role == "FLAIR" else [name]))
    guess = guess_channels(tiny_bundle.card, scan, ())
    assert guess.sure
    chosen = guess.by_role[role]
    assert chosen is not None
    assert chosen.name == name


def test_a_t2_is_not_taken_for_flair_in_silence(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("T2"), ())
    assert not guess.sure
    assert guess.notes == ("The model expects FLAIR; this image is named T2.",)


def test_unnamed_channels_are_taken_in_order_and_said(tiny_bundle: Bundle) -> None:
    guess = guess_channels(tiny_bundle.card, make_scan("red", "green", "blue"), ())
    assert not guess.sure
    assert [c and c.name for c in guess.by_role.values()] == ["red", "green", "blue"]


def test_sequences_of_the_same_folder_are_found_but_not_of_another_patient(
    tiny_bundle: Bundle,
) -> None:
    flair = make_scan("FLAIR")
    mine, theirs = make_scan("T1"), make_scan("T1", folder="p2")
    near = guess_channels(tiny_bundle.card, flair, [Channel(theirs, 0), Channel(mine, 0)])
    chosen = near.by_role["pre-contrast"]
    assert chosen is not None
    assert chosen.scan is mine
    far = guess_channels(tiny_bundle.card, flair, [Channel(theirs, 0)])
    assert far.by_role["pre-contrast"] is None


def test_channels_of_one_scan_are_not_resampled(tiny_bundle: Bundle) -> None:
    scan = make_scan("pre-contrast", "FLAIR", "post-contrast")
    chosen = guess_channels(tiny_bundle.card, scan, ()).by_role
    stacked, notes = assemble(scan, tiny_bundle.card, chosen)
    assert np.array_equal(stacked.data, scan.data)
    assert notes == ()


def test_another_grid_is_resampled_by_position(tiny_bundle: Bundle) -> None:
    flair = make_scan("FLAIR")
    turned = flair.affine @ np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1.0]])
    other = Scan(make_scan("T1").data.swapaxes(2, 3), turned, ("T1",), flair.source)
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(other, 0)}
    stacked, notes = assemble(flair, tiny_bundle.card, roles)
    expected = other.data[0].swapaxes(1, 2)
    assert np.allclose(stacked.data[0][:-1], expected[1:], atol=1e-5)
    assert any("resampled" in note for note in notes)


def test_an_image_elsewhere_is_refused(tiny_bundle: Bundle) -> None:
    flair = make_scan("FLAIR")
    away = np.array(flair.affine)
    away[0, 3] = 900
    roles = {"FLAIR": Channel(flair, 0), "pre-contrast": Channel(make_scan("T1", affine=away), 0)}
    with pytest.raises(ChannelError, match="does not overlap"):
        assemble(flair, tiny_bundle.card, roles)
