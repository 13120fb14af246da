"""How fast the site is, measured on the server that it is deployed with: `python -m tests.bench`."""
