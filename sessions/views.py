"""The agenda, its days, its sessions and its releases.

Those that take an edition (see sessions.current) show whichever they are given: what is published, or the draft.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from .addresses import address
from .cards import session_cards
from .changes import for_readers
from .clock import Clock
from .forms import AgendaForm
from .ics import calendar, feed
from .timetable import ALL_ALONG, coming_up, going_on, timetable


def programme(request, edition):
    """The whole agenda, narrowed by the query string; today comes first while the event is on."""
    release = edition.programme
    today = timezone.now().astimezone(release.time_zone).date()
    return _agenda(request, edition, release.sessions, today=today)


def day(request, edition, date):
    """One day of the agenda; narrowed likewise."""
    if date not in edition.programme.days:
        raise Http404
    return _agenda(request, edition, edition.programme.on(date), date=date)


def _agenda(request, edition, sessions, *, date=None, today=None):
    release = edition.programme
    form = AgendaForm(release, request.GET)
    clock = Clock.asked_for(form.cleaned_data.get("tz", ""), release.time_zone)
    shown = form.narrow(release, sessions)
    context = {
        "section": "programme",
        "edition": edition,
        "programme": release,
        "clock": clock,
        "form": form,
        "date": date,
        "days": timetable(release, shown, today),
        "cards": session_cards(edition, shown, clock),
        "shown": len(shown),
        "total": len(sessions),
        "query": form.asked | clock.query,
    }
    return render(request, "sessions/programme.html", context)


def session(request, edition, slug):
    release = edition.programme
    found = release.session(slug)
    if found is None:
        return _moved(request, edition, "session", release.moved_to("sessions", slug))
    clock = Clock.asked_for(request.GET.get("tz", ""), release.time_zone)
    before, after = release.neighbours(found)
    context = {
        "section": "programme",
        "edition": edition,
        "programme": release,
        "clock": clock,
        "session": found,
        "date": release.day_of(found),
        "before": before,
        "after": after,
    }
    return render(request, "sessions/session.html", context)


def session_calendar(request, edition, slug):
    """One session as an iCalendar file."""
    found = edition.programme.session(slug)
    if found is None:
        return _moved(request, edition, "session_calendar", edition.programme.moved_to("sessions", slug))
    return _calendar_file(calendar([found], edition.programme), f"{found.slug}.ics")


def programme_calendar(request, edition):
    """The whole programme as an iCalendar feed."""
    # What the conference is called, only the frame of a page knows.
    name = render_to_string("sessions/calendar_name.txt", request=request)
    return _calendar_file(feed(edition.programme, name), "programme.ics")


def _calendar_file(content, name):
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _moved(request, edition, name, found):
    if found is None:
        raise Http404
    there = address(name, found.slug, query=request.GET, within=edition.within)
    return redirect(there, permanent=not edition.within)


def changes(request, edition):
    """Every release, the newest first."""
    context = {"section": "programme", "programme": edition.programme, "notes": edition.notes}
    return render(request, "sessions/changes.html", context)


def release(request, edition, number):
    """What one release changed."""
    note = next((note for note in edition.notes if note.number == number), None)
    if note is None:
        raise Http404
    context = {
        "section": "programme",
        "programme": edition.programme,
        "note": note,
        "sections": for_readers(note.changes, edition.programme),
    }
    return render(request, "sessions/release.html", context)


def now(request, edition):
    """To the place in the agenda where the event is now: what is on, else what comes next, else the last day."""
    release = edition.programme
    moment = timezone.now()
    clock = Clock.asked_for(request.GET.get("tz", ""), release.time_zone)
    timed = [session for session in going_on(release, moment) if session.kind != ALL_ALONG]
    found = next(iter(timed or coming_up(release, moment)), None)
    if found is None:
        return redirect(address("day", release.days[-1], query=clock.query, within=edition.within))
    there = address("day", release.day_of(found), query=clock.query, within=edition.within)
    return redirect(f"{there}#{found.slug}")
