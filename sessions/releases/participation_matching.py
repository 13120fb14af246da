"""Matching of a session's participations in a release with the rows of the draft, which are reused."""

from collections.abc import Iterable

from . import draft


def match_participations(rows: Iterable[dict], items: list[dict]) -> list[dict | None]:
    """Return the row to reuse for each participation of the document, or None.

    A row with the same speaker and role is preferred to one with the same speaker; placeholders count as one speaker.
    """
    unmatched = list(rows)
    matches: list[dict | None] = [None] * len(items)
    for get_key in (get_role_key, get_speaker_key):
        for position, item in enumerate(items):
            if matches[position] is None:
                same = (row for row in unmatched if get_key(draft.serialize_participation(row)) == get_key(item))
                matches[position] = next(same, None)
                unmatched = [row for row in unmatched if row is not matches[position]]
    return matches


def get_role_key(item: dict) -> tuple:
    return item["speaker"], item["role"], None if item["speaker"] else item["placeholder"]


def get_speaker_key(item: dict) -> str | None:
    return item["speaker"]
