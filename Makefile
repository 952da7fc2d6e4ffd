# Every command a developer or CI uses. `make` alone prints them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
# uv only installs what requirements.lock names; its own version is pinned so that `make lock` is repeatable.
UV_VERSION := 0.13.9
STAMP  := $(VENV)/.installed
# Airflow and TFX cannot share an environment (docs/adr/0013-airflow.md).
AIRFLOW_VENV  := .venv-airflow
AIRFLOW_STAMP := $(AIRFLOW_VENV)/.installed
# The servers of test-stores, which is all that needs them.
STORES_VENV  := .venv-stores
STORES_STAMP := $(STORES_VENV)/.installed
# LiteRT itself, which has another NumPy and protobuf than TFX. Tests and benchmarks ask exported models by it.
LITERT_VENV  := .venv-litert
LITERT_STAMP := $(LITERT_VENV)/.installed
# An engine of Beam for tests. It speaks to older Beams, too, and of the older versions the sums are not published.
PRISM         := .prism/prism
PRISM_VERSION := v2.77.0
GO            ?= $(firstword $(wildcard /usr/local/go/bin/go) go)
ARGS   ?=
# Two test files at a time on two cores, at most four: a whole run in a test takes 2 GB. The fixtures of a file are made once.
PARALLEL := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
IMAGE  ?= turnstile:latest

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast test-hostile test-schedulers test-browser test-database test-stores test-cluster test-image check format docs lock airflow airflow-install litert image bench page clean

help:  ## print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

# Makes an empty environment. Through a link, --clear would empty the folder that the link leads to.
define new_environment
test ! -L $(1) || { \
	echo "turnstile: $(1) is a link, and an install would empty the folder it leads to. Remove the link: rm $(1)" >&2; exit 1; }; \
$(PYTHON) -m venv --clear $(1)
endef

install: $(STAMP)  ## create .venv with exactly what requirements.lock names

$(STAMP): requirements.lock setup.py
	@$(PYTHON) tools/check_machine.py
	@$(call new_environment,$(VENV))
	@echo "Creating $(VENV) (about 3 GB; a few minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) pip install --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	@$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation --quiet --editable .
	@touch $@

run: $(STAMP)  ## train, gate and push a model on the bundled taxi data (ARGS="--config FILE ...")
	@$(BIN)/turnstile run $(ARGS)

test: $(STAMP)  ## every test that CI runs
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-fast: $(STAMP)  ## the tests that need no TensorFlow: seconds
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-hostile: $(STAMP)  ## 300 generated tables, as people export them, through the data gate: ten minutes
	@$(BIN)/python -m pytest tests/hostile --hostile-tables 300 -rP $(ARGS)

test-schedulers: $(STAMP) $(AIRFLOW_STAMP)  ## whole runs under a real Airflow, and of the Kubeflow spec: a quarter of an hour
	@$(BIN)/python -m pytest -m schedulers $(PARALLEL) $(ARGS)

test-browser: $(STAMP)  ## reports of runs and pages of versions, opened in headless Chromium, which must be installed: a minute
	@$(BIN)/python -m pytest -m browser $(ARGS)

test-database: $(STAMP)  ## whole runs whose metadata are on MariaDB, whose server must be installed: three minutes
	@$(BIN)/python -m pytest -m database $(ARGS)

test-stores: $(STAMP) $(STORES_STAMP)  ## runs on object stores, of which there are servers on this machine: needs namespaces, iproute2 and openssl; two minutes
	@$(BIN)/python -m pytest -m stores $(PARALLEL) $(ARGS)

$(STORES_STAMP): tests/stores/requirements.lock | $(STAMP)
	@$(call new_environment,$(STORES_VENV))
	@$(UV) pip install --python $(STORES_VENV)/bin/python --require-hashes --quiet -r tests/stores/requirements.lock
	@touch $@

test-cluster: $(STAMP) $(PRISM)  ## whole runs on Prism with workers on machines of their own: needs root, iproute2, Go; ten minutes
	@$(BIN)/python -m pytest -m cluster $(ARGS)

$(PRISM):
	@GOBIN=$(CURDIR)/$(dir $@) $(GO) install github.com/apache/beam/sdks/v2/go/cmd/prism@$(PRISM_VERSION)

test-image: $(STAMP)  ## the commands of the Dockerfiles in a plain Debian: needs root, debootstrap and 13 GB; ten minutes
	@$(BIN)/python -m pytest -m image $(ARGS)

check: $(STAMP)  ## lint, format and types of our own code; consistency of what is installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(UV) pip check --python $(BIN)/python

format: $(STAMP)  ## rewrite our own code in the house format
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

docs: $(STAMP)  ## write the references: docs/commands.md, docs/config.md and docs/release-record.md
	@$(BIN)/python -m tools.command_reference
	@$(BIN)/python -m tools.config_reference
	@$(BIN)/python -m tools.record_reference

lock: $(STAMP)  ## make every requirements.lock anew from the ranges in pyproject.toml and each requirements.in
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra dev --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file deploy/airflow/requirements.lock deploy/airflow/requirements.in
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file tests/stores/requirements.lock tests/stores/requirements.in
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file tests/serving/litert/requirements.lock tests/serving/litert/requirements.in

airflow: $(STAMP) $(AIRFLOW_STAMP) | deploy/airflow/dags/taxi.py  ## start Airflow, on 127.0.0.1 (AIRFLOW_PORT=8081 AIRFLOW_DB=postgresql+psycopg2://...)
	@deploy/airflow/start

airflow-install: $(AIRFLOW_STAMP)  ## create .venv-airflow with exactly what deploy/airflow/requirements.lock names

$(AIRFLOW_STAMP): deploy/airflow/requirements.lock | $(STAMP)
	@$(call new_environment,$(AIRFLOW_VENV))
	@echo "Creating $(AIRFLOW_VENV) (300 MB; seconds)"
	@$(UV) pip install --python $(AIRFLOW_VENV)/bin/python --require-hashes --compile-bytecode --quiet \
		-r deploy/airflow/requirements.lock
	@touch $@

litert: $(LITERT_STAMP)  ## create .venv-litert, in which tests ask models by LiteRT itself; without it they are skipped

$(LITERT_STAMP): tests/serving/litert/requirements.lock | $(STAMP)
	@$(call new_environment,$(LITERT_VENV))
	@$(UV) pip install --python $(LITERT_VENV)/bin/python --require-hashes --quiet -r tests/serving/litert/requirements.lock
	@touch $@

deploy/airflow/dags/taxi.py: | $(STAMP)
	@$(BIN)/turnstile compile airflow

# The image has to have the stack that compiles the pipeline: that of .venv, or of the Python that would make it.
image:  ## build the image for Kubeflow and Beam's workers, with Docker (IMAGE=NAME:TAG)
	@docker build --file deploy/kubeflow/Dockerfile --tag $(IMAGE) --build-arg PYTHON=$$( \
		$(firstword $(wildcard $(BIN)/python) $(PYTHON)) -c 'import sys; print("3.11" if sys.version_info < (3, 12) else "3.13")' \
		) .

bench: $(STAMP)  ## time whole runs against the stock TFX template (an hour; ARGS="--rows 15002 --repeats 1" for less)
	@$(BIN)/python -m benchmarks.pipelines $(ARGS)

page:  ## build serving/page/built/page.html from its sources, with npm
	@cd serving/page && npm ci --no-audit --no-fund && npm run build

clean:  ## remove the environment and everything runs have made, except pushed versions
	rm -rf $(VENV) $(AIRFLOW_VENV) $(STORES_VENV) $(LITERT_VENV) $(dir $(PRISM)) output *.egg-info .hypothesis .pytest_cache .mypy_cache .ruff_cache
