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

from .serving import ROOT, gunicorn, kept_environment

POSTGRESQL = os.environ.get("BENCH_POSTGRESQL", "postgres://postgres@127.0.0.1:5432")


@dataclass(frozen=True)
class Site:
    """A prepared site. published is how many seconds publishing took, each time."""

    database: str
    sessions: int
    folder: Path
    variables: dict
    published: tuple = ()

    def run(self, *arguments):
        """What a Python program printed in this site. Raises SystemExit where it failed."""
        environment = kept_environment() | self.variables | {"DJANGO_SETTINGS_MODULE": "conference.settings"}
        result = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
        )
        if result.returncode:
            raise SystemExit(f"{' '.join(arguments)}:\n{result.stdout}{result.stderr}")
        return result.stdout

    def served(self, workers=2):
        return gunicorn("conference.wsgi", self.folder, self.variables, "/readyz", workers)

    def proxied(self):
        """As behind one proxy, which says where visitors come from. The organizer's password is enough for the desk."""
        there = {"TRUSTED_PROXIES": "1", "SECOND_FACTOR_MAY_WAIT": "true"}
        return gunicorn("conference.wsgi", self.folder, self.variables | there, "/readyz")


def why_no_postgresql():
    """None where PostgreSQL answers, else what it says."""
    try:
        psycopg.connect(f"{POSTGRESQL}/postgres", connect_timeout=3).close()
    except psycopg.Error as error:
        return str(error).strip()
    return None


@contextlib.contextmanager
def prepared(folder, databases, sizes):
    """All sites, by (database, sessions); PostgreSQL's databases are dropped at the end."""
    with contextlib.ExitStack() as stack:
        shipped = _shipped(folder / "shipped")
        yield {
            (database, size): _filled(_empty(stack, shipped, folder / f"{database}-{size}", database), size)
            for database in databases
            for size in sizes
        }


def _shipped(folder):
    site = Site("SQLite", 0, folder, {"VAR_DIR": str(folder), "SITE_URL": "http://127.0.0.1"})
    site.run("manage.py", "quickstart", "--no-serve")
    return site


def _empty(stack, shipped, folder, database):
    """A copy of the site as it ships."""
    shutil.copytree(shipped.folder, folder)
    variables = shipped.variables | {"VAR_DIR": str(folder)}
    if database == "PostgreSQL":
        name = stack.enter_context(_database_of_its_own())
        variables["DATABASE_URL"] = f"{POSTGRESQL}/{name}"
    site = Site(database, 0, folder, variables)
    if database == "PostgreSQL":
        site.run("manage.py", "quickstart", "--no-serve")
    return site


@contextlib.contextmanager
def _database_of_its_own():
    name = f"conference_bench_{secrets.token_hex(4)}"
    _administer(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _administer(statement):
    with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def _filled(site, sessions):
    told = json.loads(site.run("-m", "tests.bench.programme", str(sessions)))
    return Site(site.database, sessions, site.folder, site.variables, tuple(told["publish"]))
