"""Tests of times of day as people type them."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from conference.core.times import DateTimeOfDayField, SplitDateTimeField, TimeOfDayField, parse_time_of_day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00", (18, 0)),
        ("8:05", (8, 5)),
        ("18:00:30", (18, 0, 30)),
        ("9:15 pm", (21, 15)),
        ("9.15 P.M.", (21, 15)),
        ("9pm", (21, 0)),
        ("12:30 am", (0, 30)),
        ("12 pm", (12, 0)),
        ("18:00 pm", (18, 0)),
        ("20.30", (20, 30)),
        ("8h30", (8, 30)),
        ("8h", (8, 0)),
        ("20 h 30", (20, 30)),
        ("8 giờ 30", (8, 30)),
        ("8g30", (8, 30)),
        ("0915", (9, 15)),
        ("1745", (17, 45)),
        (" １８：００ ", (18, 0)),
    ],
)
def test_parse_time_of_day_reads_times_as_typed(text, expected):
    assert parse_time_of_day(text) == datetime.time(*expected)


@pytest.mark.parametrize(
    "text", ["", "9", "25:00", "9:75", "18:0", "18.", "0:30 pm", "13 am", "915", "noon", "18:00 h", "9:15 pmm", "2460"]
)
def test_parse_time_of_day_refuses_other_texts(text):
    assert parse_time_of_day(text) is None


def test_time_field_error_has_an_example():
    with pytest.raises(ValidationError, match="for example 18:00 or 6:00 pm"):
        TimeOfDayField().clean("soon")


def test_split_field_reads_time_as_typed():
    value = SplitDateTimeField().clean(["2020-12-07", "9:15 pm"])
    assert (value.hour, value.minute) == (21, 15)


def test_split_field_error_has_an_example():
    with pytest.raises(ValidationError, match="for example 18:00 or 6:00 pm"):
        SplitDateTimeField().clean(["2020-12-07", "soon"])


def test_single_field_reads_time_as_typed():
    value = DateTimeOfDayField().clean("2020-12-07 20.30")
    assert (value.day, value.hour, value.minute) == (7, 20, 30)


def test_single_field_error_has_an_example():
    with pytest.raises(ValidationError, match="for example 2020-12-07 18:00"):
        DateTimeOfDayField().clean("soon")
