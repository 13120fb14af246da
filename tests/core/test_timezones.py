"""Time zones of the conference and of the visitor."""

import datetime
import zoneinfo
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.core.i18n.timezones import COMMON_ZONES, DisplayTimeZones, find_zone, utc_offset, zone_city

from ..factories import HA_NOI, december


@dataclass
class Event:
    starts_at: datetime.datetime
    ends_at: datetime.datetime


EVENING = Event(december(7, 18), december(7, 19, 30))
EARLY_MORNING = Event(december(8, 3), december(8, 4))


def make_time_zones(name):
    return DisplayTimeZones.from_query(name, HA_NOI)


# Names of zones


@pytest.mark.parametrize("name", ["Europe/Oslo", "EUROPE/OSLO", "oslo", "  Oslo ", "Ósló"])
def test_find_zone_ignores_case_accents_and_continent(name):
    assert find_zone(name.strip()).key == "Europe/Oslo"
    assert make_time_zones(name).visitor.key == "Europe/Oslo"


@pytest.mark.parametrize("name", ["Ho Chi Minh", "ho_chi_minh", "Asia/Ho Chi Minh"])
def test_find_zone_accepts_spaces_in_city(name):
    assert find_zone(name).key == "Asia/Ho_Chi_Minh"


def test_find_zone_by_city_of_zone_with_two_slashes():
    assert find_zone("Ushuaia").key == "America/Argentina/Ushuaia"


def test_find_zone_accepts_every_full_name():
    assert [name for name in zoneinfo.available_timezones() if find_zone(name).key != name] == []


@pytest.mark.parametrize("name", ["Atlantis", "Europe/Atlantis", "../../etc/passwd", "Europe", "\x00", "+07:00", "/"])
def test_from_query_with_unknown_zone_keeps_its_name(name):
    time_zones = make_time_zones(name)
    assert time_zones.visitor is None
    assert time_zones.unknown_name == name


@pytest.mark.parametrize("name", ["  ", "Asia/Ho_Chi_Minh"])
def test_from_query_without_other_zone_has_conference_zone_only(name):
    assert make_time_zones(name) == DisplayTimeZones(HA_NOI)


@pytest.mark.parametrize("name", ["Oslo" + " " * 10_000 + "x", "ﷺ" * 10_000])
def test_from_query_with_long_name_shortens_it(name):
    time_zones = make_time_zones(name)
    assert time_zones.visitor is None
    assert len(time_zones.unknown_name) <= 60


@given(st.text())
def test_from_query_accepts_any_text(name):
    time_zones = make_time_zones(name)
    assert time_zones.conference == HA_NOI
    assert time_zones.visitor is None or not time_zones.unknown_name


def test_common_zones_exist_and_are_ordered_from_west_to_east():
    at = datetime.datetime(2020, 12, 7, tzinfo=datetime.UTC)
    offsets = [at.astimezone(find_zone(name)).utcoffset() for name in COMMON_ZONES]
    assert [find_zone(name).key for name in COMMON_ZONES] == list(COMMON_ZONES)
    assert offsets == sorted(offsets)


def test_zone_city_is_the_last_part_of_the_name():
    assert zone_city(HA_NOI) == "Ho Chi Minh"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Asia/Ho_Chi_Minh", "UTC+7"), ("America/St_Johns", "UTC−3:30"), ("Asia/Kathmandu", "UTC+5:45"), ("UTC", "UTC")],
)
def test_utc_offset_shows_sign_hours_and_minutes(name, expected):
    assert utc_offset(zoneinfo.ZoneInfo(name), december(7, 12)) == expected


def test_query_has_the_full_name_of_a_known_zone():
    assert make_time_zones("oslo").query == {"tz": "Europe/Oslo"}
    assert make_time_zones("Atlantis").query == make_time_zones("").query == {}


# Times of a session


def test_visitor_times_without_visitor_zone_are_none():
    assert make_time_zones("").visitor_times(EVENING) is None


def test_visitor_times_are_in_the_visitor_zone():
    times = make_time_zones("Oslo").visitor_times(EVENING)
    assert (times.starts_at.hour, times.ends_at.hour, times.ends_at.minute, times.days) == (12, 13, 30, 0)


def test_visitor_times_west_of_the_conference_can_be_the_day_before():
    times = make_time_zones("Oslo").visitor_times(EARLY_MORNING)
    assert (times.starts_at.hour, times.days) == (21, -1)


def test_visitor_times_east_of_the_conference_can_be_the_day_after():
    times = make_time_zones("Auckland").visitor_times(Event(december(7, 20), december(7, 21)))
    assert (times.starts_at.hour, times.days) == (2, 1)


def test_visitor_times_days_are_those_of_the_start():
    times = make_time_zones("Tokyo").visitor_times(Event(december(7, 21, 30), december(7, 23)))
    assert (times.starts_at.hour, times.ends_at.hour, times.days) == (23, 1, 0)


def test_conference_times_of_session_in_utc_are_in_the_conference_zone():
    event = Event(EVENING.starts_at.astimezone(datetime.UTC), EVENING.ends_at.astimezone(datetime.UTC))
    assert make_time_zones("Oslo").conference_times(event).starts_at.hour == 18


@pytest.mark.parametrize(("month", "day", "hour"), [(3, 27, 12), (3, 28, 13), (10, 30, 13), (10, 31, 12)])
def test_daylight_saving_time_changes_visitor_times_only(month, day, hour):
    starts_at = datetime.datetime(2021, month, day, 18, tzinfo=HA_NOI)
    event = Event(starts_at, starts_at + datetime.timedelta(hours=1))
    time_zones = make_time_zones("Oslo")
    assert time_zones.conference_times(event).starts_at.hour == 18
    assert time_zones.visitor_times(event).starts_at.hour == hour


def test_visitor_times_across_a_clock_change_keep_the_duration():
    starts_at = datetime.datetime(2021, 3, 28, 0, 30, tzinfo=datetime.UTC)
    times = make_time_zones("Oslo").visitor_times(Event(starts_at, starts_at + datetime.timedelta(hours=1)))
    assert (times.starts_at.hour, times.ends_at.hour) == (1, 3)
    assert times.ends_at.timestamp() - times.starts_at.timestamp() == 3600
