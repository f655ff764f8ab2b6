# Needs make and Python 3.11 or newer, nothing else. `make` alone explains every target.

PYTHON ?= python3
BIN := .venv/bin
BOOTSTRAP := $(PYTHON) bootstrap.py
# Each worker has a PostgreSQL and a template of its own, and takes whole files, so that what a file shares is made once.
WORKERS := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# More arguments for pytest, as in: make test ARGS="-k edtf"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help serve test test-full test-pg bench contract check types house format lock upgrade clean

help: ## Explain every target (this list)
	@echo "make TARGET [PYTHON=python3.12] [ARGS=\"more for pytest\"]"
	@sed -n 's/^\([a-z-]*\):.*## /  \1: /p' Makefile | awk -F': ' '{ printf "%-13s%s\n", $$1, $$2 }'

serve: ## Install what is missing, start the database and the service; Ctrl-C stops both
	@$(BOOTSTRAP) run
	@exec $(BIN)/readout serve

test: ## Run the tests, without the long ones, on a database of their own
	@$(BOOTSTRAP) develop
	@$(BIN)/pytest $(WORKERS) -m "not long" $(ARGS)

test-full: ## Run all tests, the long ones too (up to an hour)
	@$(BOOTSTRAP) develop
	@$(BIN)/pytest $(WORKERS) $(ARGS)

test-pg: ## Run the tests that touch SQL on the server that READOUT_TEST_DATABASE_URL names
	@test -n "$$READOUT_TEST_DATABASE_URL" || { \
	  echo "Set READOUT_TEST_DATABASE_URL=postgresql+psycopg://user:password@host:port/postgres first."; \
	  exit 1; }
	@$(BOOTSTRAP) develop
	@$(BIN)/pytest $(WORKERS) -m "pg and not long and not door" $(ARGS)

bench: ## Measure speed beside peers on records of 100 thousand and 1 million contacts (half an hour)
	@$(BOOTSTRAP) develop
	@$(BIN)/python -m bench $(ARGS)

contract: ## Write docs/openapi.json and api/examples.json anew after a change to the routes
	@$(BOOTSTRAP) develop
	@UPDATE_CONTRACT=1 $(BIN)/pytest -q tests/api/test_openapi.py -k "reviewed or answers_of"

check: ## Check style, types, the direction of imports, and the house and its docs
	@$(BOOTSTRAP) develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs=2 types house

types: ## Check types and the direction of imports
	@$(BOOTSTRAP) develop
	$(BIN)/mypy
	$(BIN)/lint-imports

house: ## Check the house and its docs
	@$(BOOTSTRAP) develop
	$(BIN)/pytest -q $(WORKERS) tests/house

format: ## Lay out the code as `make check` wants it
	@$(BOOTSTRAP) develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Write requirements.lock anew after a change in pyproject.toml, changing no more than needed
	@$(BOOTSTRAP) lock

upgrade: ## Write requirements.lock anew with the newest version of everything
	@$(BOOTSTRAP) upgrade

clean: ## Remove the virtual environment and the tools' caches; the data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
