# The two commands a newcomer needs are `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# pip 25.1 is the first that installs dependency groups.
SETUP := $(VENV)/ready

.PHONY: demo digits test lint parity fuzz soak bench clean

demo: $(SETUP)-demo
	$(BIN)/chainrule tour

# Trains a network on handwritten digits; the losses are drawn into digits.png.
digits: $(SETUP)-examples
	$(BIN)/python examples/digits.py

test: $(SETUP)-test
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(SETUP)-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Compares values, gradients and printed text with PyTorch, which it installs (about 750 MB).
parity: $(SETUP)-test
	$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/pip install -q torch==2.13.0
	$(BIN)/python -m pytest -n auto parity

# Random shapes, indices and programs, by the thousand: `make test` runs a few dozen of each.
fuzz: $(SETUP)-test
	HYPOTHESIS_PROFILE=large $(BIN)/python -m pytest -n auto tests/properties $(ARGS)

# Thousands of programs with errors thrown at random: no object and no memory may be left of them.
soak: $(SETUP)-test
	$(BIN)/python tests/soak.py $(ARGS)

bench: $(SETUP)-test
	$(BIN)/python -c "import torch" 2>/dev/null || $(BIN)/pip install -q torch==2.13.0
	$(BIN)/python benchmarks/run.py

$(SETUP):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	touch $@

$(SETUP)-demo: $(SETUP) pyproject.toml
	$(BIN)/pip install -q -e ".[all]"
	touch $@

$(SETUP)-examples: $(SETUP)-demo
	$(BIN)/pip install -q --group examples
	touch $@

$(SETUP)-test: $(SETUP)-demo
	$(BIN)/pip install -q --group test
	touch $@

$(SETUP)-lint: $(SETUP)-demo
	$(BIN)/pip install -q --group lint
	touch $@

clean:
	rm -rf $(VENV) chainrule-tour .pytest_cache .mypy_cache .ruff_cache .hypothesis
