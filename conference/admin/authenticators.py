"""Second factors in the admin: who has which since when, without secrets. They can be deleted here, but not added."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conference.core.admin.search import SearchMixin

admin.site.unregister(Authenticator)
# Organizers need no access to the IP addresses and browsers of attendees.
admin.site.unregister(UserSession)


@admin.register(Authenticator)
class AuthenticatorAdmin(SearchMixin):
    list_display = ["user", "type", "since", "last_used"]
    list_filter = ["type"]
    list_select_related = ["user"]
    list_display_links = None
    search_fields = ["user__email", "user__username"]
    search_help_text = _("The person’s e-mail address. Delete all rows of a person who has lost the device.")
    fields = readonly_fields = ["user", "type", "since", "last_used"]

    # allauth's own column names are not translated.

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, authenticator: Authenticator) -> datetime:
        return authenticator.created_at

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, authenticator: Authenticator) -> datetime | None:
        return authenticator.last_used_at

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False
