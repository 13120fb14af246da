"""Checks of the draft programme that concern registration."""

import datetime

from conference.models import Conference
from conference.registration.models import Mode
from sessions.checks import find_issues

from .factories import make_quota, make_registration

NAMES = {"registration_after_the_conference", "seats_on_other_days", "capacity_on_other_days"}


def find_texts():
    return [issue.text for issue in find_issues() if issue.check in NAMES]


def test_registration_within_the_days_has_no_issue(conference):
    make_quota(datetime.date(2020, 12, 7), Mode.ONLINE, 5)
    make_registration()
    Conference.objects.update(registration_closes_at="2020-12-10 00:00+07:00")
    assert find_texts() == []


def test_registration_period_after_the_last_day_is_reported(conference):
    Conference.objects.update(
        registration_opens_at="2020-12-11 00:00+07:00", registration_closes_at="2020-12-12 09:00+07:00"
    )
    assert find_texts() == [
        "Registration opens on 11 December 2020, 00:00, after the last day of the conference "
        "(Wednesday, 9 December 2020).",
        "Registration closes on 12 December 2020, 09:00, after the last day of the conference "
        "(Wednesday, 9 December 2020).",
    ]


def test_seats_on_removed_day_are_reported(conference):
    make_registration()
    Conference.objects.update(starts_on="2020-12-08")
    assert find_texts() == [
        "1 person has or requests a seat on Monday, 7 December 2020, which is not a day of the conference."
    ]


def test_capacity_of_removed_day_is_reported_once(conference):
    for mode in Mode:
        make_quota(datetime.date(2020, 12, 7), mode, 5)
    make_quota(datetime.date(2020, 12, 6), Mode.ONLINE, None)
    Conference.objects.update(starts_on="2020-12-08")
    assert find_texts() == [
        "There is a daily capacity for Monday, 7 December 2020, which is not a day of the conference."
    ]
