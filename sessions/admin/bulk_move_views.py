"""The page that moves several sessions: it asks for the target, shows old and new times, and moves on confirmation.

The selection comes from the action of the session list (POST), or is a day, or a room on a day, of the timetable editor
(query string). Further requests send the keys of the sessions, so that the selection stays the one that was shown.
"""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from conference.core.admin.selection import parse_keys

from ..checks.draft import format_local_times
from ..models import Room, Session
from ..querysets import SESSION_ORDER, SessionQuerySet
from .bulk_move import BulkMove, MoveTarget, find_new_issues, move_sessions, plan_move
from .filters import parse_day
from .selection import SessionsChangedError, make_selection_token

# Three hundred years.
MAX_HOURS = 300 * 366 * 24
LATER, EARLIER = "later", "earlier"
SESSIONS_CHANGED = gettext_lazy(
    "Nothing was changed: one of these sessions was changed after you opened the page. Please check the current data "
    "below."
)
TARGET_CHANGED = gettext_lazy("Nothing was moved yet, because you changed the target. Please check the new times.")


class MoveSessionsForm(forms.Form):
    """The target of a move. Both parts may be given: the day is applied first."""

    day = forms.DateField(
        label=gettext_lazy("Move to this day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy(
            "The first day of the selection becomes this day; later days follow at the same distance. If empty, the "
            "days stay the same."
        ),
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Earlier or later"),
        choices=[(LATER, gettext_lazy("Later")), (EARLIER, gettext_lazy("Earlier"))],
    )
    hours = forms.IntegerField(label=gettext_lazy("Hours"), required=False, min_value=0, max_value=MAX_HOURS)
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=0,
        max_value=MAX_HOURS * 60,
        help_text=gettext_lazy("If hours and minutes are empty, the local hours stay the same."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data["day"] or data["hours"] or data["minutes"]):
            raise ValidationError(_("Enter a day, hours or minutes."))
        return data

    def get_target(self) -> MoveTarget:
        data = self.cleaned_data
        offset = datetime.timedelta(hours=data["hours"] or 0, minutes=data["minutes"] or 0)
        return MoveTarget(data["day"], -offset if data["direction"] == EARLIER else offset)


@dataclass(frozen=True)
class Origin:
    """Where the selection was made: on a day of the timetable, or in the session list with this query string."""

    day: datetime.date | None = None
    room: str | None = None
    list_query: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> Self:
        # The query is decoded and encoded, because it becomes part of URLs.
        list_query = QueryDict(request.GET.get("list", "")).urlencode()
        return cls(parse_day(request.GET.get("day", "")), request.GET.get("room"), list_query)

    @property
    def form_url(self) -> str:
        """The URL of the page, which keeps the origin."""
        values = {"day": self.day and str(self.day), "room": self.room, "list": self.list_query}
        query = urlencode({name: value for name, value in values.items() if value})
        return add_query(reverse("admin:programme_session_move"), query)

    def get_url(self, day: datetime.date | None = None) -> str:
        """Return the URL of the list, or of the timetable of the given day, by default the original one."""
        if self.day:
            return reverse("admin:programme_session_timetable_day", args=[day or self.day])
        return add_query(reverse("admin:programme_session_changelist"), self.list_query)

    def load_sessions(self) -> SessionQuerySet:
        """Return the sessions that the timetable offers to move; none if the selection was made in the list."""
        if self.day is None:
            return Session.objects.none()
        sessions = Session.objects.starting_on(self.day, timezone.get_current_timezone())
        if self.room is None:
            return sessions
        return sessions.filter(room__in=parse_keys(Room, [self.room]))


def add_query(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url


def get_bulk_move_urls(admin_site: admin.AdminSite) -> list[URLPattern]:
    return [path("move/", admin_site.admin_view(move_view), name="programme_session_move")]


@admin.action(description=gettext_lazy("Move to another day or time"), permissions=["change"])
def move_selected(model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[Session]) -> HttpResponse:
    origin = Origin(list_query=request.GET.urlencode())
    return render_move_page(request, origin, list(queryset.order_by(*SESSION_ORDER)), MoveSessionsForm())


@require_http_methods(["GET", "HEAD", "POST"])
def move_view(request: HttpRequest) -> HttpResponse:
    """Show the form; on POST preview the move, or move the sessions if the preview is confirmed."""
    if not request.user.has_perm("programme.change_session"):
        raise PermissionDenied(_("You do not have permission to change sessions."))
    origin = Origin.from_request(request)
    sessions = load_selection(request, origin)
    if request.method != "POST" or not sessions:
        return render_move_page(request, origin, sessions, MoveSessionsForm())
    form = MoveSessionsForm(request.POST)
    plan = plan_from_form(form, sessions)
    error = find_error(request, sessions, plan)
    if plan and not error and "confirm" in request.POST:
        try:
            move_sessions(plan, by=request.user)
        except SessionsChangedError:
            # Changed since they were loaded above.
            return move_view(request)
        return respond_moved(request, origin, plan)
    return render_move_page(request, origin, sessions, form, plan=plan, error=error)


def load_selection(request: HttpRequest, origin: Origin) -> list[Session]:
    """Return the sessions with the submitted keys, else those of the origin."""
    sessions = origin.load_sessions()
    if "sessions" in request.POST:
        sessions = Session.objects.filter(pk__in=parse_keys(Session, request.POST["sessions"].split()))
    return list(sessions.select_related("room").order_by(*SESSION_ORDER))


def plan_from_form(form: MoveSessionsForm, sessions: Collection[Session]) -> BulkMove | None:
    """Return the new times, or None if the form has errors."""
    if not form.is_valid():
        return None
    try:
        return plan_move(sessions, form.get_target(), timezone.get_current_timezone())
    except ValidationError as error:
        form.add_error(None, error)
        return None


def find_error(request: HttpRequest, sessions: Collection[Session], plan: BulkMove | None) -> Promise | None:
    """Return why the page that was sent is not the present one."""
    if request.POST.get("version") != make_selection_token(sessions):
        return SESSIONS_CHANGED
    if plan and "confirm" in request.POST and request.POST.get("previewed") != plan.fingerprint:
        return TARGET_CHANGED
    return None


def respond_moved(request: HttpRequest, origin: Origin, plan: BulkMove) -> HttpResponse:
    """Redirect to where the selection was made: the list, or the timetable, now of the new day."""
    count = len(plan.moves)
    message = ngettext("%(n)d session was moved.", "%(n)d sessions were moved.", count) % {"n": count}
    messages.success(request, message)
    return redirect(origin.get_url(plan.new_first_day))


def format_rows(sessions: Iterable[Session], plan: BulkMove | None) -> list[tuple[Session, str, str]]:
    """Return each session with its time and, if planned, its new time."""
    if plan:
        return [(move.session, move.time_before, move.time_after) for move in plan.moves]
    localtime = timezone.localtime
    return [
        (session, format_local_times(localtime(session.starts_at), localtime(session.ends_at)), "")
        for session in sessions
    ]


def render_move_page(
    request: HttpRequest,
    origin: Origin,
    sessions: Collection[Session],
    form: MoveSessionsForm,
    *,
    plan: BulkMove | None = None,
    error: Promise | None = None,
) -> TemplateResponse:
    context = admin.site.each_context(request) | {
        "title": _("Move sessions"),
        "opts": Session._meta,
        "form": form,
        "plan": plan,
        "issues": find_new_issues(plan) if plan else [],
        "sessions": sessions,
        "rows": format_rows(sessions, plan),
        "time_heading": _("Before the move") if plan else _("Time"),
        "keys": " ".join(str(session.pk) for session in sessions),
        "version": make_selection_token(sessions),
        "error": error,
        "form_url": origin.form_url,
        "cancel_url": origin.get_url(),
    }
    status = 409 if error is SESSIONS_CHANGED else 200
    return TemplateResponse(request, "admin/programme/session/move.html", context, status=status)
