# The one task runner. Everything is installed in .venv; system libraries by apt-get when root.
#
#   make demo    open napari with the sample and segment it (off screen: writes to demo/)
#   make test    the tests, without the slow ones (make slow runs those)
#   make fuzz    the places where bytes come in, guided by coverage (ARGS="nifti --seconds 600")
#   make coverage  which lines and branches of the core no test takes (at least 95 % are taken)
#   make corpora public files that come with packages, against other programs (ARGS="FOLDER …")
#   make network what every program and the window ask of the network: nothing (needs strace)
#   make matrix  the tests on the lowest and the newest versions, on every Python that is here
#   make audit   lower bounds against known holes (ARGS=--online asks pip-audit too)
#   make lint    style, import layers, plugin manifest
#   make types   mypy, strict
#   make format  let ruff rewrite what it can
#   make setup   only install
#   make venv    only create .venv, e.g. to put a CPU build of torch in before `make setup`
#   make clean   remove .venv, builds and caches
#
# PYTHON=/path/to/python3.11 chooses the interpreter; ARGS="…" reaches pytest and the demo.

VENV := .venv
BIN := $(VENV)/bin
VENV_MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
DISPLAYED := scripts/with_display.sh

# Each process takes up to 2 GB.
PARALLEL := -n logical --maxprocesses 4 --dist worksteal

export PYTHON
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help demo test slow fuzz coverage corpora network matrix audit lint types format setup venv clean system-libraries
.DEFAULT_GOAL := help

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

# Without a display, what would be on screen is written to demo/ as a picture.
DEMO_SCREENSHOT := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter-out Linux,$(shell uname -s)),,--screenshot)

demo: setup
	$(DISPLAYED) $(BIN)/brainseg demo --output demo $(DEMO_SCREENSHOT) $(ARGS)

test: setup
	$(DISPLAYED) $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

slow: setup
	$(DISPLAYED) $(BIN)/python -m pytest -m slow --timeout 3600 $(ARGS)

fuzz: setup
	@EXTRAS=test,fuzz scripts/environment.sh install
	$(BIN)/python scripts/fuzzing.py $(ARGS)

CORE_TESTS := tests --ignore tests/gui --ignore tests/training --ignore tests/test_house.py

coverage: setup
	@EXTRAS=test,ci scripts/environment.sh install
	$(BIN)/python -m coverage erase
	$(DISPLAYED) $(BIN)/python -m coverage run -m pytest $(CORE_TESTS) $(ARGS)
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

corpora: $(INSTALLED)
	$(BIN)/python scripts/corpora.py $(ARGS)

network: setup
	$(BIN)/python scripts/network.py

matrix: setup
	@EXTRAS=test,ci scripts/environment.sh install
	$(BIN)/python -m nox $(ARGS)

audit: $(INSTALLED)
	@EXTRAS=test,ci scripts/environment.sh install
	$(BIN)/python scripts/audit.py $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/npe2 validate napari-brainseg

types: $(INSTALLED)
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: system-libraries $(INSTALLED)

venv: $(VENV_MADE)

system-libraries:
	@scripts/system_libraries.sh

$(VENV_MADE): | scripts/environment.sh
	@scripts/environment.sh create
	@touch $@

$(INSTALLED): pyproject.toml $(VENV_MADE)
	@scripts/environment.sh install
	@touch $@

clean:
	rm -rf $(VENV) .nox .coverage* build dist demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
