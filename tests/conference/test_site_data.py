"""Ranges of dates as they are written within a sentence."""

import datetime

import pytest
from django.utils import translation

from conference.site_data import format_date_range

NOVEMBER_29, DECEMBER_1, DECEMBER_3 = (datetime.date(2026, month, day) for month, day in ((11, 29), (12, 1), (12, 3)))
JANUARY_2 = datetime.date(2027, 1, 2)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (DECEMBER_1, DECEMBER_1, {"en": "1 December 2026", "vi": "ngày 1 tháng 12 năm 2026"}),
        (DECEMBER_1, DECEMBER_3, {"en": "1 to 3 December 2026", "vi": "ngày 1–3 tháng 12 năm 2026"}),
        (
            NOVEMBER_29,
            DECEMBER_1,
            {"en": "29 November to 1 December 2026", "vi": "từ ngày 29 tháng 11 đến ngày 1 tháng 12 năm 2026"},
        ),
        (
            DECEMBER_3,
            JANUARY_2,
            {
                "en": "3 December 2026 to 2 January 2027",
                "vi": "từ ngày 3 tháng 12 năm 2026 đến ngày 2 tháng 1 năm 2027",
            },
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_date_range_names_each_month_and_year_once(first, last, expected, language):
    with translation.override(language):
        assert format_date_range(first, last) == expected[language]
