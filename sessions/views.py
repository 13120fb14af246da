"""The agenda, its days, its sessions and its releases.

Those that take an edition (see sessions.current) show whichever they are given: what is published, or the draft.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from conference.core.timezones import DisplayTimeZones

from .agenda import PARALLEL_KIND, build_agenda, get_current_sessions, get_next_sessions
from .cards import session_cards
from .forms import AgendaFilterForm
from .ical import programme_to_ics, sessions_to_ics
from .links import programme_url
from .releases.changelog import describe_changes_for_public


def agenda(request, edition):
    """The whole agenda, narrowed by the query string; today comes first while the event is on."""
    release = edition.programme
    today = timezone.now().astimezone(release.time_zone).date()
    return render_agenda(request, edition, release.sessions, today=today)


def agenda_day(request, edition, date):
    """One day of the agenda; narrowed likewise."""
    if date not in edition.programme.days:
        raise Http404
    return render_agenda(request, edition, edition.programme.on(date), date=date)


def render_agenda(request, edition, sessions, *, date=None, today=None):
    release = edition.programme
    form = AgendaFilterForm(release, request.GET)
    clock = DisplayTimeZones.from_query(form.cleaned_data.get("tz", ""), release.time_zone)
    shown = form.filter_sessions(release, sessions)
    context = {
        "section": "programme",
        "edition": edition,
        "programme": release,
        "clock": clock,
        "form": form,
        "date": date,
        "days": build_agenda(release, shown, today),
        "cards": session_cards(edition, shown, clock),
        "shown": len(shown),
        "total": len(sessions),
        "query": form.active_filters | clock.query,
    }
    return render(request, "sessions/agenda.html", context)


def session_detail(request, edition, slug):
    release = edition.programme
    found = release.session(slug)
    if found is None:
        return redirect_to_current_slug(request, edition, "session", release.find_by_former_slug("sessions", slug))
    clock = DisplayTimeZones.from_query(request.GET.get("tz", ""), release.time_zone)
    before, after = release.get_neighbours(found)
    context = {
        "section": "programme",
        "edition": edition,
        "programme": release,
        "clock": clock,
        "session": found,
        "date": release.get_day_of(found),
        "before": before,
        "after": after,
    }
    return render(request, "sessions/session_detail.html", context)


def session_calendar(request, edition, slug):
    """One session as an iCalendar file."""
    found = edition.programme.session(slug)
    if found is None:
        return redirect_to_current_slug(
            request, edition, "session_calendar", edition.programme.find_by_former_slug("sessions", slug)
        )
    return make_calendar_response(sessions_to_ics([found], edition.programme), f"{found.slug}.ics")


def programme_calendar(request, edition):
    """The whole programme as an iCalendar feed."""
    # What the conference is called, only the frame of a page knows.
    name = render_to_string("sessions/calendar_name.txt", request=request)
    return make_calendar_response(programme_to_ics(edition.programme, name), "programme.ics")


def make_calendar_response(content, name):
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def redirect_to_current_slug(request, edition, name, found):
    if found is None:
        raise Http404
    there = programme_url(name, found.slug, query=request.GET, namespace=edition.url_namespace)
    return redirect(there, permanent=not edition.url_namespace)


def release_list(request, edition):
    """Every release, the newest first."""
    context = {"section": "programme", "programme": edition.programme, "notes": edition.releases}
    return render(request, "sessions/release_list.html", context)


def release_detail(request, edition, number):
    """What one release changed."""
    note = next((note for note in edition.releases if note.number == number), None)
    if note is None:
        raise Http404
    context = {
        "section": "programme",
        "programme": edition.programme,
        "note": note,
        "sections": describe_changes_for_public(note.changes, edition.programme),
    }
    return render(request, "sessions/release_detail.html", context)


def programme_now(request, edition):
    """To the place in the agenda where the event is now: what is on, else what comes next, else the last day."""
    release = edition.programme
    moment = timezone.now()
    clock = DisplayTimeZones.from_query(request.GET.get("tz", ""), release.time_zone)
    timed = [session for session in get_current_sessions(release, moment) if session.kind != PARALLEL_KIND]
    found = next(iter(timed or get_next_sessions(release, moment)), None)
    if found is None:
        return redirect(
            programme_url("programme:day", release.days[-1], query=clock.query, namespace=edition.url_namespace)
        )
    there = programme_url(
        "programme:day", release.get_day_of(found), query=clock.query, namespace=edition.url_namespace
    )
    return redirect(f"{there}#{found.slug}")
