"""The data directory of a local site, var/ by default. Created before settings load, because they read its secret key."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

README_TEXT = """\
Data of this site, created by `manage.py quickstart` and readable only by its owner.

conference.sqlite3    database: programme, registrations, accounts (with -wal and -shm while it is open)
imports/              uploaded spreadsheets before they are imported, deleted after one hour
media/                portraits and logos
secret_key            key that signs cookies and links; keep it secret
static/               style sheets, scripts and fonts, collected again after each change

To back up the site, stop it and copy the database, media/ and secret_key.
"""
MARKER_FILE = "about.txt"
DATABASE_FILE, MEDIA_DIR, STATIC_DIR = "conference.sqlite3", "media", "static"


class DataDirInUseError(Exception):
    """Another process serves the site from this directory."""


def create_data_dir(folder: Path) -> None:
    """Create the directory if it does not exist. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        (folder / MARKER_FILE).write_text(README_TEXT)


def create_secret_key(folder: Path) -> None:
    """Create the secret key file if it does not exist, atomically and readable only by its owner. Raises OSError."""
    key = folder / "secret_key"
    if key.exists() and key.read_text().strip():
        return
    temporary = folder / "secret_key.new"
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    temporary.replace(key)


@contextlib.contextmanager
def setup_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the set-up, after waiting for another process that holds it. Raises OSError."""
    with open(folder / "preparing.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def serving_lock(folder: Path) -> Iterator[None]:
    """Hold a shared lock while the site is served, which prevents --reset. Raises OSError."""
    with open(folder / "serving.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def wipe_data_dir(folder: Path) -> None:
    """Delete the database, uploaded pictures and collected files. Raises DataDirInUseError, OSError."""
    with open(folder / "serving.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataDirInUseError from None
        for name in (
            DATABASE_FILE,
            f"{DATABASE_FILE}-wal",
            f"{DATABASE_FILE}-shm",
            f"{DATABASE_FILE}-journal",
            MEDIA_DIR,
            STATIC_DIR,
        ):
            delete_path(folder / name)


def is_managed(folder: Path) -> bool:
    """Return whether quickstart created this directory."""
    return (folder / MARKER_FILE).exists()


def delete_path(path: Path) -> None:
    # A symbolic link is removed without its target.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
