"""The examples in docstrings are true: they run, and give what stands there."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from napari_brainseg.io import read_scan, write_image
from napari_brainseg.models.catalog import find_models
from napari_brainseg.sample import phantom, phantom_lesion
from napari_brainseg.scan import Scan

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "napari_brainseg").rglob("*.py"))
    if "gui" not in path.parts and ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They find the phantom, its true mask, its FLAIR in a file, and the default model made."""
    module = importlib.import_module(name)
    bundle = find_models().default
    known = {"np": np, "Scan": Scan, "scan": phantom(), "mask": phantom_lesion()}
    known |= {"bundle": bundle, "card": bundle.card}
    known |= {"read_scan": read_scan}
    write_image(phantom().data[1], phantom(), tmp_path / "flair.nii.gz")
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(module, extraglobs=known, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not found.failed
