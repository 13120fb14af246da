"""Where it is played: a folder and a database of its own, with the conference moved to days to come."""

import contextlib
import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from tests.benchmarks.servers import clean_environment

ROOT = Path(__file__).resolve().parents[2]
POSTGRESQL = "postgres://postgres@127.0.0.1:5432"


@contextlib.contextmanager
def temporary_folder():
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def temporary_database(folder, server):
    """Its address, as long as it is needed: on a PostgreSQL server, or with None the SQLite that is in the folder."""
    if server is None:
        yield f"sqlite:///{folder}/conference.sqlite3"
        return
    name = f"drill_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=3) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def environment_for(folder, database, mail_port):
    """The whole environment of all that runs. The people come by way of one proxy, each from an address of their
    own; what is limited for each address is limited for each of them."""
    return clean_environment() | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "TRUSTED_PROXIES": "1",
        "DEV_OUTBOX": "false",
        "ORGANIZER_PASSWORD": "correct-horse-battery-staple",
        "DJANGO_SETTINGS_MODULE": "conference.settings",
    }


def prepare_site(variables):
    run_command(variables, "manage.py", "quickstart", "--no-serve")
    run_command(variables, "-m", "tests.browser.scenarios", "before", str(datetime.date.today()))


def run_command(variables, *arguments):
    """Return what a Python program printed. Raise SystemExit where it failed."""
    result = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=180
    )
    if result.returncode:
        raise SystemExit(result.stdout + result.stderr)
    return result.stdout
