"""Text that came from a file, made fit to be shown: in a window, in a terminal, in a message."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["printable", "shortened", "some_of"]

REPLACED = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d"
"""Zero-width marks that scripts such as Persian and Hindi are spelled with."""


def printable(text: str, keep: str = "") -> str:
    r"""Return text without what moves, colours or hides the text around it.

    Control characters (escape sequences of terminals among them), marks that turn the direction of
    writing, and bytes that are no text become replacement characters; letters of any script stay.

    Parameters
    ----------
    text : str
        From a file that anybody may have written.
    keep : str
        Control characters to keep, e.g. ``"\n"`` for a description of several lines.

    Examples
    --------
    >>> printable("\x1b[31mr\u00e9cidive\u202e \u816b\u760d")
    '�[31mrécidive� 腫瘍'
    """
    if text.isascii() and text.isprintable():
        return text  # nearly all of it: letter by letter takes ten times as long
    allowed = _JOINERS + keep
    return "".join(
        each if each in allowed or unicodedata.category(each)[0] != "C" else REPLACED
        for each in text
    )


def shortened(text: str, limit: int = 80) -> str:
    """Return printable text on one line of at most ``limit`` characters.

    Examples
    --------
    >>> shortened("a description of many digits " + "9" * 5000, 30)
    'a description of many digits …'
    """
    line = " ".join(printable(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def some_of(texts: Iterable[str], most: int = 12, between: str = ", ") -> str:
    """Join texts to a list, of which as many are left out as would hide what is said of them.

    Examples
    --------
    >>> some_of(["echo 1", "echo 2", "echo 3", "echo 4"], 2)
    'echo 1, echo 2, … (+2)'
    """
    first = list(texts)
    left = len(first) - most
    return between.join([*first[:most], f"… (+{left})"] if left > 0 else first)
