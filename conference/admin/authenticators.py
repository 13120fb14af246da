"""Second factors at the desk, for those who may reset somebody else's: who has which since when, and nothing of the
secret in it. They are only ever taken away here; each person sets up their own."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.unregister(Authenticator)
# Organizers do not need the IP addresses and browsers of attendees.
admin.site.unregister(UserSession)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin):
    list_display = ["user", "type", "since", "last_used"]
    list_filter = ["type"]
    list_select_related = ["user"]
    list_display_links = None
    search_fields = ["user__email", "user__username"]
    search_help_text = _("The person’s e-mail address. Delete all rows of a person who has lost the device.")
    fields = readonly_fields = ["user", "type", "since", "last_used"]

    # allauth's own names of these columns cannot be translated.

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, factor):
        return factor.created_at

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, factor):
        return factor.last_used_at

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
