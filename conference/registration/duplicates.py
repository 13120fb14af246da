"""Suspected duplicates: registrations that may be of one person. Registrars see them and decide.

Two registrations match if they share

- the country and the name as in the passport, regardless of diacritics, case and word order; or
- the organization, and a similar name: up to two letters differ, or one name has all words of the other.

Declined and cancelled registrations are included.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Self

from django.utils.translation import gettext_lazy as _

from conference.accounts.email_ownership import delivery_email_query
from conference.core.i18n.text import normalize_for_search

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
    letters: frozenset[str]
    country: str
    organization: str

    @classmethod
    def from_values(cls, key: Hashable, name: str, country: str, organization: str) -> Self:
        words = tuple(sorted(split_words(name)))
        return cls(key, words, frozenset("".join(words)), str(country), " ".join(split_words(organization)))


def split_words(text: str) -> list[str]:
    """Return the normalized words of a text, without punctuation."""
    normalized = normalize_for_search(text)
    if not normalized.isalnum():
        normalized = "".join(character if character.isalnum() else " " for character in normalized)
    return normalized.split()


def find_pairs(people: Collection[NameFingerprint]) -> dict[frozenset, str]:
    """Return {frozenset of two keys: reason} of all pairs that match."""
    pairs = {}
    for group in group_by(people, lambda person: (person.words, person.country)):
        pairs |= {frozenset((one.key, two.key)): SAME_NAME for one, two in combinations(group, 2) if one.words}
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
    fingerprint = NameFingerprint.from_values(registration.pk, *compared_fields(registration))
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
        if other.words and (other.words, other.country) == (person.words, person.country):
            reasons[other.key] = SAME_NAME
        elif other.organization and other.organization == person.organization and names_match(other, person):
            reasons[other.key] = SIMILAR_NAME
    return reasons


def compared_fields(registration: Registration) -> tuple[str, str, str]:
    return registration.passport_name, registration.country.code, registration.organization


def load_fingerprints() -> list[NameFingerprint]:
    registrations = Registration.objects.order_by().values_list("pk", "passport_name", "country", "organization")
    return [NameFingerprint.from_values(*values) for values in registrations]
