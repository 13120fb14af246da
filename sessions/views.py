"""Views of the agenda, its sessions and the releases.

Each view takes a snapshot (`PublishedProgramme`): the published programme, that of a past edition, or the draft in a
preview.
"""

import datetime
from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from conference.core.i18n.timezones import DisplayTimeZones

from .agenda import PARALLEL_KIND, build_agenda, get_now_and_next, is_on
from .cards import render_session_cards
from .formats.ical import programme_to_ics, sessions_to_ics
from .forms import AgendaFilterForm
from .links import programme_url
from .programme import Programme, Session
from .redirects import redirect_to_agenda, redirect_to_current_slug
from .releases.changelog import count_session_changes, describe_changes_for_public
from .releases.current import PublishedProgramme


def agenda(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """Show the agenda of all days, filtered by the query string. Today comes first while the conference is on."""
    programme = snapshot.programme
    today = timezone.now().astimezone(programme.time_zone).date()
    return render_agenda(request, snapshot, programme.sessions, today=today)


def agenda_day(request: HttpRequest, snapshot: PublishedProgramme, date: datetime.date) -> HttpResponse:
    """Show the agenda of one day, filtered by the query string."""
    if date not in snapshot.programme.days:
        raise Http404
    return render_agenda(request, snapshot, snapshot.programme.on(date), date=date)


def render_agenda(
    request: HttpRequest,
    snapshot: PublishedProgramme,
    sessions: tuple[Session, ...],
    *,
    date: datetime.date | None = None,
    today: datetime.date | None = None,
) -> HttpResponse:
    programme, now = snapshot.programme, timezone.now()
    form = AgendaFilterForm(programme, request.GET)
    if form.has_other_spelling:
        name, arguments = ("programme:day", [date]) if date else ("programme:agenda", [])
        return redirect(programme_url(name, *arguments, query=form.data, namespace=snapshot.url_namespace))
    time_zones = DisplayTimeZones.from_query(form.cleaned_data.get("tz", ""), programme.time_zone)
    results = form.filter_sessions(programme, sessions)
    context = {
        "section": "programme",
        "snapshot": snapshot,
        "programme": programme,
        "time_zones": time_zones,
        "form": form,
        "date": date,
        "days": build_agenda(programme, results, today),
        "cards": render_session_cards(snapshot, results, time_zones, now),
        "now_and_next": get_now_and_next(programme, now) if programme.is_during(now) else None,
        "result_count": count_sessions(results),
        "total_count": count_sessions(sessions),
        "query": form.active_filters | time_zones.query,
    }
    return render(request, "sessions/agenda.html", context)


def count_sessions(sessions: Iterable[Session]) -> int:
    """Return the number of sessions without breaks."""
    return sum(not session.is_break for session in sessions)


def session_detail(request: HttpRequest, snapshot: PublishedProgramme, slug: str) -> HttpResponse:
    """Show one session. A former slug redirects to the current one, a break to its place on the agenda."""
    programme = snapshot.programme
    session = programme.session(slug)
    if session is None:
        return redirect_to_current_slug(request, snapshot, "programme:session", "sessions", slug)
    if session.is_break:
        return redirect_to_agenda(request, snapshot, session)
    previous_session, next_session = programme.get_neighbours(session)
    now = timezone.now()
    context = {
        "section": "programme",
        "snapshot": snapshot,
        "programme": programme,
        "time_zones": get_time_zones(request, programme),
        "session": session,
        "is_on": is_on(session, now),
        "has_ended": session.ends_at <= now,
        "date": programme.get_day_of(session),
        "previous_session": previous_session,
        "next_session": next_session,
    }
    return render(request, "sessions/session_detail.html", context)


def session_calendar(request: HttpRequest, snapshot: PublishedProgramme, slug: str) -> HttpResponse:
    """Return one session as an iCalendar file. A former slug redirects to the current one."""
    session = snapshot.programme.session(slug)
    if session is None:
        return redirect_to_current_slug(request, snapshot, "programme:session_calendar", "sessions", slug)
    return make_calendar_response(sessions_to_ics([session], snapshot.programme), f"{session.slug}.ics")


def programme_calendar(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """Return the whole programme as an iCalendar feed, named after the conference."""
    # Only the context processors know the name of the conference.
    name = render_to_string("sessions/calendar_name.txt", request=request)
    return make_calendar_response(programme_to_ics(snapshot.programme, name), "programme.ics")


def make_calendar_response(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return response


def release_list(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """List all releases, newest first."""
    releases = [(release, count_session_changes(release.changes, snapshot.programme)) for release in snapshot.releases]
    context = {
        "section": "programme",
        "programme": snapshot.programme,
        "releases": releases,
        "past_editions": snapshot.past_editions,
    }
    return render(request, "sessions/release_list.html", context)


def release_detail(request: HttpRequest, snapshot: PublishedProgramme, number: int) -> HttpResponse:
    """Show the changes of one release."""
    release = next((release for release in snapshot.releases if release.number == number), None)
    if release is None:
        raise Http404
    context = {
        "section": "programme",
        "snapshot": snapshot,
        "programme": snapshot.programme,
        "release": release,
        "edition": next((edition for edition in snapshot.past_editions if edition.number == number), None),
        "sections": describe_changes_for_public(
            release.changes,
            snapshot.programme,
            get_time_zones(request, snapshot.programme).query,
            snapshot.url_namespace,
        ),
    }
    return render(request, "sessions/release_detail.html", context)


def programme_now(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """Redirect to the session that is on, else to the next one, else to the last day."""
    programme = snapshot.programme
    now_and_next = get_now_and_next(programme, timezone.now())
    current_sessions = [session for session in now_and_next.current if session.kind != PARALLEL_KIND]
    session = next(iter(current_sessions or now_and_next.next), None)
    if session:
        return redirect_to_agenda(request, snapshot, session)
    query = get_time_zones(request, programme).query
    return redirect(programme_url("programme:day", programme.days[-1], query=query, namespace=snapshot.url_namespace))


def get_time_zones(request: HttpRequest, programme: Programme) -> DisplayTimeZones:
    return DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone)
