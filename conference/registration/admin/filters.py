"""Filters of the list of registrations."""

import copy
import datetime

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.i18n.countries import get_country_name
from conference.core.i18n.text import LocalizedText, normalize_for_search
from conference.core.times import format_days

from ..duplicates import suspected_duplicate_ids
from ..formatting import conference_days
from ..models import TAKEN_STATUSES, Category, Mode, Registration, Seat
from .badges.filters import BadgeFilter

ACTIVE_STATUSES = (Seat.Status.REQUESTED, Seat.Status.WAITLISTED, *TAKEN_STATUSES)
STATUSES_BY_CHOICE = {
    "taken": TAKEN_STATUSES,
    "waitlisted": (Seat.Status.WAITLISTED,),
    "requested": (Seat.Status.REQUESTED,),
}
Choices = list[tuple[str, str]]


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        return [(str(category.pk), str(LocalizedText.of(category, "name"))) for category in Category.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        if self.value() is None:
            return queryset
        keys = {key for key, _name in self.lookup_choices}
        return queryset.filter(category=self.value()) if self.value() in keys else queryset.none()


class RegistrationCountryFilter(admin.SimpleListFilter):
    """Countries of the existing registrations, by name."""

    title = gettext_lazy("country or territory")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        codes = Registration.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        choices = ((code, get_country_name(code)) for code in codes)
        return sorted(choices, key=lambda choice: normalize_for_search(choice[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class BaseSeatFilter(admin.SimpleListFilter):
    """Base of the filters for day, mode and seat status, which apply together to one and the same seat.

    The first of them with a value filters by all three; the others leave the queryset unchanged.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        values = {name: request.GET[name] for name in ("day", "mode", "seat") if request.GET.get(name)}
        if not values or next(iter(values)) != self.parameter_name:
            return queryset
        day = parse_date_or_none(values["day"]) if "day" in values else None
        if "day" in values and day is None:
            return queryset.none()
        statuses = STATUSES_BY_CHOICE.get(values.get("seat"), ACTIVE_STATUSES)
        seats = Seat.objects.filter(registration=OuterRef("pk"), status__in=statuses)
        if day:
            seats = seats.filter(day=day)
        if "mode" in values:
            seats = seats.filter(mode=values["mode"])
        return queryset.filter(Exists(seats))


def parse_date_or_none(text: str) -> datetime.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


class RegistrationDayFilter(BaseSeatFilter):
    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        return [(day.isoformat(), name) for day, name in format_days(conference_days())]


class ModeFilter(BaseSeatFilter):
    title = gettext_lazy("mode")
    parameter_name = "mode"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        return Mode.choices


class SeatStatusFilter(BaseSeatFilter):
    title = gettext_lazy("seat")
    parameter_name = "seat"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        return [("taken", _("confirmed")), ("waitlisted", _("on the wait list")), ("requested", _("requested"))]


class DuplicatesFilter(admin.SimpleListFilter):
    title = gettext_lazy("possible duplicates")
    parameter_name = "duplicates"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Choices:
        return [("yes", _("possible duplicate"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        return queryset.filter(pk__in=suspected_duplicate_ids()) if self.value() else queryset


LIST_FILTERS = [
    ("status", admin.ChoicesFieldListFilter),
    CategoryFilter,
    RegistrationDayFilter,
    ModeFilter,
    SeatStatusFilter,
    DuplicatesFilter,
    BadgeFilter,
    RegistrationCountryFilter,
]
BASIC_LIST_FILTERS = [list_filter for list_filter in LIST_FILTERS if list_filter is not DuplicatesFilter]
FILTER_PARAMETERS = {"status__exact", "category", "day", "mode", "seat", "duplicates", "badge", "country"}


def filter_params(query: QueryDict) -> QueryDict:
    """Return the filters and the search text of a list's query, without its page and order."""
    params = QueryDict(mutable=True)
    for name in (*sorted(FILTER_PARAMETERS), "q"):
        if query.get(name):
            params[name] = query[name]
    return params


def with_query(request: HttpRequest, query: QueryDict) -> HttpRequest:
    """Return a copy of the request with another query."""
    request = copy.copy(request)
    request.GET = query
    return request
