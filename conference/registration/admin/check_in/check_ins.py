"""Read-only admin of the record of check-ins."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conference.core.admin.model_admin import RestrictedLookupsMixin
from conference.core.i18n.text import LocalizedText
from conference.core.search import accent_insensitive_search
from conference.core.times import format_days

from ...models import CheckIn
from ...tickets.issuance import find_tickets_by_number, short_code
from ..filters import parse_date_or_none


class CheckInDayFilter(admin.SimpleListFilter):
    """Days on which people were checked in."""

    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        days = CheckIn.objects.order_by("day").values_list("day", flat=True).distinct()
        return [(day.isoformat(), name) for day, name in format_days(days)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        if self.value() is None:
            return queryset
        day = parse_date_or_none(self.value())
        return queryset.filter(day=day) if day else queryset.none()


class UndoneFilter(admin.SimpleListFilter):
    title = gettext_lazy("undone")
    parameter_name = "undone"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
        if self.value() is None:
            return queryset
        return queryset.filter(undone_at__isnull=self.value() == "no")


@admin.register(CheckIn)
class CheckInAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """List of all check-ins. They are made by the check-in page, and undone there."""

    list_display = [
        *("at", "person", "category", "entrance", "direction", "verdict", "operator"),
        *("was_offline", "is_repeated", "is_undone", "note"),
    ]
    list_filter = [
        CheckInDayFilter,
        ("entrance", admin.RelatedOnlyFieldListFilter),
        *("direction", "verdict", "is_repeated", "was_offline"),
        UndoneFilter,
    ]
    list_select_related = ["registration__category", "entrance", "by", "device"]
    list_per_page = 100
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["registration__badge_name", "registration__organization", "note"]
    fields = [
        *("person", "category", "ticket_number", "entrance", "day", "direction", "at", "received_at", "verdict"),
        *("operator", "was_offline", "is_repeated", "override_reason", "note", "undone_at", "undone_by"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: CheckIn | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CheckIn | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CheckIn]:
        return super().get_queryset(request).select_related(*self.list_select_related, "ticket")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        tickets = find_tickets_by_number(search_term)
        if tickets.exists():
            return queryset.filter(registration__in=tickets.values("registration")), False
        return accent_insensitive_search(queryset, self.search_fields, search_term), False

    @admin.display(description=gettext_lazy("name on the badge"), ordering="registration__badge_name")
    def person(self, check_in: CheckIn) -> str:
        return check_in.registration.badge_name

    @admin.display(description=gettext_lazy("category"), ordering="registration__category__order")
    def category(self, check_in: CheckIn) -> str:
        return str(LocalizedText.of(check_in.registration.category, "name"))

    @admin.display(description=gettext_lazy("ticket"))
    def ticket_number(self, check_in: CheckIn) -> str:
        return short_code(check_in.ticket) if check_in.ticket else "–"

    @admin.display(description=gettext_lazy("by"))
    def operator(self, check_in: CheckIn) -> str:
        return str(check_in.device or check_in.by or "–")

    @admin.display(description=gettext_lazy("undone"), boolean=True)
    def is_undone(self, check_in: CheckIn) -> bool:
        return check_in.undone_at is not None
