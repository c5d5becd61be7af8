"""Whether a scan looks like what a model was trained on."""

from __future__ import annotations

from napari_brainseg.input_check.check import check_input, measure_roles
from napari_brainseg.input_check.fingerprint import Fingerprint, RolePrint, make_fingerprint

__all__ = [
    "Fingerprint",
    "RolePrint",
    "check_input",
    "make_fingerprint",
    "measure_roles",
]
