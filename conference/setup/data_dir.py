"""The folder var/: what a site on one machine keeps. Made before settings are read, for they read its secret key."""

import contextlib
import fcntl
import os
import secrets
import shutil

README_TEXT = """\
What this site keeps on this machine; made by `manage.py quickstart`, readable by its owner alone.

conference.sqlite3    the database: programme, registrations, accounts (and its -wal and -shm while it is open)
imports/              spreadsheets between upload and import, each for an hour at most
media/                portraits and logos
secret_key            what signs cookies and links; keep it to yourself
static/               style sheets, scripts and fonts, collected anew whenever they change

A copy of the database, media/ and secret_key, made while the site is stopped, is a whole backup.
"""
MARKER_FILE = "about.txt"
DATABASE_FILE, MEDIA_DIR, STATIC_DIR = "conference.sqlite3", "media", "static"


class DataDirInUseError(Exception):
    """Another process serves the site from this folder."""


def create_data_dir(folder):
    """Make the folder where there is none. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        (folder / MARKER_FILE).write_text(README_TEXT)


def create_secret_key(folder):
    """Make the secret key where there is none: whole or not at all, readable by its owner alone. Raises OSError."""
    key = folder / "secret_key"
    if key.exists() and key.read_text().strip():
        return
    unfinished = folder / "secret_key.new"
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    unfinished.replace(key)


@contextlib.contextmanager
def setup_lock(folder):
    """Wait until nobody else prepares the folder, and hold others back until this is done. Raises OSError."""
    with open(folder / "preparing.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def serving_lock(folder):
    """Say that the site is served from this folder, so that nobody empties it. Raises OSError."""
    with open(folder / "serving.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def wipe_data_dir(folder):
    """Delete the database, the pictures and the collected files of a folder that make() made. Raises InUse, OSError."""
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


def is_managed(folder):
    return (folder / MARKER_FILE).exists()


def delete_path(path):
    # Of a symbolic link only the link goes, never what it points to.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
