"""E-mails about registrations, from the organizers' templates or the default ones, in the attendee's language.

They are queued in the transaction of the event that they report.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language

from conference.accounts.email_ownership import delivery_email
from conference.mail.models import EmailTemplate, QueuedEmail
from conference.mail.outbox import generate_message_id
from conference.mail.rendering import render_template
from conference.site_data import get_conference_info

from ..calendars import calendars_for_email
from ..form_options import get_options
from ..models import (
    Registration,
    RegistrationEvent,
    Seat,
)
from .context import email_context
from .types import UNPROVED_ADDRESS_EMAIL

TEMPLATES_DIR = Path(__file__).parent / "templates"

# These have the calendar events of all confirmed days, the others only events that were changed or cancelled.
TYPES_WITH_ALL_DAYS = {"confirmed", "changed", "moved"}


def queue_registration_email(
    email_type: str, registration: Registration, *, seats: list[Seat] | None = None, **values
) -> QueuedEmail | None:
    """Queue an e-mail in the caller's transaction. Return None if the account has no verified address.

    Only UNPROVED_ADDRESS_EMAIL goes to an address that nobody has proved.
    Pass all seats of the registration if they are loaded and saved. values are those of single types: seat for "offer"
    and "offer_expired", reason and note for "declined", move for "moved".
    """
    to = delivery_email(registration.user)
    if email_type == UNPROVED_ADDRESS_EMAIL:
        to = to or registration.user.email
    if not to:
        return None
    if seats is None:
        # Not registration.seats, which the caller may have prefetched before it changed them.
        seats = list(Seat.objects.filter(registration=registration))
    with attendee_context(registration):
        email = render_registration_email(email_type, registration, seats, **values)
        with_all_days = email_type in TYPES_WITH_ALL_DAYS
        calendar = ""
        if email_type != UNPROVED_ADDRESS_EMAIL:
            calendar = calendars_for_email(registration, seats, with_all_days=with_all_days, to=to)
    return QueuedEmail.objects.create(
        user=registration.user,
        email_type=email_type,
        to=to,
        language=registration.email_language,
        subject=email.subject,
        text=email.text,
        html=email.html,
        calendar=calendar,
        # An offer that is over is no longer sent.
        expires_at=values["seat"].offer_ends_at if email_type == "offer" else None,
        message_id=generate_message_id(),
    )


@contextmanager
def attendee_context(registration: Registration) -> Iterator[None]:
    """Activate the language of a registration's e-mails and the time zone of the conference."""
    with translation.override(registration.email_language), timezone.override(get_conference_info().time_zone):
        yield


def render_registration_email(
    email_type: str, registration: Registration, seats: Iterable[Seat], **values
) -> "RenderedEmail":
    """Render an e-mail about a registration in the active language and time zone."""
    template = get_options().email_templates.get(email_type)
    return render_email(email_type, template, email_context(email_type, registration, seats, **values))


def preview_declined(registration: Registration, *, reason: str, note: str) -> "RenderedEmail":
    """Return the e-mail that declining with this reason and message would send. Nothing is queued."""
    with attendee_context(registration):
        return render_registration_email(
            "declined", registration, [], reason=RegistrationEvent.Reason(reason), note=note
        )


@dataclass(frozen=True)
class RenderedEmail:
    """Subject on one line, plain text, and a whole HTML document."""

    subject: str
    text: str
    html: str


def render_email(email_type: str, template: EmailTemplate | None, values: dict) -> RenderedEmail:
    """Render an e-mail in the active language from the organizers' template, or the default one for None."""
    content = render_template(*template_source(email_type, template), values)
    context = {"subject": content.subject, "language": get_language(), "site": get_conference_info()}
    return RenderedEmail(
        content.subject,
        render_to_string("mail/email.txt", context | {"body": content.text}).strip() + "\n",
        render_to_string("mail/email.html", context | {"body": content.html}),
    )


def template_source(email_type: str, template: EmailTemplate | None) -> tuple[str, str]:
    """Return subject and Markdown body in the active language. Parts that the organizers left empty are the default."""
    language = get_language()
    custom = [getattr(template, f"{part}_{language}", "").strip() for part in ("subject", "body")]
    subject, body = default_template(email_type, language)
    return custom[0] or subject, custom[1] or body


@cache
def default_template(email_type: str, language: str) -> tuple[str, str]:
    """Return subject and Markdown body of the default template."""
    heading, _newline, body = (TEMPLATES_DIR / f"{email_type}.{language}.md").read_text("utf-8").partition("\n")
    return heading.removeprefix("# ").strip(), body.strip()
