"""Brain tumour segmentation of MRI: a napari plugin and a small Python API.

Importing the package costs next to nothing: a name of the API is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_brainseg.io import read_scan, write_mask
    from napari_brainseg.pipeline.segment import segment_scan
    from napari_brainseg.scan import Scan

__version__ = "0.1.0"

__all__ = ["Scan", "__version__", "read_scan", "segment_scan", "write_mask"]

# None of these may be called like the submodule it lives in: importing the submodule would put the
# module in the function's place.
_HOME = {
    "Scan": "napari_brainseg.scan",
    "read_scan": "napari_brainseg.io",
    "segment_scan": "napari_brainseg.pipeline.segment",
    "write_mask": "napari_brainseg.io",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
