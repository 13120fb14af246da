"""Parts of calendars in iCalendar format (RFC 5545)."""

import datetime
from functools import lru_cache

from icalendar import Calendar, Timezone, vText

# No zone is further than a day from UTC, and icalendar leaves out the last day of a range.
ZONE_MARGIN = datetime.timedelta(days=2)


def add_timezones(calendar: Calendar, first: datetime.date, last: datetime.date) -> None:
    """Insert a VTIMEZONE for each time zone that a calendar refers to, valid from the first to the last date."""
    for index, name in enumerate(sorted(calendar.get_missing_tzids())):
        calendar.subcomponents.insert(index, get_vtimezone(name, first, last))


@lru_cache(maxsize=200)
def get_vtimezone(name: str, first: datetime.date, last: datetime.date) -> Timezone:
    """Return a VTIMEZONE. Cached, as finding the clock changes takes longer than writing the rest of a calendar."""
    return Timezone.from_tzid(name, first_date=first - ZONE_MARGIN, last_date=last + ZONE_MARGIN)


class EscapedText(vText):
    """Text escaped as RFC 5545, 3.3.11, says. icalendar would read a backslash before an "N" as a line break."""

    ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})

    def to_ical(self) -> bytes:
        return self.translate(self.ESCAPES).encode()
