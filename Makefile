# The project's commands. `make demo` shows it, `make test` proves it.
# Needs Python 3.11 or newer, make and git; everything else is put into .venv.

PORT ?= 8000
SHOP_PORT ?= 8001

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
# The demo needs neither browsers nor the tests' tools, and so a fifth of the room.
SHOWN := $(VENV)/.ready-demo

# Tests run in two processes for each processor, since many of them wait for most of their time:
# make test WORKERS=1 leaves a processor free.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)
SPREAD := -n $(WORKERS) --dist worksteal
# What a server imports is compiled once, not by each of the many that tests start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo wheel walkthrough picture catalogues test test-all one lint unit e2e coverage bench bench-large bench-sdk cluster cluster-proof fuzz lock clean

help:
	@echo "make demo    start the server and a demo shop, and show their addresses"
	@echo "             (make demo PORT=9000 SHOP_PORT=9001 for other ports)"
	@echo "make wheel   build what can be installed elsewhere, into dist"
	@echo "make test    lint, types, tests on both databases, real browsers (about 13 minutes on two cores)"
	@echo "             (make test T=tests/sdk, T=e2e/test_shop.py, T=FILE::TEST for some of it only)"
	@echo "make test-all   the same, with every input, on both databases and in both browsers"
	@echo "make lint    ruff, mypy --strict, and tsc --checkJs with eslint only"
	@echo "make unit    the tests without a browser only"
	@echo "make e2e     the tests in real browsers only"
	@echo "make coverage   which lines of trk and trk_sdk the tests without a browser run"
	@echo "make walkthrough   the eight uses and three languages in a real browser, as a report with pictures"
	@echo "make bench   print the speed table"
	@echo "make bench-large   print what owners wait for with ten million rows (half an hour, 10 GB)"
	@echo "make bench-sdk   print the table of trk.js in Chromium: size, time, memory, what arrives"
	@echo "make cluster   three machines in one: etcd, PostgreSQL under Patroni, nodes and HAProxy, with visitors"
	@echo "make cluster-proof   kill, hang and cut off its parts 30 times, and look for what is lost (15 minutes)"
	@echo "             (make cluster-proof FAULTS=5 SEED=1)"
	@echo "make fuzz    send 200,000 malformed requests to every target, on both databases"
	@echo "make catalogues   put the sentences that are new on entrants' pages into each language's catalogue"
	@echo "make lock    write requirements.lock, the container's and Patroni's anew (needs uv)"
	@echo "make clean   remove what was built: environment, caches, demo data"

demo: $(SHOWN)
	@$(PYTHON) -m trk_sdk build --brief
# exec: whoever ends make so ends the demo, and not a shell between them.
	@exec $(PYTHON) -m trk_shop --port "$(PORT)" --shop-port "$(SHOP_PORT)"

# To be installed elsewhere: on the server, or with the test kit into a project of pages.
wheel: $(SHOWN)
	@$(PYTHON) -m hatchling build --target wheel --directory dist
	@echo "Install it with: pip install \"$$(ls -t dist/*.whl | head -1)\", or with the test kit:"
	@echo "                 pip install \"$$(ls -t dist/*.whl | head -1)[testkit]\""

ifdef T
test: one
else
test: $(READY)
	@$(PYTHON) -m tests.parts lint unit e2e $(EVERYTHING) $(SPREAD)
endif

test-all: EVERYTHING := --everything
test-all: test

lint: $(READY)
	@$(PYTHON) -m tests.parts lint

unit: $(READY)
	@$(PYTHON) -m tests.parts unit $(EVERYTHING) $(SPREAD)

e2e: $(READY)
	@$(PYTHON) -m tests.parts e2e $(EVERYTHING) $(SPREAD)

# A file, a folder or one test: T is of either run.
one: $(READY)
	@$(PYTHON) -m tests.$(if $(filter e2e e2e/%,$(T:./%=%)),browsers,tools)
	$(PYTHON) -m pytest $(EVERYTHING) $(if $(wildcard $(T)/.),$(SPREAD)) "$(T)"

# A run of its own: to note each line takes three times as long as the tests do.
coverage: $(READY)
	$(PYTHON) -m pytest $(SPREAD) --cov --cov-report=term tests

walkthrough: $(READY)
	@$(PYTHON) -m tests.browsers chromium
	@$(PYTHON) -m e2e.walkthrough

# Takes the sentences for entrants out of pages and rules, and puts new ones into each catalogue,
# still to be translated (docs/languages.md).
catalogues: $(READY)
	@$(PYTHON) -m tests.catalogues

# The README's picture, taken anew.
picture: $(READY)
	@$(PYTHON) -m tests.browsers chromium
	@$(PYTHON) -m e2e.picture

bench: $(READY)
	@$(PYTHON) -m tests.bench $(BENCH)

bench-large: $(READY)
	@$(PYTHON) -m tests.bench.large

# 200,000 requests that nobody should send; not in `make test`, because it takes so long.
fuzz: $(READY)
	@$(PYTHON) -m tests.fuzz

# As root on Debian it installs what it lacks, and needs nothing else.
cluster: $(READY)
	@exec $(PYTHON) -m tests.cluster

cluster-proof: $(READY)
	@$(PYTHON) -m tests.cluster.proof $(if $(FAULTS),--faults $(FAULTS)) $(if $(SEED),--seed $(SEED))

bench-sdk: $(READY)
	@$(PYTHON) -m tests.bench.sdk

lock:
	@command -v uv >/dev/null || { \
		echo "make lock needs uv (https://docs.astral.sh/uv/): pip install uv" >&2; exit 1; }
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--extra dev --no-header --no-emit-index-url --no-emit-find-links -q -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--extra build --constraint requirements.lock --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate -q -o backend/trk/operating/requirements.lock
	uv pip compile tests/cluster/requirements.in --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
		-q -o backend/trk/operating/patroni.lock

clean:
	rm -rf $(VENV) build dist artifacts var .mypy_cache .ruff_cache .pytest_cache *.egg-info
	find backend sdk demo_site tests e2e -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@sh .ci/environment $(VENV)

$(SHOWN): backend/trk/operating/requirements.lock pyproject.toml
	@sh .ci/environment $(VENV) demo
