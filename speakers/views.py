"""The people on stage, in whichever edition of the programme a view is given."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import redirect, render

from conference.core.countries import get_country_name
from conference.core.text import normalize_for_search
from conference.core.timezones import DisplayTimeZones
from sessions.links import programme_url

from .forms import SpeakerFilterForm


def speaker_list(request, edition):
    """Everyone on stage, by name or by country, narrowed by a search."""
    programme = edition.programme
    form = SpeakerFilterForm(request.GET)
    found = form.filter_speakers(programme)
    clock = DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone)
    context = {
        "section": "speakers",
        "edition": edition,
        "programme": programme,
        "clock": clock,
        "form": form,
        "groups": group_by_country(found) if form.is_grouped_by_country else group_by_initial(found),
        "shown": len(found),
        "total": len(programme.speakers),
    }
    return render(request, "speakers/speaker_list.html", context)


def group_by_initial(speakers):
    return [(letter, list(same)) for letter, same in groupby(speakers, lambda speaker: get_initial(speaker.sort_name))]


def group_by_country(speakers):
    named = [(get_country_name(speaker.country), speaker) for speaker in speakers]
    named.sort(key=lambda pair: (not pair[1].country, normalize_for_search(pair[0])))
    return [(name, [speaker for _, speaker in same]) for name, same in groupby(named, lambda pair: pair[0])]


def speaker_detail(request, edition, slug):
    programme = edition.programme
    found = programme.speaker(slug)
    if found is None:
        return redirect_to_current_slug(request, edition, programme.find_by_former_slug("speakers", slug))
    context = {
        "section": "speakers",
        "edition": edition,
        "programme": programme,
        "clock": DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone),
        "speaker": found,
        "sessions": programme.get_sessions_of(found),
    }
    return render(request, "speakers/speaker_detail.html", context)


def redirect_to_current_slug(request, edition, found):
    if found is None:
        raise Http404
    there = programme_url("speakers:detail", found.slug, query=request.GET, namespace=edition.url_namespace)
    return redirect(there, permanent=not edition.url_namespace)


def get_initial(sort_name):
    """The letter a name is filed under, without marks; "#" for what does not begin with a letter."""
    letter = normalize_for_search(sort_name.strip())[:1].upper()
    return letter if letter.isalpha() else "#"
