"""Importing the package is cheap: what is heavy is loaded when it is used."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

import napari_brainseg

HEAVY = [
    "highdicom",
    "lightning_fabric",
    "magicgui",
    "napari",
    "nibabel",
    "numpy",
    "pydantic",
    "pydicom",
    "qtpy",
    "scipy",
    "segmentation_models_pytorch",
    "skimage",
    "torch",
]


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_heavy():
    assert modules_after("import napari_brainseg").isdisjoint(HEAVY)


def test_importing_the_training_package_loads_nothing_heavy():
    assert modules_after("import brainseg_train").isdisjoint(HEAVY)


def test_reading_a_scan_needs_neither_torch_nor_a_window():
    modules = modules_after("from napari_brainseg import read_scan")
    assert modules.isdisjoint({"torch", "segmentation_models_pytorch", "napari", "qtpy"})


def test_one_scan_does_not_pay_for_what_runs_many():
    modules = modules_after("import napari_brainseg.cli, napari_brainseg.batch.one")
    assert modules.isdisjoint({"dask", "distributed", "cryptography", "tornado"})


PACKAGES = [
    "batch",
    "edit",
    "input_check",
    "io",
    "measure",
    "models",
    "pipeline",
    "training_set",
    "worklist",
]


@pytest.mark.parametrize("room", ["", *(f".{name}" for name in PACKAGES)])
def test_every_name_that_a_package_lists_is_there(room):
    package = importlib.import_module(f"napari_brainseg{room}")
    for name in package.__all__:
        assert getattr(package, name) is not None
        assert name in dir(package)


def test_a_name_that_is_not_in_the_api_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        napari_brainseg.no_such_name  # noqa: B018
