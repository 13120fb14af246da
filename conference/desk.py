"""The organizers' desk: Django's admin on the conference's clock, behind the site's own sign-in."""

import datetime
from functools import cache, partial, wraps
from zoneinfo import ZoneInfo

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.contrib.messages.storage import default_storage
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import IntegrityError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from sessions.desk import at_a_glance
from sessions.review import unpublished
from sessions.templatetags.programme import offset
from sessions.text import Text

from .admin_selection import refuse_impossible_selection
from .models import Conference
from .registration.desk import at_a_glance as who_registers
from .second_factor import SecondFactorNeeded, Standing, standing, where_to_show_it

# What the tables of each app are for; all others are for the site.
PROGRAMME, REGISTRATION, PEOPLE, SITE = NAMES = (_("Programme"), _("Registration"), _("People"), _("Site"))
WORK = {"programme": PROGRAMME, "registration": REGISTRATION}
WORK |= dict.fromkeys(("speakers", "auth", "account", "mfa"), PEOPLE)


class Desk(admin.AdminSite):
    site_title = index_title = _("Organizers’ desk")
    final_catch_all_view = True

    # The one door: there wrong passwords are counted, the address of an account is checked and its second factor asked.
    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        return redirect("admin:index")

    def has_permission(self, request):
        return super().has_permission(request) and standing(request).is_enough

    def logout(self, request, extra_context=None):
        return LogoutView.as_view(next_page="home")(request)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def admin_view(self, view, cacheable=False):
        """Every page shows and reads times on the conference's clock, whatever the server's."""
        if view == self.logout:
            # Whoever is signed in may sign out, whatever else they may.
            return view
        guarded = super().admin_view(refuse_impossible_selection(view), cacheable)

        @wraps(guarded)
        def on_the_conferences_clock(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                return _turn_away(request)
            with timezone.override(_time_zone()):
                response = _looking_twice(guarded, request, *args, **kwargs)
                # Most pages would be rendered only after this function has returned.
                return response.render() if hasattr(response, "render") else response

        return on_the_conferences_clock

    def each_context(self, request):
        context = super().each_context(request)
        return context | {
            "desk_lists": _lists(context["available_apps"]),
            "clock_in_words": _clock_in_words(),
            "second_factor_waits": request.user.is_authenticated and standing(request) is Standing.MAY_WAIT,
            # Counted where a page shows it, and once.
            "unpublished": cache(partial(unpublished, request.user)),
        }

    def app_index(self, request, app_label, extra_context=None):
        """The lists of the work that an app is for."""
        work = WORK.get(app_label, SITE)
        lists = [(name, models) for name, models in _lists(self.get_app_list(request)) if name == work]
        return super().app_index(request, app_label, {"title": work, "desk_lists": lists} | (extra_context or {}))

    def index(self, request, extra_context=None):
        parts = at_a_glance(request.user) | who_registers(request.user)
        return super().index(request, parts | (extra_context or {}))


def _lists(apps):
    """The lists somebody may open, by the work that they are for: pairs of a name and what get_app_list says."""
    places = {app: place for place, app in enumerate(WORK)}
    apps = sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))
    models = [(app["app_label"], model) for app in apps for model in app["models"]]
    lists = [(name, [model for app, model in models if WORK.get(app, SITE) == name]) for name in NAMES]
    return [(name, rows) for name, rows in lists if rows]


def _looking_twice(view, request, *args, **kwargs):
    """What a view answers. Of two who write at the same moment what cannot both be (one address twice, a session in a
    room that goes), the database refuses the second; who looks again finds what the first one did and is told of it."""
    try:
        return view(request, *args, **kwargs)
    except OverflowError as error:
        # A number in the address of a list that is larger than any in the database.
        raise BadRequest from error
    except IntegrityError:
        # What was said of the first attempt is not true.
        request._messages = default_storage(request)
        for file in request.FILES.values():
            file.seek(0)
        return view(request, *args, **kwargs)


def _turn_away(request):
    """Somebody who is signed in but not let in: sent to set up or show the second factor, or refused."""
    if not request.user.is_active or not request.user.is_staff:
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        raise SecondFactorNeeded
    if standing(request) is Standing.MISSING:
        return redirect("mfa_index")
    return redirect_to_login(request.get_full_path(), reverse(where_to_show_it(request.user)))


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
