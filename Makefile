# Everything lives in .venv at the root; `make help` lists the targets.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
PYTHON310 ?= $(or $(lastword $(wildcard $(HOME)/.pyenv/versions/3.10.*/bin/python3.10)),python3.10)

.DEFAULT_GOAL := help
.PHONY: help setup run test check validate calibrate lock bench-env bench-x3cflux bench-freeflux bench clean

help:            ## list the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(VENV)/ready  ## make .venv with the locked dependencies

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: setup       ## simulate the overnight fast and write its report
	$(BIN)/cahill simulate overnight-fast --out results/overnight-fast --force

test: setup      ## run the tests
	$(BIN)/python -m pytest -n auto

check: setup     ## import contracts, lint, types, model proofs, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/cahill check
	$(BIN)/python -m pytest -n auto

validate: setup  ## compare the model with the published targets
	$(BIN)/cahill validate

calibrate: setup ## refit the fitted parameters from the calibration targets
	$(BIN)/cahill calibrate --table src/cahill/data/parameters/fitted.tsv --overwrite

lock: setup      ## renew the locked dependencies
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --quiet --no-header --universal --python-version 3.11 --output-file requirements.lock

bench-env: $(BENCH)/ready $(BENCH)-assays/ready bench-x3cflux bench-freeflux  ## make the peers' environments for the benchmarks

$(BENCH)/ready: benchmarks/requirements.lock requirements.lock
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --require-hashes --requirement benchmarks/requirements.lock
	touch $@

$(BENCH)-assays/ready: benchmarks/assays-requirements.lock
	$(PYTHON) -m venv $(BENCH)-assays
	$(BENCH)-assays/bin/python -m pip install --quiet --require-hashes --requirement $<
	touch $@

# A peer that needs more than wheels is left out where that is missing; the benchmark says so.
bench-x3cflux:
	@if pkg-config --exists ipopt; then $(MAKE) --no-print-directory $(BENCH)-x3cflux/ready; else \
	echo "x3cflux is left out, it needs Ipopt (Debian: coinor-libipopt-dev pkg-config libopenblas-dev gfortran)"; fi

$(BENCH)-x3cflux/ready: benchmarks/x3cflux-requirements.lock
	$(PYTHON) -m venv $(BENCH)-x3cflux
	$(BENCH)-x3cflux/bin/python -m pip install --quiet --require-hashes --requirement $<
	touch $@

bench-freeflux:
	@if $(PYTHON310) --version >/dev/null 2>&1 && command -v glpsol >/dev/null; then $(MAKE) --no-print-directory $(BENCH)-freeflux/ready; else \
	echo "FreeFlux is left out, it needs Python 3.10 (PYTHON310=...) and GLPK (Debian: glpk-utils)"; fi

$(BENCH)-freeflux/ready: benchmarks/freeflux-requirements.lock
	$(PYTHON310) -m venv $(BENCH)-freeflux
	$(BENCH)-freeflux/bin/python -m pip install --quiet --require-hashes --requirement $<
	touch $@

bench: setup bench-env  ## run every benchmark
	for benchmark in benchmarks/[a-z]*.py; do $(BIN)/python $$benchmark; done

clean:           ## remove the environments and results
	rm -rf $(VENV) $(BENCH) $(BENCH)-assays $(BENCH)-x3cflux $(BENCH)-freeflux results .pytest_cache .ruff_cache .hypothesis
