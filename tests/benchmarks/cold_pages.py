"""Pages that are made anew for each request: asked for with what no page understands, so that none is kept."""

from . import load_generator, page_kinds
from .warm_pages import measure_run

# One for each worker: more would only wait for each other.
CONNECTIONS = 2


def measure_cold_pages(sites, rounds, length):
    """{(name of the kind, sessions): runs}; sites are {sessions: Server}."""
    runs = {}
    for _round in range(rounds):
        for sessions, server in sites.items():
            for kind in page_kinds.list_page_kinds(server.address):
                if kind.is_ever_cold:
                    address = server.address + kind.path + page_kinds.UNCACHED_QUERY
                    # Templates are read once.
                    load_generator.fetch(address, load_generator.ENCODING_HEADERS)
                    runs.setdefault((kind.name, sessions), []).append(
                        measure_run(server, address, length, connections=CONNECTIONS)
                    )
    return runs
