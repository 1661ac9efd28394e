# Every target sets up what it needs in $(VENV) first. `make demo` and `make test` are the two commands
# of the README.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Real objects that pydicom brings along; the shell finds the folder of the Python version.
SAMPLES := CT_small MR_truncated rtplan rtstruct badVR waveform_ecg SC_rgb_jpeg
FILES ?= $(SAMPLES:%=$(VENV)/lib/python3*/site-packages/pydicom/data/test_files/%.dcm)

# Microsoft's validator of SARIF, for one test, where npm is there to get it.
NPM := $(shell command -v npm)
MULTITOOL := @microsoft/sarif-multitool@5.7.0

# How many processes run the tests.
WORKERS ?= 2

.PHONY: help demo test lint types format measure measure-install measure-reduced tables docs clean

help:
	@echo 'make demo             lint real files (FILES="..." for your own)'
	@echo 'make test             the whole test suite: lint, format, types, tests'
	@echo 'make measure          the benchmarks at full size (about an hour); measure-reduced: a few minutes'
	@echo 'make tables           compile standard/ into dcmlint/standard/data/'
	@echo 'make docs             write docs/rules/ from the rules'
	@echo 'make format           format the code'

$(VENV)/.runtime: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dcmlint needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

$(VENV)/.npm: Makefile | $(VENV)/.dev
	@if npm install --prefix $(VENV)/npm --no-audit --no-fund --loglevel=error $(MULTITOOL); \
	then chmod u+x $(VENV)/npm/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool; touch $@; \
	else echo '$(MULTITOOL) cannot be installed: its test will be skipped'; fi

demo: $(VENV)/.runtime
	$(BIN)/dcmlint check --fail-on never $(FILES)

test: $(VENV)/.dev $(if $(NPM),$(VENV)/.npm) lint types
	$(BIN)/python -m pytest --verbose -n $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy dcmlint rules
	MYPYPATH=plugins/dcmlint-pacs/src $(BIN)/mypy --config-file pyproject.toml -p dcmlint_pacs

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Measures run on an installed wheel, as users have it: with compiled modules and bytecode. They run in a
# copy without the package, since Python would import the checkout's modules rather than the wheel's.
# WHEEL is one to take; without it one is built, which takes minutes.
WHEEL ?= .
$(VENV)-measure/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)-measure
	DCMLINT_PURE=1 $(VENV)-measure/bin/python -m pip install --quiet '.[dev]'
	@touch $@

.PHONY: measure-install
measure-install: $(VENV)-measure/.dev
	rm -rf build
	$(VENV)-measure/bin/python -m pip install --quiet --force-reinstall --no-deps '$(WHEEL)'
	mkdir -p build/measure/main
	cp -r benchmarks fixtures standard .pre-commit-hooks.yaml build/measure/main
	mkdir build/measure/main/tests && cp tests/archive_sample.py build/measure/main/tests
	mkdir build/measure/main/plugins && cp -r plugins/dcmlint-pacs build/measure/main/plugins
	if [ -d ../shared ]; then ln -s '$(abspath ../shared)' build/measure/shared; fi

measure: measure-install
	cd build/measure/main && '$(abspath $(VENV)-measure)/bin/python' benchmarks/run.py

measure-reduced: measure-install
	cd build/measure/main && '$(abspath $(VENV)-measure)/bin/python' benchmarks/run.py --reduced

tables: $(VENV)/.runtime
	$(BIN)/python -m dcmlint.standard.compile

docs: $(VENV)/.runtime
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) $(VENV)-measure build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
