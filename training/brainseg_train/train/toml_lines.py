"""Which line of a TOML file a value stands in."""

from __future__ import annotations

import re
import tomllib
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["line_of"]

_HEADER = re.compile(r"^\s*\[(\[)?\s*([^\[\]]+?)\s*\]?\]\s*(#.*)?$")


def line_of(text: str, place: Sequence[str | int]) -> int | None:
    r"""Find the line of a value, from 1; of its table, or a value around it, where it has none.

    Parameters
    ----------
    text : str
        A valid TOML document.
    place : sequence of str or int
        Names of tables and the value, and numbers of entries of an array of tables.

    Examples
    --------
    >>> line_of("[recipe]\nsize = 3", ("recipe", "size"))
    2
    """
    wanted = tuple(str(part) for part in place)
    best, length = None, 0
    table: tuple[str, ...] = ()
    arrays: dict[str, int] = {}
    for number, line in zip(count(1), text.splitlines(), strict=False):
        header = _HEADER.match(line)
        if header is not None:
            table = _path(header[2])
            if header[1]:
                arrays[header[2]] = arrays.get(header[2], -1) + 1
                table = (*table, str(arrays[header[2]]))
        here = table if header is not None else (*table, *_path(line.partition("=")[0]))
        is_pair = header is not None or "=" in line
        if is_pair and len(here) > length and here == wanted[: len(here)]:
            best, length = number, len(here)
    return best


def _path(text: str) -> tuple[str, ...]:
    """Read a dotted name, whose parts may be quoted; empty for what is none."""
    try:
        node: Any = tomllib.loads(f"{text.strip()} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    if not node:  # a comment
        return ()
    parts: list[str] = []
    while isinstance(node, dict):
        ((name, node),) = node.items()
        parts.append(name)
    return tuple(parts)
