"""The conference's facts, pages, partners and announcements as pages read them: in memory, renewed within a second."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone

from conference.core.page_cache import register_version
from sessions.live import Live, NotReady, rows_stamp
from sessions.programme import Rendition
from sessions.text import Text

from .models import Announcement, Conference, Page, Partner

MOST_PRESSING_FIRST = [Announcement.Level.URGENT, Announcement.Level.IMPORTANT, Announcement.Level.INFO]


@dataclass(frozen=True, slots=True)
class PageText:
    slug: str
    title: Text
    body: Text
    in_menu: bool
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    name: Text
    url: str
    logo: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement, shown from shown_from until shown_until (None: for ever)."""

    level: str
    text: Text
    shown_from: datetime.datetime
    shown_until: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Site:
    """The whole of it. Dates are the conference's local dates, instants are aware."""

    name: Text
    short_name: Text
    subtitle: Text
    introduction: Text
    outcome: Text
    notice: Text
    venue: Text
    city: Text
    country: str
    organizers: Text
    contact: str
    starts_on: datetime.date
    ends_on: datetime.date
    time_zone: ZoneInfo
    registration_opens_at: datetime.datetime | None
    registration_closes_at: datetime.datetime | None
    updated_at: datetime.datetime
    pages: tuple[PageText, ...]
    partners: tuple[PartnerEntry, ...]
    notices: tuple[Notice, ...]

    def page(self, slug):
        return next((page for page in self.pages if page.slug == slug), None)

    @property
    def menu(self):
        return [page for page in self.pages if page.in_menu]

    @property
    def announcements(self):
        """What is to be announced now, the most pressing first."""
        now = timezone.now()
        shown = [n for n in self.notices if n.shown_from <= now and (n.shown_until is None or now < n.shown_until)]
        return sorted(shown, key=lambda notice: MOST_PRESSING_FIRST.index(notice.level))

    @property
    def scheduled_changes(self):
        """The instants at which pages change by themselves."""
        moments = [self.registration_opens_at, self.registration_closes_at]
        moments += [moment for notice in self.notices for moment in (notice.shown_from, notice.shown_until)]
        return [moment for moment in moments if moment is not None]

    @property
    def registration(self):
        """Whether one can register now: "unset", "before", "open" or "closed"."""
        now, opens, closes = timezone.now(), self.registration_opens_at, self.registration_closes_at
        if opens is None:
            return "unset"
        if now < opens:
            return "before"
        return "closed" if closes and now >= closes else "open"


def _stamp():
    return rows_stamp(dict.fromkeys((Conference, Page, Partner, Announcement), "updated_at"))


def _load():
    conference = Conference.objects.first()
    if conference is None:
        raise NotReady("There is no conference yet.")
    texts = ("name", "short_name", "subtitle", "introduction", "outcome", "notice", "venue", "city", "organizers")
    return Site(
        **{name: Text.of(conference, name) for name in texts},
        country=conference.country.code,
        contact=conference.contact,
        starts_on=conference.starts_on,
        ends_on=conference.ends_on,
        time_zone=ZoneInfo(conference.time_zone),
        registration_opens_at=conference.registration_opens_at,
        registration_closes_at=conference.registration_closes_at,
        updated_at=conference.updated_at,
        pages=tuple(
            PageText(page.slug, Text.of(page, "title"), Text.of(page, "body"), page.in_menu, page.updated_at)
            for page in Page.objects.filter(status=Page.Status.LIVE)
        ),
        partners=tuple(
            PartnerEntry(
                Text.of(partner, "name"),
                partner.url,
                tuple(Rendition(**file) for file in partner.logo.files) if partner.logo else (),
            )
            for partner in Partner.objects.select_related("logo")
        ),
        notices=tuple(
            Notice(item.level, Text.of(item, "text"), item.shown_from, item.shown_until)
            for item in Announcement.objects.all()
        ),
    )


_site = Live(_stamp, _load)


def site() -> Site:
    """Raises NotReady where there is no conference yet or the database never answered."""
    return _site.get()


@register_version
def page_version():
    """Return what changes with each edit, when registration opens or closes, when announcements start or end, and at
    midnight in the conference's zone."""
    try:
        current = site()
    except NotReady:
        return None
    now = timezone.now()
    passed = sum(moment <= now for moment in current.scheduled_changes)
    return _site.generation, passed, now.astimezone(current.time_zone).date()


def renew():
    _site.renew()
