"""Second factors at the desk, for those who may reset somebody else's: who has which since when, and nothing of the
secret in it. They are only ever taken away here; each person sets up their own."""

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class SecondFactorAdmin(admin.ModelAdmin):
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    list_display_links = None
    search_fields = ["user__email", "user__username"]
    search_help_text = _("The address of the person who lost theirs. Take away all of that person’s rows together.")
    fields = readonly_fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
