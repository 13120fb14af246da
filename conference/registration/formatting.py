"""What letters and calendar files say of the conference, a seat and an address, in the active language."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from conference.core.polling import NotLoadedError
from conference.site_data import get_site_data

from .models import Mode, Seat


def format_mode(mode):
    """As within a sentence."""
    return gettext("in person") if mode == Mode.IN_PERSON else gettext("online")


def absolute_url(name, *args):
    """A whole address of this site."""
    return settings.SITE_URL + reverse(name, args=args)


# A sign for the eye; the words stand beside it for the ear, and in the key above the list for everybody.
MODE_SYMBOLS = {Mode.IN_PERSON: "■", Mode.ONLINE: "□"}
STATUS_SYMBOLS = {
    Seat.Status.CONFIRMED: "",
    Seat.Status.OFFERED: "!",
    Seat.Status.WAITLISTED: "…",
    Seat.Status.REQUESTED: "?",
}


@dataclass(frozen=True)
class SeatBadge:
    """One seat of one day: the number of the day, a sign, and the words for it."""

    day: datetime.date
    mode: str
    status: str
    is_interim: bool

    @property
    def symbol(self):
        return MODE_SYMBOLS[self.mode] + STATUS_SYMBOLS[self.status]

    @property
    def description(self):
        return describe_seat(self.mode, self.status, self.is_interim)


def describe_seat(mode, state, meanwhile=False):
    """What somebody has on a day: “in person”, “waiting for a seat in person”."""
    if meanwhile:
        return _("in person (interim)") if mode == Mode.IN_PERSON else _("online (interim)")
    if mode == Mode.IN_PERSON:
        words = {
            Seat.Status.CONFIRMED: _("in person"),
            Seat.Status.OFFERED: _("in-person seat offered"),
            Seat.Status.WAITLISTED: _("on the wait list (in person)"),
            Seat.Status.REQUESTED: _("requested (in person)"),
            Seat.Status.RELEASED: _("released (in person)"),
        }
    else:
        words = {
            Seat.Status.CONFIRMED: _("online"),
            Seat.Status.OFFERED: _("online seat offered"),
            Seat.Status.WAITLISTED: _("on the wait list (online)"),
            Seat.Status.REQUESTED: _("requested (online)"),
            Seat.Status.RELEASED: _("released (online)"),
        }
    return words[state]


def build_seat_badges(seats):
    """Of what somebody holds, asks or waits for, by day."""
    held = (seat for seat in seats if seat.status in STATUS_SYMBOLS)
    return [SeatBadge(seat.day, seat.mode, seat.status, seat.is_interim) for seat in held]


def seat_badges_html(seats):
    """A list in HTML: “7■ 8□ 9■…”, with words for screen readers and in the tip of each."""
    items = [
        (date_format(mark.day, "MONTH_DAY_FORMAT"), mark.description, mark.day.day, mark.symbol, mark.status)
        for mark in build_seat_badges(seats)
    ]
    if not items:
        return "–"
    item = (
        '<li title="{0}: {1}" class="{4}"><span aria-hidden="true">{2}<span class="seat-badge-symbol">{3}</span></span>'
        '<span class="visually-hidden">{0}: {1}</span></li>'
    )
    return format_html('<ul class="seat-badges">{}</ul>', format_html_join("", item, items))


def seat_badge_legend():
    """Pairs of a sign and its words, for who reads the list."""
    signs = [(MODE_SYMBOLS[mode], mode.label) for mode in Mode]
    return [*signs, *((sign, Seat.Status(state).label) for state, sign in STATUS_SYMBOLS.items() if sign)]


def format_day_and_mode(day, mode):
    """“7 December, in person”."""
    return _("%(day)s, %(mode)s") % {"day": date_format(day, "MONTH_DAY_FORMAT"), "mode": format_mode(mode)}


def conference_days():
    """Every date of it; none where there is no conference yet."""
    try:
        first, last = get_site_data().starts_on, get_site_data().ends_on
    except NotLoadedError:
        return []
    return [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]


def upcoming_days():
    """Those that are not over on the conference's clock."""
    today = timezone.now().astimezone(get_site_data().time_zone).date()
    return [day for day in conference_days() if day >= today]
