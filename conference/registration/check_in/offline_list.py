"""The list of people with which a device checks people in without a network.

It holds the least that the operator needs: hashes of tickets, names as on the badge, categories, and what the rule says
about today. It is made once per process and version. The version changes when a registration, a ticket or a category
changes, and at the end of each day.
"""

import hashlib
import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Max
from django.utils import timezone

from conference.core.i18n.text import LocalizedText
from conference.core.polling import NotLoadedError
from sessions.releases import current

from ..days import current_day, days_in_progress, get_day_end
from ..formatting import conference_days
from ..models import Admission, Category, EventMove, Registration, RegistrationEvent, Seat, Ticket, Verdict
from ..tickets.issuance import issue_missing_tickets
from .ticket_hashes import ticket_hashes

# The names of these people are not needed: they have no valid ticket.
NAMELESS = frozenset({Verdict.REPLACED, Verdict.CANCELLED})
Row = tuple[str, str, str, int, str, int]


@dataclass(frozen=True)
class OfflineList:
    """The list in one language, as JSON."""

    version: str
    content: bytes


@dataclass
class ListCache:
    """The newest list of each language in this process. One thread makes it while others wait."""

    lists: dict[str, OfflineList] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, language: str) -> OfflineList:
        with self.lock:
            version = get_version()
            stored = self.lists.get(language)
            if stored is None or stored.version != version:
                self.lists[language] = build_list()
            return self.lists[language]

    def clear(self) -> None:
        self.lists = {}


list_cache = ListCache()


def get_version() -> str:
    """Return a text that changes whenever the list may change, in five small queries.

    Seats change together with an event of their registration, or when the whole event is moved.
    """
    parts: list[Hashable] = [tuple(days_in_progress()), current_release_number()]
    parts.append(Registration.objects.aggregate(Count("pk"), Max("updated_at")))
    parts.append(RegistrationEvent.objects.aggregate(Max("pk")))
    parts.append(Ticket.objects.aggregate(Count("pk"), Max("issued_at"), Max("voided_at")))
    parts.append(Category.objects.aggregate(Count("pk"), Max("updated_at")))
    parts.append(EventMove.objects.aggregate(Max("pk")))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def current_release_number() -> int:
    try:
        return current.get_programme().number
    except NotLoadedError:
        return 0


def build_list() -> OfflineList:
    """Issue the missing tickets and return the list in the active language. The number of queries is constant."""
    issue_missing_tickets(Registration.objects.all())
    version, day = get_version(), current_day()
    days = conference_days() or [day]
    categories = list(Category.objects.all())
    content = {
        "version": version,
        "day": day.isoformat(),
        "ends_at": get_day_end(day).isoformat(),
        "made_at": timezone.now().isoformat(),
        "days": [day.isoformat() for day in days],
        "categories": [describe_category(category) for category in categories],
        "rows": build_rows(days, {category.pk: index for index, category in enumerate(categories)}),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return OfflineList(version, text.encode())


def describe_category(category: Category) -> dict[str, str | int]:
    return {
        "id": category.pk,
        "name": str(LocalizedText.of(category, "name")),
        "color": category.color,
        "handout": str(LocalizedText.of(category, "handout")),
    }


def build_rows(days: list[date], category_indexes: dict[int, int]) -> list[Row]:
    """Return a row for each ticket that was ever issued."""
    people = load_people()
    admissions = decide_admissions(people)
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", "registration_id", "voided_at"))
    hashes = ticket_hashes.get([key for key, *_values in tickets])
    rows: list[Row] = []
    for key, registration_key, voided_at in tickets:
        # A registration may have been erased since the people were loaded.
        if person := people.get(registration_key):
            admission = admissions[person.group]
            verdict = admission.verdict if voided_at is None else Verdict.REPLACED
            name = "" if verdict in NAMELESS else person.name
            bits = 0 if voided_at else sum(1 << days.index(day) for day in admission.days)
            index = category_indexes[person.category]
            rows += [(text, key.hex[:8], name, index, verdict.value, bits) for text in hashes[key]]
    return rows


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Values of a registration; the rule says the same about all people of one group."""

    name: str
    category: int
    group: tuple


def load_people() -> dict[uuid.UUID, ListedPerson]:
    seats = defaultdict(list)
    rows = Seat.objects.active().order_by("day", "mode").values_list("registration_id", "day", "mode", "status")
    for key, *values in rows:
        seats[key].append(tuple(values))
    registrations = Registration.objects.order_by().values_list("pk", "badge_name", "category_id", "status")
    return {
        key: ListedPerson(name, category, (status, *seats.get(key, ())))
        for key, name, category, status in registrations
    }


def decide_admissions(people: dict[uuid.UUID, ListedPerson]) -> dict[tuple, Admission]:
    """Return what the rule says about each group: people with the same status and seats, of whom one is loaded."""
    samples = {person.group: key for key, person in people.items()}
    registrations = Registration.objects.prefetch_related("seats").in_bulk(samples.values())
    return {
        group: registrations[key].check_admission() if key in registrations else Admission(Verdict.CANCELLED)
        for group, key in samples.items()
    }
