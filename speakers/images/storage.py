"""Pictures kept and swept: rows of Picture, and their files in the default storage.

A picture is kept once, under the digest of its pixels, and swept when nothing needs it: no speaker, no partner, and no
release, since an older release can be published again. Whoever keeps or sweeps a picture holds its row until the
transaction ends, so that nobody sweeps what somebody else is about to use. Files are written before the row can be
seen and removed before it is gone; what a crash leaves in between is found by a later sweep.
"""

import datetime
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.functions import Cast, StrIndex
from django.utils import timezone

from ..models import Picture

PICTURES_FOLDER = "pictures"
DIGEST_PATTERN = re.compile(r"[0-9a-f]{64}")
# Longer than any upload takes, so that a file which somebody is still writing is left alone.
ORPHAN_AGE = datetime.timedelta(days=1)


@transaction.atomic
def store_picture(rendered):
    """The Picture of these renditions, its files in place. Refer to it in the same transaction, or it may be swept.

    Raises OSError where a file cannot be written, for example on a full disk; then none of them stays.
    """
    files = [{"path": f.path, "type": f.type, "width": f.width, "height": f.height} for f in rendered.files]
    picture = get_or_create_locked(rendered.digest, files)
    new = [file for file in rendered.files if not default_storage.exists(file.path)]
    try:
        for file in new:
            write_file(file.path, file.data)
    except OSError:
        # The picture's row is locked, so nobody else has come to need these files.
        _delete_files([file.path for file in new], f"{PICTURES_FOLDER}/{rendered.digest}")
        raise
    return picture


def delete_unused_on_commit():
    """Sweep once the transaction is committed; a sweep that fails is written down and disturbs nobody."""
    transaction.on_commit(delete_unused_pictures, robust=True)


def delete_unused_pictures():
    """Remove every picture that nothing needs, and files without a row that are older than a day.

    Each release's document is looked through in the database until one mentions the picture: with 100 releases of
    300 kB and 50 pictures in older releases only, a second or two.
    """
    for digest in [*get_unused_pictures().values_list("digest", flat=True), *find_orphaned_folders()]:
        delete_picture_if_unused(digest)


@transaction.atomic
def delete_picture_if_unused(digest):
    """Remove a picture unless somebody has come to need it; files without a row get one first, to be held by it."""
    picture = get_or_create_locked(digest, [])
    lock_conference()
    if not get_unused_pictures().filter(pk=picture.pk).exists():
        return
    for name in list_files(f"{PICTURES_FOLDER}/{digest}"):
        default_storage.delete(f"{PICTURES_FOLDER}/{digest}/{name}")
    default_storage.delete(f"{PICTURES_FOLDER}/{digest}")
    picture.delete()


def get_or_create_locked(digest, files):
    """The picture's row, made where there is none, and held until the transaction ends."""
    while True:
        Picture.objects.bulk_create([Picture(digest=digest, files=files)], ignore_conflicts=True)
        # None where somebody has swept, just now, the row that there was.
        if picture := Picture.objects.select_for_update().filter(digest=digest).first():
            break
    if files and not picture.files:
        # It was made for stray files that turned out to be needed.
        picture.files = files
        picture.save(update_fields=["files"])
    return picture


def get_unused_pictures():
    release = apps.get_model("programme.Release")
    mentions = release.objects.alias(text=Cast("document", models.TextField())).alias(
        place=StrIndex("text", models.OuterRef("digest"))
    )
    return Picture.objects.filter(speakers=None, partners=None).exclude(models.Exists(mentions.filter(place__gt=0)))


def lock_conference():
    """Publishing holds the conference's row: a release in the making may mention what no row refers to any more."""
    list(apps.get_model("conference.Conference").objects.select_for_update())


def find_orphaned_folders():
    """Digests of folders without a row that nobody has written to for a day. Removes what was never finished."""
    for name in list_files(PICTURES_FOLDER):
        if is_old_file(f"{PICTURES_FOLDER}/{name}"):
            default_storage.delete(f"{PICTURES_FOLDER}/{name}")
    folders = {name for name in list_folders() if DIGEST_PATTERN.fullmatch(name)}
    known = set(Picture.objects.values_list("digest", flat=True))
    return [
        d
        for d in folders - known
        if all(is_old_file(f"{PICTURES_FOLDER}/{d}/{name}") for name in list_files(f"{PICTURES_FOLDER}/{d}"))
    ]


def is_old_file(path):
    try:
        return default_storage.get_modified_time(path) < timezone.now() - ORPHAN_AGE
    except FileNotFoundError:
        return False


def list_files(folder):
    return list_directory(folder)[1]


def list_folders():
    return list_directory(PICTURES_FOLDER)[0]


def list_directory(folder):
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def write_file(path, data):
    """Write a file whole or not at all. What is there already is whole, and the same: its path holds its digest."""
    if default_storage.exists(path):
        return
    file = tempfile.NamedTemporaryFile(dir=get_temporary_folder(), prefix="unfinished-", delete=False)  # noqa: SIM115 - it outlives this
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            move_into_storage(file, path)
    finally:
        Path(file.name).unlink(missing_ok=True)


def move_into_storage(file, path):
    """Hand the storage a file with a path of its own, which it moves to its place in one step if it is on this disk."""
    content = File(file, name=path)
    content.temporary_file_path = lambda: file.name
    kept = default_storage.save(path, content)
    if kept != path:
        # Somebody else put the same file there meanwhile.
        default_storage.delete(kept)


def _delete_files(paths, folder):
    """Delete what there is of these files, and their folder if nothing else is in it."""
    for path in (*paths, folder):
        with suppress(OSError):
            default_storage.delete(path)


def get_temporary_folder():
    """A folder on the same disk as the files; None, the machine's own, where the storage is not on a disk."""
    try:
        folder = default_storage.path(PICTURES_FOLDER)
    except NotImplementedError:
        return None
    os.makedirs(folder, exist_ok=True)
    return folder
