# make run: set up, start, open http://127.0.0.1:8000.   make test: set up and run everything.
SHELL := /bin/bash
.DELETE_ON_ERROR:
# Any Python from 3.11 on that is there: scripts/what-make-needs. PYTHON=... names one.
export PYTHON
# Where it is set, each process would compile every module and rewrite every test again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
BUILT := src/callmark/portal/static/callmark/.built
CATALOGS := $(wildcard src/callmark/locale/*/LC_MESSAGES/django.po)
TRANSLATIONS := $(CATALOGS:.po=.mo)
FRONTEND_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -type f -print)

.PHONY: run install test beside-phones test-fast test-rules test-sqlite test-phones test-browser test-postgres check test-tools try-roots client screenshots fuzz storm lock bench bench-size format clean messages

run: install
	@exec $(VENV)/bin/callmark run --demo

install: $(VENV)/.installed $(BUILT) $(TRANSLATIONS)

# A line for each step, and each step once; everything that is missing is said before the first.
$(VENV)/.installed: requirements.lock pyproject.toml
	@test -x $(UV) || { python=$$(scripts/what-make-needs python node) && \
	  echo "Making a Python environment in $(VENV) with $$python" && $$python -m venv $(VENV) && \
	  $(VENV)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@echo "Installing Python packages"
	@if test -e $(VENV)/.dev; then $(UV) pip install --quiet -r requirements.lock; \
	else $(UV) pip sync --quiet requirements.lock; fi
	@$(UV) pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing Python packages for development"
	@$(UV) pip install --quiet -r requirements-dev.lock
	@touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	@scripts/what-make-needs node
	@echo "Installing packages of the front end"
	@cd frontend && npm ci --omit=dev --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# 'npm install' adds to what is there; 'npm ci' would begin again.
frontend/node_modules/.dev: frontend/node_modules/.installed
	@echo "Installing packages of the front end for development"
	@cd frontend && npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(BUILT): frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@scripts/what-make-needs node
	@echo "Building the front end"
	@cd frontend && npm run --silent build
	@touch $@

$(TRANSLATIONS) &: $(CATALOGS) $(VENV)/.installed
	@echo "Compiling translations"
	@$(VENV)/bin/python -m scripts.messages compile

# After texts were added or changed: docs/recipes/a-translation.md.
messages: $(VENV)/.installed
	$(VENV)/bin/python -m scripts.messages update

# The fast part: style, types, the import rules, generated files that must be up to date.
check: $(VENV)/.dev frontend/node_modules/.dev $(BUILT) $(TRANSLATIONS)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	frontend/node_modules/.bin/biome check --error-on-warnings
	CALLMARK_DATA_DIR=$$(mktemp -d) $(VENV)/bin/callmark manage makemigrations --check --dry-run
	$(VENV)/bin/python scripts/audit-dependencies

# 'make run' from nothing on Debian 12 and 13, each in a folder of its own. Takes minutes; as root.
try-roots:
	scripts/try-roots

# A real Asterisk, PostgreSQL and Chromium: installed once, quick afterwards.
test-tools:
	scripts/install-test-tools
	scripts/asterisk-root

# Phones speak and listen in real time, but wait most of the time: what runs beside them gets only what
# they leave. Browser and PostgreSQL have the machine to themselves. Each run has workers with databases,
# ports and switches of their own, and reads only the folders that can hold its tests. The browser's are a
# run of their own because Playwright keeps an event loop going in the process. Tests wait now and then,
# an eighth of the time: one worker more than processors keeps these busy.
WORKERS ?= 2
PYTEST := $(VENV)/bin/pytest
IN_PARALLEL := --numprocesses=$$(($(WORKERS) + 1)) --dist=worksteal
# Three at once: phones, and what runs beside them.
SIDE_BY_SIDE := $(MAKE) --no-print-directory --jobs=3 --output-sync=line
READY := $(VENV)/.dev frontend/node_modules/.dev $(BUILT) $(TRANSLATIONS)
# Where the system has no such thing as idle, the next best.
GIVING_WAY := $(shell chrt --idle 0 true 2>/dev/null && echo chrt --idle 0 || echo nice -n 19)
test: test-tools $(READY)
	@$(SIDE_BY_SIDE) test-phones beside-phones
	@$(MAKE) --no-print-directory test-browser
	@$(MAKE) --no-print-directory test-postgres

# Style and types take one processor at a time, and the tests what is left of the other.
beside-phones: $(READY)
	@$(GIVING_WAY) $(MAKE) --no-print-directory check test-sqlite

# What needs neither a database nor a switch; types are checked meanwhile.
test-fast:
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check test-rules

test-rules: $(VENV)/.dev
	$(PYTEST) tests/policy tests/docs --ignore-glob='*_recipe_*'

test-sqlite:
	$(PYTEST) $(IN_PARALLEL) -m 'not asterisk and not browser and not postgres'

# A file stays together: a test may find what the one before has left on the switch.
test-phones:
	$(PYTEST) --numprocesses=$(WORKERS) --dist=loadfile -m asterisk tests/switches

test-browser:
	$(PYTEST) $(IN_PARALLEL) -m browser tests/browser

# Only where the database decides: tests/databases.py.
test-postgres: export CALLMARK_POSTGRES_OPTIONS := -c synchronous_commit=off -c full_page_writes=off
test-postgres:
	scripts/with-postgres $(PYTEST) $(IN_PARALLEL) -m 'not asterisk and not browser and not sqlite'

# The Python package callmark-client, made from the API's document: pip install dist/client.
client: install
	scripts/make-client

# The pictures in docs/images, taken from the demo account.
screenshots: $(VENV)/.dev $(BUILT) test-tools
	CALLMARK_PICTURES=1 $(VENV)/bin/pytest -q -m browser tests/browser/test_pictures.py

# Every property with many new examples, and any request, for HOURS (make fuzz HOURS=0.2).
fuzz: $(VENV)/.dev $(BUILT) test-tools
	scripts/fuzz $(or $(HOURS),2)

# Odd strings, emergency calls and transfers by the thousand on a real switch whose gate is killed: half an hour.
storm: $(VENV)/.dev $(BUILT) test-tools
	scripts/storm

# Decisions, starts, the drain, and calls by sipp; of these alone: make bench ONLY=load.
bench: $(VENV)/.dev test-tools
	scripts/install-test-tools sipp
	$(VENV)/bin/python -m bench $(ONLY)

# One account with many calls, on SQLite and on PostgreSQL: what pages, reports and files cost at size.
# With KEEP=/tmp/size the databases stay there and are asked again: make bench-size CALLS=1000000 KEEP=...
bench-size: export CALLS := $(or $(CALLS),100000)
bench-size: export CODES := $(or $(CODES),2000)
bench-size: export USERS := $(or $(USERS),200)
bench-size: export MONTHS := $(or $(MONTHS),3)
bench-size: $(VENV)/.dev
	$(if $(KEEP),mkdir -p $(KEEP)/sqlite $(KEEP)/postgresql/keys)
	$(if $(KEEP),KEEP=$(KEEP)/sqlite) $(VENV)/bin/python -m bench.size
	CALLMARK_POSTGRES_OPTIONS="-c shared_buffers=1GB -c max_wal_size=16GB" \
	$(if $(KEEP),KEEP=$(KEEP)/postgresql/keys CALLMARK_KEPT_POSTGRES=$(KEEP)/postgresql) \
	scripts/with-postgres $(VENV)/bin/python -m bench.size

format: $(VENV)/.dev frontend/node_modules/.dev
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format
	frontend/node_modules/.bin/biome check --write

# Pin every dependency again, with hashes.
lock:
	$(UV) pip compile --quiet --upgrade pyproject.toml -o requirements.lock --generate-hashes \
		--python-version 3.11 --custom-compile-command "make lock"
	$(UV) pip compile --quiet --upgrade pyproject.toml --group dev -o requirements-dev.lock \
		-c requirements.lock --generate-hashes --python-version 3.11 --custom-compile-command "make lock"
	$(UV) pip compile --quiet --upgrade clients/python/requirements.in -o clients/python/requirements.lock \
		--generate-hashes --python-version 3.11 --custom-compile-command "make lock"

clean:
	rm -rf $(VENV) frontend/node_modules src/callmark/portal/static/callmark artefacts dist
