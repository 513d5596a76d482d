# Two commands matter: `make run` and `make test`. Everything lives in .venv/ and var/; removing both starts afresh.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python on PATH that is new enough; name another with `make PYTHON=... run`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
EDITABLE := $(PIP) install --quiet --no-deps --no-build-isolation --editable .
# For `make prove`: how long all campaigns may go on together, and which ones (a word of their names).
MINUTES ?= 10
ONLY ?=
# Where the tests put their databases: in memory if there is room. They make two thousand, and would wait for the disk.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "TMPDIR=/dev/shm" }')

.PHONY: help run demo test check bench prove score screenshots exhaustive lock

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r name what; do \
		printf '%-12s %s\n' "$$name" "$$what"; done

run: .venv/.run-stamp ## serve the console, the API and the engine on this machine
	@exec $(BIN)/nurture serve

demo: .venv/.run-stamp ## look around in a town of 500 customers, in a database of its own
	@exec $(BIN)/nurture demo

test: .venv/.test-stamp ## run the whole suite, on SQLite and on PostgreSQL, with a real browser
	@tests/bring_up.sh
	$(MEMORY) $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

check: .venv/.test-stamp ## lint, types and the directions of imports; no tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/.test-stamp ## measure against the limits
	$(BIN)/python -m benchmarks

prove: .venv/.test-stamp ## long campaigns, going on where they stopped: MINUTES=60 ONLY=kills
	@tests/bring_up.sh
	MINUTES=$(MINUTES) $(BIN)/python -m pytest -m campaign --timeout=0 $(if $(ONLY),-k '$(ONLY)')

score: .venv/.test-stamp ## walk the console's scoring sheet among 50,000 customers
	$(BIN)/python -m tests.browser.score

screenshots: .venv/.test-stamp ## take the pictures of the console that README and docs show
	$(BIN)/python -m tests.browser.screenshots

exhaustive: .venv/.test-stamp ## every case there is: all time zones, all changes of their clocks
	$(BIN)/python -m pytest -m exhaustive

lock: .venv/.test-stamp ## choose the newest versions that fit, and write them down with their hashes
	$(LOCK) --extra oidc --extra postgres --group build pyproject.toml -o requirements.lock
	$(LOCK) --all-extras --group build --group dev --constraint requirements.lock pyproject.toml -o requirements-dev.lock

LOCK = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --system-certs

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo 'nurture needs Python 3.11 or newer on PATH.' >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'The venv module is missing: apt-get install python3-venv' >&2; exit 1; }

# A stamp is newer than what it was made from as long as what is installed is what is locked.
.venv/.run-stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what the service needs (once, about half a minute) ...'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@$(EDITABLE)
	@touch $@

.venv/.test-stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo 'Installing what the tests need (once, about half a minute) ...'
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@$(EDITABLE)
	@touch $@
