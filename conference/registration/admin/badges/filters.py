"""Filter of the registrations by whether their badge is printed."""

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...badges.selection import SELECTIONS
from ...models import Registration


class BadgeFilter(admin.SimpleListFilter):
    """Registrations that get a badge, by SELECTIONS; only for users who print badges."""

    title = gettext_lazy("badge")
    parameter_name = "badge"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        if not request.user.has_perm("registration.print_badges"):
            return []
        return [("missing", _("not printed")), ("changed", _("changed since print")), ("all", _("in person"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Registration]) -> QuerySet[Registration]:
        if self.value() is None:
            return queryset
        select = SELECTIONS.get(self.value())
        return select(queryset) if select else queryset.none()
