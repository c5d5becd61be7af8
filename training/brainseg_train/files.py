"""What a run writes: whole or not at all, whatever ends the program meanwhile."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_brainseg.io.atomic import filling, make_folder, replacing, sweep

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

__all__ = [
    "clear_leftovers",
    "filling",
    "make_folder",
    "replacing",
    "save_array",
    "write_array",
    "write_json",
    "write_text",
]

_EARLIER = re.compile(r"\.[0-9a-f]{16}(\.\w+)?|\.partial\..+")
"""Names under which earlier versions wrote files before they took their place."""


def clear_leftovers(folder: Path) -> None:
    """Remove what a program that was killed while it wrote has left in a run's folder."""
    sweep(folder)
    for path in folder.iterdir():
        if _EARLIER.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    with replacing(path, path.name) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all.

    Raises
    ------
    SaveError
        If it cannot be written.
    """
    write_text(path, json.dumps(content, indent=2) + "\n")


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write a whole array as ``.npy``; errors as of :func:`write_array`."""
    write_array(path, [array], array.shape, array.dtype)


def write_array(
    path: Path, parts: Iterable[NDArray[Any]], shape: tuple[int, ...], dtype: DTypeLike
) -> None:
    """Write an array as ``.npy``, part by part along its first axis.

    Through a file: on a full disk that is an error, while a memory map ends the whole process
    (SIGBUS), and :func:`numpy.save` does not say why it failed.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for part in parts:
            stream.write(np.ascontiguousarray(part, dtype=dtype).data)
