"""Check-in section of the admin dashboard: live counters of the venue and of each room."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ...check_in.counters import Counters, count_places
from ...check_in.days import current_day
from ...days import is_conference_day
from ...models import Entrance


@dataclass(frozen=True)
class PlaceSummary:
    """The venue, whose entrances share one count, or one room. entrance is the key of its first entrance."""

    entrance: int
    name: str
    counters: Counters


def get_check_in_context(user: User | AnonymousUser) -> dict[str, object]:
    """Return the context of the section; it is empty for users who do not check people in.

    Outside of the days of the conference there are no places. The number of queries is constant.
    """
    if not user.has_perm("registration.check_in"):
        return {}
    day = current_day()
    return {"check_in_day": day, "check_in_places": summarize_places() if is_conference_day(day) else []}


def summarize_places() -> list[PlaceSummary]:
    entrances = list(Entrance.objects.filter(is_open=True).select_related("session"))
    counters = count_places(entrances, current_day())
    by_place: dict[object, list[Entrance]] = {}
    for entrance in entrances:
        by_place.setdefault(entrance.session_id, []).append(entrance)
    return [
        PlaceSummary(group[0].pk, name_place(group), counters[group[0].pk])
        for _session, group in sorted(by_place.items(), key=lambda item: item[0] is not None)
    ]


def name_place(entrances: list[Entrance]) -> str:
    """Return the names of the entrances, with the session if they are those of a room."""
    names = get_text_list([str(entrance) for entrance in entrances], _("and"))
    session = entrances[0].session
    return _("%(entrance)s: %(session)s") % {"entrance": names, "session": session} if session else names
