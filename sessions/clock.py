"""Two clocks: the conference's, which is always shown, and the visitor's, if the address asks for it with ?tz=."""

import datetime
import zoneinfo
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from .text import fold

# One city for most of the offsets that people live by, from west to east; what a visitor picks from without scripts.
CITIES = (
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
class Hours:
    """From when until when in one zone; days tells how many dates later (or earlier) than in the conference's zone."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    days: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """The conference's zone, the visitor's if one was asked for, and the name asked for if no zone is called so."""

    home: ZoneInfo
    away: ZoneInfo | None = None
    unknown: str = ""

    @classmethod
    def asked_for(cls, name, home):
        name = name.strip()
        if not name:
            return cls(home)
        zone = find_zone(name)
        if zone is None:
            return cls(home, unknown=name[:60])
        return cls(home, away=None if zone.key == home.key else zone)

    @property
    def query(self):
        """What an address must say to show the same clocks."""
        return {"tz": self.away.key} if self.away else {}

    def here(self, session):
        return Hours(session.starts_at.astimezone(self.home), session.ends_at.astimezone(self.home))

    def there(self, session):
        """The visitor's hours of a session, or None where nobody asked for another zone."""
        if self.away is None:
            return None
        starts_at, ends_at = session.starts_at.astimezone(self.away), session.ends_at.astimezone(self.away)
        return Hours(starts_at, ends_at, (starts_at.date() - self.here(session).starts_at.date()).days)


@cache
def _zones():
    """Every zone by its folded name; and by its city alone where only one zone is called so."""
    names = sorted(zoneinfo.available_timezones())
    by_city = {}
    for name in names:
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")):
            by_city.setdefault(_plain(name.rpartition("/")[2]), []).append(name)
    cities = {city: found[0] for city, found in by_city.items() if len(found) == 1}
    return cities | {_plain(name): name for name in names}


def _plain(name):
    return fold(name).replace(" ", "_")


def find_zone(name):
    """The zone called so ("Europe/Oslo", "europe/oslo", "Oslo"), or None."""
    key = _zones().get(_plain(name[:100]))
    return ZoneInfo(key) if key else None
