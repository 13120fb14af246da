"""The people on stage."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import redirect, render

from sessions import current
from sessions.addresses import address
from sessions.clock import Clock
from sessions.published import published
from sessions.text import fold

from .forms import SpeakersForm
from .naming import country_name, initial


@published
def speakers(request):
    """Everyone on stage, by name or by country, narrowed by a search."""
    programme = current.programme()
    form = SpeakersForm(request.GET)
    clock = Clock.asked_for(request.GET.get("tz", ""), programme.time_zone)
    words = fold(form.cleaned_data.get("q", "")).split()
    found = [
        speaker for speaker in programme.speakers if all(word in programme.searchable(speaker) for word in words)
    ]
    context = {
        "programme": programme,
        "clock": clock,
        "form": form,
        "groups": _grouped(found, form.cleaned_data.get("by")),
        "shown": len(found),
        "total": len(programme.speakers),
    }
    return render(request, "speakers/speakers.html", context)


def _grouped(speakers, by):
    if by == "country":
        speakers = sorted(speakers, key=lambda speaker: fold(country_name(speaker.country)) or "~")
        return [(name, list(same)) for name, same in groupby(speakers, key=lambda s: country_name(s.country))]
    return [(letter, list(same)) for letter, same in groupby(speakers, key=lambda s: initial(s.sort_name))]


@published
def speaker(request, slug):
    programme = current.programme()
    found = programme.speaker(slug)
    if found is None:
        return _moved(request, programme.moved_to("speakers", slug))
    context = {
        "programme": programme,
        "clock": Clock.asked_for(request.GET.get("tz", ""), programme.time_zone),
        "speaker": found,
        "sessions": programme.sessions_of(found),
    }
    return render(request, "speakers/speaker.html", context)


def _moved(request, found):
    if found is None:
        raise Http404
    return redirect(address("speaker", found.slug, query=request.GET), permanent=True)
