"""The bundled phantom."""

from __future__ import annotations

import numpy as np

from napari_brainseg.frames import frame_for
from napari_brainseg.sample import phantom, phantom_lesion


def test_the_phantom_is_a_brain_scan_with_a_right_frontal_lesion() -> None:
    scan, lesion = phantom(), phantom_lesion().astype(bool)
    assert scan.channels == ("pre-contrast", "FLAIR", "post-contrast")
    assert scan.spacing == (5.0, 0.9, 0.9)
    assert lesion.shape == scan.grid
    assert frame_for(scan.affine).flips == (False, False, False)
    z, y, x = (axis.mean() for axis in np.nonzero(lesion))
    right, anterior, _, _ = scan.affine @ np.array([x, y, z, 1.0])
    assert right > 0
    assert anterior > 0


def test_the_lesion_is_bright_on_flair_and_dark_on_t1() -> None:
    scan, lesion = phantom(), phantom_lesion().astype(bool)
    mirrored = lesion[:, :, ::-1] & ~lesion
    pre, flair, _ = (channel.astype(float) for channel in scan.data)
    assert flair[lesion].mean() > 1.5 * flair[mirrored].mean()
    assert pre[lesion].mean() < 0.9 * pre[mirrored].mean()


def test_the_phantom_is_the_same_each_time() -> None:
    first = phantom().data.copy()
    phantom.cache_clear()
    assert np.array_equal(phantom().data, first)
