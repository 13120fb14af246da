"""Sites to measure: a data folder and a database, with a programme of a given size."""

import contextlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from .servers import ROOT, clean_environment, start_gunicorn

POSTGRESQL = os.environ.get("BENCHMARK_POSTGRESQL", "postgres://postgres@127.0.0.1:5432")


@dataclass(frozen=True)
class BenchmarkSite:
    folder: Path
    variables: dict

    def run(self, *arguments):
        """Run Python in the environment of this site and return its output. Raises SystemExit if it fails."""
        environment = clean_environment() | self.variables | {"DJANGO_SETTINGS_MODULE": "conference.settings"}
        result = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
        )
        if result.returncode:
            raise SystemExit(f"{' '.join(arguments)}:\n{result.stdout}{result.stderr}")
        return result.stdout

    def serve(self, workers=2, **variables):
        return start_gunicorn("conference.wsgi", self.folder, self.variables | variables, "/readyz", workers)


def create_site(folder, sessions, database_url=""):
    """Create a site with a published programme of this many sessions. The default database is SQLite."""
    folder.mkdir()
    variables = {"DATA_DIR": str(folder), "SITE_URL": "http://127.0.0.1"}
    if database_url:
        variables["DATABASE_URL"] = database_url
    site = BenchmarkSite(folder, variables)
    site.run("manage.py", "quickstart", "--no-serve")
    site.run("-m", "tests.benchmarks.sample_programme", str(sessions))
    return site


def postgresql_error():
    """Return why PostgreSQL cannot be reached; None if it can."""
    try:
        psycopg.connect(f"{POSTGRESQL}/postgres", connect_timeout=3).close()
    except psycopg.Error as error:
        return str(error).strip()
    return None


@contextlib.contextmanager
def temporary_database():
    """Create a PostgreSQL database, yield its URL, and drop it."""
    name = f"conference_benchmark_{secrets.token_hex(4)}"
    execute(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRESQL}/{name}"
    finally:
        execute(f"DROP DATABASE {name} WITH (FORCE)")


def execute(statement):
    with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as connection:
        connection.execute(statement)
