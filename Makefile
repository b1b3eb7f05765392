# make test: everything, in real browsers and on both databases.   make demo: see it work.
PYTHON ?= python3
PORT ?= 8000
SHOP_PORT ?= 8001
BIN := .venv/bin

.PHONY: demo test lint lock clean

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3.11 names one."; exit 1; }
	@echo "Making the environment in .venv (about a minute)..."
	@$(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/ready
	@$(BIN)/python -m demo_site --port $(PORT) --shop-port $(SHOP_PORT)

lint: .venv/ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict backend sdk demo_site tests e2e

test: lint
	@$(BIN)/python -m e2e.browsers
	@$(BIN)/pytest tests
	@$(BIN)/pytest e2e

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --extra dev --no-header --no-emit-index-url --no-emit-find-links -q -o requirements.lock

clean:
	rm -rf .venv var artifacts
