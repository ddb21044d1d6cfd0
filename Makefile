# The commands of a developer and of somebody who only wants to see it work. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TORCH ?= cpu
N ?= 20
SEED ?= 1000
CONSILIUM_DATASETS ?= $(abspath ../shared/data)
export CONSILIUM_DATASETS

PY := .venv/bin/python
DEBIAN := dcmtk orthanc orthanc-dicomweb dicom3tools pixelmed-apps openjdk-17-jdk-headless curl chromium fonts-noto-cjk poppler-utils
TORCH_VERSION := $(shell sed -n 's/^torch==//p' requirements.txt)
TORCH_WHEEL := torch==$(TORCH_VERSION)$(if $(filter cpu,$(TORCH)),+cpu)
DEMO_STUDY := $(wildcard $(CONSILIUM_DATASETS)/ct_lidc_nodules/LIDC-IDRI-0001/dicom)

.PHONY: help setup demo test test-fast check kill bench validate system-packages
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

setup: .venv/.ready ## make the environment in .venv (TORCH=gpu for a GPU build), build the pages, fetch the full viewer
	@service/web/build.sh $(PY)
	@service/web/full-viewer.sh $(PY) || echo "The full viewer could not be fetched. All else works; make setup tries again." >&2
.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which by PYTHON=python3.11")'
	@echo "Making .venv: about $(if $(filter cpu,$(TORCH)),0.6 GB,3.5 GB) are downloaded by pip (torch the most of it), $(if $(filter cpu,$(TORCH)),2 GB,8 GB) on disk."
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check '$(TORCH_WHEEL)' || \
	  { echo "pip found no $(TORCH) build of torch $(TORCH_VERSION): set PIP_EXTRA_INDEX_URL (or PIP_FIND_LINKS) to where PyTorch's $(TORCH) wheels lie, or say TORCH=gpu." >&2; exit 1; }
	@.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## the whole loop: a hospital sends a study, findings come back
	@.venv/bin/consilium demo $(if $(DEMO_STUDY),--study $(DEMO_STUDY)) $(DEMO_OPTIONS)

test: setup system-packages ## everything, servers and Debian packages included
	@$(PY) -m pytest -n 2 $(PYTEST_OPTIONS)

test-fast: setup ## without servers and system packages, at most two minutes; says what it left out
	@$(PY) -m pytest -n 2 -m 'not system and not slow and not real_data' $(PYTEST_OPTIONS)
	@echo "Left out: tests marked system (DCMTK, Orthanc, validators), slow, real_data. make test runs them."

check: setup ## lint, types, layers
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@service/web/npm.sh $(PY) run --silent check

kill: setup ## SIGKILL a centre in mid-stream N times and compare what was acknowledged with what is served
	@$(PY) -m tests.crash.kill_loop --times $(N)

bench: setup system-packages ## ratios against peers, printed and written to build/bench.json
	@$(PY) -m tests.bench

validate: setup ## the shipped package on 20 phantoms of fresh seeds (SEED=…)
	@$(PY) -m training ct_chest_nodule --validate-phantoms 20 --seed $(SEED)

system-packages: ## the Debian packages the tests need
	@missing=""; for name in $(DEBIAN); do dpkg-query -W -f='$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$name"; done; \
	if [ -n "$$missing" ]; then \
	  if ! command -v apt-get >/dev/null; then echo "Missing programs:$$missing. Install their like, this is no Debian." >&2; exit 1; fi; \
	  if [ "$$(id -u)" = 0 ]; then as=""; elif sudo -n true 2>/dev/null; then as="sudo -n"; \
	  else echo "Missing Debian packages:$$missing. Run: sudo apt-get install --no-install-recommends$$missing" >&2; exit 1; fi; \
	  echo "Installing Debian packages:$$missing"; \
	  $$as apt-get update -qq; \
	  $$as env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
