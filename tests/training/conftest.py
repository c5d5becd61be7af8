"""What the tests of training share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_data import write_dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "dataset")
