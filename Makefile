# Every path is relative, so that the folder's own path may hold spaces and accents. `make help` lists what there is.

MAKEFLAGS += --no-print-directory
PYTHONS = .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 python
export HYPOTHESIS_STORAGE_DIRECTORY = .cache/hypothesis

.PHONY: help setup run test test-postgres check lint types imports frontend browser migration openapi bench translations screens rehearsal soak dist lock clean

help: ## affiche cette liste
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

# The first Python that is new enough, or the one named: `make setup PYTHON=python3.12`.
setup: ## prépare .venv (rapide quand rien n'a changé)
	@for python in $(if $(PYTHON),'$(PYTHON)',$(PYTHONS)); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec "$$python" scripts/setup.py; \
	done; \
	echo 'Il faut Python 3.11 ou plus récent : installez-le ou dites où il est, par exemple make setup PYTHON=/opt/python3.12/bin/python3.' >&2; \
	exit 1

# `exec`: the service is make's own child. make passes SIGTERM on to its child and waits; Ctrl-C reaches the whole group.
run: setup frontend ## lance la démonstration sur http://127.0.0.1:8000 (INVENTORY_PORT pour un autre port)
	@exec .venv/bin/python scripts/run.py

test: check frontend browser ## tout vérifier : style, types, imports, puis tous les tests, navigateur compris
	@.venv/bin/python -m pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

# The server of INVENTORY_DATABASE_URL and INVENTORY_OWNER_DATABASE_URL serves `make test` too; this one needs none.
test-postgres: setup ## passe les tests de base de données sur un PostgreSQL ordinaire, lancé pour eux
	@.venv/bin/python scripts/postgres.py .venv/bin/python -m pytest -m "database and not soak" -n logical --maxprocesses 4 --dist worksteal $(ARGS)

# SOAK_KILLS of each kind (50), SOAK_SEED to repeat a trial. Each prints its counts when it ends.
soak: setup frontend ## tue, coupe et remplit longtemps : make soak ARGS="-k restores"
	@.venv/bin/python -m pytest -n 0 -m soak $(ARGS)

check: lint types imports ## tout vérifier sauf les tests

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: setup
	@.venv/bin/mypy

imports: setup
	@.venv/bin/lint-imports --cache-dir .cache/import-linter

frontend: setup
	@.venv/bin/python scripts/build_frontend.py

browser: setup
	@.venv/bin/python scripts/chromium.py >/dev/null

migration: setup ## écrit la migration d'un paquet : make migration app=catalog name=prices
	@.venv/bin/python scripts/new_migration.py $(app) $(name)

openapi: setup ## réécrit docs/openapi.json, le contrat de l'API
	@.venv/bin/python scripts/openapi.py

bench: setup ## mesure le service : make bench ARGS="--size province"
	@.venv/bin/inventory bench $(ARGS)

translations: setup ## met l'anglais à jour avec les phrases françaises, dit ce qui reste à traduire, puis compile
	@.venv/bin/python scripts/translations.py

screens: setup frontend browser ## photographie les pages de la démonstration dans screens/, en français et en anglais
	@.venv/bin/python scripts/screens.py $(ARGS)

rehearsal: setup ## garde la base d'une version livrée pour la répétition de la mise à niveau : make rehearsal COMMIT=a3816b3
	@.venv/bin/python scripts/rehearsal.py $(COMMIT)

dist: setup frontend ## construit dist/ : le paquet et les versions de ce qu'il demande, prêts à installer ailleurs
	@rm -rf dist/inventory-*.whl dist/deploy
	@.venv/bin/python -m hatchling build -t wheel
	@cp -R requirements.txt deploy dist/

lock: setup ## réécrit requirements.txt et requirements-dev.txt (UPGRADE=1 pour prendre les versions du jour)
	@.venv/bin/python scripts/lock.py $(if $(UPGRADE),--upgrade)

clean: ## retire ce qui se refait; garde .venv et les données de .demo et .data
	@rm -rf .cache dist screens frontend/node_modules src/app/static/built
	@find src tests scripts migrations -name __pycache__ -type d -prune -exec rm -rf {} +
