"""Values of the placeholders in e-mails about registrations, in the active language and time zone."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from conference.core.i18n.text import LocalizedText
from conference.mail.rendering import SiteURL, TextList, TrustedText, UserInput
from conference.site_data import format_date_range, get_conference_info

from ..formatting import absolute_url, format_mode
from ..models import (
    EventMove,
    Mode,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
    Seat,
    attended_days,
)
from ..offer_tokens import make_offer_token
from .ticket_notes import format_ticket_note, preview_ticket_note
from .types import UNPROVED_ADDRESS_EMAIL, placeholders_for

# When to reply to an e-mail, by its type.
REPLY_NOTES = {
    "declined": gettext_lazy("If you think this is a mistake, please reply to this e-mail."),
    "changed": gettext_lazy("If you did not request this change, please reply to this e-mail."),
    "ticket_replaced": gettext_lazy("If you did not request this change, please reply to this e-mail."),
}


def conference_context() -> dict:
    conference = get_conference_info()
    return {
        "conference": TrustedText(conference.short_name),
        "dates": TrustedText(conference.date_range),
        "city": TrustedText(conference.city),
        "my_link": SiteURL(absolute_url("registration:dashboard")),
    }


def preview_context(email_type: str) -> dict:
    """Return sample values for a preview. The name is malicious input, to show that it is escaped."""
    first_day = format_date(get_conference_info().starts_on or timezone.localdate(), "DATE_FORMAT")
    values = conference_context() | {
        "name": UserInput('Nguyễn Thị Linh [Log in](https://evil.example) <b>"&</b> {my_link}'),
        "days": TextList([gettext("%(day)s: %(mode)s, confirmed") % {"day": first_day, "mode": gettext("in person")}]),
        "category": TrustedText(gettext("Civil society")),
        "state": TrustedText(RegistrationStatus.CONFIRMED.label),
        "day": TrustedText(first_day),
        "mode": TrustedText(gettext("in person")),
        "deadline": TrustedText(format_deadline(timezone.now())),
        "offer_link": SiteURL(absolute_url("registration:offer", "sample")),
        "what_next": TrustedText(format_next_step(Seat(status=Seat.Status.WAITLISTED))),
        "old_dates": TrustedText(first_day),
        "change_link": SiteURL(absolute_url("registration:dashboard")),
        "attended_days": TextList([gettext("%(day)s: %(mode)s") % {"day": first_day, "mode": gettext("in person")}]),
        "certificate_link": SiteURL(absolute_url("registration:certificate_pdf")),
        "reason": TrustedText(RegistrationEvent.Reason.FULL.label),
        "note": TrustedText(gettext("The organizer’s message appears here.")),
        "reply_note": TrustedText(format_reply_note(email_type)),
        "ticket_note": TrustedText(preview_ticket_note(email_type)),
    }
    return {name: values[name] for name in placeholders_for(email_type)}


def email_context(
    email_type: str,
    registration: Registration,
    seats: Iterable[Seat],
    *,
    seat: Seat | None = None,
    reason: str = "",
    note: str = "",
    move: EventMove | None = None,
) -> dict:
    """Return the values of all placeholders of a type, in the active language and time zone."""
    if email_type == UNPROVED_ADDRESS_EMAIL:
        return conference_context()
    values = conference_context() | {
        "name": UserInput(registration.badge_name),
        "days": TextList(map(format_seat, active_seats(seats))),
        "category": TrustedText(LocalizedText.of(registration.category, "name")),
        "state": TrustedText(registration.get_status_display()),
    }
    if email_type in REPLY_NOTES:
        values["reply_note"] = TrustedText(format_reply_note(email_type))
    if "ticket_note" in placeholders_for(email_type):
        values["ticket_note"] = TrustedText(format_ticket_note(email_type, registration, seats, move))
    if email_type == "offer":
        values |= offer_context(seat)
    if email_type == "offer_expired":
        values |= seat_context(seat) | {"what_next": TrustedText(format_next_step(seat))}
    if email_type == "moved":
        values |= move_context(move)
    if email_type == "certificate":
        values |= certificate_context(registration)
    if email_type == "declined":
        values |= {"reason": TrustedText(format_reason(reason)), "note": TrustedText(note)}
    return values


def format_reply_note(email_type: str) -> str:
    """Return when to reply to the e-mail; empty without a contact address, because replies would reach nobody."""
    has_contact = bool(get_conference_info().contact)
    return str(REPLY_NOTES[email_type]) if has_contact and email_type in REPLY_NOTES else ""


def active_seats(seats: Iterable[Seat]) -> list[Seat]:
    return sorted((seat for seat in seats if not seat.is_released), key=attrgetter("day", "mode"))


def format_seat(seat: Seat) -> str:
    """Return day, mode and status, for example “7 December 2020: in person, confirmed”."""
    values = {"day": format_date(seat.day, "DATE_FORMAT"), "mode": format_mode(seat.mode)}
    if seat.is_interim and seat.mode == Mode.IN_PERSON:
        return gettext("%(day)s: in person, until a place online is free") % values
    if seat.is_interim:
        return gettext("%(day)s: online, until an in-person seat is free") % values
    if seat.status == Seat.Status.CONFIRMED:
        return gettext("%(day)s: %(mode)s, confirmed") % values
    if seat.status == Seat.Status.WAITLISTED:
        return gettext("%(day)s: %(mode)s, on the wait list") % values
    if seat.status == Seat.Status.OFFERED:
        return gettext("%(day)s: %(mode)s, a seat is offered to you") % values
    return gettext("%(day)s: %(mode)s") % values


def seat_context(seat: Seat) -> dict:
    return {"day": TrustedText(format_date(seat.day, "DATE_FORMAT")), "mode": TrustedText(format_mode(seat.mode))}


def offer_context(seat: Seat) -> dict:
    return seat_context(seat) | {
        "deadline": TrustedText(format_deadline(seat.offer_ends_at)),
        "offer_link": SiteURL(absolute_url("registration:offer", make_offer_token(seat))),
    }


def move_context(move: EventMove) -> dict:
    return {
        "old_dates": TrustedText(format_date_range(move.from_first_day, move.from_last_day)),
        "change_link": SiteURL(absolute_url("registration:dashboard")),
    }


def certificate_context(registration: Registration) -> dict:
    days = [
        gettext("%(day)s: %(mode)s") % {"day": format_date(item.day, "DATE_FORMAT"), "mode": format_mode(item.mode)}
        for item in attended_days(registration)
    ]
    return {
        "attended_days": TextList(days),
        "certificate_link": SiteURL(absolute_url("registration:certificate_pdf")),
    }


def format_deadline(deadline: datetime) -> str:
    """Return an aware datetime in the active time zone, with the city of the conference."""
    date_and_time = format_date(timezone.localtime(deadline), "DATETIME_FORMAT")
    return gettext("%(moment)s, %(city)s time") % {"moment": date_and_time, "city": get_conference_info().clock_place}


def format_next_step(seat: Seat) -> str:
    if seat.status == Seat.Status.WAITLISTED:
        return gettext(
            "You are now at the end of the wait list. We will offer you a seat once more when one becomes free."
        )
    if seat.is_over:
        return gettext("The day is over, so the wait list for it is closed.")
    return gettext(
        "You are no longer on the wait list for this day. You can request it again on your registration page."
    )


def format_reason(reason: str) -> str:
    """Return the label of a RegistrationEvent.Reason, or another text as it is."""
    return str(RegistrationEvent.Reason(reason).label) if reason in RegistrationEvent.Reason.values else str(reason)
