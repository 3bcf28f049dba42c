# `make demo` shows the product, `make test` proves it. Both make .venv when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test proofs kill-points test-odoo lint bench-backfill bench-scale mutants clean

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(VENV)/.core: setup.cfg pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Afterword into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.core
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

demo: $(VENV)/.core   ## the whole product against a practice ATS on this machine; nothing leaves it
	@$(BIN)/afterword demo

test: $(VENV)/.test   ## the suite, without the slow proofs
	@$(BIN)/python -m pytest

test-odoo: $(VENV)/.test   ## the product against a real Odoo 19 (Debian; about 1 GB in a cache folder)
	@$(BIN)/python -m pytest -n 0 -p no:randomly -s tests/odoo/proof_of_odoo.py

proofs: $(VENV)/.test   ## the slow proofs that `make test` leaves out: whole companies in each dialect, the served demo
	@$(BIN)/python -m pytest -m "slow or hypothesis" --hypothesis-profile thorough

kill-points: $(VENV)/.test   ## kill the service at every commit and send of two weeks, one after the other (about 5 minutes)
	@$(BIN)/python -m pytest -m exhaustive

lint: $(VENV)/.test   ## ruff, mypy --strict, the layer test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 0 tests/test_layers.py

bench-backfill: $(VENV)/.test   ## memory and time of a first sync of 10,000 and of 100,000 interviews (about 15 minutes)
	@$(BIN)/python bench/backfill.py

bench-scale: $(VENV)/.test   ## what 10,000 and 100,000 scorecards cost: plan, front page, report
	@$(BIN)/python bench/scale.py

mutants: $(VENV)/.test   ## break the connectors line by line and see whether their tests notice (about 25 minutes)
	@$(BIN)/python -m bench.mutants

clean:           ## remove the environment and what was built
	rm -rf $(VENV) build dist *.egg-info
