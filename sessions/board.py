"""One day of the draft as time by room: laid out as a table, and sessions moved within it.

A page that offers a move carries what it showed of the session (seen): start, end, room and status. A move is refused
where any of these is different now; who edits only the words of a session is in nobody's way.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django import forms
from django.apps import apps
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

from . import findings as checks
from .models import Participation, Room, Session
from .review import unpublished

STEP = 5  # minutes that a session snaps to
SEPARATOR = "|"
DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)


# What is shown


@dataclass(eq=False)
class Card:
    """One session on the board. Times are on the conference's clock; people are those who speak."""

    session: Session
    people: frozenset
    room: Room | None = None
    findings: tuple = ()
    same_room: tuple = ()
    same_people: tuple = ()

    @cached_property
    def starts_at(self):
        return timezone.localtime(self.session.starts_at)

    @cached_property
    def ends_at(self):
        return timezone.localtime(self.session.ends_at)

    @property
    def minute(self):
        """The start, in minutes since midnight."""
        return self.starts_at.hour * 60 + self.starts_at.minute

    @property
    def minutes(self):
        return (self.session.ends_at - self.session.starts_at) // MINUTE

    @property
    def seen(self):
        return seen(self.session)

    @property
    def hours(self):
        return hours(self.session)

    @property
    def same_room_titles(self):
        return ", ".join(other.session.title_en for other in self.same_room)

    @property
    def same_people_titles(self):
        return ", ".join(other.session.title_en for other in self.same_people)

    @property
    def takes_place(self):
        return self.session.status != Session.Status.CANCELLED

    def overlaps(self, other):
        together = self.session.starts_at < other.session.ends_at and other.session.starts_at < self.session.ends_at
        return self is not other and self.takes_place and other.takes_place and together


@dataclass
class Lane:
    """A column of the table. A room in which sessions overlap has several."""

    room: Room
    cards: list


@dataclass(frozen=True)
class Cell:
    card: Card | None
    rows: int = 1


@dataclass(frozen=True)
class Table:
    """rooms are pairs of a room and how many columns it has; rows are pairs of a time and the cells that begin then."""

    rooms: list
    rows: list


def cards_on(date):
    """The cards of the sessions that start on this date, in order: as many queries for one as for many."""
    start = datetime.datetime.combine(date, datetime.time(), timezone.get_current_timezone())
    sessions = (
        Session.objects.filter(starts_at__gte=start, starts_at__lt=start + DAY)
        .select_related("room")
        .order_by("starts_at", "ends_at", "title_en", "pk")
    )
    people = {}
    parts = Participation.objects.filter(session__in=[session.pk for session in sessions], speaker__isnull=False)
    for session, speaker in parts.order_by().values_list("session", "speaker"):
        people.setdefault(session, set()).add(speaker)
    return told([Card(session, frozenset(people.get(session.pk, ())), session.room) for session in sessions])


def told(cards):
    """The same cards, each knowing what clashes with it and what the checks find about it."""
    found = found_about_sessions()
    for card in cards:
        others = [other for other in cards if card.overlaps(other)]
        card.same_room = tuple(other for other in others if card.room and other.room == card.room)
        card.same_people = tuple(other for other in others if card.people & other.people)
        card.findings = tuple(found.get(str(card.session.pk), ()))
    return cards


def found_about_sessions():
    """What the checks find that somebody should do something about, by the key of each session it concerns, as text."""
    found = {}
    for finding in checks.findings():
        for row in finding.rows:
            if row.kind == "session" and finding.level < checks.Level.INFORMS:
                found.setdefault(row.id, []).append(finding)
    return found


def laid_out(cards: Iterable[Card], rooms):
    """The cards that have a room as a table: a row for each time at which something begins or ends."""
    lanes = [lane for room in rooms for lane in _lanes(room, [card for card in cards if card.room == room])]
    times = sorted({time for lane in lanes for card in lane.cards for time in (card.starts_at, card.ends_at)})
    place = {time: number for number, time in enumerate(times)}
    rows = [(time, list(_cells(time, lanes, place))) for time in times]
    return Table([(room, sum(lane.room == room for lane in lanes)) for room in rooms], rows)


def _lanes(room, cards):
    lanes = [Lane(room, [])]
    for card in cards:
        free = next((lane for lane in lanes if not lane.cards or lane.cards[-1].ends_at <= card.starts_at), None)
        if free is None:
            free = Lane(room, [])
            lanes.append(free)
        free.cards.append(card)
    return lanes


def _cells(time, lanes, place):
    """The cells that begin at this time; where a card goes on, none does."""
    for lane in lanes:
        card = next((card for card in lane.cards if card.starts_at <= time < card.ends_at), None)
        if card is None:
            yield Cell(None)
        elif card.starts_at == time:
            yield Cell(card, place[card.ends_at] - place[card.starts_at])


def days():
    """The conference's days, and others on which something starts; each once, in order."""
    conference = apps.get_model("conference.Conference").objects.first()
    starts = Session.objects.order_by().values_list("starts_at", flat=True)
    found = {timezone.localtime(start).date() for start in starts}
    if conference:
        length = (conference.ends_on - conference.starts_on).days + 1
        found |= {conference.starts_on + number * DAY for number in range(length)}
    return sorted(found)


# What is moved


class MovedMeanwhile(Exception):
    """The session is not where the page showed it: str() says what is different now, and who did it."""

    def __init__(self, session, words):
        super().__init__(words)
        self.session = session


class MoveForm(forms.Form):
    session = forms.UUIDField(label=_("session"))
    seen = forms.CharField(max_length=200)
    day = forms.DateField(label=_("day"), input_formats=["%Y-%m-%d"])
    start = forms.TimeField(label=_("start"), input_formats=["%H:%M", "%H:%M:%S"])
    room = forms.ModelChoiceField(Room.objects.all(), label=_("room"), required=False)

    def clean_day(self):
        if not is_a_day(self.cleaned_data["day"]):
            raise forms.ValidationError(_("This is not a day of any conference."))
        return self.cleaned_data["day"]


def is_a_day(date):
    """Not so far away that clocks cannot be reckoned with."""
    return 1900 < date.year < 2200


def seen(session):
    """What a page shows of where a session is, to be given back with a move."""
    times = [moment.astimezone(datetime.UTC).isoformat() for moment in (session.starts_at, session.ends_at)]
    return SEPARATOR.join([*times, str(session.room_id or ""), session.status])


@transaction.atomic
def move(key: UUID, shown, starts_at, room):
    """Let a session begin at another time, in another room or in none; it lasts as long as before.

    Raises MovedMeanwhile, or Session.DoesNotExist where somebody has deleted it.
    """
    session = Session.objects.select_for_update(of=("self",)).get(pk=key)
    if seen(session) != shown:
        raise MovedMeanwhile(session, _what_changed(session, shown))
    if (session.starts_at, session.room) == (starts_at, room):
        return session
    session.starts_at, session.ends_at = starts_at, starts_at + (session.ends_at - session.starts_at)
    session.room = room
    session.save()
    return session


def _what_changed(session, shown):
    then, now = shown.split(SEPARATOR), seen(session).split(SEPARATOR)
    fields = [Session._meta.get_field(name) for name in ("starts_at", "ends_at", "room", "status")]
    if len(then) != len(now):
        then = [""] * len(now)
    changes = [
        _("%(field)s: %(before)s → %(after)s")
        % {"field": field.verbose_name, "before": _words(field, before), "after": _words(field, after)}
        for field, before, after in zip(fields, then, now, strict=True)
        if before != after
    ]
    words = {"title": session.title_en, "who": _who(session), "changes": "; ".join(map(str, changes))}
    if not words["who"]:
        return _("Nothing was moved. “%(title)s” has been changed meanwhile: %(changes)s.") % words
    return _("Nothing was moved. %(who)s has changed “%(title)s” meanwhile: %(changes)s.") % words


def _words(field, value):
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


def _who(session):
    last = session.history.select_related("history_user").first()
    return last and last.history_user and (last.history_user.get_full_name() or last.history_user.get_username())


def hours(session):
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return f"{date_format(start, 'TIME_FORMAT')}–{date_format(end, 'TIME_FORMAT')}"


# The pages


def urls(desk):
    """For the admin of sessions, before its own. desk is the admin site."""
    return [
        path("board/", desk.admin_view(first_board), name="programme_session_boards"),
        path("board/<date:date>/", desk.admin_view(board), name="programme_session_board"),
    ]


def first_board(request):
    """To today's board, or to the first day's."""
    _refuse_unless_allowed(request.user)
    all_days, today = days(), timezone.localdate()
    return redirect("admin:programme_session_board", today if today in all_days or not all_days else all_days[0])


@require_http_methods(["GET", "HEAD", "POST"])
def board(request, date):
    """The board of a day; on a POST, one session is moved: answered with the board, or to a script with JSON."""
    _refuse_unless_allowed(request.user)
    if not is_a_day(date):
        raise Http404
    if request.method != "POST":
        return _page(request, date)
    if not request.user.has_perm("programme.change_session"):
        raise PermissionDenied(_("Only those who may change sessions can move them."))
    return _move(request, date)


def _refuse_unless_allowed(user):
    if not (user.has_perm("programme.view_session") or user.has_perm("programme.change_session")):
        raise PermissionDenied(_("Only those who may see the drafts of sessions can open the board."))


def _move(request, date):
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _refused(request, date, 400, _not_understood(form))
    sent = form.cleaned_data
    try:
        starts_at = datetime.datetime.combine(sent["day"], sent["start"], timezone.get_current_timezone())
        session = move(sent["session"], sent["seen"], starts_at, sent["room"])
    except Session.DoesNotExist:
        return _refused(request, date, 409, _("Nothing was moved: somebody has deleted this session meanwhile."))
    except MovedMeanwhile as meanwhile:
        return _refused(request, date, 409, str(meanwhile), meanwhile.session)
    return _moved(request, date, session)


def _not_understood(form):
    wrong = [f"{form.fields[name].label or name}: {' '.join(errors)}" for name, errors in form.errors.items()]
    return _("Nothing was moved: %(reasons)s") % {"reasons": "; ".join(wrong)}


def _moved(request, date, session):
    words = {
        "title": session.title_en,
        "day": date_format(timezone.localtime(session.starts_at), "MONTH_DAY_FORMAT"),
        "hours": hours(session),
        "room": session.room or _("no room"),
    }
    said = _("“%(title)s” is on %(day)s, %(hours)s, %(room)s.") % words
    if _is_script(request):
        return JsonResponse({"said": said} | _state(session, date) | _around(request))
    messages.success(request, said)
    return redirect("admin:programme_session_board", date)


def _refused(request, date, status, why, session=None):
    if _is_script(request):
        state = _state(session, date) | _around(request) if session else {}
        return JsonResponse({"said": str(why)} | state, status=status)
    return _page(request, date, status=status, refusal=why)


def _is_script(request):
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _state(session, date):
    """Where a session is now, for a script."""
    start = timezone.localtime(session.starts_at)
    return {
        "here": start.date() == date,
        "start": start.hour * 60 + start.minute,
        "minutes": (session.ends_at - session.starts_at) // MINUTE,
        "room": str(session.room_id or ""),
        "status": session.status,
        "seen": seen(session),
    }


def _around(request):
    """What a move may have changed besides where the session is: findings about any session, and what waits to be
    published, as the bar of each page says it."""
    found = {key: [str(finding.text) for finding in findings] for key, findings in found_about_sessions().items()}
    bar = render_to_string("admin/_bar.html", {"unpublished": unpublished(request.user)}, request).strip()
    return {"findings": found, "bar": bar}


def _page(request, date, *, status=200, refusal=""):
    cards, rooms, all_days = cards_on(date), list(Room.objects.all()), days()
    context = admin.site.each_context(request) | {
        "title": _("Board of %(day)s") % {"day": date_format(date, "DATE_FORMAT")},
        "opts": Session._meta,
        # Rooms want the width.
        "is_nav_sidebar_enabled": False,
        "date": date,
        "days": all_days,
        "table": laid_out(cards, rooms),
        "rooms": rooms,
        "unplaced": [card for card in cards if card.room is None],
        "count": len(cards),
        "step": STEP * 60,
        "may_move": request.user.has_perm("programme.change_session"),
        "refusal": refusal,
        "here": reverse("admin:programme_session_board", args=[date]),
    }
    return TemplateResponse(request, "admin/programme/board/board.html", context, status=status)
