"""Which MR sequence a name speaks of."""

from __future__ import annotations

import re
from string import digits

from napari_brainseg.language import marked, tr

__all__ = ["guess_sequence", "sequence_text", "split_sequence"]

IN_WORDS = frozenset((marked("pre-contrast"), marked("post-contrast")))
"""What is no abbreviation, so that each language has its own."""

_BETWEEN = r"[_\-. ]+"
_TAKEN = "ax(?:ial)?|tra|sag|cor|[23]d|iso|fs|tse|fse|se|gre|ir|space|cube|vista|mprage|bravo|spgr"
_OF_T1 = (
    rf"t1[a-z0-9]*(?:{_BETWEEN}(?:w|pre|post|non|native|contrast|c|ce|gado?|gd|kb?m|{_TAKEN}))+"
)
_OF_T2 = rf"t2[a-z0-9]*(?:{_BETWEEN}(?:flair|tirm|w|{_TAKEN}))+"
_OF_FLAIR = rf"flair(?:{_BETWEEN}(?:{_TAKEN}))+"
_TAKEN_AT_END = re.compile(rf"(?:^|{_BETWEEN})(?:{_TAKEN})$", re.IGNORECASE)
_LAST_WORDS = tuple(
    re.compile(rf"(?:(?P<case>.*?){_BETWEEN})?(?P<words>{words})", re.IGNORECASE)
    for words in (_OF_T1, _OF_T2, _OF_FLAIR, "[a-z0-9]+")
)
"""A case and a sequence, in several words before one: post alone is none, and t2_flair no t2's.

Words of contrast follow T1 alone: ``flair_pre`` and ``flair_post`` are before and after surgery.
"""


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


def split_sequence(stem: str) -> tuple[str, str] | None:
    """Split the name of a file without ending into its case and the sequence that it ends with.

    Returns
    -------
    tuple of str, or None
        The case may be empty; None where the name ends with no sequence, or a numbered one.

    Examples
    --------
    >>> split_sequence("p1_t1_post"), split_sequence("ax_flair"), split_sequence("flair2")
    (('p1', 'post-contrast'), ('', 'FLAIR'), None)
    """
    match = next(filter(None, (words.fullmatch(stem) for words in _LAST_WORDS)), None)
    sequence = guess_sequence(match["words"]) if match else None
    if match is None or sequence is None or _is_counted(match["words"], sequence):
        return None
    return _TAKEN_AT_END.sub("", match["case"] or ""), sequence


def _is_counted(word: str, sequence: str) -> bool:
    """Whether a word is a sequence with a number: flair1 and flair2 are no case, but two scans."""
    plain = word.rstrip(digits)
    return plain != word and guess_sequence(plain) == sequence
