# Needs Python 3.11 or later with venv, and make; installs everything else into .venv.
PYTHON ?= python3
VENV := .venv
N ?= 100000
# Tests that run in parallel: for two processors. Each takes up to 500 MB of memory.
AT_ONCE ?= 4
NODE_MODULES := tests/node/node_modules
PIP := $(VENV)/bin/python -m pip --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint bench bench-find faults screenshots clean

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

run: $(VENV)/installed ## Install and start the server with its own PostgreSQL.
	@exec $(VENV)/bin/incidents serve

# Each test process would compile all files again.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/installed-test $(NODE_MODULES)/installed ## Run all tests; AT_ONCE=1 runs one after the other.
	$(VENV)/bin/python -m pytest --numprocesses=$(AT_ONCE) --dist=worksteal

# Fewer at once: these never wait, and each process first starts a PostgreSQL.
test-fast: $(VENV)/installed-test ## Run the quick tests: units, oracles, the API on a shared database.
	$(VENV)/bin/python -m pytest --numprocesses=2 --dist=worksteal -m "not slow"

lint: $(VENV)/installed-test ## Check style and types.
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/installed ## Measure the intake; takes ten minutes or more.
	$(VENV)/bin/python -m bench

bench-find: $(VENV)/installed-test ## Measure searches; N=10000000 takes an hour and 30 GB of disk.
	$(VENV)/bin/python -m bench.find --size $(N)

faults: $(VENV)/installed-test ## Inject faults and check what was acknowledged; takes twenty minutes or more.
	$(VENV)/bin/python -m faults

screenshots: $(VENV)/installed-test ## Take pictures of the page; needs Chromium.
	$(VENV)/bin/python -m tests.screenshots

clean: ## Remove what the other targets created here. The incidents stay.
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

# Packages for the tests under Node. Without npm or its registry these tests are skipped with a message.
$(NODE_MODULES)/installed: tests/node/package-lock.json
	if command -v npm >/dev/null && npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund; then touch $@; fi
