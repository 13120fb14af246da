"""What the list of registrations is narrowed by and searched for."""

import copy

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.countries import get_country_name
from conference.core.text import LocalizedText, normalize_for_search

from .. import duplicates
from ..capacity import TAKEN_STATUSES
from ..formatting import conference_days
from ..models import Category, Mode, Registration, Seat


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [(str(row.pk), str(LocalizedText.of(row, "name"))) for row in Category.objects.all()]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        known = {str(key) for key, _name in self.lookup_choices}
        return queryset.filter(category=self.value()) if self.value() in known else queryset.none()


class RegistrationCountryFilter(admin.SimpleListFilter):
    """Only the countries that somebody comes from, by name."""

    title = gettext_lazy("country or territory")
    parameter_name = "country"

    def lookups(self, request, model_admin):
        codes = Registration.objects.order_by().values_list("country", flat=True).distinct()
        return sorted(
            ((code, get_country_name(code)) for code in codes), key=lambda pair: normalize_for_search(pair[1])
        )

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset


class BaseSeatFilter(admin.SimpleListFilter):
    """The three of them are one question: who has, or waits for, a seat on this day, in this mode?"""

    def queryset(self, request, queryset):
        asked = {name: request.GET[name] for name in ("day", "mode", "seat") if request.GET.get(name)}
        if not asked or next(iter(asked)) != self.parameter_name:
            # Asked once, by the first of those that are set.
            return queryset
        day = parse_date_or_none(asked["day"]) if "day" in asked else None
        if "day" in asked and day is None:
            return queryset.none()
        seats = Seat.objects.filter(
            registration=OuterRef("pk"), status__in=STATUSES_BY_CHOICE.get(asked.get("seat"), ACTIVE_STATUSES)
        )
        seats = seats.filter(day=day) if day else seats
        seats = seats.filter(mode=asked["mode"]) if "mode" in asked else seats
        return queryset.filter(Exists(seats))


ACTIVE_STATUSES = (Seat.Status.REQUESTED, Seat.Status.WAITLISTED, *TAKEN_STATUSES)
STATUSES_BY_CHOICE = {
    "taken": TAKEN_STATUSES,
    "waitlisted": (Seat.Status.WAITLISTED,),
    "requested": (Seat.Status.REQUESTED,),
}


def parse_date_or_none(text):
    try:
        return parse_date(text)
    except ValueError:
        return None


class RegistrationDayFilter(BaseSeatFilter):
    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request, model_admin):
        return [(day.isoformat(), date_format(day, "MONTH_DAY_FORMAT")) for day in conference_days()]


class ModeFilter(BaseSeatFilter):
    title = gettext_lazy("mode")
    parameter_name = "mode"

    def lookups(self, request, model_admin):
        return Mode.choices


class SeatStatusFilter(BaseSeatFilter):
    title = gettext_lazy("seat")
    parameter_name = "seat"

    def lookups(self, request, model_admin):
        return [("taken", _("confirmed")), ("waitlisted", _("on the wait list")), ("requested", _("requested"))]


class DuplicatesFilter(admin.SimpleListFilter):
    title = gettext_lazy("possible duplicates")
    parameter_name = "duplicates"

    def lookups(self, request, model_admin):
        return [("yes", _("possible duplicate"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=duplicates.suspected_duplicate_ids()) if self.value() else queryset


LIST_FILTERS = [
    ("status", admin.ChoicesFieldListFilter),
    CategoryFilter,
    RegistrationDayFilter,
    ModeFilter,
    SeatStatusFilter,
    DuplicatesFilter,
    RegistrationCountryFilter,
]
BASIC_LIST_FILTERS = [kind for kind in LIST_FILTERS if kind is not DuplicatesFilter]
# What an address of the list may ask for, besides its page, order and search.
FILTER_PARAMETERS = {"status__exact", "category", "day", "mode", "seat", "duplicates", "country"}


def filter_params(query):
    """What of a list's query narrows it, without its page and order."""
    found = QueryDict(mutable=True)
    for name in (*sorted(FILTER_PARAMETERS), "q"):
        if query.get(name):
            found[name] = query[name]
    return found


def with_query(request, query):
    """The same request, but for this query."""
    again = copy.copy(request)
    again.GET = query
    return again
