# The portal's commands. `make help` lists them. Each sets up what it needs the first time.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PORT ?= 8000
DATA_DIR ?= $(CURDIR)/data
BIN := .venv/bin
PY := $(BIN)/python
# The environment of commands that touch no data: checks, compilations.
TOOLS_ENV := DJANGO_SETTINGS_MODULE=config.settings_test
HTTPS_PORT ?= 8443
# Two at once; who has nothing left takes from the other.
AT_ONCE := -n 2 --dist worksteal
# What needs a server, and what is proved once: on no database, or in seconds that hang on none (tests/conftest.py).
ON_SQLITE := not anywhere and not postgres and not redis and not browser and not long
export PORT HTTPS_PORT DATA_DIR
# Never let another project's virtual environment or settings in; nor what makes every process compile all of the code again.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

## —— Essayer ——
.PHONY: help run demo accounts purge timeline services
help: ## Liste les commandes
	@awk 'BEGIN { FS = ":.*## " } /^## ——/ { print "\n" substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/.base .cache/system-base ## Ouvre le portail d’essai, démonstration chargée (PORT=8000)
	@exec $(PY) -m scripts.trial run

demo: .venv/.base .cache/system-base ## Recharge la démonstration du portail d’essai (ARGS="--at 2017-09-08T11:59", ARGS=--now)
	@$(PY) -m scripts.trial demo $(ARGS)

accounts: .venv/.base .cache/system-base ## Donne de nouveaux liens de connexion pour le portail d’essai
	@$(PY) -m scripts.trial accounts

purge: .venv/.base .cache/system-base ## Efface du portail d’essai ce qui ne se garde plus (ARGS=--dry-run compte)
	@$(PY) -m scripts.trial purge $(ARGS)

timeline: .venv/.base .cache/system-base ## Dit ce qui vient sur le portail d’essai (ARGS="--tomorrow", ARGS="--edition aventuriers/2027 --names")
	@$(PY) -m scripts.trial timeline $(ARGS)

services: .venv/.dev .cache/system-base .cache/system-tests ## Réglages de production sur cette machine : PostgreSQL, Redis, gunicorn, deux workers, beat
	@exec $(PY) -m scripts.services

## —— Vérifier ——
.PHONY: test check fix bench bench-letters
test: test-sqlite test-postgres ## Tout tester : ce qui demande une base sur SQLite, puis tout sur PostgreSQL et Redis privés

TESTED := .venv/.dev .cache/system-base .cache/system-tests .cache/vnu/.done .cache/validators/.done fonts
.PHONY: test-sqlite test-postgres ready
ready: $(TESTED)

test-sqlite: $(TESTED)
	@$(BIN)/pytest -q $(AT_ONCE) -m "$(ON_SQLITE)" $(ARGS) || [ $$? = 5 ] # 5: nothing of it runs on SQLite

test-postgres: $(TESTED)
	@$(PY) -m tests.servers $(BIN)/pytest $(AT_ONCE) $(ARGS)

check: .venv/.dev .cache/system-base fonts ## Relire le code : style, types, couches, gabarits, migrations, réglages
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

fix: .venv/.dev ## Corriger le style de ce qui se corrige seul
	@$(BIN)/ruff check --fix --quiet . || true
	@$(PY) -m scripts.typeset
	@$(BIN)/ruff format .

bench: .venv/.dev .cache/system-base .cache/system-tests fonts ## Mesurer et imprimer les chiffres promis
	@$(PY) -m bench.run $(ARGS)

bench-letters: .venv/.dev .cache/system-base .cache/system-tests ## Ni lettre perdue ni doublée : 12 kill -9 (ARGS=--fast, --gentle)
	@$(PY) -m bench.letters $(ARGS)

## —— Entretenir ——
.PHONY: pins screenshot fonts clean
pins: .venv/.dev ## Recompiler les versions exactes et leurs empreintes
	@scripts/pins

screenshot: .venv/.dev .cache/system-base .cache/system-tests ## Refaire l’image du README
	@$(PY) -m scripts.screenshot

fonts: .venv/.base # The fonts, cut once (and again when their package changes).
	@[ -n "$$(find static/fonts -name '*.woff2' -newer .venv/.base -print -quit 2>/dev/null)" ] || { $(TOOLS_ENV) $(PY) manage.py fonts && touch static/fonts/*; }

clean: ## Retirer ce qui se refait seul (jamais les données)
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles static/fonts

# —— What is set up once ——
.venv/.base: requirements/base.txt scripts/venv
	@scripts/venv base

.venv/.dev: requirements/dev.txt .venv/.base
	@scripts/venv dev

.cache/system-base: scripts/system | .venv/.base
	@scripts/system base

.cache/system-tests: scripts/system | .cache/system-base
	@scripts/system tests

.cache/vnu/.done: scripts/vnu .cache/system-tests
	@scripts/vnu

.cache/validators/.done: scripts/validators requirements/validators.txt .venv/.dev
	@scripts/validators
