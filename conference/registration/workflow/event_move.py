"""Moving the whole event to other days: programme, period of registration, limits and seats, as one release.

Local hours are kept, also across midnight and a change to or from summer time. Seats keep their position in the order
of days. A change of the time zone is another operation: see sessions.time_zone_change.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from conference.core.times import convert_period, move_time
from conference.core.versioning import bulk_history
from conference.facts import list_days
from conference.models import Conference
from conference.site_data import get_site_data, refresh_site_data
from sessions.models import Edition, Session
from sessions.releases.preview import publish_if_valid
from sessions.releases.restore import lock_draft

from .. import emails
from ..capacity import count_seats
from ..models import (
    CalendarEntry,
    CheckInDevice,
    EventMove,
    Quota,
    Registration,
    RegistrationEvent,
    RegistrationSettings,
    Seat,
)
from ..tickets.replacement import void_tickets_of_days
from .process import RegistrationProcess, seats_locked
from .waitlist import allocate_seats, make_offers

MAX_DAYS, MAX_SHIFT = 366, datetime.timedelta(days=20 * 366)
DayMap = dict[datetime.date, datetime.date | None]


@dataclass(frozen=True)
class MoveRequest:
    """New days of the event. targets are what becomes of days beyond the new length: another new day, or None.

    A day that becomes None is removed: its sessions become drafts and its seats are released.
    """

    first_day: datetime.date
    last_day: datetime.date
    targets: Mapping[datetime.date, datetime.date | None]

    def build_day_map(self, old_days: list[datetime.date]) -> DayMap:
        """Return what becomes of each old day. Raises ValidationError."""
        if abs(self.first_day - old_days[0]) > MAX_SHIFT:
            raise ValidationError(_("Enter a first day within twenty years."))
        new_days = list_days(self.first_day, self.last_day)
        if not new_days:
            raise ValidationError(_("The last day cannot be before the first day."))
        if len(new_days) > MAX_DAYS:
            raise ValidationError(_("The event cannot be longer than a year."))
        day_map: DayMap = dict(zip(old_days, new_days, strict=False))
        for day in old_days[len(new_days) :]:
            target = self.targets.get(day)
            if day not in self.targets or (target and target not in new_days):
                raise ValidationError(_("Choose what becomes of each day that the event no longer has."))
            day_map[day] = target
        return day_map


@dataclass(frozen=True)
class MoveResult:
    """What a move did. changes are those of the release (sessions.releases.diff); the numbers are of rows."""

    move: EventMove
    changes: dict
    attendees: int
    seats: int
    removed_seats: int
    quotas: int
    registration_opens_at: datetime.datetime | None
    registration_closes_at: datetime.datetime | None


def get_days_to_move() -> list[datetime.date]:
    """Return the days of the draft. Raises ValidationError if those of the current release are different."""
    conference = Conference.objects.get()
    refresh_site_data()
    site = get_site_data()
    if (site.starts_on, site.ends_on) != (conference.starts_on, conference.ends_on):
        raise ValidationError(_("The days of the draft are not published yet. Publish them, or undo the change."))
    return list_days(conference.starts_on, conference.ends_on)


def preview_move(request: MoveRequest, *, by: User | None) -> MoveResult:
    """Return what the move would do. Raises as move_event."""
    with transaction.atomic():
        result = move_event(request, by=by)
        transaction.set_rollback(True)
    return result


def move_event(request: MoveRequest, *, by: User | None, note_en: str = "", note_vi: str = "") -> MoveResult:
    """Move the event in one transaction and publish the draft as one release.

    Raises ValidationError, or the errors of sessions.releases.preview.publish_if_valid; then nothing has moved.
    """
    with seats_locked():
        lock_draft()
        old_days = get_days_to_move()
        day_map = request.build_day_map(old_days)
        if list_days(request.first_day, request.last_day) == old_days:
            raise ValidationError(_("These are the present days of the event."))
        # Saved first: its time precedes that of all tickets that become void.
        move = EventMove.objects.create(
            from_first_day=old_days[0],
            from_last_day=old_days[-1],
            first_day=request.first_day,
            last_day=request.last_day,
            day_map={str(old): new and str(new) for old, new in day_map.items()},
            release_number=0,
            moved_by=by,
        )
        removed_seats = reassign_removed_seats(day_map, by)
        conference = move_conference(request, by)
        move_sessions(day_map, old_days[0], ZoneInfo(conference.time_zone), by)
        quotas = move_quotas(move, by)
        void_tickets_of_days([old for old, new in day_map.items() if new not in (None, old)], by=by)
        seats = move_seats(move)
        move_check_in_devices(move, by)
        move_retention_date(request.first_day - old_days[0], by)
        release = publish_if_valid(by=by, note_en=note_en, note_vi=note_vi)
        move.release_number = release.number
        move.save()
        return MoveResult(
            move,
            release.changes,
            attendees_to_notify().count(),
            seats,
            removed_seats,
            quotas,
            conference.registration_opens_at,
            conference.registration_closes_at,
        )


def move_conference(request: MoveRequest, by: User | None) -> Conference:
    """Move the days and the period of registration."""
    conference = Conference.objects.select_for_update().get()
    zone, shift = ZoneInfo(conference.time_zone), request.first_day - conference.starts_on
    for name in ("registration_opens_at", "registration_closes_at"):
        time = getattr(conference, name)
        setattr(conference, name, time and move_time(time, shift, zone))
    conference.starts_on, conference.ends_on = request.first_day, request.last_day
    save_with_history(conference, by)
    return conference


def move_sessions(day_map: DayMap, first_day: datetime.date, zone: ZoneInfo, by: User | None) -> None:
    """Move all sessions by the shift of the day on which they start. Those of removed days become drafts."""
    default_shift = (day_map[first_day] or first_day) - first_day
    sessions = list(Session.objects.order_by("pk"))
    for session in sessions:
        day = session.starts_at.astimezone(zone).date()
        new_day = day_map.get(day, day + default_shift)
        if new_day is None:
            session.status, new_day = Session.Status.DRAFT, day + default_shift
        shift_session(session, new_day - day, zone)
    bulk_history.bulk_update(sessions, by=by, reason=_("The event was moved."))


def shift_session(session: Session, shift: datetime.timedelta, zone: ZoneInfo) -> None:
    """Move a session without saving it."""
    move = partial(move_time, shift=shift, zone=zone)
    session.starts_at, session.ends_at = convert_period(session.starts_at, session.ends_at, move)


def find_lost_days(move: EventMove) -> set[str]:
    """Return the old days that were removed or merged into another."""
    first_of: dict[str, str] = {}
    for old, new in move.day_map.items():
        if new:
            first_of.setdefault(new, old)
    return set(move.day_map) - set(first_of.values())


def move_quotas(move: EventMove, by: User | None, reason: str = "") -> int:
    """Move the limits, and delete those of days that were removed or merged into another. Return how many moved."""
    reason = reason or _("The event was moved.")
    bulk_history.delete_each(Quota.objects.filter(day__in=find_lost_days(move)), by=by, reason=reason)
    quotas = list(Quota.objects.all())
    for quota in in_safe_order(quotas, move):
        quota.day = move.get_new_day(quota.day)
        save_with_history(quota, by, reason)
    return len(quotas)


def in_safe_order(rows: list, move: EventMove) -> list:
    """Return the rows in an order in which none takes the day of another that has not moved yet."""
    return sorted(rows, key=lambda row: row.day, reverse=move.first_day > move.from_first_day)


def move_seats(move: EventMove) -> int:
    """Move all seats and calendar events, and return the number of seats in use."""
    is_later = move.first_day > move.from_first_day
    CalendarEntry.objects.filter(day__in=find_lost_days(move)).update(day=None)
    for model in (Seat, CalendarEntry):
        # In an order in which no row takes the day of one that has not moved yet.
        days = set(model.objects.order_by().filter(day__isnull=False).values_list("day", flat=True))
        for day in sorted(days, reverse=is_later):
            if new_day := move.get_new_day(day):
                model.objects.filter(day=day).update(day=new_day)
    return Seat.objects.active().count()


def move_check_in_devices(move: EventMove, by: User | None) -> None:
    """Move the days of the devices that check people in. A device that loses all its days loses its access.

    Check-ins stay on the days on which they were made.
    """
    for device in CheckInDevice.objects.active().exclude(days=[]):
        days = {move.get_new_day(datetime.date.fromisoformat(day)) for day in device.days}
        device.days = sorted(str(day) for day in days if day)
        if not device.days:
            device.revoked_at, device.revoked_by = timezone.now(), by
        device.save(update_fields=["days", "revoked_at", "revoked_by"])


def reassign_removed_seats(day_map: DayMap, by: User | None) -> int:
    """Release the seats of days that the event no longer has, or request them on the target day; return how many.

    Done before the move, so that days are old ones here.
    """
    first_of: dict[datetime.date, datetime.date] = {}
    targets: DayMap = {}
    for old, new in day_map.items():
        if new is None:
            targets[old] = None
        elif first_of.setdefault(new, old) != old:
            targets[old] = first_of[new]
    if not targets:
        return 0
    counts, number = count_seats(), 0
    for process in iterate_processes(list(targets), by):
        process.counts = counts
        for seat in [seat for seat in process.seats if seat.day in targets and not seat.is_released]:
            move_seat(process, seat, targets[seat.day])
            number += 1
        if process.registration.is_admitted:
            allocate_seats(process)
        process.update_status_from_seats(RegistrationEvent.Action.DAYS_CHANGED)
    # Released seats of these days would collide with those of the target day.
    Seat.objects.filter(day__in=targets, status=Seat.Status.RELEASED).delete()
    make_offers(counts)
    return number


def iterate_processes(days: list[datetime.date], by: User | None) -> Iterator[RegistrationProcess]:
    keys = Seat.objects.active().filter(day__in=days).values("registration")
    for registration in Registration.objects.filter(pk__in=keys).select_related("user", "category"):
        yield RegistrationProcess.load(registration, by)


def move_seat(process: RegistrationProcess, seat: Seat, target: datetime.date | None) -> None:
    """Release a seat and, unless there is one on the target day already, request the same mode there."""
    process.set_seat_status(seat, Seat.Status.RELEASED)
    if target and not any(other.day == target and not other.is_released for other in process.seats):
        process.set_seat_status(process.get_or_create_seat(target, seat.mode), Seat.Status.REQUESTED)


def move_retention_date(shift: datetime.timedelta, by: User | None, reason: str = "") -> None:
    """Move the fixed last day of retention, if there is one."""
    settings = RegistrationSettings.objects.get(pk=1)
    if settings.erase_on:
        settings.erase_on += shift
        save_with_history(settings, by, reason)


def save_with_history(instance: Any, by: User | None, reason: str = "") -> None:
    instance._history_user, instance._change_reason = by, reason or _("The event was moved.")
    instance.save()


# Telling the attendees


def is_of_past_edition(move: EventMove) -> bool:
    """Return whether a new edition was started after the move, so that nobody who was registered then is left."""
    return Edition.objects.filter(started_at__gt=move.moved_at).exists()


def attendees_to_notify() -> QuerySet[Registration]:
    return Registration.objects.open().select_related("user", "category")


def notify_attendees(move: EventMove, *, by: User | None) -> int:
    """Queue the e-mail about the move to everybody who is registered, once; return the number of e-mails."""
    with transaction.atomic():
        move = EventMove.objects.select_for_update().get(pk=move.pk)
        if move.notified_at or is_of_past_edition(move):
            return 0
        queued = [
            emails.queue_registration_email("moved", registration, move=move) for registration in attendees_to_notify()
        ]
        move.notified_at, move.notified_by = timezone.now(), by
        move.save()
        return sum(email is not None for email in queued)
