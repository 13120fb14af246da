"""Check-in section of the admin dashboard: live counters of each entrance."""

from django.contrib.auth.models import AnonymousUser, User

from ...check_in.counters import summarize_entrances
from ...days import current_day, is_conference_day


def get_check_in_context(user: User | AnonymousUser) -> dict[str, object]:
    """Return the context of the section; it is empty for users who do not check people in.

    Outside of the days of the conference there are no entrances. The number of queries is constant.
    """
    if not user.has_perm("registration.check_in"):
        return {}
    day = current_day()
    return {"check_in_day": day, "check_in_entrances": summarize_entrances(day) if is_conference_day(day) else []}
