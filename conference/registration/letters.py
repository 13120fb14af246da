"""The letters that tell people how their registration stands: written to the database in the transaction of what they
tell, in the language the person chose, as organizers word them or else as the site does. The worker sends them: see
posting."""

import uuid
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path

from django.conf import settings
from django.template.defaultfilters import date as in_format
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext

from sessions.text import Text

from ..email_ownership import delivery_email
from .calendar import days_ics
from .in_words import address, facts, mode_in_words
from .kinds import ACCOUNT, placeholders
from .models import Letter, Mode, Seat, State, Step
from .offers import offer_token
from .terms import terms
from .wording import Address, Listed, Said, Typed, worded

OWN_WORDINGS = Path(__file__).parent / "letters"

WITH_CALENDAR = {"confirmed", "changed"}


def write(kind, registration, *, seats=None, **values):
    """The letter, to be sent once the caller's transaction is over; None where there is no proved address to
    write to.

    seats are all of the registration, where the caller has them as the database does. values are those of the kind
    alone: seat of "offered" and "lapsed", reason and note of "declined".
    """
    to = delivery_email(registration.user)
    if not to:
        return None
    if seats is None:
        # Asked anew, whatever the caller has read before.
        seats = list(Seat.objects.filter(registration=registration))
    with translation.override(registration.letter_language), timezone.override(facts().time_zone):
        words = compose(kind, terms().wordings.get(kind), values_of(kind, registration, seats, **values))
        calendar = days_ics(registration, seats, method="PUBLISH").decode() if kind in WITH_CALENDAR else ""
    return Letter.objects.create(
        registration=registration,
        user=registration.user,
        kind=kind,
        to=to,
        language=registration.letter_language,
        subject=words.subject,
        text=words.text,
        html=words.html,
        calendar=calendar,
        message_id=new_message_id(),
    )


def write_account_letter(to, subject, text, html="", *, user, language, is_secret, good_until=None):
    """A letter about an account alone. A secret one holds a code or a link that opens the account: its text is not
    shown at the desk and is wiped once it is sent. After good_until, an instant, it is not sent any more."""
    return Letter.objects.create(
        user=user,
        kind=ACCOUNT,
        to=to,
        language=language,
        subject=" ".join(subject.split())[:250],
        text=text,
        html=html,
        is_secret=is_secret,
        good_until=good_until,
        message_id=new_message_id(),
    )


def new_message_id():
    """As of RFC 5322 3.6.4; kept with a letter, so that it is the same however often it is tried."""
    return f"<{uuid.uuid4()}@{settings.SITE_HOST}>"


@dataclass(frozen=True)
class Composed:
    """A letter as it is sent: subject in one line, plain text, a whole HTML document."""

    subject: str
    text: str
    html: str


def compose(kind, wording, values):
    """A letter in the active language; wording is the organizers' row for the kind, or None."""
    words = worded(*source(kind, wording), values)
    context = {"subject": words.subject, "language": get_language(), "site": facts()}
    return Composed(
        words.subject,
        render_to_string("registration/letters/letter.txt", context | {"body": words.text}).strip() + "\n",
        render_to_string("registration/letters/letter.html", context | {"body": words.html}),
    )


def source(kind, wording):
    """Subject and Markdown in the active language: the organizers', where they wrote any, else the site's own."""
    language = get_language()
    own = own_wording(kind, language)
    theirs = [getattr(wording, f"{part}_{language}", "").strip() for part in ("subject", "body")]
    return tuple(text or default for text, default in zip(theirs, own, strict=True))


@cache
def own_wording(kind, language):
    """Subject and Markdown as the site itself words a letter."""
    heading, _newline, body = (OWN_WORDINGS / f"{kind}.{language}.md").read_text("utf-8").partition("\n")
    return heading.removeprefix("# ").strip(), body.strip()


# What stands for the placeholders


def sample_values(kind):
    """What a preview shows: of somebody whose name is as hostile as a name can be, and of the conference as it is."""
    said = facts()
    first = in_format(said.starts_on or timezone.localdate(), "DATE_FORMAT")
    values = {
        "name": Typed('Nguyễn Thị Linh [Log in](https://evil.example) <b>"&</b> {my_link}'),
        "conference": Said(said.short_name),
        "dates": Said(said.dates),
        "city": Said(said.city),
        "days": Listed([gettext("%(day)s: %(mode)s, confirmed") % {"day": first, "mode": gettext("in person")}]),
        "category": Said(gettext("Civil society")),
        "state": Said(State.CONFIRMED.label),
        "my_link": Address(address("my")),
        "day": Said(first),
        "mode": Said(gettext("in person")),
        "deadline": Said(_moment(timezone.now())),
        "offer_link": Address(address("offer", "sample")),
        "what_next": Said(_what_next(Seat(state=Seat.State.WAITING))),
        "reason": Said(Step.Reason.FULL.label),
        "note": Said(gettext("Here stands what the registrar wrote.")),
    }
    return {name: values[name] for name in placeholders(kind)}


def values_of(kind, registration, seats, *, seat=None, reason="", note=""):
    """In the active language and time zone."""
    said = facts()
    values = {
        "name": Typed(registration.badge_name),
        "conference": Said(said.short_name),
        "dates": Said(said.dates),
        "city": Said(said.city),
        "days": Listed(map(_seat_in_words, _held(seats))),
        "category": Said(Text.of(registration.category, "name")),
        "state": Said(registration.get_state_display()),
        "my_link": Address(address("my")),
    }
    if kind == "offered":
        values |= _offer(seat)
    if kind == "lapsed":
        values |= _seat_values(seat) | {"what_next": Said(_what_next(seat))}
    if kind == "declined":
        values |= {"reason": Said(_reason(reason)), "note": Said(note)}
    return values


def _held(seats):
    return sorted((seat for seat in seats if seat.state != Seat.State.RELEASED), key=attrgetter("day", "mode"))


def _seat_in_words(seat):
    words = {"day": in_format(seat.day, "DATE_FORMAT"), "mode": mode_in_words(seat.mode)}
    if seat.meanwhile and seat.mode == Mode.IN_PERSON:
        return gettext("%(day)s: in person, until there is a seat online") % words
    if seat.meanwhile:
        return gettext("%(day)s: online, until there is a seat in the hall") % words
    if seat.state == Seat.State.CONFIRMED:
        return gettext("%(day)s: %(mode)s, confirmed") % words
    if seat.state == Seat.State.WAITING:
        return gettext("%(day)s: %(mode)s, waiting for a seat") % words
    if seat.state == Seat.State.OFFERED:
        return gettext("%(day)s: %(mode)s, a seat is offered to you") % words
    return gettext("%(day)s: %(mode)s") % words


def _seat_values(seat):
    return {"day": Said(in_format(seat.day, "DATE_FORMAT")), "mode": Said(mode_in_words(seat.mode))}


def _offer(seat):
    return _seat_values(seat) | {
        "deadline": Said(_moment(seat.offered_until)),
        "offer_link": Address(address("offer", offer_token(seat))),
    }


def _moment(moment):
    words = {"moment": in_format(timezone.localtime(moment), "DATETIME_FORMAT"), "city": facts().city}
    return gettext("%(moment)s, %(city)s time") % words


def _what_next(seat):
    if seat.state == Seat.State.WAITING:
        return gettext("You are now at the end of the list and will be asked once more when a seat becomes free.")
    return gettext("You are not on the list for this day any more. On your page you can ask for it again.")


def _reason(reason):
    """In words, of one of Step.Reason or its value."""
    return str(Step.Reason(reason).label) if reason in Step.Reason.values else str(reason)
