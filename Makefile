# What these run is shown in README.md.
PYTHON ?= python3
BIN = .venv/bin

.venv/made: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

.PHONY: movie test test-oldest lint

# A movie of the double pendulum, on a machine with Python alone.
movie: .venv/made
	$(BIN)/iparsave build examples/double_pendulum.py

test: .venv/made
	$(BIN)/python -m pytest -n 2

lint: .venv/made
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The oldest versions that pyproject.toml admits, on the tests that touch matplotlib most.
test-oldest: pyproject.toml
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install --quiet --disable-pip-version-check -e '.[dev]' 'matplotlib==3.9.0' 'numpy<2'
	.venv-oldest/bin/python -m pytest -n 2 tests/fidelity tests/test_matplotlib_names.py tests/test_parsave.py
