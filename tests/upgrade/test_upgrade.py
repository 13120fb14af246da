"""Databases of recorded versions upgrade to the current one and keep their rows."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from sessions.releases.document import FORMAT_VERSION, load_programme

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
IS_POSTGRESQL = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
APP_TABLES = ("conference_", "programme_", "speakers_", "registration_", "mail_")

pytestmark = pytest.mark.slow


def migrate(url, folder):
    """Run manage.py migrate in a process of its own, with the real settings."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "DATABASE_URL": url}
    environment["SECRET_KEY"] = settings.SECRET_KEY
    result = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, text=True,
        capture_output=True, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


class SQLiteDatabase:
    def __init__(self, folder, name):
        self.path = folder / f"{name}.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def execute(self, statement):
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def load(self, script):
        connection = sqlite3.connect(self.path)
        connection.executescript(script)
        connection.close()

    def columns(self):
        """Return {table: set of column names} of our apps."""
        tables = [name for (name,) in self.execute("select name from sqlite_master where type = 'table'")]
        return {
            table: {row[1] for row in self.execute(f'pragma table_info("{table}")')}
            for table in tables
            if table.startswith(APP_TABLES)
        }

    def drop(self):
        self.path.unlink(missing_ok=True)


class PostgreSQLDatabase:
    def __init__(self, folder, name):
        parts = urlsplit(os.environ["DATABASE_URL"])
        self.name = f"test_{parts.path.lstrip('/')}_{name}_{os.getpid()}"
        self.server = parts._replace(path="/postgres").geturl()
        self.url = parts._replace(path=f"/{self.name}").geturl()
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'create database "{self.name}"')

    def execute(self, statement):
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement).fetchall()

    def load(self, script):
        with psycopg.connect(self.url) as connection:
            connection.execute(script)

    def columns(self):
        query = "select table_name, column_name from information_schema.columns where table_schema = 'public'"
        found = {}
        for table, column in self.execute(query):
            if table.startswith(APP_TABLES):
                found.setdefault(table, set()).add(column)
        return found

    def drop(self):
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{self.name}" with (force)')


@pytest.fixture
def make_database(tmp_path):
    """Return a function that creates an empty database of the kind that the suite runs on."""
    created = []

    def create(name):
        created.append((PostgreSQLDatabase if IS_POSTGRESQL else SQLiteDatabase)(tmp_path, name))
        return created[-1]

    yield create
    for database in created:
        database.drop()


def count_rows(database):
    # The names come from the database itself.
    counts = ((table, database.execute(f'select count(*) from "{table}"')) for table in database.columns())  # noqa: S608
    return {table: rows[0][0] for table, rows in counts}


def read_release_documents(database):
    rows = database.execute("select document from programme_release")
    return [json.loads(value) if isinstance(value, str) else value for (value,) in rows]


KIND = "postgresql" if IS_POSTGRESQL else "sqlite"
RECORDED = sorted(FOLDER.glob(f"*.{KIND}.sql"))


def test_recorded_databases_exist():
    assert RECORDED


@pytest.mark.parametrize("script", RECORDED, ids=lambda path: path.name)
def test_recorded_database_upgrades_and_keeps_its_rows(make_database, tmp_path, script):
    old, new = make_database("old"), make_database("new")
    old.load(script.read_text())
    before = count_rows(old)
    assert before["registration_registration"] == 1
    migrate(old.url, tmp_path)
    migrate(new.url, tmp_path)
    after = count_rows(old)
    assert {table: after.get(table) for table in before} == before
    assert old.columns() == new.columns()
    assert {document["format"] for document in read_release_documents(old)} == {FORMAT_VERSION}
    assert all(load_programme(document).conference.city for document in read_release_documents(old))
