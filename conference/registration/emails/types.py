"""Types of e-mail about registrations, and the placeholders that the template of each type can use."""

from django.utils.translation import gettext_lazy as _

# The only e-mail to an address that nobody has proved. It contains no personal data.
UNPROVED_ADDRESS_EMAIL = "registered_by_organizer"
EMAIL_TYPES = {
    "received": _("Received: under review"),
    "confirmed": _("Confirmed"),
    "waitlisted": _("Approved, on the wait list"),
    "declined": _("Declined"),
    "offer": _("Seat offered"),
    "offer_expired": _("Offer expired"),
    "cancelled": _("Cancelled"),
    "changed": _("Days or details changed"),
    "reopened": _("Reopened: under review again"),
    "pending_again": _("Changed: approval required again"),
    "moved": _("Event moved to other days"),
    "ticket_replaced": _("Ticket replaced"),
    "certificate": _("Certificate of attendance"),
    UNPROVED_ADDRESS_EMAIL: _("Registered by an organizer: how to sign in"),
}

COMMON_PLACEHOLDERS = {
    "name": _("the person’s name on the badge"),
    "conference": _("the conference’s short name"),
    "dates": _("the conference dates"),
    "city": _("the conference city"),
    "days": _("the requested days, each with mode and status (a list, in a paragraph of its own)"),
    "category": _("the person’s category"),
    "state": _("the status of the registration"),
    "my_link": _("the link to the person’s registration page"),
}
IMPERSONAL_PLACEHOLDERS = {name: COMMON_PLACEHOLDERS[name] for name in ("conference", "dates", "city", "my_link")}
REPLY_NOTE = {"reply_note": _("when to reply to the e-mail (empty if the conference has no contact e-mail)")}
TICKET_NOTE = {
    "ticket_note": _("whether a ticket is attached, whether earlier copies are valid, and what to do with it")
}
EXTRA_PLACEHOLDERS = {
    "confirmed": TICKET_NOTE,
    "changed": TICKET_NOTE | REPLY_NOTE,
    "ticket_replaced": TICKET_NOTE | REPLY_NOTE,
    "offer": {
        "day": _("the day of the seat"),
        "mode": _("in person or online"),
        "deadline": _("the expiry of the offer"),
        "offer_link": _("the link to accept or decline the offer"),
    },
    "offer_expired": {
        "day": _("the day of the seat"),
        "mode": _("in person or online"),
        "what_next": _("whether the person is still on the wait list"),
    },
    "moved": {
        "old_dates": _("the conference dates before the move"),
        "change_link": _("the link to change days or to cancel"),
        **TICKET_NOTE,
    },
    "certificate": {
        "attended_days": _("the days on which the person was present, each with mode (a list, in its own paragraph)"),
        "certificate_link": _("the link to the certificate"),
    },
    "declined": {
        "reason": _("the reason, as chosen by the organizer"),
        "note": _("the organizer’s message to the person (may be empty)"),
        **REPLY_NOTE,
    },
}


def placeholders_for(email_type: str) -> dict[str, str]:
    """Return {name: description} of the placeholders of a type."""
    if email_type == UNPROVED_ADDRESS_EMAIL:
        return IMPERSONAL_PLACEHOLDERS
    return COMMON_PLACEHOLDERS | EXTRA_PLACEHOLDERS.get(email_type, {})
