"""Starting a new edition of the conference on other days.

Rooms, themes, speakers, pages and settings stay. Sessions become drafts on the new days, or are removed. Registrations
of the past edition are erased, because attendees of two editions must not mix. Nothing is published: visitors see the
past edition until the organizers publish the new one, and its programme as an archive afterwards.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference.core.versioning import bulk_history
from conference.models import Conference
from conference.site_data import refresh_site_data
from sessions.models import Edition, Participation, Release, Session, SessionLink
from sessions.releases import current
from sessions.releases.diff import count_changes
from sessions.releases.publish import diff_with_current_release
from sessions.releases.restore import lock_draft

from ..days import is_day_over
from ..models import CheckInDevice, ErasedRegistration, EventMove, Quota, Registration
from .erasure import erase_all_registered_users, get_erase_date, is_retention_over
from .event_move import (
    DayMap,
    MoveRequest,
    get_days_to_move,
    move_quotas,
    move_retention_date,
    save_with_history,
    shift_session,
)
from .process import seats_locked

NAME_FIELDS = ("name_en", "name_vi", "short_name_en", "short_name_vi")
PAST_LINKS = (SessionLink.Kind.STREAM, SessionLink.Kind.RECORDING)


@dataclass(frozen=True)
class EditionRequest:
    """The new days, new names by field of NAME_FIELDS (all others stay), and what is taken over.

    erase_registrations confirms that registrations are erased although they are to be kept longer.
    """

    first_day: datetime.date
    last_day: datetime.date
    names: Mapping[str, str] = field(default_factory=dict)
    keep_sessions: bool = False
    keep_quotas: bool = False
    erase_registrations: bool = False

    def build_day_map(self, old_days: list[datetime.date]) -> DayMap:
        """Return the new day of each old day by its position, None beyond the last one. Raises ValidationError."""
        if self.first_day <= old_days[-1]:
            raise ValidationError(_("The new edition must begin after the last day of the present one."))
        return MoveRequest(self.first_day, self.last_day, dict.fromkeys(old_days)).build_day_map(old_days)


@dataclass(frozen=True)
class EditionResult:
    """What was done. The numbers are of sessions, limits and registrations.

    unpublished is the number of changes of the draft that the archived programme does not contain.
    """

    edition: Edition
    kept_sessions: int
    removed_sessions: int
    kept_quotas: int
    removed_quotas: int
    erased: int
    unpublished: int


@transaction.atomic
def preview_edition(request: EditionRequest, *, by: User | None) -> EditionResult:
    """Return what starting the new edition would do. Raises as start_edition."""
    result = start_edition(request, by=by)
    transaction.set_rollback(True)
    return result


def start_edition(request: EditionRequest, *, by: User | None) -> EditionResult:
    """Start a new edition in one transaction, without publishing it.

    Raises ValidationError; then nothing has changed.
    """
    with seats_locked():
        lock_draft()
        old_days = get_days_of_past_edition()
        day_map = request.build_day_map(old_days)
        require_erasable_registrations(request)
        unpublished = count_changes(diff_with_current_release()[1])
        edition = record_edition(old_days, by)
        erased = erase_all_registered_users()
        ErasedRegistration.objects.filter(edition=None).update(edition=edition)
        # Devices without days of their own would work in the new edition.
        CheckInDevice.objects.active().update(revoked_at=timezone.now(), revoked_by=by)
        zone = start_new_days(request, by)
        kept, removed = take_over_sessions(day_map, zone, by) if request.keep_sessions else (0, remove_sessions(by))
        all_quotas = Quota.objects.count()
        quotas = take_over_quotas(request, day_map, old_days, by)
        move_retention_date(request.first_day - old_days[0], by, get_reason())
        transaction.on_commit(current.refresh, robust=True)
        transaction.on_commit(refresh_site_data, robust=True)
        return EditionResult(edition, kept, removed, quotas, all_quotas - quotas, erased, unpublished)


def get_reason() -> str:
    """Return the reason in the history records."""
    return _("A new edition was started.")


def get_days_of_past_edition() -> list[datetime.date]:
    """Return the days of the present edition, which becomes the past one.

    Raises ValidationError if it is not published, not over, or the past one already.
    """
    number = Release.objects.current_number()
    if not number:
        raise ValidationError(_("Nothing has been published yet. Change the days in the form of the conference."))
    if Edition.objects.filter(release=number).exists():
        raise ValidationError(
            _("The new edition has been started already and is not published yet. Its days can still be changed.")
        )
    days = get_days_to_move()
    if not is_day_over(days[-1]):
        message = _("The present edition is not over: its last day is %(day)s. To change its days, move the event.")
        raise ValidationError(message % {"day": date_format(days[-1], "DATE_FORMAT")})
    return days


def describe_kept_registrations() -> str:
    """Return why registrations of the past edition must not be erased yet, and until when; "" if they may."""
    number = Registration.objects.count()
    if not number or is_retention_over():
        return ""
    erase_date = get_erase_date()
    if erase_date is None:
        sentence = ngettext(
            "%(n)d registration of the present edition is kept without an end. Set in the registration settings how "
            "long data is kept. A new edition can be started after that day.",
            "%(n)d registrations of the present edition are kept without an end. Set in the registration settings how "
            "long data is kept. A new edition can be started after that day.",
            number,
        )
        return sentence % {"n": number}
    sentence = ngettext(
        "%(n)d registration of the present edition is kept until %(last)s. A new edition can be started from %(next)s.",
        "%(n)d registrations of the present edition are kept until %(last)s. A new edition can be started from "
        "%(next)s.",
        number,
    )
    next_day = erase_date + datetime.timedelta(days=1)
    return sentence % {
        "n": number,
        "last": date_format(erase_date, "DATE_FORMAT"),
        "next": date_format(next_day, "DATE_FORMAT"),
    }


def require_erasable_registrations(request: EditionRequest) -> None:
    if not request.erase_registrations and (message := describe_kept_registrations()):
        raise ValidationError(message)


def record_edition(days: list[datetime.date], by: User | None) -> Edition:
    """Record the past edition with the name in its last release."""
    release = Release.objects.get(number=Release.objects.current_number())
    name = release.document["conference"]["name"]
    return Edition.objects.create(
        name_en=name.get("en", ""),
        name_vi=name.get("vi", ""),
        first_day=days[0],
        last_day=days[-1],
        release=release,
        started_by=by,
    )


def start_new_days(request: EditionRequest, by: User | None) -> ZoneInfo:
    """Change the days and names of the draft, empty the period of registration, and return the time zone."""
    conference = Conference.objects.select_for_update().get()
    conference.starts_on, conference.ends_on = request.first_day, request.last_day
    conference.registration_opens_at = conference.registration_closes_at = None
    for name in NAME_FIELDS:
        if request.names.get(name):
            setattr(conference, name, request.names[name])
    save_with_history(conference, by, get_reason())
    return ZoneInfo(conference.time_zone)


def remove_sessions(by: User | None, **conditions: object) -> int:
    """Delete the sessions that meet the conditions from the draft; the history keeps them. Return how many."""
    sessions = Session.objects.filter(**conditions)
    for model in (Participation, SessionLink):
        children = model.objects.filter(session__in=sessions)
        bulk_history.delete_each(children, by=by, reason=get_reason())
    number = sessions.count()
    bulk_history.delete_each(list(sessions), by=by, reason=get_reason())
    return number


def take_over_sessions(day_map: DayMap, zone: ZoneInfo, by: User | None) -> tuple[int, int]:
    """Make all sessions drafts on the new days; return how many were kept, and how many cancelled ones were removed.

    What belongs to the past edition is removed: notices, streams, recordings, and the confirmations of speakers.
    """
    removed = remove_sessions(by, status=Session.Status.CANCELLED)
    first_day = min(day_map)
    default_shift = (day_map[first_day] or first_day) - first_day
    sessions = list(Session.objects.order_by("pk"))
    for session in sessions:
        day = session.starts_at.astimezone(zone).date()
        shift_session(session, (day_map.get(day) or day + default_shift) - day, zone)
        session.status = Session.Status.DRAFT
        session.notice_en = session.notice_vi = ""
        session.stale_translations = [name for name in session.stale_translations if name != "notice"]
    bulk_history.delete_each(SessionLink.objects.filter(kind__in=PAST_LINKS), by=by, reason=get_reason())
    participations = list(Participation.objects.filter(confirmed=True))
    for participation in participations:
        participation.confirmed = False
    bulk_history.bulk_update([*participations, *sessions], by=by, reason=get_reason())
    return len(sessions), removed


def take_over_quotas(request: EditionRequest, day_map: DayMap, old_days: list[datetime.date], by: User | None) -> int:
    """Move the limits of days to the new days by position, or delete all of them. Return how many are left."""
    if not request.keep_quotas:
        bulk_history.delete_each(Quota.objects.all(), by=by, reason=get_reason())
        return 0
    # Not saved: the position of days, as in a move of the event.
    positions = EventMove(
        from_first_day=old_days[0],
        from_last_day=old_days[-1],
        first_day=request.first_day,
        last_day=request.last_day,
        day_map={str(old): new and str(new) for old, new in day_map.items()},
    )
    return move_quotas(positions, by, get_reason())
