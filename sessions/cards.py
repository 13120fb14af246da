"""Rendered session cards of the agenda, cached per release and by whether the session is on.

Rendering them takes most of the time of a long agenda. A search or filter reuses the cards of the whole agenda.
"""

import datetime
from collections.abc import Iterable

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.translation import get_language

from conference.core.i18n.timezones import DisplayTimeZones

from .agenda import is_on
from .programme import Session
from .releases.current import PublishedProgramme

TIMEOUT = 86400  # seconds


def render_session_cards(
    snapshot: PublishedProgramme, sessions: Iterable[Session], time_zones: DisplayTimeZones, now: datetime.datetime
) -> dict[str, str]:
    """Return the card of each session as HTML, by slug, in the active language."""
    template = get_template("sessions/_session_card.html")
    context = {
        "snapshot": snapshot,
        "programme": snapshot.programme,
        "time_zones": time_zones,
        "LANGUAGE_CODE": get_language(),
    }

    def render(session: Session) -> str:
        return template.render(context | {"session": session, "is_on": is_on(session, now)})

    if snapshot.is_preview:
        # A preview shows the current draft, so its cards are not cached.
        return {session.slug: render(session) for session in sessions}
    cache, prefix = caches["template_fragments"], make_key_prefix(snapshot, time_zones)
    keys = {f"{prefix}:{session.slug}:{is_on(session, now)}": session for session in sessions}
    cards = cache.get_many(keys)
    missing = {key: render(session) for key, session in keys.items() if key not in cards}
    cache.set_many(missing, TIMEOUT)
    cards |= missing
    return {session.slug: cards[key] for key, session in keys.items()}


def make_key_prefix(snapshot: PublishedProgramme, time_zones: DisplayTimeZones) -> str:
    zone = time_zones.visitor.key if time_zones.visitor else ""
    pages = snapshot.url_namespace.name if snapshot.url_namespace else ""
    programme = snapshot.programme
    return f"session_card:{pages}:{programme.number}:{programme.published_at.timestamp()}:{get_language()}:{zone}"
