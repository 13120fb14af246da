"""The facts of the conference: its names, days, time zone and place.

They are part of the programme's releases, so that all public pages show the same ones. The row of Conference is their
draft. The sessions app registers where the published facts come from.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from conference.core.i18n.text import LANGUAGES, LocalizedText
from conference.core.i18n.timezones import is_clock_of_country, zone_city

FACT_TEXTS = ("name", "short_name", "subtitle", "organizers", "venue", "city")


@dataclass(frozen=True, slots=True)
class ConferenceFacts:
    """Names, place and days of the conference; days are local dates of its time zone, country is an ISO 3166-1 code."""

    name: LocalizedText
    short_name: LocalizedText
    subtitle: LocalizedText
    organizers: LocalizedText
    venue: LocalizedText
    city: LocalizedText
    country: str
    starts_on: datetime.date
    ends_on: datetime.date
    time_zone: ZoneInfo

    @classmethod
    def of(cls, conference: Any) -> Self:
        """Build from a row of Conference, which is the draft."""
        return cls(
            **{name: LocalizedText.of(conference, name) for name in FACT_TEXTS},
            country=conference.country.code or "",
            starts_on=conference.starts_on,
            ends_on=conference.ends_on,
            time_zone=ZoneInfo(conference.time_zone),
        )

    @property
    def ends_at(self) -> datetime.datetime:
        """The midnight after the last day."""
        next_day = self.ends_on + datetime.timedelta(days=1)
        return datetime.datetime.combine(next_day, datetime.time(), self.time_zone)

    @property
    def clock_place(self) -> LocalizedText:
        """The place after which times are named: the city, or that of the time zone if its clocks differ."""
        noon = datetime.datetime.combine(self.starts_on, datetime.time(12), self.time_zone)
        if is_clock_of_country(self.time_zone, self.country, noon):
            return self.city
        return LocalizedText({LANGUAGES[0]: zone_city(self.time_zone)})

    @property
    def days(self) -> list[datetime.date]:
        """Every date from the first to the last day."""
        return list_days(self.starts_on, self.ends_on)


def list_days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return every date from the first to the last."""
    return [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class RegistrationPeriod:
    """The time in which people can register: not decided without opens_at, without an end without closes_at."""

    opens_at: datetime.datetime | None
    closes_at: datetime.datetime | None

    def get_phase(self, facts: ConferenceFacts, now: datetime.datetime) -> str:
        """Return "unset", "before", "open", "closed", or "over" after the last day."""
        if facts.ends_at <= now:
            return "over"
        if self.opens_at is None:
            return "unset"
        if now < self.opens_at:
            return "before"
        return "closed" if self.closes_at and self.closes_at <= now else "open"


FactsProvider = Callable[[], ConferenceFacts | None]
_providers: list[FactsProvider] = []


def register_facts_provider(provider: FactsProvider) -> None:
    """Register the function that returns the published facts, or None before the first release.

    It reads memory only, and raises NotLoadedError if the database has not answered yet.
    """
    _providers[:] = [provider]


def get_published_facts() -> ConferenceFacts | None:
    """Return the facts of the current release, or None before the first release. Raises NotLoadedError."""
    return _providers[0]() if _providers else None
