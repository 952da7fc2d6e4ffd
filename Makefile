# Every command a developer or CI uses. `make` alone prints them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
# uv only installs what requirements.lock names; its own version is pinned so that `make lock` is repeatable.
UV_VERSION := 0.13.9
STAMP  := $(VENV)/.installed
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast check format lock bench clean

help:  ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

install: $(STAMP)  ## create .venv with exactly what requirements.lock names

$(STAMP): requirements.lock setup.py
	@$(PYTHON) tools/check_machine.py
	@echo "Creating $(VENV) (about 3 GB; a few minutes, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) pip install --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --quiet --editable .
	@touch $@

run: $(STAMP)  ## train, gate and push a model on the bundled taxi data (ARGS="--config FILE ...")
	@$(BIN)/turnstile run $(ARGS)

test: $(STAMP)  ## every test that CI runs
	@$(BIN)/python -m pytest $(ARGS)

test-fast: $(STAMP)  ## the tests that need no TensorFlow: seconds
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

check: $(STAMP)  ## lint, format and types of our own code; consistency of what is installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(UV) pip check --python $(BIN)/python

format: $(STAMP)  ## rewrite our own code in the house format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

lock: $(STAMP)  ## make requirements.lock anew from the ranges in pyproject.toml
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra dev --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

bench: $(STAMP)  ## time whole runs against the stock TFX template (an hour; ARGS="--rows 15002 --repeats 1" for less)
	@$(BIN)/python -m benchmarks.pipelines $(ARGS)

clean:  ## remove the environment and everything runs have made, except pushed versions
	rm -rf $(VENV) output *.egg-info .pytest_cache .mypy_cache .ruff_cache
