"""Sites to measure: each in a folder and a database of its own, with a programme of so many sessions."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from .servers import ROOT, clean_environment, start_gunicorn

POSTGRESQL = os.environ.get("BENCH_POSTGRESQL", "postgres://postgres@127.0.0.1:5432")


@dataclass(frozen=True)
class BenchmarkSite:
    """A prepared site. published is how many seconds publishing took, each time."""

    database: str
    sessions: int
    folder: Path
    variables: dict
    published: tuple = ()

    def run(self, *arguments):
        """What a Python program printed in this site. Raises SystemExit where it failed."""
        environment = clean_environment() | self.variables | {"DJANGO_SETTINGS_MODULE": "conference.settings"}
        result = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
        )
        if result.returncode:
            raise SystemExit(f"{' '.join(arguments)}:\n{result.stdout}{result.stderr}")
        return result.stdout

    def served(self, workers=2):
        return start_gunicorn("conference.wsgi", self.folder, self.variables, "/readyz", workers)

    def proxied(self):
        """As behind one proxy, which says where visitors come from. The organizer's password is enough for the desk."""
        there = {"TRUSTED_PROXIES": "1", "MFA_OPTIONAL_LOCALLY": "true"}
        return start_gunicorn("conference.wsgi", self.folder, self.variables | there, "/readyz")


def postgresql_error():
    """None where PostgreSQL answers, else what it says."""
    try:
        psycopg.connect(f"{POSTGRESQL}/postgres", connect_timeout=3).close()
    except psycopg.Error as error:
        return str(error).strip()
    return None


@contextlib.contextmanager
def prepare_sites(folder, databases, sizes):
    """All sites, by (database, sessions); PostgreSQL's databases are dropped at the end."""
    with contextlib.ExitStack() as stack:
        shipped = prepare_shipped_site(folder / "shipped")
        yield {
            (database, size): fill_site(copy_site(stack, shipped, folder / f"{database}-{size}", database), size)
            for database in databases
            for size in sizes
        }


def prepare_shipped_site(folder):
    site = BenchmarkSite("SQLite", 0, folder, {"DATA_DIR": str(folder), "SITE_URL": "http://127.0.0.1"})
    site.run("manage.py", "quickstart", "--no-serve")
    return site


def copy_site(stack, shipped, folder, database):
    """A copy of the site as it ships."""
    shutil.copytree(shipped.folder, folder)
    variables = shipped.variables | {"DATA_DIR": str(folder)}
    if database == "PostgreSQL":
        name = stack.enter_context(temporary_database())
        variables["DATABASE_URL"] = f"{POSTGRESQL}/{name}"
    site = BenchmarkSite(database, 0, folder, variables)
    if database == "PostgreSQL":
        site.run("manage.py", "quickstart", "--no-serve")
    return site


@contextlib.contextmanager
def temporary_database():
    name = f"conference_bench_{secrets.token_hex(4)}"
    run_admin_sql(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        run_admin_sql(f"DROP DATABASE {name} WITH (FORCE)")


def run_admin_sql(statement):
    with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def fill_site(site, sessions):
    told = json.loads(site.run("-m", "tests.benchmarks.sample_programme", str(sessions)))
    return BenchmarkSite(site.database, sessions, site.folder, site.variables, tuple(told["publish"]))
