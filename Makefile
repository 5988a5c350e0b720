# fieldmap: one command from a fresh clone. What each target does: make help
#
# Needed on the machine: Python 3.12 (with venv), git, make. Everything else goes
# into ignored folders of this one: .tools (uv, Node where there is none), .venv,
# node_modules. Each step leaves a stamp, so that it runs again only when its lock
# file changed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON_IN := .venv/bin/python
UV := scripts/uv.sh
OUR_CODE := fieldmap routing sample_data scripts tests web
# The order of the tests is shuffled; SEED= gives another order each time.
SEED ?= 1
# SERVE=0: make demo ends without serving.
SERVE ?= 1
DEMO := demo

.PHONY: help setup test demo lint format type docs lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/.stamp node_modules/.stamp .venv/.warm ## private uv, locked Python and npm packages

.tools/.stamp: tools.lock
	@echo "[1/4] uv into .tools (tools.lock)"
	@python="$$(scripts/python.sh)" && "$$python" -m venv --clear .tools
	@.tools/bin/python -m pip install --quiet --no-deps --require-hashes -r tools.lock
	@touch $@

.venv/.stamp: .tools/.stamp requirements.lock pyproject.toml
	@echo "[2/4] Python packages into .venv (requirements.lock); a fresh machine loads about 500 MB"
	@$(PYTHON_IN) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null \
	  || { python="$$(scripts/python.sh)" && $(UV) venv --quiet --clear --python "$$python" .venv; }
	@# sync removes what is not in the lock, fieldmap itself too: it comes after
	@$(UV) pip sync --quiet --python $(PYTHON_IN) --require-hashes --only-binary :all: --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(PYTHON_IN) --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc | .tools/.stamp
	@echo "[3/4] npm packages into node_modules (package-lock.json)"
	@scripts/npm.sh ci --ignore-scripts --loglevel=error
	@touch $@

.venv/.warm: .venv/.stamp $(wildcard routing/_*.py)
	@echo "[4/4] the planner's search, compiled once (about a minute)"
	@$(PYTHON_IN) -m routing warm
	@touch $@

test: setup ## everything .ci/run checks: lint, types, tests, doctests
	@browser="$$(scripts/browser.sh)" || exit $$?; \
	  $(MAKE) --no-print-directory lint type && \
	  echo "[test] pytest" && \
	  FIELDMAP_CHROMIUM="$$browser" $(PYTHON_IN) -m pytest $(if $(SEED),--randomly-seed=$(SEED))

lint: setup ## ruff: rules and format
	@echo "[lint] ruff"
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check . || { echo "not formatted; run: make format" >&2; exit 1; }

format: setup ## let ruff write the format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

type: setup ## mypy, strict, on the packages and the tests
	@echo "[type] mypy"
	@.venv/bin/mypy

docs: setup ## write docs/reference.md and docs/errors.md from the code
	@$(PYTHON_IN) -m scripts.reference

demo: setup ## a made township: import, plan, map; serves at the end (SERVE=0: ends)
	@.venv/bin/fieldmap demo --out $(DEMO) $(if $(filter 0,$(SERVE)),--no-serve)

lock: .tools/.stamp ## resolve the lock files again (UPGRADE=1: to the newest versions)
	@UPGRADE=$(UPGRADE) scripts/lock.sh

clean: ## remove everything the makefile made
	rm -rf .tools .venv node_modules build $(DEMO) *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(OUR_CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
