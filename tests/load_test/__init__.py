"""Two hundred people register at once while the site's processes are killed: `python -m tests.drill`."""
