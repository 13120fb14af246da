"""The dates of the conference, as pages read them."""

import datetime

from django.utils import timezone

from sessions.live import NotReady

from ..site import site


def conference_days():
    """Every date of it; none where there is no conference yet."""
    try:
        first, last = site().starts_on, site().ends_on
    except NotReady:
        return []
    return [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]


def days_to_come():
    """Those that are not over on the conference's clock."""
    today = timezone.now().astimezone(site().time_zone).date()
    return [day for day in conference_days() if day >= today]
