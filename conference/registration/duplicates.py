"""Registrations that may be of one person: told to registrars, who decide. Two that share

- the name as in the passport, marks, case and order of its words aside, and the country; or
- the organization, and a name that is nearly the same: all but a letter or two, or the shorter one's words all in the
  longer one.

Nothing is concluded from it by the site, and those who are declined or cancelled are pointed out like the others.
"""

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

from django.utils.translation import gettext_lazy as _

from conference.core.text import normalize_for_search

from .models import Registration

# So alike are names that may be the same one, spelled in two ways; 1 is equal.
MIN_SIMILARITY = 0.88
# So many letters may be different.
MAX_DIFFERENT_LETTERS = 2
# Nobody compares each with each in an organization of more people: there, names are to be equal.
MAX_GROUP_SIZE = 300

SAME_NAME = _("same name and country")
SIMILAR_NAME = _("same organization and similar name")


@dataclass(frozen=True)
class NameFingerprint:
    """What is compared of a registration."""

    key: object
    words: tuple
    letters: frozenset
    country: str
    organization: str

    @classmethod
    def from_values(cls, key, name, country, organization):
        words = tuple(sorted(split_words(name)))
        return cls(key, words, frozenset("".join(words)), str(country), " ".join(split_words(organization)))


def split_words(text):
    folded = normalize_for_search(text)
    if not folded.isalnum():
        folded = "".join(letter if letter.isalnum() else " " for letter in folded)
    return folded.split()


def find_pairs(people):
    """{frozenset of two keys: why they may be one person}, for all of them. Pure."""
    found = {}
    for group in group_by(people, lambda person: (person.words, person.country)):
        found |= {frozenset((one.key, two.key)): SAME_NAME for one, two in combinations(group, 2) if one.words}
    for group in group_by(people, lambda person: person.organization):
        if group[0].organization and len(group) <= MAX_GROUP_SIZE:
            similar = ((one, two) for one, two in combinations(group, 2) if names_match(one, two))
            found |= {frozenset((one.key, two.key)): SIMILAR_NAME for one, two in similar} | found
    return found


def group_by(people, what):
    groups = defaultdict(list)
    for person in people:
        groups[what(person)].append(person)
    return [group for group in groups.values() if len(group) > 1]


def names_match(one, two):
    """Whether the names of two people may be the same one."""
    shorter, longer = sorted((one.words, two.words), key=len)
    if len(shorter) > 1 and set(shorter) <= set(longer):
        return True
    # Asked first because it is asked of each pair: a letter that is another one makes two that only one of them has.
    if not shorter or len(one.letters ^ two.letters) > 2 * MAX_DIFFERENT_LETTERS:
        return False
    first, second = "".join(one.words), "".join(two.words)
    return (
        abs(len(first) - len(second)) <= MAX_DIFFERENT_LETTERS
        and SequenceMatcher(None, first, second, False).ratio() >= MIN_SIMILARITY
    )


# Asked of the database


def suspected_duplicate_ids():
    """The keys of all registrations that may be of the same person as another one. One query."""
    return {key for pair in find_pairs(load_fingerprints()) for key in pair}


def duplicates_of(registration):
    """Pairs of another registration that may be of the same person, and why; the one submitted first comes first."""
    reasons = match_fingerprint(
        NameFingerprint.from_values(registration.pk, *compared_fields(registration)), load_fingerprints()
    )
    rows = Registration.objects.filter(pk__in=reasons).select_related("user", "category").prefetch_related("seats")
    return [(row, reasons[row.pk]) for row in rows.order_by("submitted_at", "pk")]


def match_fingerprint(person, people):
    """{key: why} of those who may be this person."""
    found = {}
    for other in people:
        if other.key == person.key:
            continue
        if other.words and (other.words, other.country) == (person.words, person.country):
            found[other.key] = SAME_NAME
        elif other.organization and other.organization == person.organization and names_match(other, person):
            found[other.key] = SIMILAR_NAME
    return found


def compared_fields(registration):
    return registration.passport_name, registration.country.code, registration.organization


def load_fingerprints():
    rows = Registration.objects.order_by().values_list("pk", "passport_name", "country", "organization")
    return [NameFingerprint.from_values(*row) for row in rows]
