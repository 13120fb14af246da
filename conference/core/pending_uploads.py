"""Files of forms that could not be saved, kept for a day so that nobody has to choose them again.

They are in the data directory, outside the web root and readable only by the site's process. File names consist of the
owner's primary key and a random key, never of names from the upload.
"""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

from django.conf import settings

MAX_AGE_SECONDS = 86_400
MAX_FILES_PER_OWNER = 10
KEY_PATTERN = re.compile(r"[0-9a-f]{32}")


def save_pending_upload(owner: int, data: bytes) -> str:
    """Store a file and return its key. The owner's oldest files are deleted. Raises OSError."""
    get_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    delete_old_files(owner)
    key = secrets.token_hex(16)
    path = get_path(owner, key)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return key


def load_pending_upload(owner: int, key: str) -> bytes | None:
    """Return the content of the owner's file; None if there is none or it has expired."""
    if not KEY_PATTERN.fullmatch(key):
        return None
    with contextlib.suppress(OSError):
        path = get_path(owner, key)
        if not is_expired(path):
            return path.read_bytes()
    return None


def delete_pending_upload(owner: int, key: str) -> None:
    if KEY_PATTERN.fullmatch(key):
        with contextlib.suppress(OSError):
            get_path(owner, key).unlink()


def delete_old_files(owner: int) -> None:
    """Delete all expired files, and the owner's oldest if there are too many."""
    files = []
    for path in get_folder().iterdir():
        with contextlib.suppress(FileNotFoundError):
            if is_expired(path):
                path.unlink()
            elif path.name.startswith(f"{owner}."):
                files.append((path.stat().st_mtime, path))
    for _modified, path in sorted(files)[: max(0, len(files) - MAX_FILES_PER_OWNER + 1)]:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def is_expired(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > MAX_AGE_SECONDS


def get_folder() -> Path:
    return settings.DATA_DIR / "uploads"


def get_path(owner: int, key: str) -> Path:
    return get_folder() / f"{owner}.{key}"
