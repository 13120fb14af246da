"""The people on stage, in whichever edition of the programme a view is given."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import redirect, render

from sessions.addresses import address
from sessions.clock import Clock
from sessions.text import fold

from .naming import country_name, initial
from .search import SpeakersForm


def speakers(request, edition):
    """Everyone on stage, by name or by country, narrowed by a search."""
    programme = edition.programme
    form = SpeakersForm(request.GET)
    found = form.narrow(programme)
    clock = Clock.asked_for(request.GET.get("tz", ""), programme.time_zone)
    context = {
        "section": "speakers",
        "edition": edition,
        "programme": programme,
        "clock": clock,
        "form": form,
        "groups": _by_country(found) if form.by_country else _by_initial(found),
        "shown": len(found),
        "total": len(programme.speakers),
    }
    return render(request, "speakers/speakers.html", context)


def _by_initial(speakers):
    return [(letter, list(same)) for letter, same in groupby(speakers, lambda speaker: initial(speaker.sort_name))]


def _by_country(speakers):
    named = [(country_name(speaker.country), speaker) for speaker in speakers]
    named.sort(key=lambda pair: (not pair[1].country, fold(pair[0])))
    return [(name, [speaker for _, speaker in same]) for name, same in groupby(named, lambda pair: pair[0])]


def speaker(request, edition, slug):
    programme = edition.programme
    found = programme.speaker(slug)
    if found is None:
        return _moved(request, edition, programme.moved_to("speakers", slug))
    context = {
        "section": "speakers",
        "edition": edition,
        "programme": programme,
        "clock": Clock.asked_for(request.GET.get("tz", ""), programme.time_zone),
        "speaker": found,
        "sessions": programme.sessions_of(found),
    }
    return render(request, "speakers/speaker.html", context)


def _moved(request, edition, found):
    if found is None:
        raise Http404
    there = address("speaker", found.slug, query=request.GET, within=edition.within)
    return redirect(there, permanent=not edition.within)
