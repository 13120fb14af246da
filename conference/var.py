"""The folder var/: what a site on one machine keeps. Made before settings are read, for they read its secret key."""

import contextlib
import fcntl
import os
import secrets
import shutil

ABOUT = """\
What this site keeps on this machine; made by `manage.py quickstart`, readable by its owner alone.

conference.sqlite3    the database: programme, registrations, accounts (and its -wal and -shm while it is open)
imports/              spreadsheets between upload and import, each for an hour at most
media/                portraits and logos
secret_key            what signs cookies and links; keep it to yourself
static/               style sheets, scripts and fonts, collected anew whenever they change

A copy of the database, media/ and secret_key, made while the site is stopped, is a whole backup.
"""
OURS = "about.txt"
DATABASE, MEDIA, STATIC = "conference.sqlite3", "media", "static"


class InUse(Exception):
    """Another process serves the site from this folder."""


def make(folder):
    """Make the folder where there is none. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        (folder / OURS).write_text(ABOUT)


def make_secret_key(folder):
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
def one_at_a_time(folder):
    """Wait until nobody else prepares the folder, and hold others back until this is done. Raises OSError."""
    with open(folder / "preparing.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def in_use(folder):
    """Say that the site is served from this folder, so that nobody empties it. Raises OSError."""
    with open(folder / "serving.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def clear(folder):
    """Delete the database, the pictures and the collected files of a folder that make() made. Raises InUse, OSError."""
    with open(folder / "serving.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse from None
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", MEDIA, STATIC):
            _delete(folder / name)


def is_ours(folder):
    return (folder / OURS).exists()


def _delete(path):
    # Of a symbolic link only the link goes, never what it points to.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
