# What a person types. Everything sets itself up; nothing outside this folder is touched (except system packages for the
# browser tests, where apt is there to install them).
PY := .venv/bin/python
ARGS ?=

.PHONY: help setup setup-dev browser demo run test check bench crash lock

help:
	@echo "make demo    one whole outage, on this machine, in about a minute"
	@echo "make run     the service, with config.yaml"
	@echo "make test    everything that proves it works"
	@echo "make check   ruff, mypy --strict, import-linter"
	@echo "make bench   the figures, as ratios"
	@echo "make crash   200 kills, and the counts"
	@echo "make setup   only the set-up;  make lock  compile the pinned requirements"

setup: .venv/.runtime
setup-dev: .venv/.development

.venv/.runtime: requirements.txt
	test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.development: .venv/.runtime requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# Chromium and a Chinese font: from the system's packages, or Playwright's own where there is no apt.
browser: setup-dev
	sh tests/browser/install.sh

demo: setup
	$(PY) main.py demo $(ARGS)

run: setup
	$(PY) main.py run $(ARGS)

check: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Two processes share the test files, most of which wait for sockets and for other processes; those start twice as
# fast when what was compiled once may be kept, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE =
test: check browser
	.venv/bin/pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

bench: setup-dev
	$(PY) main.py bench $(ARGS)

crash: setup-dev
	$(PY) main.py crash $(ARGS)

lock: .venv/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	.venv/bin/uv pip compile --quiet --upgrade --no-header --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --upgrade --no-header --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
