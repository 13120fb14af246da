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

from conference.accounts.mfa import MFARequiredError, MFAStatus, get_mfa_status, reauthentication_url_name
from conference.core.admin_selection import refuse_impossible_selection
from conference.core.text import LocalizedText
from conference.core.timezones import utc_offset
from conference.models import Conference
from sessions.releases.preview import count_unpublished_changes

# What the tables of each app are for; all others are for the site.
GROUP_PROGRAMME, GROUP_REGISTRATION, GROUP_PEOPLE, GROUP_SITE = GROUP_ORDER = (
    _("Programme"),
    _("Registration"),
    _("People"),
    _("Site"),
)
APP_GROUPS = {"programme": GROUP_PROGRAMME, "registration": GROUP_REGISTRATION}
APP_GROUPS |= dict.fromkeys(("speakers", "auth", "account", "mfa"), GROUP_PEOPLE)


class ConferenceAdminSite(admin.AdminSite):
    site_title = index_title = _("Dashboard")
    final_catch_all_view = True

    # The one door: there wrong passwords are counted, the address of an account is checked and its second factor asked.
    @method_decorator(secure_admin_login)
    def login(self, request, extra_context=None):
        return redirect("admin:index")

    def has_permission(self, request):
        return super().has_permission(request) and get_mfa_status(request).grants_access

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
                return redirect_unauthorized(request)
            with timezone.override(get_conference_time_zone()):
                response = retry_on_integrity_error(guarded, request, *args, **kwargs)
                # Most pages would be rendered only after this function has returned.
                return response.render() if hasattr(response, "render") else response

        return on_the_conferences_clock

    def each_context(self, request):
        context = super().each_context(request)
        return context | {
            "desk_lists": group_models(context["available_apps"]),
            "clock_in_words": format_time_zone_label(),
            "second_factor_waits": request.user.is_authenticated and get_mfa_status(request) is MFAStatus.EXEMPT,
            # Counted where a page shows it, and once.
            "unpublished": cache(partial(count_unpublished_changes, request.user)),
        }

    def app_index(self, request, app_label, extra_context=None):
        """The lists of the work that an app is for."""
        work = APP_GROUPS.get(app_label, GROUP_SITE)
        lists = [(name, models) for name, models in group_models(self.get_app_list(request)) if name == work]
        return super().app_index(request, app_label, {"title": work, "desk_lists": lists} | (extra_context or {}))

    def index(self, request, extra_context=None):
        # Imported here because these packages register their models on this site.
        from conference.registration.admin.dashboard import dashboard_context
        from sessions.admin.dashboard import get_dashboard_context

        parts = get_dashboard_context(request.user) | dashboard_context(request.user)
        return super().index(request, parts | (extra_context or {}))


def group_models(apps):
    """The lists somebody may open, by the work that they are for: pairs of a name and what get_app_list says."""
    places = {app: place for place, app in enumerate(APP_GROUPS)}
    apps = sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))
    models = [(app["app_label"], model) for app in apps for model in app["models"]]
    lists = [
        (name, [model for app, model in models if APP_GROUPS.get(app, GROUP_SITE) == name]) for name in GROUP_ORDER
    ]
    return [(name, rows) for name, rows in lists if rows]


def retry_on_integrity_error(view, request, *args, **kwargs):
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


def redirect_unauthorized(request):
    """Somebody who is signed in but not let in: sent to set up or show the second factor, or refused."""
    if not request.user.is_active or not request.user.is_staff:
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        raise MFARequiredError
    if get_mfa_status(request) is MFAStatus.MISSING:
        return redirect("mfa_index")
    return redirect_to_login(request.get_full_path(), reverse(reauthentication_url_name(request.user)))


def get_conference_time_zone():
    # Asked of the database each time: what is typed must be read on the clock that was shown.
    name = Conference.objects.values_list("time_zone", flat=True).first()
    return ZoneInfo(name) if name else None


def format_time_zone_label():
    """“Ha Noi time (Asia/Ho_Chi_Minh, UTC+7)”, with the offset of the first day; empty where nothing is set up."""
    conference = Conference.objects.first()
    if conference is None:
        return ""
    zone = ZoneInfo(conference.time_zone)
    noon = datetime.datetime.combine(conference.starts_on, datetime.time(12), zone)
    return _("%(city)s time (%(zone)s, %(offset)s)") % {
        "city": LocalizedText.of(conference, "city"),
        "zone": zone.key,
        "offset": utc_offset(zone, noon),
    }
