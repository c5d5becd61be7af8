"""The language of what people read: English, or one of the translations in this package.

Every text stands in the code in English, and the English text is its key. Values are given by name,
so that a translation may put them in another order. The translations are Qt's ``.ts`` files, which
Qt Linguist edits; they are read as they are, so that the core needs no Qt, and nothing is read
while English is shown.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "LANGUAGES",
    "Catalogue",
    "current_language",
    "marked",
    "number",
    "read_catalogue",
    "tr",
    "tr_n",
    "use",
]

LANGUAGES = {"en": "English", "fr": "Français"}
"""The languages there are: ISO 639-1 codes, and what each calls itself."""

FRENCH_SIGNS = str.maketrans({".": ",", ",": "\u202f", "%": "\u202f%"})
"""Decimal comma, and narrow spaces between thousands and before the sign of per cent."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of a language.

    Parameters
    ----------
    language : str
        Its code.
    texts : mapping of str to str
        From English texts to those of the language.
    plurals : mapping of str to (str, str)
        From the English plural to the forms of the language for one and for many.
    """

    language: str = "en"
    texts: Mapping[str, str] = field(default_factory=dict)
    plurals: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class _Chosen:
    """The catalogue in use; one for the process, as napari's language is."""

    catalogue = Catalogue()


def use(language: str) -> None:
    """Show all texts that are made from now on in a language.

    Parameters
    ----------
    language : str
        Its code, a key of ``LANGUAGES``.

    Raises
    ------
    ValueError
        If there is no such translation.
    """
    if language != _Chosen.catalogue.language:
        _Chosen.catalogue = read_catalogue(language)


def current_language() -> str:
    """Return the code of the language in use."""
    return _Chosen.catalogue.language


def tr(text: str, /, **values: Any) -> str:
    """Return a text in the language in use, with values put in their places.

    Parameters
    ----------
    text : str
        In English; places of values are written as for `str.format`, by name.
    **values : object
        By the names of their places. Numbers with a format follow the language.

    Examples
    --------
    >>> tr("{volume:.1f} mL in {scan}", volume=31.42, scan="flair.nii.gz")
    '31.4 mL in flair.nii.gz'
    """
    return _filled(_Chosen.catalogue.texts.get(text, text), values)


def tr_n(one: str, many: str, n: int, /, **values: Any) -> str:
    """Return the text for a number of things, whose place is ``{n}``.

    Parameters
    ----------
    one, many : str
        In English, for one thing and for none or several.
    n : int
        How many.
    **values : object
        As for :func:`tr`.

    Examples
    --------
    >>> tr_n("{n} slice", "{n} slices", 1), tr_n("{n} slice", "{n} slices", 26)
    ('1 slice', '26 slices')
    """
    forms = _Chosen.catalogue.plurals.get(many)
    # French counts none as one.
    is_one = n == 1 if forms is None else n < 2
    text = (forms or (one, many))[0 if is_one else 1]
    return _filled(text, {"n": n, **values})


def number(value: float, spec: str) -> str:
    """Return a number with the signs of the language in use, e.g. a decimal comma.

    Examples
    --------
    >>> number(31.42, ".1f")
    '31.4'
    """
    text = format(value, spec)
    return text.translate(FRENCH_SIGNS) if current_language() == "fr" else text


def marked(text: str) -> str:
    """Return a text unchanged: it is translated where it is shown, by ``tr`` of a name."""
    return text


def read_catalogue(language: str) -> Catalogue:
    """Read the translation of this package into a language.

    Raises
    ------
    ValueError
        If there is none.
    """
    if language == "en":
        return Catalogue()
    if language not in LANGUAGES:
        raise ValueError(f"no translation into {language!r}, expected one of {list(LANGUAGES)}")
    source = files("napari_brainseg") / "translations" / f"napari_brainseg_{language}.ts"
    texts, plurals = {}, {}
    for key, translation in _translated(source.read_text("utf-8")):
        forms = [form.text or "" for form in translation.iter("numerusform")]
        if forms:
            plurals[key] = (forms[0], forms[-1])
        else:
            texts[key] = translation.text or ""
    return Catalogue(language, texts, plurals)


def _translated(content: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """Go through the English texts of a file that are translated, and their translations."""
    for message in ElementTree.fromstring(content).iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.get("type") != "unfinished":
            yield message.findtext("source") or "", translation


class _French(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        is_number = isinstance(value, (int, float)) or hasattr(value, "dtype")
        return text.translate(FRENCH_SIGNS) if is_number and format_spec else text


def _filled(text: str, values: Mapping[str, Any]) -> str:
    if not values:
        return text
    if _Chosen.catalogue.language == "fr":
        return _French().vformat(text, (), values)
    return text.format(**values)
