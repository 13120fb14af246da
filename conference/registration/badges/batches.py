"""Printing of badges in batches: rendered part by part, so that progress is visible and the memory stays the same."""

import datetime
import logging
import time
from collections.abc import Sequence
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import BadgeBatch, BadgeLayout, BadgePhoto, BadgePrint, Registration
from ..states import InvalidTransitionError
from ..tickets.issuance import issue_missing_tickets
from . import files
from .content import build_content, get_languages, has_badge, with_badge_data

logger = logging.getLogger(__name__)

# Fills whole A4 sheets.
PART_SIZE = 60
# More would make one file too large for the memory of a small server.
MAX_BADGES = 2000
# Longer than any part takes.
CLAIM_PERIOD = datetime.timedelta(minutes=2)
FILE_LIFETIME = datetime.timedelta(days=1)
WORKER_SECONDS = 15


@transaction.atomic
def create_batch(registrations: Sequence[Registration], layout: BadgeLayout, order: str, by: User) -> BadgeBatch:
    """Queue a badge for each of these registrations, in this order."""
    batch = BadgeBatch.objects.create(layout=layout, order=order, by=by, number=len(registrations))
    BadgePrint.objects.bulk_create(
        BadgePrint(batch=batch, registration=registration, position=position)
        for position, registration in enumerate(registrations)
    )
    return batch


def print_badge(registration: Registration, layout: BadgeLayout, by: User) -> BadgeBatch:
    """Print or reprint the badge of one person. Raise InvalidTransitionError if the person gets no badge."""
    if not has_badge(registration):
        raise InvalidTransitionError(_("Only people who are admitted in person get a badge."))
    batch = create_batch([registration], layout, BadgeBatch.Order.NAME, by)
    render_parts(batch, seconds=60)
    return batch


def render_parts(batch: BadgeBatch, *, seconds: float) -> None:
    """Render the next parts for about this time, at least one. Stop if another process renders the batch.

    A part that cannot be written, for example on a full disk, is logged and can be tried again.
    """
    end = time.monotonic() + seconds
    try:
        while render_next_part(batch) and time.monotonic() < end:
            pass
    except OSError as error:
        logger.error("The badges of a batch cannot be written: %s", error)


def render_next_part(batch: BadgeBatch) -> bool:
    """Render the next part and return whether there are more.

    The database is not locked meanwhile: a claim keeps others away, and expires if this process is stopped.
    """
    if not claim_batch(batch):
        return False
    try:
        part = batch.parts_done
        if data := render_part(batch, part):
            files.write_part(batch, part, data)
        is_last = (part + 1) * PART_SIZE >= batch.number
        if is_last:
            files.merge_parts(batch, part + 1)
        record_part(batch, part, is_last=is_last)
        if is_last:
            # Not before: if the process is stopped in between, all parts are merged again.
            files.delete_parts(batch)
    finally:
        BadgeBatch.objects.filter(pk=batch.pk).update(claimed_until=None)
        batch.refresh_from_db()
    return not is_last


def claim_batch(batch: BadgeBatch) -> bool:
    now = timezone.now()
    free = BadgeBatch.objects.unfinished().filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=batch.pk)
    is_claimed = free.update(claimed_until=now + CLAIM_PERIOD) == 1
    batch.refresh_from_db()
    return is_claimed


def record_part(batch: BadgeBatch, part: int, *, is_last: bool) -> None:
    finished_at = timezone.now() if is_last else None
    number = batch.prints.count() if is_last else batch.number
    unfinished = BadgeBatch.objects.unfinished().filter(pk=batch.pk)
    if not unfinished.update(parts_done=part + 1, finished_at=finished_at, number=number):
        # A person was erased meanwhile.
        files.delete_folder(batch)


def render_part(batch: BadgeBatch, part: int) -> bytes:
    """Return the PDF of a part; nothing if none of its people gets a badge any more."""
    # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
    from .layout import BadgeFields
    from .pdf import render_badges_pdf

    layout = batch.layout or BadgeLayout.get_default()
    prints = record_prints(batch, part)
    photos = load_photos(prints) if layout.shows_photo else {}
    badges = []
    for entry in prints:
        content = build_content(entry.registration, get_languages(layout, entry.registration))
        badges.append((BadgeFields(layout, content, entry.number), photos.get(entry.registration_id)))
    return render_badges_pdf(layout, badges) if badges else b""


@transaction.atomic
def record_prints(batch: BadgeBatch, part: int) -> list[BadgePrint]:
    """Give a number to each badge of a part, and return them with their registrations.

    People who are not admitted in person any more get no badge. A part that is rendered again, because the process was
    stopped, keeps its numbers.
    """
    first = part * PART_SIZE
    prints = list(batch.prints.filter(position__gte=first, position__lt=first + PART_SIZE).order_by("position"))
    keys = [entry.registration_id for entry in prints]
    # Two batches with the same person would otherwise give the same number.
    people = Registration.objects.filter(pk__in=keys)
    list(people.select_for_update().order_by("pk").values_list("pk"))
    issue_missing_tickets(people)
    registrations = {entry.pk: entry for entry in with_badge_data(people)}
    latest = BadgePrint.objects.filter(registration__in=keys, number__isnull=False).order_by()
    numbers = dict(latest.values("registration").annotate(latest=Max("number")).values_list("registration", "latest"))
    recorded, now = [], timezone.now()
    for entry in prints:
        registration = registrations.get(entry.registration_id)
        if registration is None or not has_badge(registration):
            entry.delete()
            continue
        entry.registration, entry.digest = registration, build_content(registration).digest()
        if entry.number is None:
            entry.number, entry.at = numbers.get(registration.pk, 0) + 1, now
        recorded.append(entry)
    BadgePrint.objects.bulk_update(recorded, ["number", "at", "digest"])
    return recorded


def load_photos(prints: Sequence[BadgePrint]) -> dict[object, bytes]:
    photos = BadgePhoto.objects.filter(registration__in=[entry.registration_id for entry in prints])
    return {photo.pk: bytes(photo.data) for photo in photos}


def continue_batches() -> None:
    """Render parts of unfinished batches for some seconds, and delete old files. A task of the e-mail worker."""
    delete_expired_batches()
    end = time.monotonic() + WORKER_SECONDS
    for batch in BadgeBatch.objects.unfinished().order_by("created_at"):
        if time.monotonic() < end:
            render_parts(batch, seconds=end - time.monotonic())


def delete_expired_batches() -> None:
    """Delete files that are older than a day."""
    expired = BadgeBatch.objects.with_files().filter(created_at__lt=timezone.now() - FILE_LIFETIME)
    delete_batch_files(list(expired))
    files.delete_orphaned_folders()


def delete_files_with(registration: Registration) -> None:
    """Delete the files with the badge of a person who is erased, when the transaction is committed."""
    delete_batch_files(list(BadgeBatch.objects.with_files().filter(prints__registration=registration).distinct()))


def delete_batch_files(batches: Sequence[BadgeBatch]) -> None:
    if not batches:
        return
    BadgeBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(deleted_at=timezone.now())
    for batch in batches:
        transaction.on_commit(partial(files.delete_folder, batch), robust=True)
