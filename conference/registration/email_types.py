"""The letters there are, and what may stand in braces in each of them."""

from django.utils.translation import gettext_lazy as _

EMAIL_TYPES = {
    "received": _("Received: it will be looked at"),
    "confirmed": _("Confirmed"),
    "waitlisted": _("Approved, waiting for a seat"),
    "declined": _("Declined"),
    "offer": _("A seat is offered"),
    "offer_expired": _("An offer has lapsed"),
    "cancelled": _("Cancelled"),
    "changed": _("Days or facts changed"),
    "pending_again": _("Changed, to be approved again"),
}

COMMON_PLACEHOLDERS = {
    "name": _("the person’s name as on the badge"),
    "conference": _("the short name of the conference"),
    "dates": _("its dates"),
    "city": _("its city"),
    "days": _("the days the person asked for, each with its mode and how it stands; a list, in a paragraph of its own"),
    "category": _("the person’s category"),
    "state": _("the state of the registration in a word"),
    "my_link": _("the address of the person’s own page"),
}
EXTRA_PLACEHOLDERS = {
    "offer": {
        "day": _("the day of the seat"),
        "mode": _("in person or online"),
        "deadline": _("until when the offer stands"),
        "offer_link": _("the address at which the offer is accepted or declined"),
    },
    "offer_expired": {
        "day": _("the day of the seat"),
        "mode": _("in person or online"),
        "what_next": _("whether the person is still on the list"),
    },
    "declined": {
        "reason": _("the reason, from the list"),
        "note": _("what the registrar wrote to the person; may be empty"),
    },
}


def placeholders_for(kind):
    """{name: what it says} of what may stand in braces in a letter of this kind."""
    return COMMON_PLACEHOLDERS | EXTRA_PLACEHOLDERS.get(kind, {})
