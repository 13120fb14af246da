"""`python -m tests.drill [--sqlite] [--kills 20] [--people 200] [--seats 50]`, or `--contend 10000`.

Prints figures, each with whether it holds, and ends with status 1 if anything does not.
"""

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


def main():
    asked, begun = parse_arguments(), time.monotonic()
    with ExitStack() as until_the_end:
        mail = until_the_end.enter_context(run_smtp_server())
        folder = until_the_end.enter_context(temporary_folder())
        database = until_the_end.enter_context(temporary_database(folder, None if asked.sqlite else asked.postgresql))
        variables = environment_for(folder, database, mail.port)
        prepare_site(variables)
        os.environ.clear()
        os.environ.update(variables)
        if asked.contend:
            # What contends are threads of this one process.
            settings.SEAT_LOCK_THREADS = 64
        django.setup()
        print(report_heading(), flush=True)
        findings = run_contention(asked) if asked.contend else run_scenario(asked, folder, variables, mail)
        exit_promptly()
    format_results(findings, time.monotonic() - begun)
    sys.exit(not all(finding.holds for finding in findings))


def exit_promptly():
    """The database goes away, which what renews published pages in the background need not say."""
    from django.db import connections

    connections.close_all()
    logging.disable()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--sqlite", action="store_true", help="On SQLite in place of PostgreSQL.")
    parser.add_argument("--postgresql", default=POSTGRESQL, metavar="URL", help="A server to make a database on.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seats", type=int, default=None, help="On the day all ask for (50; with --contend 10).")
    parser.add_argument("--kills", type=int, default=5, help="How often workers are killed; 20 is the long form.")
    parser.add_argument("--contend", type=int, metavar="N", help="Instead: N attempts at the last seats, 64 at once.")
    parser.add_argument("--without-the-lock", action="store_true", help="The control of --contend: it must not hold.")
    parser.add_argument("--seed", type=int, default=1, help="Decides who is killed when.")
    return parser.parse_args()


def run_scenario(asked, folder, variables, mail):
    from .scenario import run_load_test

    return run_load_test(folder, variables, mail, asked.people, asked.seats or 50, asked.kills, asked.seed)


def run_contention(asked):
    from .contention import run_contention_rounds

    return run_contention_rounds(asked.contend, asked.seats or 10, locked=not asked.without_the_lock)


def report_heading():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = f"{connection.display_name} {cursor.fetchone()[0].split()[0]}"
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {version(name.lower())}" for name in ("Django", "gunicorn")]
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now} UTC, {database}, {', '.join(versions)}, {os.cpu_count()} cores"


def format_results(findings, seconds):
    for finding in findings:
        print(f"{'' if finding.holds else 'NOT SO: '}{finding.what}: {finding.figure}")
    broken = sum(not finding.holds for finding in findings)
    print(f"{f'{broken} do not hold' if broken else 'All of it holds'} ({seconds:.0f} s).")


if __name__ == "__main__":
    main()
