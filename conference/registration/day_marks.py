"""Somebody's days at one glance, for registrars: a sign for each, and the words for it."""

import datetime
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from .in_words import mode_in_words
from .models import Mode, Seat

# A sign for the eye; the words stand beside it for the ear, and in the key above the list for everybody.
MODE_SIGNS = {Mode.IN_PERSON: "■", Mode.ONLINE: "□"}
STATE_SIGNS = {Seat.State.CONFIRMED: "", Seat.State.OFFERED: "!", Seat.State.WAITING: "…", Seat.State.ASKED: "?"}


@dataclass(frozen=True)
class DayMark:
    """One seat of one day: the number of the day, a sign, and the words for it."""

    day: datetime.date
    mode: str
    state: str
    meanwhile: bool

    @property
    def sign(self):
        return MODE_SIGNS[self.mode] + STATE_SIGNS[self.state]

    @property
    def words(self):
        return in_words(self.mode, self.state, self.meanwhile)


def in_words(mode, state, meanwhile=False):
    """What somebody has on a day: “in person”, “waiting for a seat in person”."""
    if meanwhile:
        return _("in person for now") if mode == Mode.IN_PERSON else _("online for now")
    if mode == Mode.IN_PERSON:
        words = {
            Seat.State.CONFIRMED: _("in person"),
            Seat.State.OFFERED: _("a seat in person is offered"),
            Seat.State.WAITING: _("waiting to come in person"),
            Seat.State.ASKED: _("asked to come in person"),
            Seat.State.RELEASED: _("in person, given back"),
        }
    else:
        words = {
            Seat.State.CONFIRMED: _("online"),
            Seat.State.OFFERED: _("a seat online is offered"),
            Seat.State.WAITING: _("waiting to attend online"),
            Seat.State.ASKED: _("asked to attend online"),
            Seat.State.RELEASED: _("online, given back"),
        }
    return words[state]


def marks(seats):
    """Of what somebody holds, asks or waits for, by day."""
    held = (seat for seat in seats if seat.state in STATE_SIGNS)
    return [DayMark(seat.day, seat.mode, seat.state, seat.meanwhile) for seat in held]


def days_at_a_glance(seats):
    """A list in HTML: “7■ 8□ 9■…”, with words for screen readers and in the tip of each."""
    items = [
        (date_format(mark.day, "MONTH_DAY_FORMAT"), mark.words, mark.day.day, mark.sign, mark.state)
        for mark in marks(seats)
    ]
    if not items:
        return "–"
    item = (
        '<li title="{0}: {1}" class="{4}"><span aria-hidden="true">{2}<span class="day-sign">{3}</span></span>'
        '<span class="visually-hidden">{0}: {1}</span></li>'
    )
    return format_html('<ul class="days-at-a-glance">{}</ul>', format_html_join("", item, items))


def key():
    """Pairs of a sign and its words, for who reads the list."""
    signs = [(MODE_SIGNS[mode], mode.label) for mode in Mode]
    return [*signs, *((sign, Seat.State(state).label) for state, sign in STATE_SIGNS.items() if sign)]


def day_and_mode(day, mode):
    """“7 December, in person”."""
    return _("%(day)s, %(mode)s") % {"day": date_format(day, "MONTH_DAY_FORMAT"), "mode": mode_in_words(mode)}
