"""Search for people at the entrance: by name, e-mail address, ticket number or organization.

Each process keeps the searchable texts of all registrations in memory, because folding the names of ten thousand people
takes longer than a request may. They are compared with the database when a registration has changed, and otherwise
every REFRESH_SECONDS, because proved addresses change without it.
"""

import threading
import time
import uuid
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Max, Prefetch

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.text import make_sort_key
from conference.core.search import SearchText, find_matches, spellings, split_search

from ..days import days_in_progress
from ..models import CLOSED_STATUSES, CheckIn, Entrance, Registration, Ticket, Verdict
from ..tickets.issuance import find_tickets_by_number
from .access import Access
from .answers import BAD, TONES, Answer, describe_person, format_heading, format_time
from .answers import format_detail as format_rule_detail
from .recording import Direction

MAX_RESULTS = 20
MAX_QUERY_LENGTH = 200
REFRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class IndexedPerson:
    """Values of a registration at the time when they were folded, and the folded text."""

    values: tuple
    text: SearchText
    sort_key: str


@dataclass
class PeopleIndex:
    """Searchable texts of all registrations of this process. Thread-safe: the mapping is replaced as a whole."""

    people: dict[uuid.UUID, IndexedPerson] = field(default_factory=dict)
    version: Hashable = None
    refreshed_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, term: str) -> list[uuid.UUID]:
        """Return the keys of the best matches, open registrations first, then by name."""
        people = self.refresh()
        matches = find_matches({key: person.text for key, person in people.items()}, term)
        return sorted(matches, key=lambda key: rank(people[key]))[:MAX_RESULTS]

    def refresh(self) -> dict[uuid.UUID, IndexedPerson]:
        with self.lock:
            version, now = get_version(), time.monotonic()
            if version != self.version or now - self.refreshed_at > REFRESH_SECONDS:
                self.people = fold_changed(self.people, load_values())
                self.version, self.refreshed_at = version, now
            return self.people

    def clear(self) -> None:
        self.people, self.version, self.refreshed_at = {}, None, 0.0


index = PeopleIndex()


def get_version() -> Hashable:
    """Return a value that changes with each registration."""
    return tuple(Registration.objects.aggregate(Count("pk"), Max("updated_at")).values())


def load_values() -> Iterable[tuple]:
    registrations = Registration.objects.order_by().annotate(proved_email=delivery_email_query("user"))
    return registrations.values_list("pk", "badge_name", "passport_name", "organization", "proved_email", "status")


def fold_changed(people: dict[uuid.UUID, IndexedPerson], rows: Iterable[tuple]) -> dict[uuid.UUID, IndexedPerson]:
    """Return the index of these rows, with the texts that are in the present one already."""
    folded = {}
    for key, *values in rows:
        known = people.get(key)
        folded[key] = known if known and known.values == tuple(values) else fold(tuple(values))
    return folded


def fold(values: tuple) -> IndexedPerson:
    *texts, _status = values
    return IndexedPerson(values, SearchText.of("\n".join(spellings(filter(None, texts)))), make_sort_key(values[0]))


def rank(person: IndexedPerson) -> tuple:
    return person.values[-1] in CLOSED_STATUSES, person.sort_key


def find_people(term: str, access: Access, entrance: Entrance) -> list[Answer]:
    """Return up to MAX_RESULTS people who match a term, with what the rule says about them now.

    The number of queries does not depend on the number of people.
    """
    term = term[:MAX_QUERY_LENGTH]
    keys: Collection[uuid.UUID] = find_tickets_by_number(term).values_list("registration", flat=True)[:MAX_RESULTS]
    keys = list(dict.fromkeys(keys)) or (index.find(term) if split_search(term) else [])
    people = Registration.objects.filter(pk__in=keys).select_related("category")
    people = people.prefetch_related("seats", Prefetch("tickets", Ticket.objects.valid()))
    found = {person.pk: person for person in people}
    latest = find_latest_check_ins(found, entrance)
    return [describe_search_result(found[key], latest.get(key), access, entrance) for key in keys if key in found]


def find_latest_check_ins(keys: Iterable[uuid.UUID], entrance: Entrance) -> dict[uuid.UUID, CheckIn]:
    """Return the latest check-in of each of these people at the place of an entrance, today."""
    check_ins = CheckIn.objects.effective().filter(
        registration__in=list(keys), day__in=days_in_progress(), entrance__session=entrance.session_id
    )
    return {item.registration_id: item for item in check_ins.select_related("entrance").order_by("at", "received_at")}


def describe_search_result(
    registration: Registration, latest: CheckIn | None, access: Access, entrance: Entrance
) -> Answer:
    admission = registration.check_admission(entrance=entrance)
    is_inside = latest is not None and latest.direction == Direction.IN
    verdict = Verdict.ALREADY_IN if is_inside and admission.is_allowed else admission.verdict
    return Answer(
        verdict,
        format_heading(verdict, admission, latest),
        format_rule_detail(verdict, admission, entrance, registration),
        TONES.get(verdict, BAD),
        can_override=access.can_override and not admission.is_allowed,
        inside=is_inside,
        since=format_time(latest.at) if latest and is_inside else "",
        **describe_person(registration, admission, None),
    )
