# `make demo` shows everything on this machine; `make test` checks it. Only Python 3.11+, git and make are needed.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PROVISIONING_VENV ?= .venv-provisioning
# Many tests wait for a process: one more than the cores that CI has.
JOBS ?= 3
TESTS ?= tests
export PYTHON
BIN := .venv/bin
TEMPLATES = $(shell git grep -l '^AWSTemplateFormatVersion' -- ansible)

.PHONY: help
help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F '\t' '{printf "  make %-18s %s\n", $$1, $$2}'

# --- environments ------------------------------------------------------------------------------------------------
.PHONY: needs env provisioning-env aws-env checks-env setup
needs:
	@mkdir -p build
	@for program in git sha256sum; do \
	  command -v $$program >/dev/null || { echo "$$program is missing. On Debian and Ubuntu: apt-get install git coreutils" >&2; exit 1; }; \
	done

env: needs ## set up .venv: the bot, the embedded realm, the tests
	@requirements/environment.sh .venv requirements/dev.txt --with-project

provisioning-env: needs ## set up what the workflows use on their runner
	@PROVISIONING_VENV=$(PROVISIONING_VENV) provisioning/environment.sh

aws-env: needs
	@requirements/environment.sh .venv-aws requirements/aws.txt

checks-env: needs
	@requirements/environment.sh .venv-checks requirements/checks.txt
	@requirements/environment.sh .venv-checkov requirements/checkov.txt

# What GitHub's webhooks look like: its public samples, from npm. Without them the tests that hear them are skipped.
.PHONY: samples
samples: tests/github/node_modules/.package-lock.json ## fetch GitHub's public samples of webhooks, for the tests
tests/github/node_modules/.package-lock.json: tests/github/package-lock.json
	@npm ci --silent --prefix tests/github 2>/dev/null || echo "npm or its registry is not at hand: GitHub's samples are left out" >&2

setup: env aws-env provisioning-env ## set up all that the demo needs

# --- use ---------------------------------------------------------------------------------------------------------
.PHONY: demo bench
demo: setup ## the whole on this machine, until Ctrl-C (PORT=8000 FAIL=infrastructure PLAY=examples/create.chat)
	@$(BIN)/stuf-bot demo $(if $(STATE),--state $(STATE)) $(if $(PORT),--port $(PORT)) $(if $(FAIL),--fail $(FAIL)) $(if $(PLAY),--play $(PLAY))

bench: setup ## measure; figures go to build/bench.json (ONLY=round_trip, backlog, burst, conversation or deliveries)
	@$(BIN)/python -m bench $(ONLY)

# --- checks ------------------------------------------------------------------------------------------------------
.PHONY: test test-all test-code lint lint-code lint-workflows lint-ansible lint-templates
test: setup lint test-code ## every check and test but the slow ones (what CI runs)

test-code: setup samples
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow" $(TESTS)

test-all: setup samples lint ## every check and test, the slow ones too; figures of the fault test in build/fault.json
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder $(TESTS)
	@cat build/fault.json

lint: lint-code lint-workflows lint-ansible lint-templates ## every check that runs nothing

lint-code: env
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts the code into shape" >&2; exit 1; }
	@$(BIN)/mypy
	@cd provisioning/template/application/api && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml --cache-dir $(CURDIR)/.mypy_cache/api -p stuf_api -m handler
	@$(BIN)/lint-imports --no-cache >build/imports.log || { cat build/imports.log; exit 1; }

lint-workflows: env checks-env
	@.venv-checks/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv-checks/bin/zizmor --quiet --offline --no-progress .github/workflows

lint-ansible: checks-env provisioning-env
	@cd ansible && ANSIBLE_COLLECTIONS_PATH=$(abspath $(PROVISIONING_VENV))/collections PATH="$(CURDIR)/.venv-checks/bin:$$PATH" ansible-lint --offline -q

lint-templates: checks-env
	@.venv-checks/bin/cfn-lint $(TEMPLATES)
	@.venv-checkov/bin/checkov --quiet --compact --skip-download --framework cloudformation $(addprefix --file ,$(TEMPLATES)) >build/checkov.log 2>&1 || { cat build/checkov.log; exit 1; }

.PHONY: format docs lock clean
format: env ## put the Python code into shape
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

docs: env samples ## write docs/commands.md and docs/github-events.md from what the bot declares and says
	@$(BIN)/stuf-bot commands >build/commands.md && mv build/commands.md docs/commands.md
	@$(BIN)/python tests/github/events_page.py >build/github-events.md && mv build/github-events.md docs/github-events.md

lock: ## pin all requirements again, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: $(PYTHON) -m pip install uv" >&2; exit 1; }
	@requirements/lock.sh

clean: ## remove environments, build products and the demo's state
	@rm -rf .venv .venv-* build demo-state .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
