"""Files that wait on the server between being looked at and being imported: one for each person, for an hour.

They lie in var/, out of reach of the web, readable by the site alone. No name comes from outside.
"""

import contextlib
import os
import time

from django.conf import settings
from django.utils.translation import gettext_lazy as _

MAX_AGE_SECONDS = 3600
CANNOT_STORE = _(
    "The file could not be stored: the server has no free space or no write permission. "
    "Nothing was saved. Contact the server administrator, and try again later."
)


def save_upload(user, data):
    """In the place of whatever this person's file was before. Raises OSError; then the file before stays."""
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


def load_upload(user):
    """The bytes, or None where there are none or they have waited too long."""
    delete_expired_uploads()
    with contextlib.suppress(OSError):
        return get_upload_path(user).read_bytes()
    return None


def delete_upload(user):
    get_upload_path(user).unlink(missing_ok=True)


def delete_expired_uploads():
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for file in list(get_folder().iterdir()):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > MAX_AGE_SECONDS:
                    file.unlink()


def get_folder():
    return settings.DATA_DIR / "imports"


def get_upload_path(user):
    return get_folder() / str(user.pk)
