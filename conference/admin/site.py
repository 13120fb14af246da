"""The admin site: in the conference's time zone, with the sign-in of the site and two-factor authentication."""

import datetime
from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.contrib.messages.storage import default_storage
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conference.accounts.mfa import MFARequiredError, MFAStatus, get_mfa_status, reauthentication_url_name
from conference.core.admin.selection import refuse_impossible_selection
from conference.core.form_recovery.responses import show_form_after_conflict
from conference.core.i18n.timezones import utc_offset
from conference.facts import ConferenceFacts
from conference.models import Conference
from sessions.releases.preview import count_unpublished_changes

View = Callable[..., HttpResponse]
ModelGroup = tuple[Promise, list[dict[str, Any]]]

# The sidebar and the dashboard group models by subject. Apps that are not listed belong to the last group.
GROUP_PROGRAMME, GROUP_REGISTRATION, GROUP_PEOPLE, GROUP_SITE = GROUP_ORDER = (
    _("Programme"),
    _("Registration"),
    _("People"),
    _("Site"),
)
APP_GROUPS = {"programme": GROUP_PROGRAMME, "registration": GROUP_REGISTRATION, "mail": GROUP_REGISTRATION}
APP_GROUPS |= dict.fromkeys(("speakers", "auth", "accounts", "account", "mfa"), GROUP_PEOPLE)
CHECK_IN_PAGE = "CheckInPage"


class ConferenceAdminSite(admin.AdminSite):
    site_title = index_title = _("Dashboard")
    final_catch_all_view = True

    # The site's sign-in limits attempts and verifies the e-mail address and the second factor.
    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("admin:index")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and get_mfa_status(request).grants_access

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return LogoutView.as_view(next_page="home")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Wrap a view so that times are shown and entered in the conference's time zone."""
        if view == self.logout:
            # Every signed-in user may sign out.
            return view
        inner = super().admin_view(refuse_impossible_selection(view), cacheable)

        @wraps(inner)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                return redirect_unauthorized(request)
            with timezone.override(get_conference_time_zone()):
                response = retry_on_integrity_error(inner, request, *args, **kwargs)
                # A TemplateResponse would otherwise be rendered outside of the override.
                return response.render() if hasattr(response, "render") else response

        return wrapper

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return context | {
            "model_groups": group_models(context["available_apps"]),
            "time_zone_label": format_time_zone_label(),
            "mfa_setup_recommended": request.user.is_authenticated and get_mfa_status(request) is MFAStatus.EXEMPT,
            # A cached function, so that only templates that show the number count, and only once.
            "unpublished": cache(partial(count_unpublished_changes, request.user)),
        }

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the models of the group that the app belongs to."""
        group = APP_GROUPS.get(app_label, GROUP_SITE)
        model_groups = [(name, models) for name, models in group_models(self.get_app_list(request)) if name == group]
        context = {"title": group, "model_groups": model_groups} | (extra_context or {})
        return super().app_index(request, app_label, context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Imported late: these packages register their models on this site.
        from conference.registration.admin.attendance import get_attendance_urls
        from conference.registration.admin.period import period_view
        from conference.registration.models import Registration, RegistrationSettings

        from .setup_checklist import get_setup_urls

        view = partial(period_view, self.get_model_admin(RegistrationSettings))
        period = path("registration/period/", self.admin_view(view), name="registration_period")
        attendance = get_attendance_urls(self.get_model_admin(Registration))
        return [period, *attendance, *get_setup_urls(), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Add the pages of registration that belong to no model to its models."""
        app_list = super().get_app_list(request, app_label)
        pages = [describe_page(*page) for page in list_registration_pages(request)]
        if pages and app_label in (None, "registration"):
            get_registration_app(app_list)["models"] += pages
        return app_list

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if sees_only_check_in(self.get_app_list(request)):
            return redirect("check_in:page")
        # Imported late: these packages register their models on this site.
        from conference.registration.admin.dashboard import dashboard_context, get_check_in_context
        from conference.setup.tour import get_tour_context
        from sessions.admin.dashboard import get_dashboard_context

        from .setup_checklist import get_setup_checklist

        context = get_dashboard_context(request.user) | dashboard_context(request.user) | get_tour_context(request.user)
        context |= get_check_in_context(request.user)
        context["setup_checklist"] = get_setup_checklist(request.user)
        return super().index(request, context | (extra_context or {}))


def get_registration_app(app_list: list[dict[str, Any]]) -> dict[str, Any]:
    """Return registration in the list of apps. It is added for users who may see none of its models."""
    for app in app_list:
        if app["app_label"] == "registration":
            return app
    config = apps.get_app_config("registration")
    app = {"name": config.verbose_name, "app_label": "registration", "app_url": reverse("admin:index")}
    app_list.append(app | {"has_module_perms": True, "models": []})
    return app_list[-1]


def list_registration_pages(request: HttpRequest) -> list[list[Any]]:
    """Return [name, object name, URL name] of the pages that the user may open."""
    has_perm = request.user.has_perm
    pages = [
        (can_view_period(request), _("Registration period"), "RegistrationPeriod", "admin:registration_period"),
        (has_perm("registration.view_checkin"), _("Attendance"), "Attendance", "admin:registration_attendance"),
        (has_perm("registration.check_in"), _("Check-in"), CHECK_IN_PAGE, "check_in:page"),
    ]
    return [page for is_allowed, *page in pages if is_allowed]


def describe_page(name: Promise, object_name: str, url_name: str) -> dict[str, Any]:
    """Return a page in the form of a model of AdminSite.get_app_list."""
    return {
        "name": name,
        "object_name": object_name,
        "perms": dict.fromkeys(("add", "change", "delete"), False) | {"view": True},
        "admin_url": reverse(url_name),
        "add_url": None,
        "view_only": True,
    }


def sees_only_check_in(app_list: list[dict[str, Any]]) -> bool:
    """Return whether the user may check people in, and see nothing else in the admin."""
    return [model["object_name"] for app in app_list for model in app["models"]] == [CHECK_IN_PAGE]


def can_view_period(request: HttpRequest) -> bool:
    return any(request.user.has_perm(f"registration.{action}_registrationsettings") for action in ("view", "change"))


def group_models(app_list: list[dict[str, Any]]) -> list[ModelGroup]:
    """Return pairs of a group name and its models, from the result of AdminSite.get_app_list."""
    positions = {app_label: position for position, app_label in enumerate(APP_GROUPS)}
    app_list = sorted(app_list, key=lambda app: positions.get(app["app_label"], len(positions)))
    groups: dict[Promise, list[dict[str, Any]]] = {name: [] for name in GROUP_ORDER}
    for app in app_list:
        groups[APP_GROUPS.get(app["app_label"], GROUP_SITE)] += app["models"]
    return [(name, models) for name, models in groups.items() if models]


def retry_on_integrity_error(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Call the view, and once more after an IntegrityError.

    When two users save conflicting data at the same time, validation passes for both and the database rejects the
    second one. The second attempt sees the saved data and reports the conflict as a validation error.
    """
    try:
        return view(request, *args, **kwargs)
    except OverflowError as error:
        # A number in the URL is larger than any database integer.
        raise BadRequest from error
    except IntegrityError:
        # Discard the messages of the first attempt.
        request._messages = default_storage(request)
        for file in request.FILES.values():
            file.seek(0)
    try:
        return view(request, *args, **kwargs)
    except IntegrityError:
        # Entries that no validation rejects, such as those of a changed hidden field.
        if conflict := show_form_after_conflict(request):
            return conflict
        raise


def redirect_unauthorized(request: HttpRequest) -> HttpResponse:
    """Redirect to the set-up or verification of the second factor.

    Raises PermissionDenied for users who are no organizers, and MFARequiredError for requests that may change data.
    """
    if not request.user.is_active or not request.user.is_staff:
        raise PermissionDenied
    if request.method not in ("GET", "HEAD"):
        raise MFARequiredError
    if get_mfa_status(request) is MFAStatus.MISSING:
        return redirect("mfa_index")
    return redirect_to_login(request.get_full_path(), reverse(reauthentication_url_name(request.user)))


def get_conference_time_zone() -> ZoneInfo | None:
    # Queried for each request: submitted times must be in the time zone that the form showed.
    name = Conference.objects.values_list("time_zone", flat=True).first()
    return ZoneInfo(name) if name else None


def format_time_zone_label() -> str:
    """Return “Ha Noi time (Asia/Ho_Chi_Minh, UTC+7)”, with the offset of the first day; empty without a conference."""
    conference = Conference.objects.first()
    if conference is None:
        return ""
    facts = ConferenceFacts.of(conference)
    zone = facts.time_zone
    noon = datetime.datetime.combine(facts.starts_on, datetime.time(12), zone)
    return _("%(city)s time (%(zone)s, %(offset)s)") % {
        "city": facts.clock_place,
        "zone": zone.key,
        "offset": utc_offset(zone, noon),
    }
