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

from tests.registration.mail_server import a_mail_server

from .place import POSTGRESQL, a_database, a_folder, prepare, variables_of


def main():
    asked, begun = arguments(), time.monotonic()
    with ExitStack() as until_the_end:
        mail = until_the_end.enter_context(a_mail_server())
        folder = until_the_end.enter_context(a_folder())
        database = until_the_end.enter_context(a_database(folder, None if asked.sqlite else asked.postgresql))
        variables = variables_of(folder, database, mail.port)
        prepare(variables)
        os.environ.clear()
        os.environ.update(variables)
        if asked.contend:
            # What contends are threads of this one process.
            settings.SEAT_LOCK_THREADS = 64
        django.setup()
        print(heading(), flush=True)
        findings = contended(asked) if asked.contend else drilled(asked, folder, variables, mail)
        leave()
    shown(findings, time.monotonic() - begun)
    sys.exit(not all(finding.holds for finding in findings))


def leave():
    """The database goes away, which what renews published pages in the background need not say."""
    from django.db import connections

    connections.close_all()
    logging.disable()


def arguments():
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


def drilled(asked, folder, variables, mail):
    from .drilling import drill

    return drill(folder, variables, mail, asked.people, asked.seats or 50, asked.kills, asked.seed)


def contended(asked):
    from .contending import contend

    return contend(asked.contend, asked.seats or 10, locked=not asked.without_the_lock)


def heading():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = f"{connection.display_name} {cursor.fetchone()[0].split()[0]}"
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {version(name.lower())}" for name in ("Django", "gunicorn")]
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now} UTC, {database}, {', '.join(versions)}, {os.cpu_count()} cores"


def shown(findings, seconds):
    for finding in findings:
        print(f"{'' if finding.holds else 'NOT SO: '}{finding.what}: {finding.figure}")
    broken = sum(not finding.holds for finding in findings)
    print(f"{f'{broken} do not hold' if broken else 'All of it holds'} ({seconds:.0f} s).")


if __name__ == "__main__":
    main()
