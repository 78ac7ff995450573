# make quickstart   set up .venv, then play a noisy user alone and with our agent
# make test         set up .venv, then run the tests but for the slow ones: minutes
# make test-all     all tests
# make check        format, lint and types
# make lock         make requirements.lock anew from pyproject.toml
# make docs         make environment pages, pictures and README's tables anew from the registry and the results
# make extras     install each extra alone and together, and check (about ten minutes)
# make site       the documentation as a web site in site/
# make bench        measure throughput (adds EnvPool, 850 MB); ARGS='--rounds 3' is shorter

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
TORCH  := torch==2.13.0
# imitation's metadata pins gymnasium 0.29 and stable-baselines3 2.2; its BC and GAIL run on today's versions and need
# nothing else of its long dependency list, so it is installed alone.
IMITATION := imitation==1.0.1
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
GL_PACKAGES := libegl1 libgl1 libgl1-mesa-dri libgles2

.PHONY: quickstart test test-all check format lock docs site extras bench setup gl clean

quickstart: setup gl
	$(BIN)/python -m benchmarks.quickstart

# ARGS='-k HandDoor' chooses, as pytest does.
test: setup try-gl
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

test-all: setup try-gl
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

.PHONY: try-gl
try-gl: setup
	@$(MAKE) --no-print-directory gl || echo "Tests that need pictures will be skipped."

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hand_envs needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0])'
	@echo "Setting up $(VENV): a few minutes and about 1.9 GB, once."
	@$(PYTHON) -m venv $(VENV) || { echo "No venv here. On Debian: apt-get install python3-venv"; exit 1; }
	$(PIP_INSTALL) --upgrade pip
	$(PIP_INSTALL) $(TORCH)
	$(PIP_INSTALL) --requirement requirements.lock
	$(PIP_INSTALL) --no-deps $(IMITATION)
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# Pictures need GL. Where it is missing, a root on Debian gets it; anybody else is told the command.
gl: setup
	@$(BIN)/python -m hand_envs.cli doctor --gl > /dev/null 2>&1 || $(MAKE) --no-print-directory install-gl

.PHONY: install-gl
install-gl:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "Installing GL for pictures: apt-get install $(GL_PACKAGES)"; \
	  apt-get update -qq && apt-get install -y -qq $(GL_PACKAGES) > /dev/null; \
	  $(BIN)/python -m hand_envs.cli doctor --gl; \
	else \
	  echo "GL is missing, so no pictures can be made. Install it with:"; \
	  echo "  sudo apt-get install $(GL_PACKAGES)"; exit 1; \
	fi

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --upgrade pip
	.venv-lock/bin/python -m pip install --quiet $(TORCH)
	.venv-lock/bin/python -m pip install --quiet '.[agents,dev]'
	{ echo "# Made by 'make lock' from pyproject.toml (core, agents, dev). Torch goes in first and imitation last: see Makefile."; \
	  .venv-lock/bin/python -m pip freeze --exclude hand-envs --exclude torch; } > requirements.lock
	rm -rf .venv-lock

docs: setup gl
	$(BIN)/python docs/generate.py

extras:
	TORCH='$(TORCH)' .ci/extras

site: setup
	$(PIP_INSTALL) mkdocs mkdocs-material
	$(BIN)/mkdocs build --strict --site-dir site

bench: setup gl
	$(PIP_INSTALL) --no-build-isolation --editable '.[bench]'
	$(BIN)/python -m benchmarks.throughput $(ARGS)

clean:
	rm -rf $(VENV) .venv-lock build dist *.egg-info
