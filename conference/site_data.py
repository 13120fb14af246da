"""Read model of what every page shows about the conference: in memory, refreshed within a second.

The facts (names, days, time zone, place) are those of the current release. Texts, pages, partners, announcements and
the period of registration are live content: an edit is public immediately.
"""

import datetime
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from conference.core.i18n.countries import get_country_name
from conference.core.i18n.text import LocalizedText

from .core.images import ImageRendition
from .core.page_cache import register_version
from .core.polling import NotLoadedError, PolledValue, get_tables_version
from .facts import ConferenceFacts, RegistrationPeriod, get_published_facts
from .models import Announcement, Conference, Page, Partner, VisibilityWindow

LIVE_TEXTS = ("introduction", "outcome", "notice")
LIVE_MODELS = (Conference, Page, Partner, Announcement)
LEVEL_ORDER = [Announcement.Level.URGENT, Announcement.Level.IMPORTANT, Announcement.Level.INFO]

ANNOUNCEMENT_LABELS = {
    Announcement.Level.URGENT: _("Urgent"),
    Announcement.Level.IMPORTANT: _("Important"),
    Announcement.Level.INFO: _("Please note"),
}
# Shown before the label, so that the levels differ without colour.
ANNOUNCEMENT_SIGNS = {Announcement.Level.URGENT: "!!", Announcement.Level.IMPORTANT: "!", Announcement.Level.INFO: "i"}
REGISTRATION_OPEN = _("Registration is open.")
CONFERENCE_ENDED = _("The conference has ended.")
REGISTRATION_STATUS = {
    "unset": _("The opening date of registration will be announced here."),
    "before": _("Registration opens on %(when)s (%(place)s time)."),
    "open": _("Registration is open until %(when)s (%(place)s time)."),
    "closed": _("Registration closed on %(when)s (%(place)s time)."),
    "over": _("The conference has ended."),
}


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
class AnnouncementData(VisibilityWindow):
    """An announcement. Its label is shown before the text."""

    level: str
    text: LocalizedText
    shown_from: datetime.datetime
    shown_until: datetime.datetime | None

    @property
    def label(self) -> str:
        return ANNOUNCEMENT_LABELS[self.level]

    @property
    def sign(self) -> str:
        return ANNOUNCEMENT_SIGNS[self.level]


@dataclass(frozen=True, slots=True)
class SiteData:
    """The facts of the conference and the live content. Dates are local to the conference; date-times are aware."""

    facts: ConferenceFacts
    introduction: LocalizedText
    outcome: LocalizedText
    notice: LocalizedText
    contact: str
    registration_opens_at: datetime.datetime | None
    registration_closes_at: datetime.datetime | None
    updated_at: datetime.datetime
    edited_at: datetime.datetime
    pages: tuple[PageData, ...]
    partners: tuple[PartnerData, ...]
    all_announcements: tuple[AnnouncementData, ...]

    @property
    def name(self) -> LocalizedText:
        return self.facts.name

    @property
    def short_name(self) -> LocalizedText:
        return self.facts.short_name

    @property
    def subtitle(self) -> LocalizedText:
        return self.facts.subtitle

    @property
    def organizers(self) -> LocalizedText:
        return self.facts.organizers

    @property
    def venue(self) -> LocalizedText:
        return self.facts.venue

    @property
    def city(self) -> LocalizedText:
        return self.facts.city

    @property
    def clock_place(self) -> LocalizedText:
        return self.facts.clock_place

    @property
    def country(self) -> str:
        return self.facts.country

    @property
    def starts_on(self) -> datetime.date:
        return self.facts.starts_on

    @property
    def ends_on(self) -> datetime.date:
        return self.facts.ends_on

    @property
    def time_zone(self) -> ZoneInfo:
        return self.facts.time_zone

    def get_page(self, slug: str) -> PageData | None:
        return next((page for page in self.pages if page.slug == slug), None)

    @property
    def menu(self) -> list[PageData]:
        return [page for page in self.pages if page.in_menu]

    @property
    def announcements(self) -> list[AnnouncementData]:
        """The announcements that are visible now, the most urgent first."""
        now = timezone.now()
        visible = [announcement for announcement in self.all_announcements if announcement.is_visible(now)]
        return sorted(visible, key=lambda announcement: LEVEL_ORDER.index(announcement.level))

    @property
    def scheduled_changes(self) -> list[datetime.datetime]:
        """The times at which pages change without an edit."""
        times = [self.registration_opens_at, self.registration_ends_at]
        for announcement in self.all_announcements:
            times += [announcement.shown_from, announcement.shown_until]
        return [time for time in times if time is not None]

    def get_last_change(self, scheduled_changes: Iterable[datetime.datetime | None]) -> datetime.datetime:
        """Return the time of the last edit or of the last of the scheduled changes that has passed."""
        now = timezone.now()
        return max([self.edited_at, *(time for time in scheduled_changes if time and time <= now)])

    @property
    def registration_ends_at(self) -> datetime.datetime:
        """The time when registration closes: at the latest when the last day is over."""
        return min(self.registration_closes_at or self.ends_at, self.ends_at)

    @property
    def ends_at(self) -> datetime.datetime:
        """Midnight after the last day."""
        return self.facts.ends_at

    @property
    def registration_phase(self) -> str:
        """The state of registration now: "unset", "before", "open", "closed", or "over" after the last day."""
        period = RegistrationPeriod(self.registration_opens_at, self.registration_closes_at)
        return period.get_phase(self.facts, timezone.now())

    @property
    def registration_status(self) -> str:
        """A sentence about the state of registration, with times of the conference."""
        phase = self.registration_phase
        if phase == "closed" and timezone.now() >= self.ends_at:
            return str(CONFERENCE_ENDED)
        when = self.registration_opens_at if phase == "before" else self.registration_ends_at
        if phase == "open" and self.registration_closes_at is None:
            return str(REGISTRATION_OPEN)
        local_time = when and when.astimezone(self.time_zone)
        return REGISTRATION_STATUS[phase] % {
            "when": format_date(local_time, "DATETIME_FORMAT"),
            "place": self.clock_place,
        }

    def get_phase(self, today: datetime.date) -> str:
        """Return the phase of the conference on a local date: "before", "during" or "after"."""
        if today < self.starts_on:
            return "before"
        return "during" if today <= self.ends_on else "after"


def data_version() -> Hashable:
    return get_tables_version(dict.fromkeys(LIVE_MODELS, "updated_at"))


def get_last_edit() -> datetime.datetime:
    """Return the time of the last edit or deletion of live content."""
    times = [model.objects.aggregate(time=Max("updated_at"))["time"] for model in LIVE_MODELS]
    # Only the history knows when a row was deleted.
    times += [model.history.aggregate(time=Max("history_date"))["time"] for model in LIVE_MODELS]
    return max(time for time in times if time)


def load_site_data() -> SiteData:
    """Read the live content from the database, with the draft of the facts."""
    conference = Conference.objects.first()
    if conference is None:
        raise NotLoadedError("There is no conference yet.")
    return SiteData(
        facts=ConferenceFacts.of(conference),
        **{name: LocalizedText.of(conference, name) for name in LIVE_TEXTS},
        contact=conference.contact,
        registration_opens_at=conference.registration_opens_at,
        registration_closes_at=conference.registration_closes_at,
        updated_at=conference.updated_at,
        edited_at=get_last_edit(),
        pages=tuple(
            PageData(
                page.slug,
                LocalizedText.of(page, "title"),
                LocalizedText.of(page, "body"),
                page.in_menu,
                page.updated_at,
            )
            for page in Page.objects.published()
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
            AnnouncementData(
                announcement.level,
                LocalizedText.of(announcement, "text"),
                announcement.shown_from,
                announcement.shown_until,
            )
            for announcement in Announcement.objects.all()
        ),
    )


site_data_value = PolledValue(data_version, load_site_data)


def get_site_data(facts: ConferenceFacts | None = None) -> SiteData:
    """Return the current data with the published facts, or with others, such as the draft's in a preview.

    Before the first release the facts are the draft's. Raises NotLoadedError if there is no conference or the database
    never answered.
    """
    site, facts = site_data_value.get(), facts or get_published_facts()
    return replace(site, facts=facts) if facts else site


@register_version
def page_version() -> Hashable:
    """Return a version that changes with each edit, at each scheduled change, and at midnight of the conference."""
    try:
        site = get_site_data()
    except NotLoadedError:
        return None
    now = timezone.now()
    past_changes = sum(time <= now for time in site.scheduled_changes)
    return site_data_value.generation, past_changes, now.astimezone(site.time_zone).date()


def refresh_site_data() -> None:
    """Reload the data immediately if they have changed."""
    site_data_value.refresh()


@dataclass(frozen=True)
class ConferenceInfo:
    """Texts about the conference in the active language. Without a conference, the names are the host of SITE_URL."""

    name: str
    short_name: str
    date_range: str = ""
    venue: str = ""
    city: str = ""
    clock_place: str = ""
    country: str = ""
    contact: str = ""
    time_zone: datetime.tzinfo | None = None
    starts_on: datetime.date | None = None

    @property
    def address(self) -> str:
        """The venue, the city and the country in one line, for calendars and maps."""
        return ", ".join(filter(None, [self.venue, self.city, self.country]))


def get_conference_info() -> ConferenceInfo:
    try:
        site = get_site_data()
    except NotLoadedError:
        return ConferenceInfo(settings.SITE_HOST, settings.SITE_HOST)
    return ConferenceInfo(
        str(site.name),
        str(site.short_name),
        format_date_range(site.starts_on, site.ends_on),
        str(site.venue),
        str(site.city),
        str(site.clock_place),
        get_country_name(site.country) if site.country else "",
        site.contact,
        site.time_zone,
        site.starts_on,
    )


def format_date_range(first: datetime.date, last: datetime.date) -> str:
    """Return the dates as they are written within a sentence."""
    if first == last:
        return format_date(first, "DAY_MONTH_YEAR_FORMAT")
    if (first.year, first.month) != (last.year, last.month):
        first_format = "DAY_MONTH_FORMAT" if first.year == last.year else "DAY_MONTH_YEAR_FORMAT"
        parts = {"first": format_date(first, first_format), "last": format_date(last, "DAY_MONTH_YEAR_FORMAT")}
        return pgettext("within a sentence", "%(first)s to %(last)s") % parts
    parts = {"first": first.day, "last": last.day, "month": format_date(first, "F"), "year": first.year}
    return pgettext("within a sentence", "%(first)s to %(last)s %(month)s %(year)s") % parts
