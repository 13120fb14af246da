"""One day of the draft as time by room: laid out as a table, and sessions moved within it.

A page that offers a move carries what it showed of the session (seen): start, end, room and status. A move is refused
where any of these is different now; who edits only the words of a session is in nobody's way.
"""

import datetime
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from sessions.admin.timetable_grid import (
    ONE_MINUTE,
    TOKEN_SEPARATOR,
    build_grid,
    collect_issues_by_session,
    format_time_range,
    is_plausible_date,
    list_days,
    load_session_cards,
    make_placement_token,
)
from sessions.releases.preview import count_unpublished_changes

from ..models import Room, Session

SNAP_MINUTES = 5  # minutes that a session snaps to


# What is shown


# What is moved


class SessionChangedError(Exception):
    """The session is not where the page showed it: str() says what is different now, and who did it."""

    def __init__(self, session, words):
        super().__init__(words)
        self.session = session


class MoveSessionForm(forms.Form):
    session = forms.UUIDField(label=_("session"))
    seen = forms.CharField(max_length=200)
    day = forms.DateField(label=_("day"), input_formats=["%Y-%m-%d"])
    start = forms.TimeField(label=_("start"), input_formats=["%H:%M", "%H:%M:%S"])
    room = forms.ModelChoiceField(Room.objects.all(), label=_("room"), required=False)

    def clean_day(self):
        if not is_plausible_date(self.cleaned_data["day"]):
            raise forms.ValidationError(_("This day is not in the conference dates."))
        return self.cleaned_data["day"]


@transaction.atomic
def move_session(key: UUID, shown, starts_at, room):
    """Let a session begin at another time, in another room or in none; it lasts as long as before.

    Raises MovedMeanwhile, or Session.DoesNotExist where somebody has deleted it.
    """
    session = Session.objects.select_for_update(of=("self",)).get(pk=key)
    if make_placement_token(session) != shown:
        raise SessionChangedError(session, describe_placement_change(session, shown))
    if (session.starts_at, session.room) == (starts_at, room):
        return session
    session.starts_at, session.ends_at = starts_at, starts_at + (session.ends_at - session.starts_at)
    session.room = room
    session.save()
    return session


def describe_placement_change(session, shown):
    then, now = shown.split(TOKEN_SEPARATOR), make_placement_token(session).split(TOKEN_SEPARATOR)
    fields = [Session._meta.get_field(name) for name in ("starts_at", "ends_at", "room", "status")]
    if len(then) != len(now):
        then = [""] * len(now)
    changes = [
        _("%(field)s: %(before)s → %(after)s")
        % {
            "field": field.verbose_name,
            "before": format_placement_value(field, before),
            "after": format_placement_value(field, after),
        }
        for field, before, after in zip(fields, then, now, strict=True)
        if before != after
    ]
    words = {"title": session.title_en, "who": get_last_editor_name(session), "changes": "; ".join(map(str, changes))}
    if not words["who"]:
        return _("Not moved: “%(title)s” was changed in the meantime (%(changes)s).") % words
    return _("Not moved: %(who)s changed “%(title)s” in the meantime (%(changes)s).") % words


def format_placement_value(field, value):
    if not value:
        return _("none")
    if field.name == "room":
        return next((room for room in Room.objects.all() if str(room.pk) == value), _("none"))
    if field.name == "status":
        return dict(Session.Status.choices).get(value, value)
    try:
        return date_format(timezone.localtime(datetime.datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return value


def get_last_editor_name(session):
    last = session.history.select_related("history_user").first()
    return last and last.history_user and (last.history_user.get_full_name() or last.history_user.get_username())


# The pages


def get_timetable_urls(desk):
    """For the admin of sessions, before its own. desk is the admin site."""
    return [
        path("board/", desk.admin_view(redirect_to_timetable), name="programme_session_timetable"),
        path("board/<date:date>/", desk.admin_view(timetable_view), name="programme_session_timetable_day"),
    ]


def redirect_to_timetable(request):
    """To today's board, or to the first day's."""
    require_view_permission(request.user)
    all_days, today = list_days(), timezone.localdate()
    return redirect(
        "admin:programme_session_timetable_day", today if today in all_days or not all_days else all_days[0]
    )


@require_http_methods(["GET", "HEAD", "POST"])
def timetable_view(request, date):
    """The board of a day; on a POST, one session is moved: answered with the board, or to a script with JSON."""
    require_view_permission(request.user)
    if not is_plausible_date(date):
        raise Http404
    if request.method != "POST":
        return render_timetable(request, date)
    if not request.user.has_perm("programme.change_session"):
        raise PermissionDenied(_("You do not have permission to change sessions."))
    return handle_move(request, date)


def require_view_permission(user):
    if not (user.has_perm("programme.view_session") or user.has_perm("programme.change_session")):
        raise PermissionDenied(_("You do not have permission to view draft sessions."))


def handle_move(request, date):
    form = MoveSessionForm(request.POST)
    if not form.is_valid():
        return respond_refused(request, date, 400, format_form_errors(form))
    sent = form.cleaned_data
    try:
        starts_at = datetime.datetime.combine(sent["day"], sent["start"], timezone.get_current_timezone())
        session = move_session(sent["session"], sent["seen"], starts_at, sent["room"])
    except Session.DoesNotExist:
        return respond_refused(request, date, 409, _("Not moved: this session was deleted in the meantime."))
    except SessionChangedError as meanwhile:
        return respond_refused(request, date, 409, str(meanwhile), meanwhile.session)
    return respond_moved(request, date, session)


def format_form_errors(form):
    wrong = [f"{form.fields[name].label or name}: {' '.join(errors)}" for name, errors in form.errors.items()]
    return _("Not moved: %(reasons)s") % {"reasons": "; ".join(wrong)}


def respond_moved(request, date, session):
    words = {
        "title": session.title_en,
        "day": date_format(timezone.localtime(session.starts_at), "MONTH_DAY_FORMAT"),
        "hours": format_time_range(session),
        "room": session.room or _("no room"),
    }
    said = _("“%(title)s” is now on %(day)s, %(hours)s, %(room)s.") % words
    if wants_json(request):
        return JsonResponse({"said": said} | serialize_placement(session, date) | serialize_page_updates(request))
    messages.success(request, said)
    return redirect("admin:programme_session_timetable_day", date)


def respond_refused(request, date, status, why, session=None):
    if wants_json(request):
        state = serialize_placement(session, date) | serialize_page_updates(request) if session else {}
        return JsonResponse({"said": str(why)} | state, status=status)
    return render_timetable(request, date, status=status, refusal=why)


def wants_json(request):
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def serialize_placement(session, date):
    """Where a session is now, for a script."""
    start = timezone.localtime(session.starts_at)
    return {
        "here": start.date() == date,
        "start": start.hour * 60 + start.minute,
        "minutes": (session.ends_at - session.starts_at) // ONE_MINUTE,
        "room": str(session.room_id or ""),
        "status": session.status,
        "seen": make_placement_token(session),
    }


def serialize_page_updates(request):
    """What a move may have changed besides where the session is: findings about any session, and what waits to be
    published, as the bar of each page says it."""
    found = {key: [str(finding.text) for finding in findings] for key, findings in collect_issues_by_session().items()}
    bar = render_to_string(
        "admin/_toolbar.html", {"unpublished": count_unpublished_changes(request.user)}, request
    ).strip()
    return {"findings": found, "bar": bar}


def render_timetable(request, date, *, status=200, refusal=""):
    cards, rooms, all_days = load_session_cards(date), list(Room.objects.all()), list_days()
    context = admin.site.each_context(request) | {
        "title": _("Schedule board of %(day)s") % {"day": date_format(date, "DATE_FORMAT")},
        "opts": Session._meta,
        # Rooms want the width.
        "is_nav_sidebar_enabled": False,
        "date": date,
        "days": all_days,
        "table": build_grid(cards, rooms),
        "rooms": rooms,
        "unplaced": [card for card in cards if card.room is None],
        "count": len(cards),
        "step": SNAP_MINUTES * 60,
        "may_move": request.user.has_perm("programme.change_session"),
        "refusal": refusal,
        "here": reverse("admin:programme_session_timetable_day", args=[date]),
    }
    return TemplateResponse(request, "admin/programme/timetable/editor.html", context, status=status)
