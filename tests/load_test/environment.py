"""Temporary folder, database and environment of a site, whose conference is in the future."""

import contextlib
import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.benchmarks.servers import clean_environment

ROOT = Path(__file__).resolve().parents[2]
POSTGRESQL = "postgres://postgres@127.0.0.1:5432"


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="load-test-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def temporary_database(folder: Path, server: str | None) -> Iterator[str]:
    """Yield the URL of a new database on a PostgreSQL server; None means SQLite in the folder."""
    if server is None:
        yield f"sqlite:///{folder}/conference.sqlite3"
        return
    name = f"load_test_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=30) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def environment_for(folder: Path, database: str, mail_port: int) -> dict[str, str]:
    """Return the environment variables of all processes.

    One proxy is trusted, so that each attendee has an IP address and rate limits of their own.
    """
    return clean_environment() | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "TRUSTED_PROXIES": "1",
        "DEV_OUTBOX": "false",
        "ORGANIZER_PASSWORD": "correct-horse-battery-staple",
        "DJANGO_SETTINGS_MODULE": "conference.settings",
    }


def prepare_site(variables: dict[str, str]) -> None:
    run_command(variables, "manage.py", "quickstart", "--no-serve")
    run_command(variables, "-m", "tests.browser.scenarios", "before", str(datetime.date.today()))


def run_command(variables: dict[str, str], *arguments: str) -> str:
    """Run Python with these arguments and return its output. Raise SystemExit if it fails."""
    result = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=600
    )
    if result.returncode:
        raise SystemExit(result.stdout + result.stderr)
    return result.stdout
