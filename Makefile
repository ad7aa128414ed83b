# Every habit of this project; `make help` lists them.

VENV := .venv
BIN := $(VENV)/bin
# The first python3 on PATH that is new enough; PYTHON=... overrides.
PYTHON ?= $(shell for each in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)

# What the functional tests cover. One run for each concurrency backend; each run covers all databases.
DATABASES ?= sqlite,mariadb,postgresql
CONCURRENCY ?= threading eventlet
# More words for pytest: make test-unit PYTEST="-k flavors -x"
PYTEST ?=

PACKAGES := tools/devstack/lib/packages.sh
SERVERS := broker mariadb postgresql
SHELL_SCRIPTS = $(shell git ls-files -- '*.sh'; git grep -lIE '^\#!.*\b(ba)?sh\b' -- ':!*.sh' ':!tools/devstack/guest/rootfs')
UNITS = $(wildcard etc/systemd/*.service etc/systemd/*.target)

# An active virtualenv or an index of the caller's stays out of what the recipes run.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
unexport VIRTUAL_ENV PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Recipes share one virtualenv and two cores.
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@echo "nova-lite: OpenStack Nova made small. Targets:"
	@sed -nE 's/^([a-z][a-z-]*):.*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo "Options: DATABASES=$(DATABASES) CONCURRENCY=\"$(CONCURRENCY)\" PYTEST=\"-k name -x\""

# ---- installing ----

$(VENV)/installed: requirements/lock.txt requirements/test.txt setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none is on PATH (apt-get install python3)" >&2; exit 1; }
	$(PACKAGES) build
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	# --no-deps: exactly the locked set; `pip check` then proves that it satisfies the ranges in setup.cfg.
	$(BIN)/pip install --quiet --no-deps -r requirements/lock.txt -r requirements/test.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/pip check
	touch $@

.PHONY: setup
setup: $(VENV)/installed ## make .venv from the locked versions, with the Debian packages that it needs
	@echo "Ready: . $(BIN)/activate"

.PHONY: lock
lock: ## make requirements/*.txt anew from the ranges in setup.cfg
	$(PACKAGES) build
	tools/lock "$(PYTHON)"
	@echo "Now: git diff requirements; make lint test"

# ---- checking ----

.PHONY: lint
lint: $(VENV)/installed ## style, types, import directions, shell scripts, systemd units
	$(PACKAGES) lint
	@# All of them run, so that one call shows all that is wrong.
	$(MAKE) --no-print-directory --keep-going _ruff _format _types _imports _shell _units

.PHONY: _ruff _format _types _imports _shell _units
_ruff:
	$(BIN)/ruff check .
_format:
	$(BIN)/ruff format --check .
_types:
	$(BIN)/mypy
_imports:
	$(BIN)/lint-imports
_shell:
	shellcheck --external-sources $(SHELL_SCRIPTS)
_units:
	$(if $(UNITS),tools/verify-units $(UNITS),@echo "no systemd units yet")

.PHONY: reformat
reformat: $(VENV)/installed ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: test
test: test-unit test-functional test-integration ## all tests, with all that they need
	@echo "All tests passed. Next: tools/devstack/stack.sh (a cloud of your own), make bench (its figures)"

.PHONY: test-unit
test-unit: $(VENV)/installed ## tests without any server, in seconds
	$(BIN)/pytest tests/unit $(PYTEST)

.PHONY: test-functional
test-functional: $(VENV)/installed ## real RabbitMQ and databases, fake hypervisor, both concurrency backends
	$(PACKAGES) $(SERVERS)
	set -e; for backend in $(CONCURRENCY); do \
		echo "== functional tests, $$backend =="; \
		NOVA_LITE_CONCURRENCY=$$backend $(BIN)/pytest tests/functional --database $(DATABASES) $(PYTEST); \
	done

.PHONY: test-integration
test-integration: $(VENV)/installed ## real libvirt and guests (needs root)
	$(PACKAGES) $(SERVERS) libvirt guest-build
	$(BIN)/pytest tests/integration $(PYTEST)

.PHONY: bench
bench: $(VENV)/installed ## figures: boots per second, messages, queries, memory
	$(PACKAGES) $(SERVERS) libvirt guest-build
	$(BIN)/pytest tests/perf --capture=no $(PYTEST)

# ---- the rest ----

.PHONY: docs
docs: $(VENV)/installed ## make the sample configuration files anew from the options and policies
	$(BIN)/oslo-config-generator --namespace nova_lite.conf --output-file etc/nova.conf.sample
	$(BIN)/oslopolicy-sample-generator --namespace nova_lite --output-file etc/policy.yaml.sample

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
