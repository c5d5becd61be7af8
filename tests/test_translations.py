"""Every text that a person reads in the window is translated, wholly and in the right places."""

from __future__ import annotations

import ast
import re
import string
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import translations  # noqa: E402

from napari_brainseg.errors import ScanError  # noqa: E402
from napari_brainseg.io import read_scan  # noqa: E402
from napari_brainseg.language import (  # noqa: E402
    LANGUAGES,
    current_language,
    marked,
    number,
    read_catalogue,
    tr,
    tr_n,
    use,
)

GUI, IO = (ROOT / "napari_brainseg" / room for room in ("gui", "io"))
TEXTS = translations.all_texts()

TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:]? [A-Za-z(]{2,}")
NO_TEXT = re.compile(r"[a-z-]+: [#a-z0-9]|</|\[|brainseg [a-z]|training set$|napari-brainseg")
"""Style sheets, markup, types, keys of metadata and of settings."""

UNSEEN_CALLS = {"tr", "tr_n", "marked", "debug", "exception", "cast", "TypeVar"}
UNSEEN_ERRORS = {"EOFError", "RuntimeError", "TypeError", "ValueError"}
FOR_PROGRAMS = re.compile(
    # fields of headers
    r"^# |^(signed|unsigned|short|long|space|kinds|line|byte|axis) |dimension\|type"
    r"|SIEMENS MR HEADER"
    # for --series
    r"|(time|point|type|angle|direction|component|time in m?s)$|without position|not stated"
    # into files; commands
    r"|Research use only|source images|labelmap|DICOM SEG|(git lfs|datalad)"
    # names of formats
    r"|NIfTI pair|Slicer segmentation|PNG or JPEG|NRRD or MetaImage|End of file"
)
"""What others read, or type, as it stands."""
UNSEEN_FILES = {"demo.py"}
"""What `brainseg demo` writes to the terminal is English, like all of the command line."""


@pytest.fixture(autouse=True)
def english():
    """Leave the language as it was found."""
    yield
    use("en")


@pytest.fixture(params=translations.FILES, ids=lambda path: path.stem)
def messages(request):
    return translations.read(request.param)


def test_every_language_has_a_file():
    found = {path.stem.rpartition("_")[2] for path in translations.FILES}
    assert {"en", *found} == set(LANGUAGES)


def test_no_text_lacks_a_translation_and_no_translation_its_text(messages):
    assert set(messages) == TEXTS.single | set(TEXTS.plural)
    assert [text for text, forms in messages.items() if not all(forms)] == []


def test_a_translation_has_the_values_of_its_text(messages):
    wrong = [
        (text, form)
        for text, forms in messages.items()
        for form in forms
        if names_in(form) != names_in(text)
    ]
    assert wrong == []


def test_a_translation_keeps_the_spaces_at_its_ends(messages):
    wrong = [
        (text, form)
        for text, forms in messages.items()
        for form in forms
        if text[-1:].isspace() != form[-1:].isspace()
        or (text[:1].isspace() and not form[:1].isspace())
    ]
    assert wrong == []


def test_a_plural_has_both_forms(messages):
    assert [text for text in TEXTS.plural if len(messages[text]) != 2] == []


def test_the_file_is_as_the_script_writes_it(messages, request):
    path = request.node.callspec.params["messages"]
    language = path.stem.rpartition("_")[2]
    assert path.read_text("utf-8") == translations.written(TEXTS, messages, language)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_no_text_of_the_window_is_forgotten():
    found = {
        path.relative_to(GUI).as_posix(): texts
        for path in sorted(GUI.rglob("*.py"))
        if path.name not in UNSEEN_FILES and (texts := list(forgotten(path.read_text("utf-8"))))
    }
    assert found == {}


def test_no_text_of_reading_and_saving_is_forgotten():
    files = sorted(IO.rglob("*.py"))
    found = {text for path in files for text in forgotten(path.read_text("utf-8"))}
    assert {text for text in found if not FOR_PROGRAMS.search(text)} == set()


def test_what_goes_wrong_with_a_file_is_said_in_french(tmp_path):
    use("fr")
    (tmp_path / "t1.nii").write_bytes(b"")
    with pytest.raises(ScanError, match=r"t1\.nii\u00a0: le fichier est vide\. Procurez"):
        read_scan(tmp_path / "t1.nii")


def test_a_forgotten_text_would_be_found():
    source = '''
def f(name):
    """Not this one."""
    label.setText("Not to be forgotten")
    raise ScanError(f"{name} is not a scan")
'''
    assert list(forgotten(source)) == ["Not to be forgotten", " is not a scan"]
    assert list(forgotten('def f():\n    label.setText(tr("Not to be forgotten"))')) == []


def forgotten(source: str):
    """Find texts of two words or more that no call of ``tr``, ``tr_n`` or ``marked`` holds."""

    def walk(node):
        if is_unseen(node):
            return
        if isinstance(node, ast.Constant):
            text = node.value
            if isinstance(text, str) and TWO_WORDS.search(text) and not NO_TEXT.search(text):
                yield text
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    yield from walk(ast.parse(source))


def is_unseen(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert():
            return True
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)):
            return name in UNSEEN_CALLS
        case ast.Raise(exc=ast.Call(func=ast.Name(name))):
            return name in UNSEEN_ERRORS
        case ast.ClassDef(bases=[ast.Name("Enum"), *_]):
            return True
    return False


# ---- the mechanism -------------------------------------------------------------------------------


def test_english_is_what_stands_in_the_code():
    use("en")
    assert tr("Segment") == marked("Segment") == "Segment"
    assert tr("{volume:.1f} mL", volume=31.42) == "31.4 mL"


def test_french_puts_the_values_where_they_belong_and_numbers_with_a_comma():
    use("fr")
    assert current_language() == "fr"
    assert tr("Segment") == "Segmenter"
    assert tr("{volume:.1f} mL", volume=31.42) == "31,4 mL"
    assert number(1234.5, ",.1f") == "1\u202f234,5"


def test_what_looks_like_a_number_in_a_name_stays():
    use("fr")
    assert tr("Replace {name}", name="t1_1.5.nii") == "Remplacer t1_1.5.nii"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ["0 slices", "1 slice", "2 slices"]), ("fr", ["0 coupe", "1 coupe", "2 coupes"])],
)
def test_plurals_follow_the_language(language, expected):
    use(language)
    assert [tr_n("{n} slice", "{n} slices", n) for n in range(3)] == expected


def test_a_text_that_has_no_translation_is_shown_in_english():
    use("fr")
    assert tr("{n} of them, never said", n=2) == "2 of them, never said"


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="expected one of"):
        use("de")
    assert read_catalogue("en").texts == {}
