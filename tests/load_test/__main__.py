"""Run the load test of registration and print its results; exit with status 1 if a check fails."""

import argparse
import logging
import os
import platform
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version

import django
from django.conf import settings

from tests.registration.smtp_server import run_smtp_server

from .environment import POSTGRESQL, environment_for, prepare_site, temporary_database, temporary_folder
from .results import CheckResult


def main() -> None:
    options, started = parse_arguments(), time.monotonic()
    with ExitStack() as stack:
        mail = stack.enter_context(run_smtp_server())
        folder = stack.enter_context(temporary_folder())
        server = None if options.sqlite else options.postgresql
        database = stack.enter_context(temporary_database(folder, server))
        variables = environment_for(folder, database, mail.port)
        if options.contend:
            # All attempts succeed in the end; on a slow machine, the last waits longer than a request may.
            variables |= {"DATABASE_LOCK_TIMEOUT": "60", "DATABASE_STATEMENT_TIMEOUT": "90"}
        prepare_site(variables)
        os.environ.clear()
        os.environ.update(variables)
        if options.contend:
            # All attempts are threads of this process.
            settings.SEAT_LOCK_THREADS = 64
        django.setup()
        print(report_heading(), flush=True)
        results = run_contention(options) if options.contend else run_scenario(options, folder, variables, mail)
        release_database()
    print_results(results, time.monotonic() - started)
    sys.exit(not all(result.is_ok for result in results))


def release_database() -> None:
    """Close the connections, and hide the errors that background threads log when the database is dropped."""
    from django.db import connections

    connections.close_all()
    logging.disable()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load_test", description=__doc__)
    parser.add_argument("--sqlite", action="store_true", help="Use SQLite instead of PostgreSQL.")
    parser.add_argument("--postgresql", default=POSTGRESQL, metavar="URL", help="Server for the temporary database.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seats", type=int, default=None, help="Seats on the requested day (50; with --contend 10).")
    parser.add_argument("--kills", type=int, default=5, help="Number of kills; 20 is the long form.")
    parser.add_argument(
        "--contend", type=int, metavar="N", help="Make N attempts at the last seats instead, 64 at a time."
    )
    parser.add_argument("--without-lock", action="store_true", help="Control of --contend, which must fail.")
    parser.add_argument("--seed", type=int, default=1, help="Seed of the random kills.")
    return parser.parse_args()


def run_scenario(options, folder, variables, mail) -> list[CheckResult]:
    from .scenario import run_load_test

    return run_load_test(folder, variables, mail, options.people, options.seats or 50, options.kills, options.seed)


def run_contention(options) -> list[CheckResult]:
    from .contention import run_contention_rounds

    return run_contention_rounds(options.contend, options.seats or 10, locked=not options.without_lock)


def report_heading() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = f"{connection.display_name} {cursor.fetchone()[0].split()[0]}"
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {version(name.lower())}" for name in ("Django", "gunicorn")]
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now} UTC, {database}, {', '.join(versions)}, {os.cpu_count()} cores"


def print_results(results: list[CheckResult], seconds: float) -> None:
    for result in results:
        print(f"{'' if result.is_ok else 'FAILED: '}{result.name}: {result.figure}")
    failed = sum(not result.is_ok for result in results)
    print(f"{f'{failed} checks failed' if failed else 'All checks passed'} ({seconds:.0f} s).")


if __name__ == "__main__":
    main()
