import datetime
import zoneinfo
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.core.timezones import COMMON_ZONES, DisplayTimeZones, find_zone

from ..factories import HA_NOI, december


@dataclass
class Event:
    starts_at: datetime.datetime
    ends_at: datetime.datetime


EVENING = Event(december(7, 18), december(7, 19, 30))
EARLY = Event(december(8, 3), december(8, 4))


def asked(name):
    return DisplayTimeZones.from_query(name, HA_NOI)


@pytest.mark.parametrize(
    "name", ["Europe/Oslo", "europe/oslo", "EUROPE/OSLO", "Oslo", "oslo", "  Oslo ", "Ósló", "OSLO"]
)
def test_a_zone_is_found_however_it_is_written(name):
    assert find_zone(name.strip()).key == "Europe/Oslo"
    assert asked(name).visitor.key == "Europe/Oslo"


@pytest.mark.parametrize("name", ["Ho Chi Minh", "ho_chi_minh", "Asia/Ho Chi Minh"])
def test_a_city_of_several_words_may_be_written_with_spaces(name):
    assert find_zone(name).key == "Asia/Ho_Chi_Minh"


def test_a_zone_with_two_slashes_is_found_by_its_city():
    assert find_zone("Ushuaia").key == "America/Argentina/Ushuaia"


@pytest.mark.parametrize("name", ["Atlantis", "Europe/Atlantis", "../../etc/passwd", "Europe", "\x00", "+07:00", "/"])
def test_what_is_no_zone_is_said_and_not_shown(name):
    clock = asked(name)
    assert clock.visitor is None
    assert clock.unknown_name == name


def test_nothing_asked_is_one_clock_and_nothing_unknown():
    assert asked("  ") == DisplayTimeZones(HA_NOI)


def test_the_conferences_own_zone_is_not_shown_twice():
    assert asked("Asia/Ho_Chi_Minh") == DisplayTimeZones(HA_NOI)


@pytest.mark.parametrize("name", ["x" * 10_000, "Oslo" + " " * 10_000 + "x", "đ" * 10_000, "ﷺ" * 10_000])
def test_a_name_of_ten_thousand_letters_is_cut_short(name):
    clock = asked(name)
    assert clock.visitor is None
    assert len(clock.unknown_name) <= 60


@given(st.text())
def test_no_name_breaks_the_clock(name):
    clock = asked(name)
    assert clock.conference == HA_NOI
    assert clock.visitor is None or not clock.unknown_name


def test_every_zone_is_found_by_its_full_name():
    assert [name for name in zoneinfo.available_timezones() if find_zone(name).key != name] == []


@pytest.mark.parametrize("name", COMMON_ZONES)
def test_every_city_on_offer_exists(name):
    assert find_zone(name).key == name


def test_cities_on_offer_go_from_west_to_east():
    moment = datetime.datetime(2020, 12, 7, tzinfo=datetime.UTC)
    offsets = [moment.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() for name in COMMON_ZONES]
    assert offsets == sorted(offsets)


def test_without_a_second_zone_there_are_no_hours_there():
    assert asked("").visitor_times(EVENING) is None


def test_an_evening_in_ha_noi_is_noon_in_oslo():
    hours = asked("Oslo").visitor_times(EVENING)
    assert (hours.starts_at.hour, hours.ends_at.hour, hours.ends_at.minute, hours.days) == (12, 13, 30, 0)


def test_the_small_hours_of_ha_noi_are_still_yesterday_in_oslo():
    hours = asked("Oslo").visitor_times(EARLY)
    assert (hours.starts_at.hour, hours.days) == (21, -1)


def test_a_late_evening_in_ha_noi_is_already_tomorrow_in_auckland():
    hours = asked("Auckland").visitor_times(Event(december(7, 20), december(7, 21)))
    assert (hours.starts_at.hour, hours.days) == (2, 1)


def test_days_are_counted_from_the_start_and_not_from_the_end():
    hours = asked("Auckland").visitor_times(EVENING)
    assert (hours.starts_at.hour, hours.ends_at.hour, hours.days) == (0, 1, 1)
    hours = asked("Tokyo").visitor_times(Event(december(7, 21, 30), december(7, 23)))
    assert (hours.starts_at.hour, hours.ends_at.hour, hours.days) == (23, 1, 0)


def test_hours_here_are_the_conferences_whatever_zone_a_session_is_kept_in():
    kept = Event(EVENING.starts_at.astimezone(datetime.UTC), EVENING.ends_at.astimezone(datetime.UTC))
    assert asked("Oslo").conference_times(kept).starts_at.hour == 18


@pytest.mark.parametrize(("month", "day", "hour"), [(3, 27, 12), (3, 28, 13), (10, 30, 13), (10, 31, 12)])
def test_summer_time_moves_the_visitors_hours_and_not_the_conferences(month, day, hour):
    starts_at = datetime.datetime(2021, month, day, 18, tzinfo=HA_NOI)
    event = Event(starts_at, starts_at + datetime.timedelta(hours=1))
    clock = asked("Oslo")
    assert (clock.conference_times(event).starts_at.hour, clock.visitor_times(event).starts_at.hour) == (18, hour)


def test_a_session_across_the_night_when_clocks_change_keeps_its_length():
    starts_at = datetime.datetime(2021, 3, 28, 0, 30, tzinfo=datetime.UTC)
    hours = asked("Oslo").visitor_times(Event(starts_at, starts_at + datetime.timedelta(hours=1)))
    assert (hours.starts_at.hour, hours.ends_at.hour) == (1, 3)
    assert hours.ends_at.timestamp() - hours.starts_at.timestamp() == 3600


def test_addresses_carry_the_zones_full_name_and_nothing_that_is_unknown():
    assert asked("oslo").query == {"tz": "Europe/Oslo"}
    assert asked("Atlantis").query == asked("").query == {}
