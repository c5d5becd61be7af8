"""How errors that nobody foresaw are told."""

from __future__ import annotations

import pytest

from napari_brainseg.errors import without_path


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such thing"), "ValueError: no such thing"),
        (
            FileNotFoundError(2, "No such file", "/Doe^Jane/a.nii"),
            "FileNotFoundError: No such file",
        ),
        (OSError("something else"), "OSError: something else"),
    ],
)
def test_an_error_is_told_without_the_path_that_it_holds(error, told):
    assert without_path(error) == told
