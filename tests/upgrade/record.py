"""Record a database of the current version, for the test that later versions upgrade it.

`python -m tests.upgrade.record NAME` writes tests/upgrade/NAME.sqlite.sql and, if DATABASE_URL names a PostgreSQL
database that is empty, tests/upgrade/NAME.postgresql.sql (needs pg_dump). Record a database when a version is released.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PREPARE = [sys.executable, "manage.py", "quickstart", "--no-serve"]
ADD_ROWS = [sys.executable, "-m", "tests.upgrade.sample_rows"]


def prepare(environment: dict[str, str]) -> None:
    """Fill an empty database with the shipped content and one row of each registration model."""
    for command in (PREPARE, ADD_ROWS):
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


def dump_sqlite(path: Path) -> str:
    """Return the database as SQL statements."""
    connection = sqlite3.connect(path)
    try:
        return "\n".join(connection.iterdump()) + "\n"
    finally:
        connection.close()


def dump_postgresql(url: str) -> str:
    """Return the database as SQL statements, without the commands that only psql understands."""
    command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\"))) + "\n"


def main(name: str) -> None:
    """Write the dumps."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "conference.settings"}
        prepare(environment)
        (FOLDER / f"{name}.sqlite.sql").write_text(dump_sqlite(Path(folder) / "conference.sqlite3"))
        if url := os.environ.get("DATABASE_URL"):
            prepare(environment | {"DATABASE_URL": url})
            (FOLDER / f"{name}.postgresql.sql").write_text(dump_postgresql(url))


if __name__ == "__main__":
    main(sys.argv[1])
