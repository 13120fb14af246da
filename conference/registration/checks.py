"""Checks of the draft programme that concern registration: its period, capacity and seats must fit the draft's days."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions.checks import DraftProgramme, Severity, check

from .models import Quota, Seat
from .period import load_period


@check
def registration_after_the_conference(draft: DraftProgramme) -> Iterator[tuple]:
    """Report a period of registration that begins or ends after the last day."""
    period = load_period()
    sentences = {
        _("Registration opens on %(when)s, after the last day of the conference (%(day)s)."): period.opens_at,
        _("Registration closes on %(when)s, after the last day of the conference (%(day)s)."): period.closes_at,
    }
    for text, moment in sentences.items():
        if moment and moment > draft.ends_at:
            when = date_format(localtime(moment, draft.time_zone), "DATETIME_FORMAT")
            yield Severity.WARNING, text % {"when": when, "day": format_day(draft.ends_on)}, draft


@check
def seats_on_other_days(draft: DraftProgramme) -> Iterator[tuple]:
    """Report days on which people have or request seats, but which are not days of the conference."""
    seats = Seat.objects.active().order_by().exclude(day__range=(draft.starts_on, draft.ends_on))
    people = seats.values_list("day").annotate(people=Count("registration", distinct=True)).order_by("day")
    for day, number in people:
        text = ngettext(
            "%(n)d person has or requests a seat on %(day)s, which is not a day of the conference.",
            "%(n)d people have or request seats on %(day)s, which is not a day of the conference.",
            number,
        )
        yield Severity.WARNING, text % {"n": number, "day": format_day(day)}, draft


@check
def capacity_on_other_days(draft: DraftProgramme) -> Iterator[tuple]:
    """Report limits of days that are not days of the conference."""
    quotas = Quota.objects.filter(seats__isnull=False).exclude(day__range=(draft.starts_on, draft.ends_on))
    for day in quotas.order_by("day").values_list("day", flat=True).distinct():
        text = _("There is a daily capacity for %(day)s, which is not a day of the conference.")
        yield Severity.WARNING, text % {"day": format_day(day)}, draft


def format_day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
