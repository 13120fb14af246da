"""The organizers' desk: Django's admin on the conference's clock, behind the site's own sign-in."""

import datetime
from functools import wraps
from zoneinfo import ZoneInfo

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from sessions.review import unpublished
from sessions.templatetags.programme import offset
from sessions.text import Text

from .models import Conference


class Desk(admin.AdminSite):
    site_title = index_title = _("Organizers’ desk")
    final_catch_all_view = True

    # The one door: there wrong passwords are counted, and the address of an account is checked.
    login = method_decorator(secure_admin_login)(admin.AdminSite.login)

    def logout(self, request, extra_context=None):
        return LogoutView.as_view(next_page="home")(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def admin_view(self, view, cacheable=False):
        """Every page shows and reads times on the conference's clock, whatever the server's."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def on_the_conferences_clock(request, *args, **kwargs):
            with timezone.override(_time_zone()):
                response = guarded(request, *args, **kwargs)
                # Most pages would be rendered only after this function has returned.
                return response.render() if hasattr(response, "render") else response

        return on_the_conferences_clock

    def each_context(self, request):
        return super().each_context(request) | {"clock_in_words": _clock_in_words()}

    def index(self, request, extra_context=None):
        return super().index(request, {"unpublished": unpublished(request.user)} | (extra_context or {}))


def _time_zone():
    # Asked of the database each time: what is typed must be read on the clock that was shown.
    name = Conference.objects.values_list("time_zone", flat=True).first()
    return ZoneInfo(name) if name else None


def _clock_in_words():
    """“Ha Noi time (Asia/Ho_Chi_Minh, UTC+7)”, with the offset of the first day; empty where nothing is set up."""
    conference = Conference.objects.first()
    if conference is None:
        return ""
    zone = ZoneInfo(conference.time_zone)
    noon = datetime.datetime.combine(conference.starts_on, datetime.time(12), zone)
    return _("%(city)s time (%(zone)s, %(offset)s)") % {
        "city": Text.of(conference, "city"),
        "zone": zone.key,
        "offset": offset(zone, noon),
    }
