"""Admin of the logs of access to special needs and of exports."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import RestrictedLookupsMixin

from ..models import ExportLog, NeedsAccessLog


class AuditLogAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Read-only list of log entries."""

    list_display_links = None
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


@admin.register(NeedsAccessLog)
class NeedsAccessLogAdmin(AuditLogAdmin):
    list_display = ["at", "by", "registration_name"]
    fields = ["at", "by", "registration_name"]
    list_select_related = ["by", "special_needs__registration"]

    @admin.display(description=_("registration"))
    def registration_name(self, entry: NeedsAccessLog) -> str:
        return entry.special_needs.registration.badge_name


@admin.register(ExportLog)
class ExportLogAdmin(AuditLogAdmin):
    list_display = ["at", "by", "rows", "format", "with_needs", "query"]
    list_filter = [*AuditLogAdmin.list_filter, "format", "with_needs"]
    fields = ["at", "by", "rows", "format", "with_needs", "query"]
    list_select_related = ["by"]
