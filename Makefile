# Everything works from a fresh clone with Python 3.11 or newer, git and make. Another interpreter: make PYTHON=python3.13 …
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
PYTEST_ARGS ?=
PIP := $(RUN) -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test quick long lint format types bench servers clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.lab servers ## an incident from its symptom to its report, against servers of this machine
	@PATH="$(abspath $(BIN)):$$PATH" examples/lab/lab exec -- examples/demo/demo.sh

test: lint types servers ## everything that has to be right
	@$(RUN) -m pytest -n auto --dist worksteal -q $(PYTEST_ARGS)

quick: $(VENV)/.test ## the tests that need no server and no patience
	@$(RUN) -m pytest -n auto -q -m "not lab and not ssh and not slow" $(PYTEST_ARGS)

long: $(VENV)/.test ## all examples of the long property tests; takes half an hour
	@RUNBOOK_LONG=1 $(RUN) -m pytest -n auto -q -m slow tests/text tests/expr $(PYTEST_ARGS)

lint: $(VENV)/.test ## style, form, layers
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "To put this right: make format"; exit 1; }
	@mkdir -p .cache
	@$(BIN)/lint-imports --cache-dir .cache/layers > .cache/layers.log || { cat .cache/layers.log; exit 1; }

format: $(VENV)/.test ## put the form of the code right
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

types: $(VENV)/.test ## mypy --strict
	@$(BIN)/mypy --strict --no-error-summary

bench: $(VENV)/.test ## measure against the bounds (a quiet machine, please)
	@$(RUN) bench/run.py $(BENCH_ARGS)

servers:
	@scripts/servers

clean: ## remove what was made, but no journal of a run
	@rm -rf $(VENV) .cache build dist .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One virtual environment; a stamp for each set of extras, renewed when pyproject.toml changes.
$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not: make PYTHON=… $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing python3-venv"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
	  else echo "$(PYTHON) can't make virtual environments. On Debian: sudo apt-get install python3-venv"; exit 1; fi; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.lab: pyproject.toml | $(RUN)
	@echo "Installing runbook and the lab into $(VENV)"
	@$(PIP) -e '.[lab]'
	@touch $@

$(VENV)/.test: $(VENV)/.lab
	@echo "Installing the tools for tests into $(VENV)"
	@$(PIP) -e '.[lab,test]'
	@touch $@
