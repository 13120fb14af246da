"""Measure it all and print it: `python -m tests.bench`, about 25 minutes, or `--quick`, a few.

It prepares sites of 60 and 900 sessions on SQLite and, where it answers, PostgreSQL (BENCH_POSTGRESQL, or
postgres://postgres@127.0.0.1:5432, where it makes databases of its own and drops them), serves them as
deploy/gunicorn.conf.py says, and asks with wrk. Whatever else this machine does meanwhile is in the figures: compare
ratios, which are of runs side by side, and what workers compute, which others disturb least.
"""

import argparse
import contextlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cold, filling, load, pages, registering, sites, telling, together, warm
from .serving import gunicorn, nginx

SIZES = (60, 900)
# What people read while others register.
READ, BARE = ("/programme/", "/sessions/session-0/"), ("/10000", "/3000")


@dataclass(frozen=True)
class Extent:
    """How much is measured: rounds of runs, and seconds of each; less often where one round takes minutes."""

    rounds: int
    length: int
    cold_length: int
    long_rounds: int
    registrations: int
    together_length: int
    fills: bool


WHOLE = Extent(rounds=5, length=1, cold_length=2, long_rounds=3, registrations=600, together_length=20, fills=True)
QUICK = Extent(rounds=1, length=1, cold_length=1, long_rounds=1, registrations=60, together_length=10, fills=False)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast the site is.")
    parser.add_argument("--quick", action="store_true", help="one short round, for a look; figures are rough")
    extent = QUICK if parser.parse_args().quick else WHOLE
    databases = ["SQLite", *([] if _lacks_postgresql() else ["PostgreSQL"])]
    telling.conditions(extent, load.generator())
    with (
        tempfile.TemporaryDirectory(prefix="conference-bench-") as folder,
        sites.prepared(Path(folder), databases, SIZES) as prepared,
    ):
        measure(prepared, databases, Path(folder), extent)


def _lacks_postgresql():
    reason = sites.why_no_postgresql()
    if reason:
        print(f"!!! PostgreSQL could not be asked, so nothing is measured on it: {reason}\n")
    return reason


def measure(prepared, databases, folder, extent):
    with contextlib.ExitStack() as stack:
        serve = stack.enter_context
        served = {where: serve(site.served()) for where, site in prepared.items()}
        yardsticks = {
            "bare": serve(gunicorn("tests.bench.bare", folder)),
            "Django": serve(gunicorn("tests.bench.plain_django", folder)),
        }
        largest = prepared[databases[0], SIZES[-1]]
        fronts = (
            {"nginx": serve(nginx(served[databases[0], SIZES[-1]], largest.folder))} if shutil.which("nginx") else {}
        )
        if not fronts:
            print("!!! nginx is missing (apt-get install nginx), so nothing is measured with it.\n")
        by_size = {size: {database: served[database, size] for database in databases} for size in SIZES}
        telling.warm(warm.rows(by_size, yardsticks, fronts, extent.rounds, extent.length), databases, SIZES)
        first = {size: served[databases[0], size] for size in SIZES}
        telling.cold(cold.rows(first, extent.rounds, extent.cold_length), SIZES)
        telling.weights({path: pages.weight(first[60].address, path) for path in ("/", "/programme/", "/speakers/")})
        telling.starts({where: server.seconds_to_start for where, server in served.items()})
    smallest = prepared[databases[-1], SIZES[0]]
    where = smallest.database, smallest.sessions
    telling.registering(
        where, [registering.rush(smallest, extent.registrations) for _round in range(extent.long_rounds)]
    )
    telling.together(where, meanwhile(smallest, extent.long_rounds, extent.together_length))
    for database in databases:
        site = prepared[database, SIZES[-1]]
        telling.alone((database, site.sessions), site.published, json.loads(site.run("-m", "tests.bench.alone")))
    if extent.fills:
        telling.memory(largest.sessions, *filling.memory(largest))


def meanwhile(site, rounds, length):
    """{who answers: Together}; the bare callable on a gunicorn of its own says what the machine has to do with it."""
    answering = {
        "gunicorn": (contextlib.nullcontext, READ),
        "the bare callable beside it": (
            lambda _server: gunicorn("tests.bench.bare", site.folder),
            BARE,
        ),
    }
    if shutil.which("nginx"):
        answering["nginx"] = (lambda server: nginx(server, site.folder), READ)
    seen = {name: [] for name in answering}
    for _round in range(rounds):
        for name, (front, read) in answering.items():
            seen[name].append(together.all_together(site, front, read, length))
    return {name: together.Together.middle(several) for name, several in seen.items()}


if __name__ == "__main__":
    main()
