"""The conference's facts, pages, partners and announcements as pages read them: in memory, renewed within a second."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import pgettext

from .core.images import ImageRendition
from .core.page_cache import register_version
from .core.polling import NotLoadedError, PolledValue, get_tables_version
from .core.text import LocalizedText
from .models import Announcement, Conference, Page, Partner

LEVEL_ORDER = [Announcement.Level.URGENT, Announcement.Level.IMPORTANT, Announcement.Level.INFO]


@dataclass(frozen=True, slots=True)
class PageData:
    slug: str
    title: LocalizedText
    body: LocalizedText
    in_menu: bool
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class PartnerData:
    name: LocalizedText
    url: str
    logo: tuple[ImageRendition, ...]


@dataclass(frozen=True, slots=True)
class AnnouncementData:
    """An announcement, shown from shown_from until shown_until (None: for ever)."""

    level: str
    text: LocalizedText
    shown_from: datetime.datetime
    shown_until: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class SiteData:
    """The whole of it. Dates are the conference's local dates, instants are aware."""

    name: LocalizedText
    short_name: LocalizedText
    subtitle: LocalizedText
    introduction: LocalizedText
    outcome: LocalizedText
    notice: LocalizedText
    venue: LocalizedText
    city: LocalizedText
    country: str
    organizers: LocalizedText
    contact: str
    starts_on: datetime.date
    ends_on: datetime.date
    time_zone: ZoneInfo
    registration_opens_at: datetime.datetime | None
    registration_closes_at: datetime.datetime | None
    updated_at: datetime.datetime
    pages: tuple[PageData, ...]
    partners: tuple[PartnerData, ...]
    all_announcements: tuple[AnnouncementData, ...]

    def get_page(self, slug):
        return next((page for page in self.pages if page.slug == slug), None)

    @property
    def menu(self):
        return [page for page in self.pages if page.in_menu]

    @property
    def announcements(self):
        """What is to be announced now, the most pressing first."""
        now = timezone.now()
        shown = [
            n for n in self.all_announcements if n.shown_from <= now and (n.shown_until is None or now < n.shown_until)
        ]
        return sorted(shown, key=lambda notice: LEVEL_ORDER.index(notice.level))

    @property
    def scheduled_changes(self):
        """The instants at which pages change by themselves."""
        moments = [self.registration_opens_at, self.registration_closes_at]
        moments += [moment for notice in self.all_announcements for moment in (notice.shown_from, notice.shown_until)]
        return [moment for moment in moments if moment is not None]

    @property
    def registration_phase(self):
        """Whether one can register now: "unset", "before", "open" or "closed"."""
        now, opens, closes = timezone.now(), self.registration_opens_at, self.registration_closes_at
        if opens is None:
            return "unset"
        if now < opens:
            return "before"
        return "closed" if closes and now >= closes else "open"


def data_version():
    return get_tables_version(dict.fromkeys((Conference, Page, Partner, Announcement), "updated_at"))


def load_site_data():
    conference = Conference.objects.first()
    if conference is None:
        raise NotLoadedError("There is no conference yet.")
    texts = ("name", "short_name", "subtitle", "introduction", "outcome", "notice", "venue", "city", "organizers")
    return SiteData(
        **{name: LocalizedText.of(conference, name) for name in texts},
        country=conference.country.code,
        contact=conference.contact,
        starts_on=conference.starts_on,
        ends_on=conference.ends_on,
        time_zone=ZoneInfo(conference.time_zone),
        registration_opens_at=conference.registration_opens_at,
        registration_closes_at=conference.registration_closes_at,
        updated_at=conference.updated_at,
        pages=tuple(
            PageData(
                page.slug,
                LocalizedText.of(page, "title"),
                LocalizedText.of(page, "body"),
                page.in_menu,
                page.updated_at,
            )
            for page in Page.objects.filter(status=Page.Status.LIVE)
        ),
        partners=tuple(
            PartnerData(
                LocalizedText.of(partner, "name"),
                partner.url,
                tuple(ImageRendition(**file) for file in partner.logo.files) if partner.logo else (),
            )
            for partner in Partner.objects.select_related("logo")
        ),
        all_announcements=tuple(
            AnnouncementData(item.level, LocalizedText.of(item, "text"), item.shown_from, item.shown_until)
            for item in Announcement.objects.all()
        ),
    )


site_data_value = PolledValue(data_version, load_site_data)


def get_site_data() -> SiteData:
    """Raises NotReady where there is no conference yet or the database never answered."""
    return site_data_value.get()


@register_version
def page_version():
    """Return what changes with each edit, when registration opens or closes, when announcements start or end, and at
    midnight in the conference's zone."""
    try:
        current = get_site_data()
    except NotLoadedError:
        return None
    now = timezone.now()
    passed = sum(moment <= now for moment in current.scheduled_changes)
    return site_data_value.generation, passed, now.astimezone(current.time_zone).date()


def refresh_site_data():
    site_data_value.refresh()


@dataclass(frozen=True)
class ConferenceInfo:
    """What the organizers say of their conference; time_zone is None where there is no conference yet."""

    name: str
    short_name: str
    date_range: str = ""
    venue: str = ""
    city: str = ""
    contact: str = ""
    time_zone: datetime.tzinfo | None = None
    starts_on: datetime.date | None = None


def get_conference_info():
    try:
        conference = get_site_data()
    except NotLoadedError:
        return ConferenceInfo(settings.SITE_HOST, settings.SITE_HOST)
    return ConferenceInfo(
        str(conference.name),
        str(conference.short_name),
        format_date_range(conference.starts_on, conference.ends_on),
        str(conference.venue),
        str(conference.city),
        conference.contact,
        conference.time_zone,
        conference.starts_on,
    )


def format_date_range(first, last):
    """As within a sentence."""
    if (first.year, first.month) != (last.year, last.month):
        words = {"first": format_date(first, "j F Y"), "last": format_date(last, "j F Y")}
        return pgettext("within a sentence", "%(first)s to %(last)s") % words
    words = {"first": first.day, "last": last.day, "month": format_date(first, "F"), "year": first.year}
    if first == last:
        return pgettext("within a sentence", "%(first)s %(month)s %(year)s") % words
    return pgettext("within a sentence", "%(first)s to %(last)s %(month)s %(year)s") % words
