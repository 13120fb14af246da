import datetime

from django.contrib import admin
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from sessions.admin.timetable_grid import ONE_DAY, is_plausible_date, list_days


class SessionDayFilter(admin.SimpleListFilter):
    """The days of the conference and those on which anything starts."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request, model_admin):
        return [(day.isoformat(), date_format(day, "MONTH_DAY_FORMAT")) for day in list_days()]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        day = parse_day(self.value())
        if day is None:
            return queryset.none()
        start = datetime.datetime.combine(day, datetime.time(), timezone.get_current_timezone())
        return queryset.filter(starts_at__gte=start, starts_at__lt=start + ONE_DAY)


def parse_day(text):
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and is_plausible_date(day) else None


class SpeakerStatusFilter(admin.SimpleListFilter):
    title = _("speakers")
    parameter_name = "speakers"

    def lookups(self, request, model_admin):
        return [("unconfirmed", _("not all confirmed")), ("none", _("no speakers named"))]

    def queryset(self, request, queryset):
        if self.value() == "unconfirmed":
            return queryset.with_unconfirmed_speakers()
        if self.value() == "none":
            return queryset.exclude(participations__speaker__isnull=False)
        return queryset
