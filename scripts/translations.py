"""Bring the translations up to date with the texts in the code, and say what lacks.

To these belong the sentences on the cards of the models in the package; names stay.

``python scripts/translations.py`` adds texts that are new to each ``.ts`` file, untranslated, and
takes those away that the code has no more. Translate what is empty, by hand or with Qt Linguist;
``tests/test_translations.py`` holds that nothing lacks.
"""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "napari_brainseg"
FILES = sorted((PACKAGE / "translations").glob("*.ts"))

CARDS = PACKAGE / "models" / "embedded"
ON_CARDS = ("description", "intended_use", "trained_on", "licence")
"""Fields of a card that the panel shows translated, where they are of the package."""

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="{language}" sourcelanguage="en">
<context>
    <name>napari_brainseg</name>
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of the code: single ones, and plurals with their singular."""

    single: set[str] = field(default_factory=set)
    plural: dict[str, str] = field(default_factory=dict)


def texts_of(source: str) -> Texts:
    """Collect what stands in calls of ``tr``, ``marked`` and ``tr_n``."""
    found = Texts()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if node.func.id in ("tr", "marked") and given:
            found.single.add(given[0])
        elif node.func.id == "tr_n":
            one, many, *_ = given
            found.plural[many] = one
    return found


def all_texts() -> Texts:
    """Collect the texts of the whole package."""
    whole = Texts()
    for path in sorted(PACKAGE.rglob("*.py")):
        found = texts_of(path.read_text("utf-8"))
        whole.single.update(found.single)
        whole.plural.update(found.plural)
    for path in CARDS.glob("*/card.json"):
        card = json.loads(path.read_text("utf-8"))
        whole.single.update(card[field] for field in ON_CARDS)
    return whole


def read(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the translations of a file by their English text; of plurals, all forms."""
    found = {}
    for message in ElementTree.parse(path).getroot().iter("message"):
        translation = message.find("translation")
        forms = [] if translation is None else list(translation.iter("numerusform"))
        texts = [each.text or "" for each in forms]
        if not forms:
            texts = [message.findtext("translation") or ""]
        found[message.findtext("source") or ""] = tuple(texts)
    return found


def written(texts: Texts, known: dict[str, tuple[str, ...]], language: str) -> str:
    """Return a whole file, sorted by the English texts."""
    parts = [HEAD.format(language=language)]
    for text in sorted({*texts.single, *texts.plural}):
        forms = known.get(text, ("",))
        state = "" if all(forms) else ' type="unfinished"'
        if text in texts.plural:
            forms = (forms * 2)[:2] if len(forms) < 2 else forms
            inner = "".join(f"<numerusform>{escape(each)}</numerusform>" for each in forms)
            comment = f"        <extracomment>one: {escape(texts.plural[text])}</extracomment>\n"
            head = '    <message numerus="yes">\n'
        else:
            inner, comment, head = escape(forms[0]), "", "    <message>\n"
        parts += [
            head,
            f"        <source>{escape(text)}</source>\n{comment}",
            f"        <translation{state}>{inner}</translation>\n    </message>\n",
        ]
    return "".join([*parts, "</context>\n</TS>\n"])


def main() -> int:
    """Write the files anew; return 1 if something is not translated."""
    texts, lacking = all_texts(), 0
    for path in FILES:
        known, language = read(path), path.stem.rpartition("_")[2]
        path.write_text(written(texts, known, language), "utf-8")
        empty = sorted(key for key, forms in read(path).items() if not all(forms))
        lacking += len(empty)
        print(f"{path.name}: {len(known)} texts before, {len(empty)} to translate")
        print("".join(f"  {text!r}\n" for text in empty), end="")
    return int(lacking > 0)


if __name__ == "__main__":
    sys.exit(main())
