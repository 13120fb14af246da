"""Suspected duplicates: registrations that may be of one person. Registrars see them and decide.

Two registrations match if they share

- the country and the name as in the passport, regardless of diacritics, case, punctuation, and the order of words or
  the spaces between them; a country that is not known is the same as any; or
- the organization, and a similar name: up to two letters differ, or one name has all words of the other.

Declined and cancelled registrations are included.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from operator import attrgetter
from typing import Self

from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.text import normalize_for_search, separate_words

from .models import Registration

# Least ratio of SequenceMatcher for two spellings of one name; 1 is equal.
MIN_SIMILARITY = 0.88
MAX_DIFFERENT_LETTERS = 2
# Similar names are not searched in larger organizations, because the time grows with the square of the size.
MAX_GROUP_SIZE = 300

SAME_NAME = _("same name and country")
SIMILAR_NAME = _("same organization and similar name")


@dataclass(frozen=True)
class NameFingerprint:
    """Normalized values of a registration that are compared."""

    key: Hashable
    words: tuple[str, ...]
    # The name without spaces and punctuation, as they are not the same in all documents.
    compact: str
    letters: frozenset[str]
    country: str
    organization: str

    @classmethod
    def from_values(cls, key: Hashable, name: str, country: str, organization: str) -> Self:
        words = separate_words(normalize_for_search(name)).split()
        compact = "".join(words)
        organization = separate_words(normalize_for_search(organization)).replace(" ", "")
        return cls(key, tuple(sorted(words)), compact, frozenset(compact), str(country), organization)

    def has_same_name(self, other: Self) -> bool:
        return bool(self.words) and (self.words == other.words or self.compact == other.compact)

    def may_have_same_country(self, other: Self) -> bool:
        return self.country == other.country or not (self.country and other.country)


def find_pairs(people: Collection[NameFingerprint]) -> dict[frozenset, str]:
    """Return {frozenset of two keys: reason} of all pairs that match."""
    pairs = {}
    for name in (attrgetter("words"), attrgetter("compact")):
        for group in group_by(people, name):
            same = ((one, two) for one, two in combinations(group, 2) if one.may_have_same_country(two))
            pairs |= {frozenset((one.key, two.key)): SAME_NAME for one, two in same if one.words}
    for group in group_by(people, lambda person: person.organization):
        if group[0].organization and len(group) <= MAX_GROUP_SIZE:
            similar = ((one, two) for one, two in combinations(group, 2) if names_match(one, two))
            pairs = {frozenset((one.key, two.key)): SIMILAR_NAME for one, two in similar} | pairs
    return pairs


def group_by(people: Iterable[NameFingerprint], key: Callable) -> list[list[NameFingerprint]]:
    """Return the groups of people with an equal key, if they have two members or more."""
    groups = defaultdict(list)
    for person in people:
        groups[key(person)].append(person)
    return [group for group in groups.values() if len(group) > 1]


def names_match(one: NameFingerprint, two: NameFingerprint) -> bool:
    """Return whether two names may be spellings of the same one."""
    shorter, longer = sorted((one.words, two.words), key=len)
    if len(shorter) > 1 and set(shorter) <= set(longer):
        return True
    # This cheap test excludes most pairs: each replaced letter adds at most two to the symmetric difference.
    if not shorter or len(one.letters ^ two.letters) > 2 * MAX_DIFFERENT_LETTERS:
        return False
    first, second = "".join(one.words), "".join(two.words)
    return (
        abs(len(first) - len(second)) <= MAX_DIFFERENT_LETTERS
        and SequenceMatcher(None, first, second, False).ratio() >= MIN_SIMILARITY
    )


# Queries


def suspected_duplicate_ids() -> set:
    """Return the ids of all registrations that match another one, with one query."""
    return {key for pair in find_pairs(load_fingerprints()) for key in pair}


def duplicates_of(registration: Registration) -> list[tuple[Registration, str]]:
    """Return (registration with proved_email, reason) of the matches in the order of submission."""
    return find_matches(registration.pk, *compared_fields(registration))


def find_matches(key: Hashable, name: str, country: str, organization: str) -> list[tuple[Registration, str]]:
    """Return the matches as duplicates_of() does, also for a person who is not registered yet."""
    fingerprint = NameFingerprint.from_values(key, name, country, organization)
    reasons = match_fingerprint(fingerprint, load_fingerprints())
    matches = Registration.objects.filter(pk__in=reasons).select_related("user", "category").prefetch_related("seats")
    matches = matches.annotate(proved_email=delivery_email_query("user"))
    return [(match, reasons[match.pk]) for match in matches.order_by("submitted_at", "pk")]


def match_fingerprint(person: NameFingerprint, people: Iterable[NameFingerprint]) -> dict[Hashable, str]:
    """Return {key: reason} of the people who match one person."""
    reasons = {}
    for other in people:
        if other.key == person.key:
            continue
        if other.has_same_name(person) and other.may_have_same_country(person):
            reasons[other.key] = SAME_NAME
        elif other.organization and other.organization == person.organization and names_match(other, person):
            reasons[other.key] = SIMILAR_NAME
    return reasons


def compared_fields(registration: Registration) -> tuple[str, str, str]:
    return registration.passport_name, registration.country.code, registration.organization


def load_fingerprints() -> list[NameFingerprint]:
    registrations = Registration.objects.order_by().values_list("pk", "passport_name", "country", "organization")
    return [NameFingerprint.from_values(*values) for values in registrations]
