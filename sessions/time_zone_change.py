"""Change of the conference's time zone: sessions keep their local hours, or the moments at which they take place.

Both concern the draft only. Readers see the result when it is published.
"""

import datetime
from collections.abc import Iterable
from functools import partial
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.text import LocalizedText
from conference.core.times import convert_period
from conference.core.versioning import bulk_history

from .models import Room, Session
from .releases.restore import lock_draft


class KeptTimes(models.TextChoices):
    """What a change of the time zone keeps."""

    LOCAL_HOURS = "local_hours", gettext_lazy("Keep the local hours")
    MOMENTS = "moments", gettext_lazy("Keep the moments")


def describe_kept_times(kept: str, old: ZoneInfo, new: ZoneInfo) -> str:
    """Return a choice with its consequence for the first session, as an example."""
    session = Session.objects.order_by("starts_at", "pk").first()
    if session is None:
        return str(KeptTimes(kept).label)
    local = session.starts_at.astimezone(old)
    shown = local if kept == KeptTimes.LOCAL_HOURS else session.starts_at.astimezone(new)
    sentences = {
        KeptTimes.LOCAL_HOURS: _(
            "Keep the local hours: “%(session)s” still starts at %(shown)s, now in the time zone %(new)s."
        ),
        KeptTimes.MOMENTS: _(
            "Keep the moments: “%(session)s”, until now at %(local)s, is shown at %(shown)s in the time zone %(new)s."
        ),
    }
    return sentences[KeptTimes(kept)] % {
        "session": LocalizedText.of(session, "title"),
        "local": date_format(local, "DATETIME_FORMAT"),
        "shown": date_format(shown, "DATETIME_FORMAT"),
        "new": new.key,
    }


def change_time_zone(kept: str, old: ZoneInfo, new: ZoneInfo, day: datetime.date, *, by=None) -> None:
    """Adapt the draft to another time zone, within the transaction that saves it.

    Local hours are kept by moving the sessions, moments by changing the opening hours of rooms. day is the one whose
    difference between the time zones applies to rooms.
    """
    lock_draft()
    rows: list[models.Model]
    if kept == KeptTimes.LOCAL_HOURS:
        rows = [*move_sessions(Session.objects.order_by("pk"), old, new)]
    else:
        noon = datetime.datetime.combine(day, datetime.time(12), old)
        difference = noon.astimezone(new).replace(tzinfo=None) - noon.replace(tzinfo=None)
        rows = [*shift_room_hours(Room.objects.order_by("pk"), difference)]
    reason = _("The time zone was changed from %(old)s to %(new)s.") % {"old": old.key, "new": new.key}
    bulk_history.bulk_update(rows, by=by, reason=reason)


def move_sessions(sessions: Iterable[Session], old: ZoneInfo, new: ZoneInfo) -> Iterable[Session]:
    """Yield the sessions with the same local hours in another time zone."""
    for session in sessions:
        try:
            convert = partial(keep_local_time, old=old, new=new)
            start, end = convert_period(session.starts_at, session.ends_at, convert)
        except OverflowError:
            # At the limits of the calendar there is no such moment.
            continue
        if (start, end) != (session.starts_at, session.ends_at):
            session.starts_at, session.ends_at = start, end
            yield session


def keep_local_time(time: datetime.datetime, old: ZoneInfo, new: ZoneInfo) -> datetime.datetime:
    """Return the moment at which the clock of the new zone shows what that of the old zone shows at a time."""
    return time.astimezone(old).replace(tzinfo=new).astimezone(datetime.UTC)


def shift_room_hours(rooms: Iterable[Room], difference: datetime.timedelta) -> Iterable[Room]:
    """Yield the rooms that have opening hours, with hours that many later; they may end after midnight."""
    for room in rooms:
        if difference and (room.opens_at or room.closes_at):
            room.opens_at, room.closes_at = (shift_time(time, difference) for time in (room.opens_at, room.closes_at))
            yield room


def shift_time(time: datetime.time | None, difference: datetime.timedelta) -> datetime.time | None:
    return time and (datetime.datetime.combine(datetime.date(2000, 1, 2), time) + difference).time()
