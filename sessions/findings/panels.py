"""The balance of the panels, as far as it is known. Nothing is ever concluded from a name."""

from django.utils.translation import gettext as _

from .finding import Level, finding
from .regions import region
from .registry import rule

# Below this many, a panel says nothing about balance.
FEWEST = 3


@rule
def one_gender(draft):
    """Only where half of the panel or more have stated a gender."""
    for session in draft.held:
        stated = [speaker.gender for speaker in session.speakers if speaker.gender]
        if _are_enough(stated, session) and len(set(stated)) == 1:
            text = _("Everybody in “%(session)s” who has stated a gender has stated the same one.")
            yield finding(Level.INFORMS, "one_gender", text % {"session": session}, session)


@rule
def one_region(draft):
    """Only where the country of half of the panel or more is known."""
    for session in draft.held:
        known = [found for speaker in session.speakers if (found := region(speaker.country))]
        if _are_enough(known, session) and len(set(known)) == 1:
            words = {"session": session, "region": known[0].label}
            text = _("All speakers in “%(session)s” whose country is known are from one regional group: %(region)s.")
            yield finding(Level.INFORMS, "one_region", text % words, session)


def _are_enough(known, session):
    awaited = sum(part.speaker is None for part in session.parts)
    return len(known) >= FEWEST and 2 * len(known) >= len(session.speakers) + awaited
