"""What a wallet pass shows, in every language: less than the PDF, because locked screens and third parties show it."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from conference.core.i18n.text import LocalizedText
from conference.site_data import get_conference_info, get_site_data

from ...calendars import event_hours
from ...formatting import absolute_url
from ...models import Registration, Ticket
from .. import issuance


@dataclass(frozen=True)
class PassContent:
    """A ticket for its days in person. hours are their beginnings and ends, as aware times.

    texts has the same names for each language: what is shown, and the labels of what is shown.
    """

    ticket: Ticket
    name: str
    number: str
    url: str
    my_url: str
    hours: list[tuple[datetime.datetime, datetime.datetime]]
    texts: dict[str, dict[str, str]]


def build_pass_content(registration: Registration, ticket: Ticket) -> PassContent:
    """Return the content for a ticket, whether or not it is valid."""
    days = registration.check_admission().days
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts[language] = build_texts(registration, days)
    return PassContent(
        ticket,
        registration.badge_name,
        issuance.short_code(ticket),
        issuance.validation_url(ticket),
        absolute_url("registration:ticket"),
        [get_hours(day) for day in days],
        texts,
    )


def build_texts(registration: Registration, days: tuple[datetime.date, ...]) -> dict[str, str]:
    """Return the texts in the active language."""
    conference = get_conference_info()
    return {
        "EVENT": conference.short_name,
        "EVENT_NAME": conference.name,
        "VENUE": ", ".join(text for text in (conference.venue, conference.city) if text),
        "CATEGORY": str(LocalizedText.of(registration.category, "name")),
        "DAYS": "; ".join(date_format(day, "MONTH_DAY_FORMAT") for day in days),
        "NOTE": gettext("Show this ticket at the entrance, on paper or on a screen."),
        "EVENT_LABEL": gettext("Conference"),
        "NAME_LABEL": gettext("Name"),
        "NUMBER_LABEL": gettext("Ticket"),
        "CATEGORY_LABEL": gettext("Category"),
        "DAYS_LABEL": gettext("In person"),
        "VENUE_LABEL": gettext("Venue"),
        "NOTE_LABEL": gettext("Entrance"),
        "MY_LABEL": gettext("Your registration"),
    }


def get_hours(day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the start of the first and the end of the last session of a day; midnights without sessions."""
    start, end = event_hours(day)
    zone = get_site_data().time_zone
    return tuple(
        time if isinstance(time, datetime.datetime) else datetime.datetime.combine(time, datetime.time(), zone)
        for time in (start, end)
    )
