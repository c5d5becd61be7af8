"""The bundled phantom."""

from __future__ import annotations

import numpy as np

from napari_brainseg.frames import frame_for
from napari_brainseg.pipeline.segment import segment_scan
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


def test_its_tissues_look_as_in_each_sequence() -> None:
    """On FLAIR fluid is dark and grey matter brighter than white; on T1 white is the brightest."""
    pre, flair, _ = (channel.astype(float) for channel in phantom().data)
    middle = np.s_[10, 60:190, 75:180]
    for image in (pre, flair):
        assert np.percentile(image[middle], 1) < 0.5 * np.median(image[middle])
    white = pre[middle] > np.percentile(pre[middle], 80)
    grey = (pre[middle] > np.percentile(pre[middle], 25)) & (
        pre[middle] < np.percentile(pre[middle], 45)
    )
    healthy = flair[middle] < 400
    assert np.median(flair[middle][grey & healthy]) > np.median(flair[middle][white & healthy])


def test_the_default_model_finds_the_lesion_it_never_learned_and_doubts_nothing() -> None:
    result, lesion = segment_scan(phantom(), device="cpu"), phantom_lesion()
    both = int((result.labels * lesion).sum())
    # Its soft edge, which is not of the lesion, looks like the oedema that the model marks.
    assert 2 * both / (int(result.labels.sum()) + int(lesion.sum())) > 0.85
    assert result.notes == ()
