"""Filters of the session list."""

import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from conference.core.times import format_days

from ..models import Session
from ..querysets import SessionQuerySet
from .timetable_grid import is_plausible_date, list_days


class SessionDayFilter(admin.SimpleListFilter):
    """Sessions that start on one day, in the active time zone."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(day.isoformat(), name) for day, name in format_days(list_days())]

    def queryset(self, request: HttpRequest, queryset: SessionQuerySet) -> SessionQuerySet:
        if self.value() is None:
            return queryset
        day = parse_day(self.value())
        if day is None:
            return queryset.none()
        return queryset.starting_on(day, timezone.get_current_timezone())


def parse_day(text: str) -> datetime.date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and is_plausible_date(day) else None


class SpeakerStatusFilter(admin.SimpleListFilter):
    """Sessions with unconfirmed speakers, and sessions without speakers."""

    title = _("speakers")
    parameter_name = "speakers"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        return [("unconfirmed", _("not all confirmed")), ("none", _("no speakers named"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        if self.value() == "unconfirmed":
            return queryset.with_unconfirmed_speakers()
        if self.value() == "none":
            return queryset.exclude(participations__speaker__isnull=False)
        return queryset
