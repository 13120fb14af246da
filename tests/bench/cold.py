"""Pages that are made anew for each request: asked for with what no page understands, so that none is kept."""

from . import load, pages
from .warm import measured

# One for each worker: more would only wait for each other.
CONNECTIONS = 2


def rows(sites, rounds, length):
    """{(name of the kind, sessions): runs}; sites are {sessions: Server}."""
    runs = {}
    for _round in range(rounds):
        for sessions, server in sites.items():
            for kind in pages.kinds(server.address):
                if kind.is_ever_cold:
                    address = server.address + kind.path + pages.COLD
                    # Templates are read once.
                    load.fetched(address, load.CODINGS)
                    runs.setdefault((kind.name, sessions), []).append(
                        measured(server, address, length, connections=CONNECTIONS)
                    )
    return runs
