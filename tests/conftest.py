"""Fixtures for all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Asserts of the inherited contracts are explained like those in test modules.
pytest.register_assert_rewrite("contracts.format_contract")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real scans and data that may not be committed."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("BRAINSEG_SHARED", beside))
    if not folder.is_dir():
        pytest.skip("no real data here: set BRAINSEG_SHARED to the folder that holds it")
    return folder
