"""The timetable editor: pages that show one day of the draft and move sessions, with or without JavaScript."""

import datetime

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from conference.core.http import prefers_json
from conference.core.times import format_days
from sessions.releases.preview import count_unpublished_changes

from ..models import Room, Session
from .session_moves import MoveSessionForm, SessionChangedError, move_session
from .timetable_grid import (
    SessionCard,
    build_grid,
    collect_issues_by_session,
    format_time_range,
    is_plausible_date,
    list_days,
    load_session_cards,
)

SNAP_MINUTES = 5
# Messages of the script by the suffix of their data attribute; the script fills in the names in braces.
SCRIPT_TEXTS = {
    "move": _("Move “{title}”: {time}, {room}"),
    "selected": _("Selected: {title}, {time}, {room}. Move with the arrow keys, save with Enter, cancel with Escape."),
    "position": _("{time}, {room}."),
    "not-moved": _("{title} was not moved."),
    "saving": _("Saving {title}…"),
    "failed": _("Not saved: the server did not respond. The session is back in its old place. Please try again."),
    "forbidden": _(
        "Not saved: you do not have permission to move sessions, or you are signed out. Please reload the page."
    ),
    "same-room": _("Same room as: {titles}."),
    "same-speaker": _("Same speaker as: {titles}."),
    "room-clash": _("Room clash"),
    "speaker-clash": _("Speaker clash"),
    "no-room": _("no room"),
}


def get_timetable_urls(admin_site: admin.AdminSite) -> list[URLPattern]:
    return [
        path("board/", admin_site.admin_view(redirect_to_timetable), name="programme_session_timetable"),
        path("board/<date:date>/", admin_site.admin_view(timetable_view), name="programme_session_timetable_day"),
    ]


def redirect_to_timetable(request: HttpRequest) -> HttpResponse:
    """Redirect to today, or to the first day if today has no timetable."""
    require_view_permission(request.user)
    days, today = list_days(), timezone.localdate()
    return redirect("admin:programme_session_timetable_day", today if today in days or not days else days[0])


@require_http_methods(["GET", "HEAD", "POST"])
def timetable_view(request: HttpRequest, date: datetime.date) -> HttpResponse:
    """Show the timetable of a day; on POST move a session and answer with the page or, if preferred, with JSON."""
    require_view_permission(request.user)
    if not is_plausible_date(date):
        raise Http404
    if request.method != "POST":
        return render_timetable(request, date)
    if not request.user.has_perm("programme.change_session"):
        raise PermissionDenied(_("You do not have permission to change sessions."))
    return handle_move(request, date)


def require_view_permission(user: AbstractBaseUser) -> None:
    if not (user.has_perm("programme.view_session") or user.has_perm("programme.change_session")):
        raise PermissionDenied(_("You do not have permission to view draft sessions."))


def handle_move(request: HttpRequest, date: datetime.date) -> HttpResponse:
    form = MoveSessionForm(request.POST)
    if not form.is_valid():
        return respond_refused(request, date, 400, format_form_errors(form))
    data = form.cleaned_data
    try:
        session = move_session(data["session"], data["version"], form.get_start(), data["room"])
    except Session.DoesNotExist:
        return respond_refused(request, date, 409, _("Not moved: this session was deleted in the meantime."))
    except SessionChangedError as error:
        return respond_refused(request, date, 409, str(error), error.session)
    return respond_moved(request, date, session)


def format_form_errors(form: forms.Form) -> str:
    reasons = [f"{form.fields[name].label or name}: {' '.join(errors)}" for name, errors in form.errors.items()]
    return _("Not moved: %(reasons)s") % {"reasons": "; ".join(reasons)}


def respond_moved(request: HttpRequest, date: datetime.date, session: Session) -> HttpResponse:
    values = {
        "title": session.title_en,
        "day": date_format(timezone.localtime(session.starts_at), "DATE_FORMAT"),
        "hours": format_time_range(session),
        "room": session.room or _("no room"),
    }
    message = _("“%(title)s” is now on %(day)s, %(hours)s, %(room)s.") % values
    if prefers_json(request):
        return JsonResponse({"message": message} | serialize_placement(session, date) | serialize_page_updates(request))
    messages.success(request, message)
    return redirect("admin:programme_session_timetable_day", date)


def respond_refused(
    request: HttpRequest, date: datetime.date, status: int, message: object, session: Session | None = None
) -> HttpResponse:
    if prefers_json(request):
        state = serialize_placement(session, date) | serialize_page_updates(request) if session else {}
        return JsonResponse({"message": str(message)} | state, status=status)
    return render_timetable(request, date, status=status, error=message)


def serialize_placement(session: Session, date: datetime.date) -> dict:
    """Return the placement of a session for the script of the page."""
    card = SessionCard(session, frozenset())
    return {
        "is_shown_day": card.starts_at.date() == date,
        "start_minute": card.start_minute,
        "duration_minutes": card.duration_minutes,
        "room": str(session.room_id or ""),
        "status": session.status,
        "version": card.version,
    }


def serialize_page_updates(request: HttpRequest) -> dict:
    """Return what else a move changes on the page: the issues of all sessions, and the toolbar as HTML."""
    issues = {key: [str(issue.text) for issue in found] for key, found in collect_issues_by_session().items()}
    bar = render_to_string("admin/_toolbar.html", {"unpublished": count_unpublished_changes(request.user)}, request)
    return {"issues": issues, "bar": bar.strip()}


def render_timetable(
    request: HttpRequest, date: datetime.date, *, status: int = 200, error: object = ""
) -> TemplateResponse:
    cards, rooms = load_session_cards(date), list(Room.objects.all())
    context = admin.site.each_context(request) | {
        "title": _("Timetable of %(day)s") % {"day": date_format(date, "DATE_FORMAT")},
        "opts": Session._meta,
        # The columns of the rooms need the width of the page.
        "is_nav_sidebar_enabled": False,
        "date": date,
        "days": format_days(list_days()),
        "grid": build_grid(cards, rooms),
        "rooms": rooms,
        "unscheduled": [card for card in cards if card.room is None],
        "session_count": len(cards),
        "snap_seconds": SNAP_MINUTES * 60,
        "script_texts": SCRIPT_TEXTS,
        "can_move": request.user.has_perm("programme.change_session"),
        "error": error,
        "move_url": reverse("admin:programme_session_timetable_day", args=[date]),
    }
    return TemplateResponse(request, "admin/programme/timetable/editor.html", context, status=status)
