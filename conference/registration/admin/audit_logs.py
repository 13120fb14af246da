"""Who looked at what people need, and who took lists out, at the organizers' desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from conference.core.admin import RestrictedLookupsMixin

from ..models import ExportLog, NeedsAccessLog


class AuditLogAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    """Written by the site; nobody adds to it, changes it or takes from it here."""

    list_display_links = None
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(NeedsAccessLog)
class NeedsAccessLogAdmin(AuditLogAdmin):
    list_display = ["at", "by", "registration_name"]
    fields = ["at", "by", "registration_name"]
    list_select_related = ["by", "special_needs__registration"]

    @admin.display(description=_("registration_name"))
    def registration_name(self, opening):
        return opening.special_needs.registration.badge_name


@admin.register(ExportLog)
class ExportLogAdmin(AuditLogAdmin):
    list_display = ["at", "by", "rows", "format", "with_needs", "query"]
    list_filter = [*AuditLogAdmin.list_filter, "format", "with_needs"]
    fields = ["at", "by", "rows", "format", "with_needs", "query"]
    list_select_related = ["by"]
