# Every verb builds .venv itself on a bare machine with make and Python 3.11 or newer.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
SERVE ?= 1
WORKERS ?= 2

.PHONY: demo test check bench vectors openapi fsck clean

.venv/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer (with venv) was not found"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/ready
	$(BIN)/luoshi demo $(if $(filter 0,$(SERVE)),--no-serve,)

test: .venv/ready
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m bench

vectors: .venv/ready
	$(BIN)/python -m tests.ledger.vectors.make_vectors

openapi: .venv/ready
	$(BIN)/luoshi openapi -o docs/openapi.json

fsck: .venv/ready
	$(BIN)/luoshi fsck

clean:
	rm -rf .venv
