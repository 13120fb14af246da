"""Two clocks: the conference's, which is always shown, and the visitor's, if the address asks for it with ?tz=."""

import datetime
import zoneinfo
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from .text import normalize_for_search

# One city for most of the offsets that people live by, from west to east; what a visitor picks from without scripts.
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


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """From when until when in one zone; days tells how many dates later (or earlier) than in the conference's zone."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    days: int = 0


@dataclass(frozen=True, slots=True)
class DisplayTimeZones:
    """The conference's zone, the visitor's if one was asked for, and the name asked for if no zone is called so."""

    conference: ZoneInfo
    visitor: ZoneInfo | None = None
    unknown_name: str = ""

    @classmethod
    def from_query(cls, name, home):
        name = name.strip()
        if not name:
            return cls(home)
        zone = find_zone(name)
        if zone is None:
            return cls(home, unknown_name=name[:60])
        return cls(home, visitor=None if zone.key == home.key else zone)

    @property
    def query(self):
        """What an address must say to show the same clocks."""
        return {"tz": self.visitor.key} if self.visitor else {}

    def conference_times(self, session):
        return LocalTimes(session.starts_at.astimezone(self.conference), session.ends_at.astimezone(self.conference))

    def visitor_times(self, session):
        """The visitor's hours of a session, or None where nobody asked for another zone."""
        if self.visitor is None:
            return None
        starts_at, ends_at = session.starts_at.astimezone(self.visitor), session.ends_at.astimezone(self.visitor)
        return LocalTimes(starts_at, ends_at, (starts_at.date() - self.conference_times(session).starts_at.date()).days)


@cache
def index_zones_by_name():
    """Every zone by its folded name; and by its city alone where only one zone is called so."""
    names = sorted(zoneinfo.available_timezones())
    by_city = {}
    for name in names:
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")):
            by_city.setdefault(normalize_zone_name(name.rpartition("/")[2]), []).append(name)
    cities = {city: found[0] for city, found in by_city.items() if len(found) == 1}
    return cities | {normalize_zone_name(name): name for name in names}


def normalize_zone_name(name):
    return normalize_for_search(name).replace(" ", "_")


def find_zone(name):
    """The zone called so ("Europe/Oslo", "europe/oslo", "Oslo"), or None."""
    key = index_zones_by_name().get(normalize_zone_name(name[:100]))
    return ZoneInfo(key) if key else None


def zone_city(zone):
    """What people call a zone: the city in its name."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def utc_offset(zone, moment):
    """A zone's distance from UTC at a moment: UTC+7, UTC−3:30."""
    minutes = int(moment.astimezone(zone).utcoffset().total_seconds() // 60)
    if not minutes:
        return "UTC"
    sign = "+" if minutes > 0 else "−"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{whole}:{rest:02}" if rest else f"UTC{sign}{whole}"
