import datetime
from functools import lru_cache

from icalendar import Timezone, vText

# No zone is further than a day from UTC; and the library's last day is not part of what it covers.
ZONE_MARGIN = datetime.timedelta(days=2)


def add_timezones(calendar, first, last):
    """Put in front what the zones named in a calendar mean from one date to another."""
    for place, name in enumerate(sorted(calendar.get_missing_tzids())):
        calendar.subcomponents.insert(place, get_vtimezone(name, first, last))


@lru_cache(maxsize=200)
def get_vtimezone(name, first, last):
    """Finding out when clocks change takes longer than writing the rest of a calendar."""
    return Timezone.from_tzid(name, first_date=first - ZONE_MARGIN, last_date=last + ZONE_MARGIN)


class EscapedText(vText):
    """A text, escaped as RFC 5545 3.3.11 says; the library would take a backslash before an N for a line break."""

    ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})

    def to_ical(self):
        return self.translate(self.ESCAPES).encode()
