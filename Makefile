# Needs Python 3.11 or later (with venv) and make; installs the rest into .venv.
PYTHON ?= python3
VENV := .venv
N ?= 100000
# Tests that run at once. They wait more than they work; each takes up to half a gigabyte.
AT_ONCE ?= 6
NODE_MODULES := tests/node/node_modules
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help run test lint bench bench-find faults screenshots clean

help: ## Say what there is.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Start the server, with its own PostgreSQL.
	@exec $(VENV)/bin/incidents serve

test: $(VENV)/installed-test $(NODE_MODULES)/installed ## Run the tests; AT_ONCE=1 one after the other.
	$(VENV)/bin/python -m pytest --numprocesses=$(AT_ONCE) --dist=worksteal

lint: $(VENV)/installed-test ## Check style and types.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/installed ## Measure: prints ratios, takes minutes.
	$(VENV)/bin/python -m bench

bench-find: $(VENV)/installed-test ## Measure finding; N=10000000 takes an hour and 30 GB.
	$(VENV)/bin/python -m bench.find --size $(N)

faults: $(VENV)/installed-test ## Break it on purpose, and look what is lost: takes minutes.
	$(VENV)/bin/python -m faults

screenshots: $(VENV)/installed-test ## Take pictures of the page; needs Chromium.
	$(VENV)/bin/python -m tests.screenshots

clean: ## Remove what the other targets made here. The data stay.
	rm -rf $(VENV) .bench $(NODE_MODULES)

$(VENV)/installed: requirements/requirements.txt requirements/requirements.build.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/requirements.txt -r requirements/requirements.build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(VENV)/bin/python -m compileall -q src
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements/requirements.test.txt
	$(PIP) install --require-hashes -r requirements/requirements.test.txt
	@touch $@

# What the tests run under Node. Without npm, or without its registry, they are skipped, and say so.
$(NODE_MODULES)/installed: tests/node/package-lock.json
	if command -v npm >/dev/null && npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund; then touch $@; fi
