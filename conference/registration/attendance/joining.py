"""Joining online: the streams of a day, and the record of who was present."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions.programme import Link, Session

from ..days import sessions_on
from ..models import Admission, OnlineAttendance, Registration, Verdict
from ..states import InvalidTransitionError

# Streams can be joined from this time before a session until this time after it, because sessions run late.
EARLY = LATE = datetime.timedelta(minutes=30)

REFUSALS: dict[Verdict, str | Promise] = {
    Verdict.NOT_TODAY: gettext_lazy("You have no place today. Your days: %(days)s. Come back on one of them."),
    Verdict.OVER: gettext_lazy("Your days are over."),
    Verdict.OFFERED: gettext_lazy("A seat is offered to you. Accept it on your registration page first."),
    Verdict.WAITLISTED: gettext_lazy("You are on the wait list, and no place is confirmed for you yet."),
    Verdict.NO_DAYS: gettext_lazy("You have not chosen any days."),
    Verdict.MOVED: gettext_lazy("The days of the conference have changed. Choose your days again."),
    Verdict.UNDER_REVIEW: gettext_lazy("Your registration is under review. You can join when it is approved."),
    Verdict.CANCELLED: gettext_lazy("Your registration is closed, so you cannot join."),
}


@dataclass(frozen=True)
class StreamedSession:
    """A session of the day with its streams, and whether they can be joined now."""

    session: Session
    is_early: bool
    is_over: bool

    @classmethod
    def of(cls, session: Session, now: datetime.datetime) -> "StreamedSession":
        return cls(session, now < session.starts_at - EARLY, now > session.ends_at + LATE)

    @property
    def is_open(self) -> bool:
        return not self.is_early and not self.is_over

    @property
    def opens_at(self) -> datetime.datetime:
        return self.session.starts_at - EARLY


def streamed_sessions(day: datetime.date) -> list[StreamedSession]:
    """Return the published sessions of a day that have a stream."""
    now = timezone.now()
    return [StreamedSession.of(session, now) for session in sessions_on(day) if session.streams]


def find_stream(sessions: list[StreamedSession], slug: str, number: str) -> Link | None:
    """Return a stream that can be joined now, by the session's slug and its position among the streams, from 0."""
    streams = next((item.session.streams for item in sessions if item.session.slug == slug and item.is_open), [])
    return dict(zip(map(str, range(len(streams))), streams, strict=True)).get(number)


def record_online_attendance(registration: Registration) -> OnlineAttendance:
    """Record that a person is present online today. Raise InvalidTransitionError without a confirmed place."""
    with transaction.atomic():
        # The registration may have been cancelled or erased since it was read.
        locked = Registration.objects.select_for_update().filter(pk=registration.pk).first()
        access = locked.check_online_access() if locked else Admission(Verdict.CANCELLED)
        if not access.is_allowed:
            raise InvalidTransitionError(describe_refusal(access))
        now = timezone.now()
        return OnlineAttendance.objects.update_or_create(
            registration=locked,
            day=access.day,
            defaults={"last_at": now},
            create_defaults={"first_at": now, "last_at": now},
        )[0]


def describe_refusal(access: Admission) -> str:
    """Return why the person cannot join now; "" if the person can."""
    days = "; ".join(date_format(day, "DATE_FORMAT") for day in access.days)
    return "" if access.is_allowed else str(REFUSALS.get(access.verdict, _("You cannot join."))) % {"days": days}
