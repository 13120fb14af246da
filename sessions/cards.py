"""Rendered session cards of the agenda, cached per release.

Rendering them takes most of the time of a long agenda. A search or filter reuses those of the whole agenda.
"""

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.translation import get_language

TIMEOUT = 86400  # seconds


def session_cards(edition, sessions, clock):
    """Return the card of each session as HTML, by slug, in the active language."""
    template = get_template("sessions/_session_card.html")
    context = {
        "edition": edition,
        "programme": edition.programme,
        "clock": clock,
        "LANGUAGE_CODE": get_language(),
    }

    def render(session):
        return template.render(context | {"session": session})

    if edition.within:
        # A preview is read from the database each time.
        return {session.slug: render(session) for session in sessions}
    cache, prefix = caches["template_fragments"], _key_prefix(edition.programme, clock)
    cards = cache.get_many(f"{prefix}:{session.slug}" for session in sessions)
    missing = {key: render(session) for session in sessions if (key := f"{prefix}:{session.slug}") not in cards}
    cache.set_many(missing, TIMEOUT)
    cards |= missing
    return {session.slug: cards[f"{prefix}:{session.slug}"] for session in sessions}


def _key_prefix(programme, clock):
    zone = clock.away.key if clock.away else ""
    return f"session_card:{programme.number}:{programme.published_at.timestamp()}:{get_language()}:{zone}"
