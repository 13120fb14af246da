"""Uploaded files between preview and import: one for each user, kept for an hour.

They are stored in the data directory, outside the web root and readable only by the site's process. File names are
primary keys of users, never names from the upload.
"""

import contextlib
import os
import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

MAX_AGE_SECONDS = 3600
CANNOT_STORE = _(
    "The file could not be stored: the server has no free space or no write permission. "
    "Nothing was saved. Contact the server administrator, and try again later."
)


def save_upload(user: AbstractBaseUser, data: bytes) -> None:
    """Replace the user's file. Raises OSError and then keeps the earlier file."""
    folder = get_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    delete_expired_uploads()
    unfinished = folder / f"{user.pk}.{os.urandom(8).hex()}"
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
        unfinished.replace(get_upload_path(user))
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def load_upload(user: AbstractBaseUser) -> bytes | None:
    """Return the content of the user's file; None if there is none or it has expired."""
    delete_expired_uploads()
    with contextlib.suppress(OSError):
        return get_upload_path(user).read_bytes()
    return None


def delete_upload(user: AbstractBaseUser) -> None:
    get_upload_path(user).unlink(missing_ok=True)


def delete_expired_uploads() -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for file in list(get_folder().iterdir()):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > MAX_AGE_SECONDS:
                    file.unlink()


def get_folder() -> Path:
    return settings.DATA_DIR / "imports"


def get_upload_path(user: AbstractBaseUser) -> Path:
    return get_folder() / str(user.pk)
