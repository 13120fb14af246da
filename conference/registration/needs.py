"""Totals of accessibility and dietary needs, which people state in their own words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conference.core.i18n.text import normalize_for_search

from .formatting import conference_days
from .models import Mode, Seat, SpecialNeeds

KINDS = {"access": _("Accessibility needs"), "diet": _("Dietary needs")}
# People list several needs in one text.
SEPARATORS = re.compile(r"[,;\n]+")


@dataclass(frozen=True)
class NeedCount:
    """Number of people with a need, in total and on each day of the table (in person)."""

    label: str
    people: int
    by_day: list[int]


@dataclass(frozen=True)
class NeedsTable:
    """Counts of one kind of need: everyone who stated any, then each need, the most frequent first."""

    label: str | Promise
    days: list[date]
    total: NeedCount
    counts: list[NeedCount]


def count_needs(needs: Iterable[SpecialNeeds]) -> list[NeedsTable]:
    """Return a table for each kind of need that is stated. The registrations' seats should be prefetched."""
    people = [(entry, in_person_days(entry)) for entry in needs]
    days = sorted({*conference_days(), *(day for _entry, own_days in people for day in own_days)})
    tables = []
    for kind, label in KINDS.items():
        stated = [(getattr(entry, kind), own_days) for entry, own_days in people if getattr(entry, kind).strip()]
        if stated:
            total = count_people("", [own_days for _text, own_days in stated], days)
            tables.append(NeedsTable(label, days, total, count_each_need(stated, days)))
    return tables


def in_person_days(needs: SpecialNeeds) -> set[date]:
    seats = needs.registration.seats.all()
    return {seat.day for seat in seats if seat.mode == Mode.IN_PERSON and seat.status == Seat.Status.CONFIRMED}


def count_each_need(stated: Iterable[tuple[str, set[date]]], days: list[date]) -> list[NeedCount]:
    """Return a count for each need in pairs of a text and the person's days. The commonest spelling is its label."""
    spellings: dict[str, Counter] = defaultdict(Counter)
    people: dict[str, list[set[date]]] = defaultdict(list)
    for text, own_days in stated:
        for key, spelling in split_needs(text).items():
            spellings[key][spelling] += 1
            people[key].append(own_days)
    labels = {key: min(texts, key=lambda text: (-texts[text], text)) for key, texts in spellings.items()}
    counts = [count_people(labels[key], people[key], days) for key in people]
    return sorted(counts, key=lambda count: (-count.people, normalize_for_search(count.label)))


def split_needs(text: str) -> dict[str, str]:
    """Return {normalized need: the need as written}."""
    items = (" ".join(item.split()).strip(" .-–•*") for item in SEPARATORS.split(text))
    return {normalize_for_search(item): item for item in items if item}


def count_people(label: str, people: list[set[date]], days: list[date]) -> NeedCount:
    return NeedCount(label, len(people), [sum(day in own_days for own_days in people) for day in days])
