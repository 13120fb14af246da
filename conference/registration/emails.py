"""The letters that tell people how their registration stands: written to the database in the transaction of what they
tell, in the language the person chose, as organizers word them or else as the site does. The worker sends them: see
posting."""

from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path

from django.template.defaultfilters import date as in_format
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext

from conference.accounts.email_ownership import delivery_email
from conference.core.text import LocalizedText
from conference.mail.models import QueuedEmail
from conference.mail.outbox import generate_message_id
from conference.mail.rendering import SiteURL, TextList, TrustedText, UserInput, render_template
from conference.site_data import get_conference_info

from .calendars import attendance_calendar
from .email_types import placeholders_for
from .form_options import get_options
from .formatting import absolute_url, format_mode
from .models import Mode, RegistrationEvent, RegistrationStatus, Seat
from .offer_tokens import make_offer_token

TEMPLATES_DIR = Path(__file__).parent / "email_templates"

TYPES_WITH_CALENDAR = {"confirmed", "changed"}


def queue_registration_email(kind, registration, *, seats=None, **values):
    """The letter, to be sent once the caller's transaction is over; None where there is no proved address to
    write to.

    seats are all of the registration, where the caller has them as the database does. values are those of the kind
    alone: seat of "offer" and "offer_expired", reason and note of "declined".
    """
    to = delivery_email(registration.user)
    if not to:
        return None
    if seats is None:
        # Asked anew, whatever the caller has read before.
        seats = list(Seat.objects.filter(registration=registration))
    with translation.override(registration.email_language), timezone.override(get_conference_info().time_zone):
        words = render_email(
            kind, get_options().email_templates.get(kind), email_context(kind, registration, seats, **values)
        )
        calendar = (
            attendance_calendar(registration, seats, method="PUBLISH").decode() if kind in TYPES_WITH_CALENDAR else ""
        )
    return QueuedEmail.objects.create(
        user=registration.user,
        email_type=kind,
        to=to,
        language=registration.email_language,
        subject=words.subject,
        text=words.text,
        html=words.html,
        calendar=calendar,
        message_id=generate_message_id(),
    )


@dataclass(frozen=True)
class RenderedEmail:
    """A letter as it is sent: subject in one line, plain text, a whole HTML document."""

    subject: str
    text: str
    html: str


def render_email(kind, wording, values):
    """A letter in the active language; wording is the organizers' row for the kind, or None."""
    words = render_template(*template_source(kind, wording), values)
    context = {"subject": words.subject, "language": get_language(), "site": get_conference_info()}
    return RenderedEmail(
        words.subject,
        render_to_string("mail/email.txt", context | {"body": words.text}).strip() + "\n",
        render_to_string("mail/email.html", context | {"body": words.html}),
    )


def template_source(kind, wording):
    """Subject and Markdown in the active language: the organizers', where they wrote any, else the site's own."""
    language = get_language()
    own = default_template(kind, language)
    theirs = [getattr(wording, f"{part}_{language}", "").strip() for part in ("subject", "body")]
    return tuple(text or default for text, default in zip(theirs, own, strict=True))


@cache
def default_template(kind, language):
    """Subject and Markdown as the site itself words a letter."""
    heading, _newline, body = (TEMPLATES_DIR / f"{kind}.{language}.md").read_text("utf-8").partition("\n")
    return heading.removeprefix("# ").strip(), body.strip()


# What stands for the placeholders


def preview_context(kind):
    """What a preview shows: of somebody whose name is as hostile as a name can be, and of the conference as it is."""
    said = get_conference_info()
    first = in_format(said.starts_on or timezone.localdate(), "DATE_FORMAT")
    values = {
        "name": UserInput('Nguyễn Thị Linh [Log in](https://evil.example) <b>"&</b> {my_link}'),
        "conference": TrustedText(said.short_name),
        "dates": TrustedText(said.date_range),
        "city": TrustedText(said.city),
        "days": TextList([gettext("%(day)s: %(mode)s, confirmed") % {"day": first, "mode": gettext("in person")}]),
        "category": TrustedText(gettext("Civil society")),
        "state": TrustedText(RegistrationStatus.CONFIRMED.label),
        "my_link": SiteURL(absolute_url("registration:dashboard")),
        "day": TrustedText(first),
        "mode": TrustedText(gettext("in person")),
        "deadline": TrustedText(format_deadline(timezone.now())),
        "offer_link": SiteURL(absolute_url("registration:offer", "sample")),
        "what_next": TrustedText(format_next_step(Seat(status=Seat.Status.WAITLISTED))),
        "reason": TrustedText(RegistrationEvent.Reason.FULL.label),
        "note": TrustedText(gettext("The organizer’s message appears here.")),
    }
    return {name: values[name] for name in placeholders_for(kind)}


def email_context(kind, registration, seats, *, seat=None, reason="", note=""):
    """In the active language and time zone."""
    said = get_conference_info()
    values = {
        "name": UserInput(registration.badge_name),
        "conference": TrustedText(said.short_name),
        "dates": TrustedText(said.date_range),
        "city": TrustedText(said.city),
        "days": TextList(map(format_seat, active_seats(seats))),
        "category": TrustedText(LocalizedText.of(registration.category, "name")),
        "state": TrustedText(registration.get_status_display()),
        "my_link": SiteURL(absolute_url("registration:dashboard")),
    }
    if kind == "offer":
        values |= offer_context(seat)
    if kind == "offer_expired":
        values |= seat_context(seat) | {"what_next": TrustedText(format_next_step(seat))}
    if kind == "declined":
        values |= {"reason": TrustedText(format_reason(reason)), "note": TrustedText(note)}
    return values


def active_seats(seats):
    return sorted((seat for seat in seats if seat.status != Seat.Status.RELEASED), key=attrgetter("day", "mode"))


def format_seat(seat):
    words = {"day": in_format(seat.day, "DATE_FORMAT"), "mode": format_mode(seat.mode)}
    if seat.is_interim and seat.mode == Mode.IN_PERSON:
        return gettext("%(day)s: in person, until a place online is free") % words
    if seat.is_interim:
        return gettext("%(day)s: online, until an in-person seat is free") % words
    if seat.status == Seat.Status.CONFIRMED:
        return gettext("%(day)s: %(mode)s, confirmed") % words
    if seat.status == Seat.Status.WAITLISTED:
        return gettext("%(day)s: %(mode)s, on the wait list") % words
    if seat.status == Seat.Status.OFFERED:
        return gettext("%(day)s: %(mode)s, a seat is offered to you") % words
    return gettext("%(day)s: %(mode)s") % words


def seat_context(seat):
    return {"day": TrustedText(in_format(seat.day, "DATE_FORMAT")), "mode": TrustedText(format_mode(seat.mode))}


def offer_context(seat):
    return seat_context(seat) | {
        "deadline": TrustedText(format_deadline(seat.offered_until)),
        "offer_link": SiteURL(absolute_url("registration:offer", make_offer_token(seat))),
    }


def format_deadline(moment):
    words = {"moment": in_format(timezone.localtime(moment), "DATETIME_FORMAT"), "city": get_conference_info().city}
    return gettext("%(moment)s, %(city)s time") % words


def format_next_step(seat):
    if seat.status == Seat.Status.WAITLISTED:
        return gettext(
            "You are now at the end of the wait list. We will offer you a seat once more when one becomes free."
        )
    return gettext(
        "You are no longer on the wait list for this day. You can request it again on your registration page."
    )


def format_reason(reason):
    """In words, of one of Step.Reason or its value."""
    return str(RegistrationEvent.Reason(reason).label) if reason in RegistrationEvent.Reason.values else str(reason)
