# `make demo` and `make test` set up all they need on a machine with Python >= 3.11 and git.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready
WORKERS ?= 3
# The demo and the tests start many processes, and each would compile Scrapy again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check format lint types imports docs spelling unit smoke browser-tools bench \
	coverage soak requirements clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "talkscraper needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

setup: $(READY) ## Create .venv with all dependencies

demo: $(READY) ## Crawl two invented newspapers twice, and show the resulting archive
	$(BIN)/talkscraper demo

serve: $(READY) ## Serve the reading room for archive/
	$(BIN)/talkscraper serve

check: lint types imports docs spelling ## All checks except the tests

lint: $(READY)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

format: $(READY) ## Format the code
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

test: check browser-tools unit smoke ## Everything that CI runs

unit: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

# Not part of 'test': measuring took 38 % more processor time
coverage: $(READY) ## The fast tests, with the uncovered lines and branches
	rm -rf .coverage && mkdir .coverage
	$(BIN)/python -m coverage run -m pytest -n $(WORKERS) -m "not slow" $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# Chromium and pywb are real components, not mocks; if they can't be installed, their tests are skipped
browser-tools: $(READY)
	sh tests/tools/install.sh

smoke: $(READY) ## Test the wheel with its run-time dependencies only, in an environment of its own
	sh tests/tools/smoke.sh

soak: $(READY) browser-tools ## The slow tests, a crawl of 100,000 pages, then kill -9, full disks and damage for MINUTES=30 more
	sh tests/tools/soak.sh $(MINUTES)

bench: $(READY) ## Speed and accuracy, compared with other tools in the same run (docs/benchmarks.md)
	sh benchmarks/run.sh all

bench-%: $(READY) # one of them: make bench-capture ARGS="--pages 500"
	sh benchmarks/run.sh $* $(ARGS)

# Hashes of all wheels of a version, for every platform: what is installed is what was pinned, from any index
requirements: ## Pin all dependencies again, with hashes (the file has no address)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
		--no-emit-index-url --no-header pyproject.toml --output-file requirements-dev.txt

clean: ## Remove everything that can be rebuilt
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist .bench demo-archive
