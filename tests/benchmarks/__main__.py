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

from . import cold_pages, load_generator, memory, mixed_load, page_kinds, registrations, report, sites, warm_pages
from .servers import start_gunicorn, start_nginx

SIZES = (60, 900)
# What people read while others register.
MIXED_LOAD_PATHS, BARE_PATHS = ("/programme/", "/sessions/session-0/"), ("/10000", "/3000")


@dataclass(frozen=True)
class BenchmarkScope:
    """How much is measured: rounds of runs, and seconds of each; less often where one round takes minutes."""

    rounds: int
    length: int
    cold_length: int
    long_rounds: int
    registrations: int
    together_length: int
    fills: bool


FULL = BenchmarkScope(
    rounds=5, length=1, cold_length=2, long_rounds=3, registrations=600, together_length=20, fills=True
)
QUICK = BenchmarkScope(
    rounds=1, length=1, cold_length=1, long_rounds=1, registrations=60, together_length=10, fills=False
)


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast the site is.")
    parser.add_argument("--quick", action="store_true", help="one short round, for a look; figures are rough")
    extent = QUICK if parser.parse_args().quick else FULL
    databases = ["SQLite", *([] if report_missing_postgresql() else ["PostgreSQL"])]
    report.describe_conditions(extent, load_generator.describe_generator())
    with (
        tempfile.TemporaryDirectory(prefix="conference-bench-") as folder,
        sites.prepare_sites(Path(folder), databases, SIZES) as prepared,
    ):
        run_benchmarks(prepared, databases, Path(folder), extent)


def report_missing_postgresql():
    reason = sites.postgresql_error()
    if reason:
        print(f"!!! PostgreSQL could not be asked, so nothing is measured on it: {reason}\n")
    return reason


def run_benchmarks(prepared, databases, folder, extent):
    with contextlib.ExitStack() as stack:
        serve = stack.enter_context
        served = {where: serve(site.served()) for where, site in prepared.items()}
        yardsticks = {
            "bare": serve(start_gunicorn("tests.benchmarks.bare_wsgi", folder)),
            "Django": serve(start_gunicorn("tests.benchmarks.plain_django", folder)),
        }
        largest = prepared[databases[0], SIZES[-1]]
        fronts = (
            {"nginx": serve(start_nginx(served[databases[0], SIZES[-1]], largest.folder))}
            if shutil.which("nginx")
            else {}
        )
        if not fronts:
            print("!!! nginx is missing (apt-get install nginx), so nothing is measured with it.\n")
        by_size = {size: {database: served[database, size] for database in databases} for size in SIZES}
        report.warm_table(
            warm_pages.measure_warm_pages(by_size, yardsticks, fronts, extent.rounds, extent.length), databases, SIZES
        )
        first = {size: served[databases[0], size] for size in SIZES}
        report.cold_table(cold_pages.measure_cold_pages(first, extent.rounds, extent.cold_length), SIZES)
        report.weight_table(
            {
                path: page_kinds.first_visit_weight(first[60].address, path)
                for path in ("/", "/programme/", "/speakers/")
            }
        )
        report.startup_table({where: server.seconds_to_start for where, server in served.items()})
    smallest = prepared[databases[-1], SIZES[0]]
    where = smallest.database, smallest.sessions
    report.registration_table(
        where,
        [registrations.measure_registrations(smallest, extent.registrations) for _round in range(extent.long_rounds)],
    )
    report.mixed_load_table(where, run_mixed_load(smallest, extent.long_rounds, extent.together_length))
    for database in databases:
        site = prepared[database, SIZES[-1]]
        report.single_request_table(
            (database, site.sessions), site.published, json.loads(site.run("-m", "tests.benchmarks.single_request"))
        )
    if extent.fills:
        report.memory_table(largest.sessions, *memory.measure_memory(largest))


def run_mixed_load(site, rounds, length):
    """{who answers: Together}; the bare callable on a gunicorn of its own says what the machine has to do with it."""
    answering = {
        "gunicorn": (contextlib.nullcontext, MIXED_LOAD_PATHS),
        "the bare callable beside it": (
            lambda _server: start_gunicorn("tests.benchmarks.bare_wsgi", site.folder),
            BARE_PATHS,
        ),
    }
    if shutil.which("nginx"):
        answering["nginx"] = (lambda server: start_nginx(server, site.folder), MIXED_LOAD_PATHS)
    seen = {name: [] for name in answering}
    for _round in range(rounds):
        for name, (front, read) in answering.items():
            seen[name].append(mixed_load.measure_mixed_load(site, front, read, length))
    return {name: mixed_load.MixedLoadResult.middle(several) for name, several in seen.items()}


if __name__ == "__main__":
    main()
