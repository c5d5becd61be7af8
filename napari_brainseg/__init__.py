"""Brain tumour segmentation of MRI: a napari plugin and a small Python API.

Importing the package costs next to nothing: a name of the API is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_brainseg.lazy import lazy_exports

if TYPE_CHECKING:
    from napari_brainseg.io import read_scan, write_mask
    from napari_brainseg.pipeline.segment import segment_scan
    from napari_brainseg.scan import Scan

__version__ = "0.1.0"

__all__ = ["Scan", "__version__", "read_scan", "segment_scan", "write_mask"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "io": ["read_scan", "write_mask"],
        "pipeline.segment": ["segment_scan"],
        "scan": ["Scan"],
    },
)
