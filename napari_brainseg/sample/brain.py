"""A real head with a computed lesion: no patient, no face.

``scripts/make_phantom.py`` made the file from *Colin 27*, 27 T1-weighted scans of one healthy
person, averaged (Holmes et al., J Comput Assist Tomogr 22:324, 1998); ``LICENSE.txt`` beside it has
its terms. T1 is that person's. FLAIR, the contrast agent and the lesion are computed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_brainseg.scan import Scan, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["phantom", "phantom_lesion"]

FILE = Path(__file__).with_name("phantom.npz")
CHANNELS = ("pre-contrast", "FLAIR", "post-contrast")
SPACING = (5.0, 0.9, 0.9)


@lru_cache(maxsize=1)
def phantom() -> Scan:
    """Return the phantom as a scan.

    Returns
    -------
    Scan
        Channels pre-contrast T1, FLAIR and post-contrast T1, uint16, 22 axial slices of 256 x 256
        pixels, 0.9 x 0.9 x 5 mm, in RAS+ mm centred on the grid.

    Examples
    --------
    >>> phantom().data.shape
    (3, 22, 256, 256)
    """
    data = _stored("data")
    middle = [(length - 1) / 2 for length in data.shape[1:]]
    z, y, x = SPACING
    affine = np.diag([-x, -y, z, 1.0])
    affine[:3, 3] = [x * middle[2], y * middle[1], -z * middle[0]]
    return Scan(data, affine, CHANNELS, Source("brain_sample"))


def phantom_lesion() -> NDArray[np.uint8]:
    """Return the true lesion of the phantom: uint8 (Z, Y, X), 0 or 1."""
    return _stored("lesion").astype(np.uint8)


def _stored(name: str) -> NDArray[np.generic]:
    with np.load(FILE, allow_pickle=False) as arrays:
        values: NDArray[np.generic] = arrays[name]
    return values
