"""Texts in the active language about seats, days and pages, for e-mails, calendar files and the admin."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from conference.core.polling import NotLoadedError
from conference.site_data import get_site_data

from .days import first_open_day
from .models import Mode, Seat

# A screen reader hears the description; the legend above the list explains the symbols.
MODE_SYMBOLS = {Mode.IN_PERSON: "■", Mode.ONLINE: "□"}
STATUS_SYMBOLS = {
    Seat.Status.CONFIRMED: "",
    Seat.Status.OFFERED: "!",
    Seat.Status.WAITLISTED: "…",
    Seat.Status.REQUESTED: "?",
}
SEAT_DESCRIPTIONS = {
    (Mode.IN_PERSON, Seat.Status.CONFIRMED): gettext_lazy("in person"),
    (Mode.IN_PERSON, Seat.Status.OFFERED): gettext_lazy("in-person seat offered"),
    (Mode.IN_PERSON, Seat.Status.WAITLISTED): gettext_lazy("on the wait list (in person)"),
    (Mode.IN_PERSON, Seat.Status.REQUESTED): gettext_lazy("requested (in person)"),
    (Mode.IN_PERSON, Seat.Status.RELEASED): gettext_lazy("released (in person)"),
    (Mode.ONLINE, Seat.Status.CONFIRMED): gettext_lazy("online"),
    (Mode.ONLINE, Seat.Status.OFFERED): gettext_lazy("online seat offered"),
    (Mode.ONLINE, Seat.Status.WAITLISTED): gettext_lazy("on the wait list (online)"),
    (Mode.ONLINE, Seat.Status.REQUESTED): gettext_lazy("requested (online)"),
    (Mode.ONLINE, Seat.Status.RELEASED): gettext_lazy("released (online)"),
}
INTERIM_SEAT_DESCRIPTIONS = {
    Mode.IN_PERSON: gettext_lazy("in person (interim)"),
    Mode.ONLINE: gettext_lazy("online (interim)"),
}


def absolute_url(name: str, *args: object) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def format_mode(mode: str) -> str:
    """Return the mode as it is written within a sentence."""
    return _("in person") if mode == Mode.IN_PERSON else _("online")


def format_day_and_mode(day: datetime.date, mode: str) -> str:
    """Return a text such as “7 December, in person”."""
    return _("%(day)s, %(mode)s") % {"day": date_format(day, "MONTH_DAY_FORMAT"), "mode": format_mode(mode)}


def describe_seat(mode: str, status: str, is_interim: bool = False) -> str:
    """Return a text such as “in person” or “on the wait list (online)”."""
    text = INTERIM_SEAT_DESCRIPTIONS[Mode(mode)] if is_interim else SEAT_DESCRIPTIONS[Mode(mode), Seat.Status(status)]
    return str(text)


@dataclass(frozen=True)
class SeatBadge:
    """A seat in one line of a list of registrations: the day's number and a symbol, with a description."""

    day: datetime.date
    mode: str
    status: str
    is_interim: bool

    @property
    def symbol(self) -> str:
        return MODE_SYMBOLS[Mode(self.mode)] + STATUS_SYMBOLS[Seat.Status(self.status)]

    @property
    def description(self) -> str:
        return describe_seat(self.mode, self.status, self.is_interim)


def build_seat_badges(seats: Iterable[Seat]) -> list[SeatBadge]:
    """Return badges for the seats that are not released, in the given order."""
    return [
        SeatBadge(seat.day, seat.mode, seat.status, seat.is_interim) for seat in seats if seat.status in STATUS_SYMBOLS
    ]


def seat_badges_html(seats: Iterable[Seat]) -> SafeString | str:
    """Return an HTML list such as “7■ 8□ 9■…”; descriptions are for screen readers and in the title attributes."""
    items = [
        (date_format(badge.day, "MONTH_DAY_FORMAT"), badge.description, badge.day.day, badge.symbol, badge.status)
        for badge in build_seat_badges(seats)
    ]
    if not items:
        return "–"
    item = (
        '<li title="{0}: {1}" class="{4}"><span aria-hidden="true">{2}<span class="seat-badge-symbol">{3}</span></span>'
        '<span class="visually-hidden">{0}: {1}</span></li>'
    )
    return format_html('<ul class="seat-badges">{}</ul>', format_html_join("", item, items))


def seat_badge_legend() -> list[tuple[str, str | Promise]]:
    """Return pairs of a symbol and its meaning."""
    modes = [(MODE_SYMBOLS[mode], mode.label) for mode in Mode]
    return [*modes, *((symbol, Seat.Status(status).label) for status, symbol in STATUS_SYMBOLS.items() if symbol)]


def format_days(days: Iterable[datetime.date]) -> str:
    """Return a text such as “8 and 9 December”, or “30 November and 1 December”."""
    months = []
    for month, group in groupby(sorted(days), key=lambda day: day.month):
        values = {"days": join_texts(str(day.day) for day in group), "month": MONTHS[month]}
        months.append(pgettext("days of a month", "%(days)s %(month)s") % values)
    return join_texts(months)


def format_days_with_year(days: Iterable[datetime.date]) -> str:
    """Return a text such as “7 and 8 December 2020”, or “30 November and 1 December 2020”."""
    years = []
    for year, group in groupby(sorted(days), key=lambda day: day.year):
        values = {"days": format_days(group), "year": year}
        years.append(pgettext("days of a year", "%(days)s %(year)d") % values)
    return join_texts(years)


def join_texts(texts: Iterable[str]) -> str:
    """Return a text such as “one, two and three”."""
    return get_text_list(list(texts), pgettext("between the last two of a list", "and"))


def conference_days() -> list[datetime.date]:
    """Return every date of the published conference; empty if there is no conference yet."""
    try:
        return get_site_data().facts.days
    except NotLoadedError:
        return []


def upcoming_days() -> list[datetime.date]:
    """Return the dates of the conference that are not over."""
    first = first_open_day()
    return [day for day in conference_days() if day >= first]
