"""What the list of registrations is narrowed by and searched for."""

import copy
import uuid

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions.text import Text, fold
from speakers.naming import country_name

from . import duplicates
from .days import conference_days
from .models import Category, Mode, Registration, Seat
from .seats import TAKEN


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [(str(row.pk), str(Text.of(row, "name"))) for row in Category.objects.all()]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        known = {str(key) for key, _name in self.lookup_choices}
        return queryset.filter(category=self.value()) if self.value() in known else queryset.none()


class CountryFilter(admin.SimpleListFilter):
    """Only the countries that somebody comes from, by name."""

    title = gettext_lazy("country or territory")
    parameter_name = "country"

    def lookups(self, request, model_admin):
        codes = Registration.objects.order_by().values_list("country", flat=True).distinct()
        return sorted(((code, country_name(code)) for code in codes), key=lambda pair: fold(pair[1]))

    def queryset(self, request, queryset):
        return queryset.filter(country=self.value()) if self.value() else queryset


class SeatFilter(admin.SimpleListFilter):
    """The three of them are one question: who has, or waits for, a seat on this day, in this mode?"""

    def queryset(self, request, queryset):
        asked = {name: request.GET[name] for name in ("day", "mode", "seat") if request.GET.get(name)}
        if not asked or next(iter(asked)) != self.parameter_name:
            # Asked once, by the first of those that are set.
            return queryset
        day = _date(asked["day"]) if "day" in asked else None
        if "day" in asked and day is None:
            return queryset.none()
        seats = Seat.objects.filter(registration=OuterRef("pk"), state__in=SEATS.get(asked.get("seat"), HELD))
        seats = seats.filter(day=day) if day else seats
        seats = seats.filter(mode=asked["mode"]) if "mode" in asked else seats
        return queryset.filter(Exists(seats))


HELD = (Seat.State.ASKED, Seat.State.WAITING, *TAKEN)
SEATS = {"taken": TAKEN, "waiting": (Seat.State.WAITING,), "asked": (Seat.State.ASKED,)}


def _date(text):
    try:
        return parse_date(text)
    except ValueError:
        return None


class DayFilter(SeatFilter):
    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request, model_admin):
        return [(day.isoformat(), date_format(day, "MONTH_DAY_FORMAT")) for day in conference_days()]


class ModeFilter(SeatFilter):
    title = gettext_lazy("mode")
    parameter_name = "mode"

    def lookups(self, request, model_admin):
        return Mode.choices


class HeldFilter(SeatFilter):
    title = gettext_lazy("seat")
    parameter_name = "seat"

    def lookups(self, request, model_admin):
        return [("taken", _("has one")), ("waiting", _("waits for one")), ("asked", _("has asked for one"))]


class DuplicatesFilter(admin.SimpleListFilter):
    title = gettext_lazy("possible duplicates")
    parameter_name = "duplicates"

    def lookups(self, request, model_admin):
        return [("yes", _("maybe registered twice"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=duplicates.suspected()) if self.value() else queryset


FILTERS = [
    ("state", admin.ChoicesFieldListFilter),
    CategoryFilter,
    DayFilter,
    ModeFilter,
    HeldFilter,
    DuplicatesFilter,
    CountryFilter,
]
FILTERS_FOR_ALL = [kind for kind in FILTERS if kind is not DuplicatesFilter]
# What an address of the list may ask for, besides its page, order and search.
PARAMETERS = {"state__exact", "category", "day", "mode", "seat", "duplicates", "country"}


def is_asked_by(filters, lookup):
    """Whether one of the filters of a list, as Django has them, may ask this."""
    named = (kind[0] if isinstance(kind, tuple) else getattr(kind, "parameter_name", kind) for kind in filters)
    return lookup.partition("__")[0] in named


class AskedByItsFilters:
    """Beside ModelAdmin: a list is asked through its address for what its filters ask, and for nothing else. So nothing
    that is not shown is guessed letter by letter, and no year has twenty digits."""

    def lookup_allowed(self, lookup, value, request):
        return is_asked_by(self.get_list_filter(request), lookup) and super().lookup_allowed(lookup, value, request)


def narrowing(query):
    """What of a list's query narrows it, without its page and order."""
    found = QueryDict(mutable=True)
    for name in (*sorted(PARAMETERS), "q"):
        if query.get(name):
            found[name] = query[name]
    return found


def asking(request, query):
    """The same request, but for this query."""
    again = copy.copy(request)
    again.GET = query
    return again


def is_a_key(text):
    """Whether a text can be the number of a registration."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
