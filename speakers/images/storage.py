"""Storage of pictures: Picture objects, and their files in the default storage.

A picture is stored once, under the digest of its pixels. It is deleted when no speaker, partner or release refers to
it; an older release counts, because it can be published again. Storing and deleting lock the Picture until the
transaction ends, so that no picture is deleted while another transaction starts to use it. Files are written before
the Picture is committed and deleted before it. A later clean-up finds files that a crash left behind.
"""

import datetime
import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.functions import Cast, StrIndex
from django.utils import timezone

from conference.models import Conference
from sessions.models import Release

from ..models import Picture
from .renditions import RenderedPicture

PICTURES_FOLDER = "pictures"
DIGEST_PATTERN = re.compile(r"[0-9a-f]{64}")
# Longer than any upload takes: a younger file may still be written.
ORPHAN_AGE = datetime.timedelta(days=1)


@transaction.atomic
def store_picture(rendered: RenderedPicture) -> Picture:
    """Store the files of a rendered picture and return its Picture.

    Refer to it in the same transaction, or it may be deleted as unused. Raises OSError if a file cannot be written, for
    example on a full disk; then none of the files is left.
    """
    files = [{"path": f.path, "type": f.type, "width": f.width, "height": f.height} for f in rendered.files]
    picture = get_or_create_locked(rendered.digest, files)
    new = [file for file in rendered.files if not default_storage.exists(file.path)]
    try:
        for file in new:
            write_file(file.path, file.data)
    except OSError:
        # The Picture is locked, so no other transaction uses these files yet.
        delete_files([file.path for file in new], f"{PICTURES_FOLDER}/{rendered.digest}")
        raise
    return picture


def delete_unused_on_commit() -> None:
    """Delete unused pictures after the transaction. An error is logged and not raised."""
    transaction.on_commit(delete_unused_pictures, robust=True)


def delete_unused_pictures() -> None:
    """Delete all unused pictures, and files without a Picture that are older than a day.

    The database searches the documents of the releases: with 100 releases of 300 kB and 50 pictures that are in older
    releases only this takes one or two seconds.
    """
    for digest in [*get_unused_pictures().values_list("digest", flat=True), *find_orphaned_folders()]:
        delete_picture_if_unused(digest)


@transaction.atomic
def delete_picture_if_unused(digest: str) -> None:
    """Delete a picture unless it is in use by now. Files without a Picture get one first, which is then locked."""
    picture = get_or_create_locked(digest, [])
    lock_conference()
    if not get_unused_pictures().filter(pk=picture.pk).exists():
        return
    for name in list_files(f"{PICTURES_FOLDER}/{digest}"):
        default_storage.delete(f"{PICTURES_FOLDER}/{digest}/{name}")
    default_storage.delete(f"{PICTURES_FOLDER}/{digest}")
    picture.delete()


def get_or_create_locked(digest: str, files: list[dict]) -> Picture:
    """Return the Picture of a digest, created if it is missing, and lock it until the transaction ends."""
    while True:
        Picture.objects.bulk_create([Picture(digest=digest, files=files)], ignore_conflicts=True)
        # None if another transaction deleted the Picture in between.
        if picture := Picture.objects.select_for_update().filter(digest=digest).first():
            break
    if files and not picture.files:
        # The Picture was created for files without one, which are now needed.
        picture.files = files
        picture.save(update_fields=["files"])
    return picture


def get_unused_pictures() -> models.QuerySet[Picture]:
    """Return the pictures to which no release and no row of another model refers, such as a speaker or a partner."""
    releases = Release.objects.alias(text=Cast("document", models.TextField())).alias(
        position=StrIndex("text", models.OuterRef("digest"))
    )
    unused = Picture.objects.filter(**{relation.name: None for relation in Picture._meta.related_objects})
    return unused.exclude(models.Exists(releases.filter(position__gt=0)))


def lock_conference() -> None:
    """Lock the Conference, as publishing does: an uncommitted release may refer to a picture."""
    list(Conference.objects.select_for_update())


def find_orphaned_folders() -> list[str]:
    """Return the digests of folders without a Picture that are older than a day, and delete old unfinished files."""
    for name in list_files(PICTURES_FOLDER):
        if is_old_file(f"{PICTURES_FOLDER}/{name}"):
            default_storage.delete(f"{PICTURES_FOLDER}/{name}")
    folders = {name for name in list_folders() if DIGEST_PATTERN.fullmatch(name)}
    stored = set(Picture.objects.values_list("digest", flat=True))
    return [digest for digest in folders - stored if is_old_folder(f"{PICTURES_FOLDER}/{digest}")]


def is_old_folder(folder: str) -> bool:
    return all(is_old_file(f"{folder}/{name}") for name in list_files(folder))


def is_old_file(path: str) -> bool:
    try:
        return default_storage.get_modified_time(path) < timezone.now() - ORPHAN_AGE
    except FileNotFoundError:
        return False


def list_files(folder: str) -> list[str]:
    return list_directory(folder)[1]


def list_folders() -> list[str]:
    return list_directory(PICTURES_FOLDER)[0]


def list_directory(folder: str) -> tuple[list[str], list[str]]:
    """Return the names of the folders and of the files in a folder, which may be missing."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def write_file(path: str, data: bytes) -> None:
    """Write a complete file or none. A file that exists is the same one, because its path contains its digest."""
    if default_storage.exists(path):
        return
    # Not a context manager: the file is moved while it is still open.
    file = tempfile.NamedTemporaryFile(dir=get_temporary_folder(), prefix="unfinished-", delete=False)  # noqa: SIM115
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            move_into_storage(file, path)
    finally:
        Path(file.name).unlink(missing_ok=True)


def move_into_storage(file: IO[bytes], path: str) -> None:
    """Save a temporary file in the storage, which renames it in one step if both are on the same disk."""
    content = File(file, name=path)
    content.temporary_file_path = lambda: file.name
    saved_path = default_storage.save(path, content)
    if saved_path != path:
        # The same file was saved there in between, so the storage chose another name.
        default_storage.delete(saved_path)


def delete_files(paths: Iterable[str], folder: str) -> None:
    """Delete files that may be missing, and their folder if it is empty then."""
    for path in (*paths, folder):
        with suppress(OSError):
            default_storage.delete(path)


def get_temporary_folder() -> str | None:
    """Return a folder on the same disk as the files; None, the system's default, if the storage is not on a disk."""
    try:
        folder = default_storage.path(PICTURES_FOLDER)
    except NotImplementedError:
        return None
    os.makedirs(folder, exist_ok=True)
    return folder
