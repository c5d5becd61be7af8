"""The tests on the lowest and on the newest versions, on every Python: make matrix.

``nox`` runs all of it; ``nox -s newest-3.12`` or ``nox -t lowest`` a part. A Python that
is not there is passed over; ``nox --error-on-missing-interpreters`` does not. Hosted CI calls the
same sessions, one a job (``.github/workflows/ci.yml``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LOWEST = ("3.11", "3.12")
"""The lowest versions have no wheels for Pythons that came later."""

PARALLEL = ("-n", "logical", "--maxprocesses", "4", "--dist", "worksteal")

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=PYTHONS, tags=["newest"])
def newest(session: nox.Session) -> None:
    """Run the tests on the newest versions."""
    session.install("--upgrade", "-e", ".[test]")
    run_tests(session)


@nox.session(python=LOWEST, tags=["lowest"])
def lowest(session: nox.Session) -> None:
    """Run the tests on the lowest versions that pyproject.toml allows."""
    session.install("packaging")
    listed = Path(session.create_tmp()) / "lowest.txt"
    text = session.run_install("python", "scripts/lowest.py", silent=True)
    listed.write_text(str(text), encoding="utf-8")
    session.install("-c", str(listed), "-e", ".[test]")
    # Old versions use what newer ones of their own dependencies call outdated.
    run_tests(session, "-W", "ignore::DeprecationWarning")


@nox.session(python=PYTHONS[0])
def checks(session: nox.Session) -> None:
    """Style, layers, types, and the bounds against known holes."""
    session.install("-e", ".[test,ci]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")
    session.run("npe2", "validate", "napari-brainseg")
    session.run("mypy")
    session.run("python", "scripts/audit.py")


def run_tests(session: nox.Session, *options: str) -> None:
    """Run what is given after ``--``, else all tests; without a display, on a virtual one."""
    words = session.posargs or PARALLEL
    command = ("python", "-m", "pytest", *options, *words)
    if sys.platform.startswith("linux"):
        session.run("scripts/with_display.sh", *command, external=True)
    else:
        session.run(*command)
