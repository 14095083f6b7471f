# `make` alone lists the targets.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
BENCHMARKS_VENV := .venv-benchmarks
BROWSER_VENV := .venv-browser
BROWSER := $(BROWSER_VENV)/bin/python
COURSEWORK_VENV := .venv-coursework
COURSEWORK := $(COURSEWORK_VENV)/bin/python
PYTEST := $(PY) -m pytest -p no:cacheprovider

# Two BLAS threads make the small products of this book ten times slower than one.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

# FAST=1 leaves out the tests that build clean environments with pip.
ifeq ($(FAST),1)
CHOSEN := -m "not install"
endif

# Folders are listed too: a module or a stored result that was removed changes its folder's date.
PACKAGE := $(shell find pruninglab -name __pycache__ -prune -o \( -type d -o -name '*.py' -o -name '*.toml' -o -name '*.nc' \) -print)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help book test lint unit doctest check-results notebooks coursework grade test-coursework test-browser
.PHONY: benchmarks dist address clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --upgrade pip
	$(PY) -m pip install -e '.[book,test]'
	touch $@

# The execution cache is keyed on the notebooks' cells. It cannot see that the package has changed.
_build/.package: $(INSTALLED) $(PACKAGE)
	rm -rf _build/.jupyter_cache
	mkdir -p _build
	touch $@

book: _build/.package  ## run every notebook, build the book, and pack it into a zip file
	$(VENV)/bin/jupyter-book build . --all -n -W --keep-going
	cd _build/html && rm -f pruning-lab.zip && $(abspath $(PY)) -m zipfile -c ../pruning-lab.zip . && mv ../pruning-lab.zip .
	@echo "The book: $(CURDIR)/_build/html/index.html"

test: lint unit doctest check-results notebooks  ## check everything (FAST=1 leaves out the clean installations)

lint: $(INSTALLED)  ## ruff: style and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

unit: $(INSTALLED)  ## unit tests, property tests and house tests
	MPLBACKEND=agg $(PYTEST) -n 2 $(CHOSEN) tests

doctest: $(INSTALLED)  ## the examples in the docstrings
	MPLBACKEND=agg $(PYTEST) --doctest-modules pruninglab

check-results: $(INSTALLED)  ## recompute one quantity of every stored result
	$(PY) -m pruninglab check

notebooks: $(INSTALLED)  ## run every notebook with its asserts
	$(PYTEST) --nbval-lax --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadfile book

$(COURSEWORK_VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(COURSEWORK_VENV)
	$(COURSEWORK) -m pip install --upgrade pip
	$(COURSEWORK) -m pip install -e '.[instructor]'
	touch $@

# OVERLAY=folder takes masters and hidden tests from a private folder first; see assignments/README.md.
OVERLAID := $(if $(OVERLAY),--overlay '$(OVERLAY)')

coursework: $(COURSEWORK_VENV)/.installed  ## build student copies, autograders, solutions (ASSIGNMENT=, OVERLAY=)
	$(COURSEWORK) -m tools.coursework build $(ASSIGNMENT) $(OVERLAID)

grade: $(COURSEWORK_VENV)/.installed  ## grade a folder: ASSIGNMENT=, SUBMISSIONS= (GRADES=, OVERLAY=, WORKERS=, SECONDS=)
	$(COURSEWORK) -m tools.coursework grade '$(ASSIGNMENT)' '$(SUBMISSIONS)' --target '$(or $(GRADES),_build/grades)' \
		$(OVERLAID) $(if $(WORKERS),--workers $(WORKERS)) $(if $(SECONDS),--seconds $(SECONDS))

test-coursework: $(COURSEWORK_VENV)/.installed  ## check the assignments and their grading (OVERLAY=)
	COURSEWORK_OVERLAY='$(OVERLAY)' $(COURSEWORK) -m pytest -p no:cacheprovider -n 2 tests/coursework

$(BROWSER_VENV)/.installed: tests/browser/requirements.txt
	$(PYTHON) -m venv $(BROWSER_VENV)
	$(BROWSER) -m pip install --upgrade pip
	$(BROWSER) -m pip install -r tests/browser/requirements.txt
	touch $@

test-browser: $(BROWSER_VENV)/.installed  ## read the built book in Chromium: every page, link, search, screenshots
	$(BROWSER) -m pytest -p no:cacheprovider -n 2 tests/browser
	@echo "Screenshots: $(CURDIR)/_build/screenshots"

$(BENCHMARKS_VENV)/.installed: pyproject.toml benchmarks/requirements.txt
	$(PYTHON) -m venv $(BENCHMARKS_VENV)
	$(BENCHMARKS_VENV)/bin/python -m pip install --upgrade pip
	$(BENCHMARKS_VENV)/bin/python -m pip install -e . -r benchmarks/requirements.txt
	touch $@

benchmarks: $(BENCHMARKS_VENV)/.installed  ## time the package against its peers, in an environment of its own
	$(BENCHMARKS_VENV)/bin/python -m benchmarks.noise
	$(BENCHMARKS_VENV)/bin/python -m benchmarks.recurrent
	$(BENCHMARKS_VENV)/bin/python -m benchmarks.boltzmann

dist: $(INSTALLED)  ## build the wheel, for readers without a public address
	$(PY) -m build --wheel
	@ls -d $(CURDIR)/dist/*.whl

address: $(INSTALLED)  ## copy the public address from pyproject.toml to every place that shows it
	$(PY) tools/address.py

clean:  ## remove what was built; the environment and paper-scale runs stay
	rm -rf _build dist build .hypothesis .ruff_cache
	find . -name '.venv*' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
