"""Time zones: that of the conference, which is always shown, and the visitor's, requested with ?tz= in the URL."""

import datetime
import zoneinfo
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from conference.core.i18n.text import normalize_for_search

# One city for most UTC offsets, from west to east. The form offers them to visitors without scripts.
COMMON_ZONES = (
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Mexico_City",
    "America/New_York",
    "America/Bogota",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "UTC",
    "Europe/London",
    "Africa/Lagos",
    "Europe/Oslo",
    "Europe/Paris",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Europe/Kyiv",
    "Africa/Nairobi",
    "Asia/Riyadh",
    "Asia/Tehran",
    "Asia/Dubai",
    "Asia/Kabul",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Dhaka",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Ho_Chi_Minh",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)


class Event(Protocol):
    """Anything with a start and an end, such as a session."""

    @property
    def starts_at(self) -> datetime.datetime: ...

    @property
    def ends_at(self) -> datetime.datetime: ...


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """Start and end in one time zone. days is the difference of the start date from that in the conference zone."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    days: int = 0


@dataclass(frozen=True, slots=True)
class DisplayTimeZones:
    """The conference's time zone, the visitor's if one was requested, and the requested name if it is unknown."""

    conference: ZoneInfo
    visitor: ZoneInfo | None = None
    unknown_name: str = ""

    @classmethod
    def from_query(cls, name: str, conference: ZoneInfo) -> Self:
        """Build from the value of the parameter tz, which may be empty."""
        name = name.strip()
        if not name:
            return cls(conference)
        zone = find_zone(name)
        if zone is None:
            return cls(conference, unknown_name=name[:60])
        return cls(conference, visitor=None if zone.key == conference.key else zone)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters of links that keep the visitor's time zone."""
        return {"tz": self.visitor.key} if self.visitor else {}

    def conference_times(self, session: Event) -> LocalTimes:
        """Return the times of a session in the conference's time zone."""
        return LocalTimes(session.starts_at.astimezone(self.conference), session.ends_at.astimezone(self.conference))

    def visitor_times(self, session: Event) -> LocalTimes | None:
        """Return the times of a session in the visitor's time zone; None if no other zone was requested."""
        if self.visitor is None:
            return None
        starts_at, ends_at = session.starts_at.astimezone(self.visitor), session.ends_at.astimezone(self.visitor)
        return LocalTimes(starts_at, ends_at, (starts_at.date() - self.conference_times(session).starts_at.date()).days)


@cache
def index_zones_by_name() -> dict[str, str]:
    """Return the time zones by normalized name, and by the city alone where only one zone has this city."""
    names = sorted(zoneinfo.available_timezones())
    by_city: dict[str, list[str]] = {}
    for name in names:
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")):
            by_city.setdefault(normalize_zone_name(name.rpartition("/")[2]), []).append(name)
    unique_cities = {city: zones[0] for city, zones in by_city.items() if len(zones) == 1}
    return unique_cities | {normalize_zone_name(name): name for name in names}


def normalize_zone_name(name: str) -> str:
    return normalize_for_search(name).replace(" ", "_")


def find_zone(name: str) -> ZoneInfo | None:
    """Return the time zone with this name ("Europe/Oslo", "europe/oslo") or city ("Oslo"); None if there is none."""
    key = index_zones_by_name().get(normalize_zone_name(name[:100]))
    return ZoneInfo(key) if key else None


def zone_city(zone: ZoneInfo) -> str:
    """Return the city in the name of a time zone."""
    return zone.key.rpartition("/")[2].replace("_", " ")


@cache
def list_zones_of_country(country: str) -> tuple[ZoneInfo, ...]:
    """Return the time zones of a country by its ISO 3166-1 code, from the table of the time zone database."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(ZoneInfo(row[2]) for row in rows if row[0] == country)


def is_clock_of_country(zone: ZoneInfo, country: str, at: datetime.datetime) -> bool:
    """Return whether a time zone shows at a given time what clocks in the country show; true for an unknown country."""
    zones = list_zones_of_country(country)
    offset = at.astimezone(zone).utcoffset()
    return not zones or any(at.astimezone(other).utcoffset() == offset for other in zones)


def utc_offset(zone: ZoneInfo, at: datetime.datetime) -> str:
    """Return the UTC offset of a time zone at a given time: "UTC+7", "UTC−3:30"."""
    offset = at.astimezone(zone).utcoffset() or datetime.timedelta()
    minutes = int(offset.total_seconds() // 60)
    if not minutes:
        return "UTC"
    sign = "+" if minutes > 0 else "−"
    hours, minutes = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"
