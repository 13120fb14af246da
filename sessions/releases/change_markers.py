"""What the last important change of each session was: the note under the session on the agenda and on its page."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conference.core.i18n.text import LocalizedText

from .changelog import is_cancellation

# What visitors call the fields of a session, apart from its status. Changes of other fields are not shown.
ASPECTS = {
    "starts_at": "time",
    "ends_at": "time",
    "room": "room",
    "title": "title",
    "kind": "kind",
    "format": "format",
    "participations": "speakers",
    "languages": "languages",
    "interpretation": "languages",
    "captions": "languages",
    "sign_languages": "languages",
    "summary": "description",
    "description": "description",
    "notice": "notice",
    "themes": "themes",
    "links": "links",
}
TEXT_FIELDS = {"title", "summary", "description", "notice"}
# A later change of these alone does not hide an earlier change of the others.
MINOR_ASPECTS = {"description", "notice", "themes", "links"}


@dataclass(frozen=True, slots=True)
class ChangeMarker:
    """The release that cancelled a session, or was the last to change something important in it.

    aspects are values of ASPECTS, or one of "cancelled", "reinstated", "confirmed" and "tentative" for its status. slug
    is the session's in that release.
    """

    number: int
    published_at: datetime.datetime
    slug: str
    aspects: tuple[str, ...]

    @property
    def is_cancelled(self) -> bool:
        return self.aspects == ("cancelled",)

    @property
    def is_minor(self) -> bool:
        return MINOR_ASPECTS.issuperset(self.aspects)


def build_change_markers(releases: Iterable[Any], language: str) -> dict[str, ChangeMarker]:
    """Return the markers by session id, from release summaries with the newest first.

    Sessions without a visible change since they were added have none. A text counts if it differs in the language.
    """
    markers: dict[str, ChangeMarker] = {}
    for release in reversed(tuple(releases)):
        sessions = release.changes["sessions"]
        for item in (*sessions["added"], *sessions["removed"]):
            markers.pop(item["id"], None)
        for item in sessions["changed"]:
            aspects = list_aspects(item, language)
            if aspects:
                marker = ChangeMarker(release.number, release.published_at, item["slug"], aspects)
                markers[item["id"]] = choose_marker(marker, item, markers.get(item["id"]))
    return markers


def choose_marker(marker: ChangeMarker, item: dict, previous: ChangeMarker | None) -> ChangeMarker:
    """Return the marker to show: the cancelling one while the session stays cancelled, no minor after a major one."""
    if previous is None:
        return marker
    if previous.is_cancelled:
        return marker if "status" in item["fields"] else previous
    return previous if marker.is_minor and not previous.is_minor else marker


def list_aspects(item: dict, language: str) -> tuple[str, ...]:
    """Return what changed in a session: only its status if that is decisive, else the major aspects, else the minor."""
    if is_cancellation(item):
        return ("cancelled",)
    before, after = item["fields"].get("status", ["", ""])
    if before == "cancelled":
        return ("reinstated",)
    fields = [name for name in ASPECTS if name in item["fields"] and is_visible_change(item, name, language)]
    aspects = dict.fromkeys(ASPECTS[name] for name in fields)
    if after:
        aspects = {after: None} | aspects
    return tuple(name for name in aspects if name not in MINOR_ASPECTS) or tuple(aspects)


def is_visible_change(item: dict, name: str, language: str) -> bool:
    """Return whether a field has another value in the language; start and end are both given if one changed."""
    before, after = item["fields"][name]
    if name in TEXT_FIELDS:
        before, after = (LocalizedText(text or {}).resolve(language)[0] for text in (before, after))
    return before != after
