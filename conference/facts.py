"""The facts of the conference: its names, days, time zone and place.

They are part of the programme's releases, so that all public pages show the same ones. The row of Conference is their
draft. The sessions app registers where the published facts come from.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from conference.core.i18n.text import LocalizedText

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
    def days(self) -> list[datetime.date]:
        """Every date from the first to the last day."""
        return list_days(self.starts_on, self.ends_on)


def list_days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return every date from the first to the last."""
    return [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class RegistrationPeriod:
    """The time in which people can register. Without opens_at it is not decided yet, without closes_at it has no end."""

    opens_at: datetime.datetime | None
    closes_at: datetime.datetime | None

    def get_phase(self, facts: ConferenceFacts, now: datetime.datetime) -> str:
        """Return "unset", "before", "open", "closed", or "over" if it could be open but the last day has passed."""
        if self.opens_at and self.closes_at and self.closes_at <= now:
            return "closed"
        if facts.ends_at <= now:
            return "over"
        if self.opens_at is None:
            return "unset"
        return "before" if now < self.opens_at else "open"


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
