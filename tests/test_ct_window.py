"""Which scans are CT, and how it is shown."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from weakref import ref

import numpy as np
import pytest

from napari_brainseg.ct_window import PRESETS, Window, dragged, is_ct
from napari_brainseg.io import read_scan
from napari_brainseg.scan import DicomSource, Scan, Source


def scan(low: float, high: float, modality: str | None = None, dtype: str = "int16") -> Scan:
    data = np.linspace(low, high, 8 * 8 * 4).reshape(1, 4, 8, 8).astype(dtype)
    header = SimpleNamespace(Modality=modality)
    source = DicomSource("scan", dataset=header) if modality else Source("scan")
    return Scan(data, np.eye(4), ("image",), source)


def test_a_window_reaches_half_its_width_to_either_side() -> None:
    assert Window("w", 80, 40).limits == (0, 80)
    assert PRESETS[0] == Window("Brain", 80, 40)


def test_dragging_moves_the_level_widens_the_window_and_never_closes_it() -> None:
    assert dragged((0.0, 80.0), 40, 20, 1.0) == (0.0, 120.0)
    assert dragged((0.0, 80.0), 0, -10, 0.5) == (-5.0, 75.0)
    low, high = dragged((0.0, 80.0), -500, 0, 1.0)
    assert (low + high) / 2 == 40
    assert high > low


@pytest.mark.parametrize(
    ("given", "ct"),
    [
        (scan(0, 1000, "CT"), True),
        (scan(-1024, 3000, "MR"), False),
        (scan(-1024, 3000), True),
        (scan(0, 3000), False),
        (scan(-1000, 100), False),
        (scan(0, 255, dtype="uint8"), False),
    ],
)
def test_ct_is_known_by_modality_or_by_its_values(given: Scan, ct: bool) -> None:
    assert is_ct(given) is ct


def test_the_real_head_ct_is_ct_and_the_real_mr_is_not(shared) -> None:
    scans = shared / "scans"
    assert is_ct(read_scan(scans / "ct_head_philips").scan)
    assert not is_ct(read_scan(scans / "mr_clinical" / "flair.nii.gz").scan)


def test_a_scan_that_was_looked_through_is_let_go() -> None:
    """What was found is remembered as long as the scan is there, and no longer."""
    one = scan(-1000, 1000)
    assert is_ct(one)
    gone = ref(one)
    del one
    gc.collect()
    assert gone() is None
