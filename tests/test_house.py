"""The house keeps its own rules: what a newcomer may rely on, checked from the source alone."""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "napari_brainseg": ROOT / "napari_brainseg",
    "brainseg_train": ROOT / "training" / "brainseg_train",
}
SOURCES = sorted(path for folder in PACKAGES.values() for path in folder.rglob("*.py"))

LONGEST_FILE = 400
COMPLEX = 10

LONGEST_CHAIN = 12
COMPLEX_FUNCTIONS = 10

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
BRANCH = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.Assert)


def name_of(path: Path) -> str:
    """Name a file as a reader of the checkout knows it."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, FUNCTION)]


def cyclomatic(node: ast.AST) -> int:
    """Branches of a function plus one; functions within it count for themselves."""

    def branches(each: ast.AST) -> int:
        own = int(isinstance(each, BRANCH))
        if isinstance(each, ast.comprehension):
            own = 1 + len(each.ifs)
        if isinstance(each, ast.BoolOp):
            own = len(each.values) - 1
        inner = (child for child in ast.iter_child_nodes(each) if not isinstance(child, FUNCTION))
        return own + sum(map(branches, inner))

    return 1 + branches(node)


# ---- files and functions -------------------------------------------------------------------------


def test_no_module_hides_behind_an_underscore() -> None:
    hidden = [
        name_of(path)
        for path in SOURCES
        for part in path.relative_to(ROOT).with_suffix("").parts
        if part.startswith("_") and part not in ("__init__", "__main__")
    ]
    assert hidden == []


def test_no_file_is_too_long_to_read() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    long = {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    assert long == {}


def test_few_functions_have_many_branches() -> None:
    found = {
        f"{name_of(path)}: {function.name}": count
        for path in SOURCES
        for function in functions_of(path)
        if (count := cyclomatic(function)) > COMPLEX
    }
    assert len(found) <= COMPLEX_FUNCTIONS, found


def test_the_counter_of_branches_counts() -> None:
    source = """
def one(a, b):
    assert a and b
    for each in [x for x in a if x if b]:
        try:
            return 1 if each else 2
        except ValueError:
            pass

    def inner():
        while True:
            pass
"""
    outer = ast.parse(source).body[0]
    assert cyclomatic(outer) == 1 + 2 + 1 + 3 + 1 + 1


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=name_of)
def test_a_package_file_only_says_what_is_public(path: Path) -> None:
    """Besides its docstring: imports, some of them lazy, and the list of names."""
    unfit = [ast.unparse(node) for node in tree_of(path).body if not is_export(node)]
    assert unfit == []


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=name_of)
def test_a_package_exports_no_name_that_hides_a_module_of_it(path: Path) -> None:
    """Importing the module would put it in the other's place, or the other way about."""
    exported = {
        name
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    }
    modules = {each.stem for each in path.parent.iterdir() if each.suffix in ("", ".py")}
    assert exported.isdisjoint(modules)


def is_export(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            return all(map(is_export, node.body))
        case ast.Assign(targets=[ast.Name("__all__" | "__version__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name("lazy_exports"))):
            return True
    return False


def test_docstrings_say_return_where_python_says_return() -> None:
    found = [
        f"{name_of(path)}: {text.splitlines()[0]}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, (*DEFINITION, ast.Module))
        if (text := ast.get_docstring(node) or "").startswith("Give")
    ]
    assert found == []


RETIRED = {
    "account": "edit record",
    "cohort": "dataset",
    "errand": "task",
    "journal": "autosave",
    "manifest": "training set",
    "significance": "statistics",
}
"""Words that had another one for the same thing; what stands for them in the glossary."""


def test_names_are_words_of_the_glossary() -> None:
    found = {
        f"{name_of(path)}: {name} ({RETIRED[word]})"
        for path in SOURCES
        for name in names_in(path)
        for word in RETIRED
        if word in name.lower()
    }
    assert found == set()


SHARED_NAMES = {
    "load": "each format that reads its voxels later has one",
    "parse": "each header of ITK's formats has one",
    "read": "each format has one, by which the registry of formats knows it",
    "write": "each format has one, by which the registry of formats knows it",
}
"""Public names that several modules define, and why."""


def test_a_public_name_means_one_thing() -> None:
    """Commands aside, whose functions are called like the command."""
    places = defaultdict(set)
    for path in SOURCES:
        for node in tree_of(path).body:
            is_command = isinstance(node, FUNCTION) and path.parent.name == "cli"
            if (name := defined_name(node)) and not (name.startswith("_") or is_command):
                places[name].add(name_of(path))
    shared = {name: sorted(found) for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in shared.items() if name not in SHARED_NAMES} == {}
    assert set(SHARED_NAMES) <= set(shared), "listed, but shared no more"


def defined_name(node: ast.stmt) -> str:
    """Name a class, a function or a type; empty for other statements."""
    match node:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return node.name
        case ast.AnnAssign(target=ast.Name(name), annotation=ast.Name("TypeAlias")):
            return name
    return ""


def names_in(path: Path) -> list[str]:
    defined = [node for node in ast.walk(tree_of(path)) if isinstance(node, DEFINITION)]
    return [path.stem, *(each.name for each in defined)]


# ---- tests ---------------------------------------------------------------------------------------


def test_tests_lie_where_the_rooms_do() -> None:
    """A folder of tests is called like the room that it tests; ``training`` is a package."""
    tests = ROOT / "tests"
    helpers = {"contracts", "fuzz"}
    folders = {
        path.parent.relative_to(tests).as_posix()
        for path in tests.rglob("test_*.py")
        if path.parent != tests and path.relative_to(tests).parts[0] not in helpers
    }
    rooms = {name for name in folders if (PACKAGES["napari_brainseg"] / name).is_dir()}
    rooms |= {
        name
        for name in folders
        if (PACKAGES["brainseg_train"] / name.removeprefix("training").lstrip("/")).is_dir()
    }
    assert folders == rooms


# ---- work in the background ----------------------------------------------------------------------


def test_the_gui_leaves_its_thread_in_two_places_only() -> None:
    """By ``Latest`` and ``Queue``, or to the disk of the autosave, which closing waits for."""
    ways = re.compile(r"\b(Thread|ThreadPoolExecutor|QThreadPool|create_worker|background)\(")
    found = {
        name_of(path)
        for path in (PACKAGES["napari_brainseg"] / "gui").rglob("*.py")
        if ways.search(path.read_text(encoding="utf-8"))
    }
    gui = "napari_brainseg/gui"
    assert found == {f"{gui}/common/workers.py", f"{gui}/autosave/disk.py"}


# ---- imports -------------------------------------------------------------------------------------


@functools.cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def file_of(module: str) -> Path:
    package, _, rest = module.partition(".")
    path = PACKAGES[package].joinpath(*rest.split(".")) if rest else PACKAGES[package]
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def lines_run_later(module: str) -> set[int]:
    """Lines within functions, which do not run when the module is imported."""
    inside = functions_of(file_of(module))
    return {line for each in inside for line in range(each.lineno, (each.end_lineno or 0) + 1)}


def imported_at_once(module: str) -> set[str]:
    graph, later = imports(), lines_run_later(module)
    return {
        other
        for other in graph.find_modules_directly_imported_by(module)
        for each in graph.get_import_details(importer=module, imported=other)
        if each["line_number"] not in later
    }


def test_importing_one_module_pulls_in_a_short_chain_of_others() -> None:
    @functools.cache
    def chain(module: str) -> tuple[str, ...]:
        below = map(chain, sorted(imported_at_once(module)))
        return module, *max(below, key=len, default=())

    longest = max(map(chain, sorted(imports().modules)), key=len)
    assert len(longest) <= LONGEST_CHAIN, longest


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = imports()
    found = {
        module
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(importer=other, imported=module)
    }
    assert found == set()


# ---- the manifest --------------------------------------------------------------------------------


def test_the_manifest_names_only_what_is_public() -> None:
    names = re.findall(r"python_name: (\S+)", (ROOT / "napari.yaml").read_text(encoding="utf-8"))
    assert names
    for name in names:
        module, _, function = name.partition(":")
        assert not any(part.startswith("_") for part in (*module.split("."), function)), name
        defined = [each for each in tree_of(file_of(module)).body if isinstance(each, DEFINITION)]
        assert function in {each.name for each in defined}, name


# ---- the map -------------------------------------------------------------------------------------


def contracts() -> dict[str, list[str]]:
    """Return the layers of each package that has some, the uppermost first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = settings["tool"]["importlinter"]["contracts"]
    return {each["containers"][0]: each["layers"] for each in found if "containers" in each}


def pictures() -> dict[str, list[str]]:
    """Return the layers in CONTRIBUTING: blocks of a package's name and indented lines."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(\w[\w.]*)\n((?:  .*\n)+)```$", text, re.MULTILINE)
    return {
        name: [re.split(r" {2,}", line.strip())[0] for line in lines.splitlines()]
        for name, lines in blocks
    }


def test_the_pictures_of_the_layers_are_those_that_are_checked() -> None:
    assert pictures() == contracts()


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_what_a_page_links_to_is_there_and_holds_what_it_is_named_for(page: str) -> None:
    """A link ``[`name`](file.py)`` promises that the file defines the name."""
    here = ROOT / page
    links = re.findall(r"\[([^]]+)\]\(([^)#\s]+)\)", here.read_text(encoding="utf-8"))
    for text, target in links:
        if target.startswith("http"):
            continue
        path = here.parent / target
        assert path.exists(), f"{page} links to {target}"
        if path.suffix == ".py" and text.startswith("`"):
            name = text.strip("`").removesuffix("()").partition(".")[0]
            defined = {each.name for each in tree_of(path).body if isinstance(each, DEFINITION)}
            assert name in defined or name == path.stem, f"{page}: {name} is not in {target}"
