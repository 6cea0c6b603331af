# `make` lists what there is. Every target does what it needs first; a second run starts at once.
.DEFAULT_GOAL := help
.PHONY: help setup preview test lint docs wheel lock clean FORCE
.DELETE_ON_ERROR:

PYTHON := .venv/bin/python
VENV_STAMP := .venv/.plumbline
CLI_STAMP := .cache/pulumi-cli

# A stamp whose thing has gone (a cache that was emptied, a Python that was removed) is no stamp.
VENV_GONE := $(shell $(PYTHON) -S -c '' 2>/dev/null || echo FORCE)
CLI_GONE := $(shell test -x "$$(cat $(CLI_STAMP) 2>/dev/null)/pulumi" || echo FORCE)

# Compiling pulumi_gcp anew in every process costs seven seconds each.
unexport PYTHONDONTWRITEBYTECODE

# The tests of a file share a set-up and stay together; the slow ones come first.
TOGETHER := -n 2 --dist loadscope --no-loadscope-reorder

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV_STAMP) $(CLI_STAMP) ## virtual environment from the lock, and the Pulumi CLI

preview: setup ## preview staging with all policies, against the sandbox Google Cloud
	@bin/sandbox pulumi preview --stack staging

test: lint ## lint, then all tests, the real engine's included
	@$(PYTHON) -m pytest -q $(TOGETHER) tests/engine tests

lint: setup ## format, lint rules, types, and which room may import which
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m ruff check --quiet .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m toolchain.workflows

docs: setup ## write the generated pages anew, and build the site (site/)
	@$(PYTHON) -m policies.docs --write
	@$(PYTHON) -m plumb.reference --write
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet

wheel: setup ## build the policy pack for other teams (dist/, docs/pack.md)
	@$(PYTHON) -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist ./pack
	@ls dist/plumbline_policies-*.whl

lock: setup ## write requirements.lock anew from pyproject.toml
	@$(PYTHON) -m toolchain.virtual_environment --lock

clean: ## forget the sandbox and all caches of this clone (the cache shared by clones stays)
	rm -rf .sandbox .cache .venv site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV_STAMP): requirements.lock toolchain/uv.lock.txt $(VENV_GONE)
	@python=$$(toolchain/find-python) && "$$python" -m toolchain.virtual_environment

$(CLI_STAMP): toolchain/cli/go.mod toolchain/cli/go.sum $(wildcard toolchain/cli/language-host/*.go) toolchain/pulumi_cli.py $(CLI_GONE) | $(VENV_STAMP)
	@$(PYTHON) -m toolchain.pulumi_cli

FORCE:
