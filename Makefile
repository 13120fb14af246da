# The README's commands by name. `make` alone lists them.
PYTHON = .venv/bin/python

.PHONY: help install run test quick browser lint lock messages screenshots ci

help:            ## List the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

install:         ## Create .venv with everything that runs and tests the site
	python3 -m venv .venv && .venv/bin/pip install --quiet -r tests/requirements.lock

run: install     ## Prepare var/ and serve the site at http://127.0.0.1:8000/
	$(PYTHON) manage.py quickstart

test: install    ## Run the whole suite on SQLite
	$(PYTHON) -m pytest

quick: install   ## Run the suite without its slow tests
	$(PYTHON) -m pytest -m "not slow"

browser: install ## Run the tests that need Chromium
	$(PYTHON) -m pytest -m browser -n 2

lint: install    ## Check style, types, layers and readability
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) .ci/readability

lock: install    ## Pin every package with hashes
	.venv/bin/pip install --quiet uv
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--custom-compile-command "make lock" requirements.txt -o requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--custom-compile-command "make lock" -c requirements.lock tests/requirements.txt -o tests/requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
		--custom-compile-command "make lock" .ci/deployment/requirements.txt -o .ci/deployment/requirements.lock

screenshots: install ## Make the pictures of README and docs from the running site (needs Chromium)
	$(PYTHON) -m docs.screenshots

messages:        ## Update and compile the Vietnamese catalogue (needs gettext)
	$(PYTHON) manage.py makemessages --locale vi --no-location --no-wrap --ignore .venv --ignore tests --ignore deploy --ignore docs
	$(PYTHON) manage.py compilemessages --locale vi --ignore .venv

ci:              ## Run everything that must pass before a merge (Debian, as root)
	bash .ci/run
