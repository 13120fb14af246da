"""Views of the speakers. Each takes a snapshot (`PublishedProgramme`), as the views of the agenda do."""

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conference.core.i18n.countries import GROUP_HEADINGS, CountryGroup, get_country_name, is_organization
from conference.core.i18n.text import normalize_for_search
from conference.core.i18n.timezones import DisplayTimeZones
from sessions.programme import Speaker
from sessions.redirects import redirect_to_current_slug
from sessions.releases.current import PublishedProgramme

from .forms import SpeakerFilterForm

SpeakerGroups = list[tuple[str, list[Speaker]]]


def speaker_list(request: HttpRequest, snapshot: PublishedProgramme) -> HttpResponse:
    """List the speakers by name or by country, filtered by a search."""
    programme = snapshot.programme
    form = SpeakerFilterForm(request.GET)
    results = form.filter_speakers(programme)
    context = {
        "section": "speakers",
        "snapshot": snapshot,
        "programme": programme,
        "time_zones": DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone),
        "form": form,
        "groups": group_by_country(results) if form.is_grouped_by_country else group_by_initial(results),
        "result_count": len(results),
        "total_count": len(programme.speakers),
    }
    return render(request, "speakers/speaker_list.html", context)


def group_by_initial(speakers: Iterable[Speaker]) -> SpeakerGroups:
    return [
        (initial, list(group)) for initial, group in groupby(speakers, lambda speaker: get_initial(speaker.sort_name))
    ]


def group_by_country(speakers: Iterable[Speaker]) -> SpeakerGroups:
    """Group speakers by the name of their country, then those of international organizations, then all others."""
    named = [(get_country_heading(speaker.country), speaker) for speaker in speakers]
    named.sort(
        key=lambda pair: (
            not pair[1].country,
            is_organization(pair[1].country),
            normalize_for_search(pair[0]),
        )
    )
    return [(name, [speaker for _name, speaker in group]) for name, group in groupby(named, lambda pair: pair[0])]


def get_country_heading(code: str) -> str:
    return str(GROUP_HEADINGS[CountryGroup.ORGANIZATION]) if is_organization(code) else get_country_name(code)


def get_initial(sort_name: str) -> str:
    """Return the initial of a name without diacritics; "#" if it is not alphabetic."""
    letter = normalize_for_search(sort_name.strip())[:1].upper()
    return letter if letter.isalpha() else "#"


def speaker_detail(request: HttpRequest, snapshot: PublishedProgramme, slug: str) -> HttpResponse:
    """Show one speaker. A former slug redirects to the current one."""
    programme = snapshot.programme
    speaker = programme.speaker(slug)
    if speaker is None:
        return redirect_to_current_slug(request, snapshot, "speakers:detail", "speakers", slug)
    context = {
        "section": "speakers",
        "snapshot": snapshot,
        "programme": programme,
        "time_zones": DisplayTimeZones.from_query(request.GET.get("tz", ""), programme.time_zone),
        "speaker": speaker,
        "sessions": programme.get_sessions_of(speaker),
    }
    return render(request, "speakers/speaker_detail.html", context)
