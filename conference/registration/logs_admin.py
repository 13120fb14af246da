"""Who looked at what people need, and who took lists out, at the organizers' desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .lists import AskedByItsFilters
from .models import Export, Opening


class LogAdmin(AskedByItsFilters, admin.ModelAdmin):
    """Written by the site; nobody adds to it, changes it or takes from it here."""

    list_display_links = None
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Opening)
class OpeningAdmin(LogAdmin):
    list_display = ["at", "by", "whose"]
    fields = ["at", "by", "whose"]
    list_select_related = ["by", "needs__registration"]

    @admin.display(description=_("whose"))
    def whose(self, opening):
        return opening.needs.registration.badge_name


@admin.register(Export)
class ExportAdmin(LogAdmin):
    list_display = ["at", "by", "rows", "format", "with_needs", "query"]
    list_filter = [*LogAdmin.list_filter, "format", "with_needs"]
    fields = ["at", "by", "rows", "format", "with_needs", "query"]
    list_select_related = ["by"]
