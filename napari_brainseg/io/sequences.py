"""Which MR sequence a name speaks of."""

from __future__ import annotations

import re

from napari_brainseg.language import marked, tr

__all__ = ["guess_sequence", "sequence_text"]

IN_WORDS = frozenset((marked("pre-contrast"), marked("post-contrast")))
"""What is no abbreviation, so that each language has its own."""


def sequence_text(name: str) -> str:
    """Return how a sequence, or an input of a model called after one, is called to the user.

    A name that nobody here gave, such as a model's own, stays.
    """
    return tr(name) if name in IN_WORDS else name


def guess_sequence(text: str) -> str | None:
    """Guess which MR sequence a file or series name speaks of.

    Returns
    -------
    str or None
        ``"FLAIR"``, ``"pre-contrast"`` or ``"post-contrast"`` (T1 without and with contrast
        agent), ``"T1"`` where nothing is said of contrast, ``"T2"``, or None.
    """
    words = re.sub(r"[^a-z0-9+]+", " ", text.lower())
    if re.search(r"\bt1|mprage|bravo|spgr", words):
        if re.search(r"\bpre|\bnon|\bw ?o\b|without|nativ|unenhanced|\bt1n\b", words):
            return "pre-contrast"
        if re.search(r"post(?!erior)|\bt1 ?(c|ce|gd|kb?m)\b|\+c|\bgd|\bgad|contrast|\bce\b", words):
            return "post-contrast"
        return "T1"
    # BraTS since 2023: t1n, t1c, t2w and t2f, the last being T2-FLAIR.
    if re.search(r"flair|dark ?fluid|\btirm|\bt2f\b", words):
        return "FLAIR"
    return "T2" if re.search(r"\bt2", words) else None
