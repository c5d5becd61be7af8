"""Grey-level windows: of CT in Hounsfield units, of others in those of the scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from napari_brainseg.language import marked
from napari_brainseg.scan import DicomSource

if TYPE_CHECKING:
    from napari_brainseg.scan import Scan

__all__ = ["PRESETS", "Window", "dragged", "is_ct"]

AIR = -900.0
BONE = 300.0


@dataclass(frozen=True, slots=True)
class Window:
    """A range of intensities, shown from black to white.

    Parameters
    ----------
    name : str
        For a button.
    width, level : float
        Width and centre of the window, in Hounsfield units.
    """

    name: str
    width: float
    level: float

    @property
    def limits(self) -> tuple[float, float]:
        """The values shown as black and as white, in Hounsfield units."""
        return self.level - self.width / 2, self.level + self.width / 2


PRESETS = (
    Window(marked("Brain"), 80.0, 40.0),
    Window(marked("Subdural"), 215.0, 75.0),
    Window(marked("Stroke"), 40.0, 40.0),
    Window(marked("Bone"), 2800.0, 600.0),
)
"""Usual windows of head CT; a CT opens with the first."""


NARROWEST = 2.0
"""Of a window, in steps of a pixel that the mouse moves."""


def dragged(
    limits: tuple[float, float], right: float, down: float, step: float
) -> tuple[float, float]:
    """Return the window after a drag: sideways its width changes, up and down its level.

    Parameters
    ----------
    limits : tuple of float
        The values shown as black and as white before.
    right, down : float
        How far the mouse moved, in pixels.
    step : float
        What a pixel changes, in the unit of the limits.

    Returns
    -------
    tuple of float
        As ``limits``; never closed.

    Examples
    --------
    >>> dragged((0.0, 80.0), 40, 20, 1.0)
    (0.0, 120.0)
    """
    low, high = limits
    width = max(NARROWEST * step, high - low + right * step)
    return Window("", width, (low + high) / 2 + down * step).limits


def is_ct(scan: Scan) -> bool:
    """Whether a scan is CT: by its DICOM modality, or else by values that only CT has.

    Formats without a modality show CT by air near -1000 and bone far above water. A scan is looked
    through once: the panel asks at every layer that comes or goes.
    """
    if scan not in _known:
        _known[scan] = _shows_ct(scan)
    return _known[scan]


_known: WeakKeyDictionary[Scan, bool] = WeakKeyDictionary()


def _shows_ct(scan: Scan) -> bool:
    if isinstance(scan.source, DicomSource):
        modality = str(getattr(scan.source.dataset, "Modality", "") or "")
        if modality:
            return modality == "CT"
    if scan.data.dtype.kind not in "if" or len(scan.channels) != 1:
        return False
    # Corners and edges of a CT are air, or a padding value further below.
    return float(scan.data.min()) <= AIR and float(scan.data.max()) >= BONE
