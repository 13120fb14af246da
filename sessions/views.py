"""The agenda, its days, its sessions and its releases."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import current
from .addresses import address
from .changelog import groups
from .clock import Clock
from .forms import AgendaForm
from .ics import calendar, feed
from .published import published
from .timetable import coming_up, going_on, timetable


@published
def programme(request):
    """The whole agenda, narrowed by the query string; today comes first while the event is on."""
    release = current.programme()
    today = timezone.now().astimezone(release.time_zone).date()
    return _agenda(request, release, release.sessions, today=today)


@published
def day(request, date):
    """One day of the agenda; narrowed likewise."""
    release = current.programme()
    if date not in release.days:
        raise Http404
    return _agenda(request, release, release.on(date), date=date)


def _agenda(request, release, sessions, *, date=None, today=None):
    form = AgendaForm(release, request.GET)
    clock = Clock.asked_for(form.cleaned_data.get("tz", ""), release.time_zone)
    shown = form.narrow(release, sessions)
    context = {
        "section": "programme",
        "programme": release,
        "clock": clock,
        "form": form,
        "date": date,
        "days": timetable(release, shown, today),
        "shown": len(shown),
        "total": len(sessions),
        "query": form.asked | clock.query,
    }
    return render(request, "sessions/programme.html", context)


@published
def session(request, slug):
    release = current.programme()
    found = release.session(slug)
    if found is None:
        return _moved(request, "session", release.moved_to("sessions", slug))
    clock = Clock.asked_for(request.GET.get("tz", ""), release.time_zone)
    before, after = release.neighbours(found)
    context = {
        "section": "programme",
        "programme": release,
        "clock": clock,
        "session": found,
        "date": release.day_of(found),
        "before": before,
        "after": after,
    }
    return render(request, "sessions/session.html", context)


@published
def session_calendar(request, slug):
    """One session as an iCalendar file."""
    release = current.programme()
    found = release.session(slug)
    if found is None:
        return _moved(request, "session_calendar", release.moved_to("sessions", slug))
    return _calendar_file(calendar([found], release), f"{found.slug}.ics")


@published
def programme_calendar(request):
    """The whole programme as an iCalendar feed."""
    # What the conference is called, only the frame of a page knows.
    name = render_to_string("sessions/calendar_name.txt", request=request)
    return _calendar_file(feed(current.programme(), name), "programme.ics")


def _calendar_file(content, name):
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _moved(request, name, found):
    if found is None:
        raise Http404
    return redirect(address(name, found.slug, query=request.GET), permanent=True)


@published
def changes(request):
    """Every release, the newest first."""
    context = {"section": "programme", "programme": current.programme(), "notes": current.notes()}
    return render(request, "sessions/changes.html", context)


@published
def release(request, number):
    """What one release changed."""
    note = next((note for note in current.notes() if note.number == number), None)
    if note is None:
        raise Http404
    programme = current.programme()
    context = {"section": "programme", "programme": programme, "note": note, "groups": groups(note.changes, programme)}
    return render(request, "sessions/release.html", context)


@require_safe
@never_cache
def now(request):
    """To the place in the agenda where the event is now: what is on, else what comes next, else the last day."""
    release = current.programme()
    moment = timezone.now()
    clock = Clock.asked_for(request.GET.get("tz", ""), release.time_zone)
    timed = [session for session in going_on(release, moment) if session.kind != "exhibition"]
    found = next(iter(timed or coming_up(release, moment)), None)
    if found is None:
        return redirect(address("day", release.days[-1], query=clock.query))
    return redirect(address("day", release.day_of(found), query=clock.query) + f"#{found.slug}")
