# The two commands of the README, and a few more. Needs Python 3.11 or newer and nothing else.
# `make PYTHON=/path/to/python3.12 test` takes another interpreter.

PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check
LOCKED = install -qq --no-deps --require-hashes -r
SOURCES = pyproject.toml README.md LICENSE requirements/run.txt \
          $(shell find volvenctl schemas -type f ! -name '*.pyc')

# Says what it runs, then runs it. The environment is named, so that VOLVENCTL_ENV cannot lead a demo elsewhere.
show = @printf '\n$$ volvenctl -e sandbox %s\n' '$(1)'; $(VENV)/bin/volvenctl -e sandbox $(1)

.DEFAULT_GOAL := help
.PHONY: help demo test bench clean

help:
	@echo 'make demo    validate, plan and apply the example strategies in the embedded sandbox'
	@echo 'make test    run every check (nox); TESTS="-k size" runs only those tests'
	@echo 'make bench   measure start-up, validate and plan of 1,000 specs'
	@echo 'make clean   remove everything that these commands made, the sandbox state included'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'volvenctl needs Python 3.11 or newer, and this is none: $(PYTHON)' >&2; \
	  $(PYTHON) --version >&2; \
	  echo 'Name another one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)' >&2; exit 1; }
	@echo 'Creating $(VENV) ...'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.volvenctl: $(SOURCES) | $(VENV)/bin/python
	@echo 'Installing volvenctl into $(VENV) ...'
	@$(PIP) $(LOCKED) requirements/run.txt
	@$(PIP) install -qq --no-deps --no-build-isolation --force-reinstall .
	@touch $@

$(VENV)/.nox: requirements/nox.txt | $(VENV)/bin/python
	@echo 'Installing nox into $(VENV) ...'
	@$(PIP) $(LOCKED) requirements/nox.txt
	@touch $@

demo: $(VENV)/.volvenctl
	$(call show,validate)
	$(call show,plan)
	$(call show,apply --auto-approve)
	$(call show,status)
	$(call show,audit log)
	$(call show,audit verify)

test: $(VENV)/.nox
ifdef TESTS
	@$(VENV)/bin/nox -s tests -- $(TESTS)
else
	@$(VENV)/bin/nox
endif

bench: $(VENV)/.volvenctl
	@$(VENV)/bin/python bench/run.py $(BENCH)

clean:
	rm -rf $(VENV) .nox .volvenctl .coverage .hypothesis .pytest_cache .mypy_cache .ruff_cache build dist
	find volvenctl tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
