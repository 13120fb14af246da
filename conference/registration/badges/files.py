"""Files of badge batches: in the data directory, outside the web root and readable only by the site's process."""

import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from ..models import BadgeBatch

BATCH_FOLDER = re.compile(r"[0-9a-f]{32}")


def get_root() -> Path:
    return settings.DATA_DIR / "badges"


def get_folder(batch: BadgeBatch) -> Path:
    return get_root() / batch.pk.hex


def get_file(batch: BadgeBatch) -> Path:
    """Return the path of the finished file."""
    return get_folder(batch) / "badges.pdf"


def get_part(batch: BadgeBatch, number: int) -> Path:
    return get_folder(batch) / f"part-{number:04}.pdf"


def write_part(batch: BadgeBatch, number: int, data: bytes) -> None:
    """Write a complete part or none. Raises OSError."""
    get_folder(batch).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(get_part(batch, number), data)


def write_private(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    with open_private(unfinished) as file:
        file.write(data)
    unfinished.replace(path)


def open_private(path: Path) -> BinaryIO:
    return open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")


def merge_parts(batch: BadgeBatch, number: int) -> None:
    """Merge the parts up to this number into the finished file. Raises OSError.

    One part is taken as it is, tagged for screen readers. Of several, pypdf leaves out the tags.
    """
    # Imported here, because every process would otherwise load it.
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject

    parts = [part for part in (get_part(batch, index) for index in range(number)) if part.exists()]
    if len(parts) == 1:
        write_private(get_file(batch), parts[0].read_bytes())
    if len(parts) < 2:
        return
    unfinished = get_file(batch).with_suffix(".unfinished")
    with PdfReader(parts[0]) as first, PdfWriter() as writer:
        writer.metadata = first.metadata
        writer.root_object[NameObject("/Lang")] = first.root_object["/Lang"]
        for part in parts:
            writer.append(part)
        with open_private(unfinished) as file:
            writer.write(file)
    unfinished.replace(get_file(batch))


def delete_parts(batch: BadgeBatch) -> None:
    for part in get_folder(batch).glob("part-*"):
        part.unlink(missing_ok=True)


def delete_folder(batch: BadgeBatch) -> None:
    shutil.rmtree(get_folder(batch), ignore_errors=True)


def delete_orphaned_folders() -> None:
    """Delete folders whose batch has no files any more, for example because the process was stopped in between."""
    if not get_root().exists():
        return
    kept = {batch.hex for batch in BadgeBatch.objects.with_files().values_list("pk", flat=True)}
    for folder in get_root().iterdir():
        if BATCH_FOLDER.fullmatch(folder.name) and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
