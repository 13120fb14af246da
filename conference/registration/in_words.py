"""What letters and calendar files say of the conference, a seat and an address, in the active language."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import date as in_format
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from sessions.live import NotReady

from ..site import site
from .models import Mode


@dataclass(frozen=True)
class Facts:
    """What the organizers say of their conference; time_zone is None where there is no conference yet."""

    name: str
    short_name: str
    dates: str = ""
    venue: str = ""
    city: str = ""
    contact: str = ""
    time_zone: datetime.tzinfo | None = None
    starts_on: datetime.date | None = None


def facts():
    try:
        conference = site()
    except NotReady:
        return Facts(settings.SITE_HOST, settings.SITE_HOST)
    return Facts(
        str(conference.name),
        str(conference.short_name),
        dates_in_words(conference.starts_on, conference.ends_on),
        str(conference.venue),
        str(conference.city),
        conference.contact,
        conference.time_zone,
        conference.starts_on,
    )


def dates_in_words(first, last):
    """As within a sentence."""
    if (first.year, first.month) != (last.year, last.month):
        words = {"first": in_format(first, "j F Y"), "last": in_format(last, "j F Y")}
        return pgettext("within a sentence", "%(first)s to %(last)s") % words
    words = {"first": first.day, "last": last.day, "month": in_format(first, "F"), "year": first.year}
    if first == last:
        return pgettext("within a sentence", "%(first)s %(month)s %(year)s") % words
    return pgettext("within a sentence", "%(first)s to %(last)s %(month)s %(year)s") % words


def mode_in_words(mode):
    """As within a sentence."""
    return gettext("in person") if mode == Mode.IN_PERSON else gettext("online")


def address(name, *args):
    """A whole address of this site."""
    return settings.SITE_URL + reverse(name, args=args)
