# One word per thing. `make demo` and `make test` each do all their set-up on a machine with Python >= 3.11 and git.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready
WORKERS ?= 2
# Demo and tests start many processes, and each would compile Scrapy anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check format lint types imports docs spelling unit smoke browser-tools bench \
	coverage soak requirements clean

help: ## Show these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "talkscraper needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

setup: $(READY) ## Make .venv with everything in it

demo: $(READY) ## A small newsroom, crawled twice, and what is now in the archive
	$(BIN)/talkscraper demo

serve: $(READY) ## The reading room over archive/
	$(BIN)/talkscraper serve

check: lint types imports docs spelling ## Everything a change must pass, but the tests

lint: $(READY)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

format: $(READY) ## Put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports
	$(BIN)/deptry --no-ansi .

docs: $(READY)
	$(BIN)/python -m pytest tests/test_docs.py

spelling: $(READY)
	$(BIN)/codespell

test: check browser-tools unit smoke ## Everything CI runs

unit: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

# Not part of 'test': measuring took 38 % more processor time
coverage: $(READY) ## The fast tests, and which lines and branches none of them reaches
	rm -rf .coverage && mkdir .coverage
	$(BIN)/python -m coverage run -m pytest -n $(WORKERS) -m "not slow" $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# Chromium and pywb are real components, not mocks; where they can't be installed their tests skip, and say so
browser-tools: $(READY)
	sh tests/tools/install.sh

smoke: $(READY) ## The wheel with its run-time dependencies only, in an environment of its own
	sh tests/tools/smoke.sh

soak: $(READY) browser-tools ## The slow tests, then kill -9, full disks and damage for MINUTES=30 more
	sh tests/tools/soak.sh $(MINUTES)

bench: $(READY) ## Speed and accuracy, beside peers in the same run (docs/benchmarks.md)
	sh benchmarks/run.sh all

bench-%: $(READY) # one of them: make bench-capture ARGS="--pages 500"
	sh benchmarks/run.sh $* $(ARGS)

# Hashes of all wheels of a version, for every platform: what is installed is what was pinned, wherever it comes from
requirements: ## Pin what is installed, anew, with hashes (the file holds no address)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --output-file requirements-dev.txt

clean: ## Remove what can be made again
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist .bench demo-archive
