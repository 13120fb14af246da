"""Ready pages beside the yardsticks that return as many bytes: every kind, every server, one after the other, then all
of it again, so that whatever else the machine does hits all alike."""

from dataclasses import dataclass, field, replace

from . import load_generator, page_kinds

# Seconds for each server, and requests by as many connections for each page.
WARM_UP, WARM_UP_ALL_WORKERS = 2, 12


@dataclass
class WarmPageRow:
    """One kind of page in one site: its bytes, and runs by who answered."""

    kind: page_kinds.PageKind
    sessions: int
    bytes: int
    runs: dict = field(default_factory=dict)


def measure_warm_pages(sites, yardsticks, fronts, rounds, length):
    """sites are {sessions: {name: Server}}; yardsticks and fronts {name: Server}, fronts those before the largest one.
    Each run is of so many seconds."""
    for server in (*(server for servers in sites.values() for server in servers.values()), *fronts.values()):
        load_generator.run_load(f"{server.address}/", WARM_UP)
    for server in yardsticks.values():
        load_generator.run_load(f"{server.address}/1000", WARM_UP)
    made = [row for sessions, servers in sites.items() for row in make_rows(sessions, servers)]
    for number in range(rounds):
        for row in made:
            answering = dict(sites[row.sessions])
            answering |= fronts if row.sessions == max(sites) else {}
            for name, server in answering.items():
                run_row(row, name, server, row.kind.path, length, number)
            for name, server in yardsticks.items():
                run_row(row, name, server, f"/{row.bytes}", length, number)
    return made


def make_rows(sessions, servers):
    first = next(iter(servers.values()))
    return [
        WarmPageRow(kind, sessions, page_kinds.body_size(first.address, kind))
        for kind in page_kinds.list_page_kinds(first.address)
    ]


def run_row(row, name, server, path, length, number):
    address = server.address + path
    known = {"If-None-Match": '"as-it-was"'} if row.kind.is_known else {}
    headers = page_kinds.request_headers(server.address, row.kind) if path == row.kind.path else known
    if number == 0:
        # Every worker makes the page once.
        for _connection in range(WARM_UP_ALL_WORKERS):
            load_generator.fetch(address, load_generator.ENCODING_HEADERS | headers, row.kind.method)
    row.runs.setdefault(name, []).append(measure_run(server, address, length, row.kind.method, headers))


def measure_run(server, address, length, method="GET", headers=None, connections=load_generator.CONNECTIONS):
    """A run, with what the server's workers computed for each request."""
    before = server.computed()
    run = load_generator.run_load(address, length, method, headers, connections)
    return replace(run, worker_seconds=(server.computed() - before) / max(1, run.per_second * length))
