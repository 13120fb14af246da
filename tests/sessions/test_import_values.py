"""Tests of imports: values as people and spreadsheet programs write them, and what the preview shows of them."""

import datetime

import pytest

from sessions.imports import DateOrder, preview_import, run_import
from sessions.models import Participation, Session
from speakers.models import Speaker

from .. import factories
from ..spreadsheet_files import HEADERS, OPENING, get_problems, make_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def january(db):
    """The conference from 7 to 9 January 2027."""
    return factories.make_conference(starts_on=datetime.date(2027, 1, 7), ends_on=datetime.date(2027, 1, 9))


def make_file(*starts):
    return make_csv(HEADERS, *([f"S{number}", "break", start, "19:30"] for number, start in enumerate(starts)))


def get_starts():
    zone = factories.HA_NOI
    return [session.starts_at.astimezone(zone).date().isoformat() for session in Session.objects.order_by("title_en")]


# The order of day and month


@pytest.mark.parametrize("start", ["1/8/2027 18:00", "01/08/2027 6:00 PM", "1/8/27 18:00", "1-8-2027 18:00"])
def test_run_import_reads_month_first_if_only_that_is_a_day_of_the_conference(january, start):
    run_import(make_file(start))
    assert get_starts() == ["2027-01-08"]


def test_run_import_reads_day_first_if_only_that_is_a_day_of_the_conference(january):
    run_import(make_file("8/1/2027 18:00"))
    assert get_starts() == ["2027-01-08"]


def test_run_import_reads_all_dates_of_a_file_in_one_order(january):
    run_import(make_file("1/8/2027 18:00", "2/3/2027 18:00"))
    assert get_starts() == ["2027-01-08", "2027-02-03"]


def test_run_import_takes_order_from_unambiguous_date(january):
    run_import(make_file("3/4/2028 18:00", "3/14/2028 18:00"))
    assert get_starts() == ["2028-03-04", "2028-03-14"]


@pytest.mark.parametrize("dates", [["3/4/2028 18:00"], ["1/8/2027 18:00", "8/1/2027 18:00"]])
def test_import_with_undecided_order_asks_for_it(january, dates):
    data = make_file(*dates)
    assert preview_import(data).dates.order is None
    assert "can be read in two ways" in get_problems(data, run=run_import)
    assert not Session.objects.exists()


@pytest.mark.parametrize(("order", "day"), [("dmy", "2028-04-03"), ("mdy", "2028-03-04")])
def test_run_import_with_chosen_order_uses_it(january, order, day):
    run_import(make_file("3/4/2028 18:00"), date_order=DateOrder(order))
    assert get_starts() == [day]


@pytest.mark.parametrize("start", [
    "8 January 2027 18:00", "8 Jan 2027, 6pm", "January 8, 2027 6:00 PM", "Fri, 8 Jan 2027 18h", "8-Jan-27 18:00",
    "8 tháng 1 năm 2027 18:00", "ngày 8 tháng 1, 2027 18h00", "2027/1/8 18:00", "8.1.2027 18.00",
    "1/8/2027 6:00\u202fPM",
])  # fmt: skip
def test_run_import_reads_dates_as_people_write_them(january, start):
    run_import(make_file(start))
    assert Session.objects.get().starts_at == datetime.datetime(2027, 1, 8, 18, tzinfo=factories.HA_NOI)


# Names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Vietnam", "VN"), ("Việt Nam", "VN"), ("VIET NAM", "VN"), ("vn", "VN"), ("VNM", "VN"), ("USA", "US"),
        ("U.S.A.", "US"), ("Mỹ", "US"), ("UK", "GB"), ("Great Britain", "GB"), ("Anh", "GB"), ("South Korea", "KR"),
        ("Hàn Quốc", "KR"), ("North Korea", "KP"), ("Palestine", "PS"), ("Laos", "LA"), ("Lào", "LA"),
        ("Ivory Coast", "CI"), ("Cote d’Ivoire", "CI"), ("Turkey", "TR"), ("Czech Republic", "CZ"), ("Russia", "RU"),
        ("Tanzania", "TZ"), ("Iran", "IR"), ("Bolivia", "BO"), ("Syria", "SY"), ("Holland", "NL"), ("Burma", "MM"),
        ("Nhật Bản", "JP"), ("Trung Quốc", "CN"), ("Thái Lan", "TH"), ("Đức", "DE"), ("Congo-Kinshasa", "CD"),
    ],
)  # fmt: skip
def test_run_import_recognizes_country(conference, name, code):
    run_import(make_csv(["Name", "Country"], ["Linh", name]))
    assert Speaker.objects.get().country.code == code


@pytest.mark.parametrize("name", ["International organization", "United Nations", "Tổ chức quốc tế", "XO"])
def test_run_import_recognizes_international_organization(conference, name):
    run_import(make_csv(["Name", "Country"], ["Linh", name]))
    assert Speaker.objects.get().country.code == "XO"


def test_preview_import_with_unknown_country_reports_it(conference):
    assert "This country is not known." in get_problems(make_csv(["Name", "Country"], ["Linh", "Atlantis"]))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Chairperson", "chair"), ("CHAIR", "chair"), ("Chủ tọa", "chair"), ("Chu toa", "chair"), ("MC", "moderator"),
        ("Facilitator", "moderator"), ("Keynote speaker", "keynote"), ("Opening remarks", "remarks"),
        ("Panelist", "panellist"), ("Speaker", "panellist"), ("Diễn giả", "panellist"), ("Reporter", "rapporteur"),
    ],
)  # fmt: skip
def test_run_import_recognizes_role(conference, name, role):
    factories.make_session("Opening")
    run_import(make_csv(["Session", "Role", "Placeholder"], ["opening", name, "Somebody"]))
    assert Participation.objects.get().role == role


@pytest.mark.parametrize(
    ("name", "kind"), [("Coffee break", "break"), ("Phiên toàn thể", "plenary"), ("Lunch", "break")]
)
def test_run_import_recognizes_kind(conference, name, kind):
    run_import(make_csv(HEADERS, ["A", name, *OPENING[2:]]))
    assert Session.objects.get().kind == kind


@pytest.mark.parametrize("languages", ["en, vi", "English; Vietnamese", "Tiếng Anh, tiếng Việt", "ENG, VIE"])
def test_run_import_recognizes_languages(conference, languages):
    run_import(make_csv([*HEADERS, "Languages"], [*OPENING, languages]))
    assert Session.objects.get().languages == ["en", "vi"]


# Preview


def test_preview_import_shows_all_values_of_new_row(conference):
    factories.make_room("Main Hall")
    data = make_csv([*HEADERS, "Room", "Languages", "Summary"], [*OPENING, "main hall", "en, vi", "Words of welcome."])
    [row] = preview_import(data).summaries[0].new
    assert {value.header: value.after for value in row.values} == {
        "Slug": "opening", "Title (English)": "Opening", "Kind": "Ceremony", "Status": "Draft",
        "Format": "In person and online", "Start": "7 Dec 2020, 18:00", "End": "7 Dec 2020, 19:30", "Room": "Main Hall",
        "Summary (English)": "Words of welcome.", "Floor languages": "English, Vietnamese",
    }  # fmt: skip


def test_preview_import_shows_values_before_and_after(published):
    data = make_csv(
        ["Slug", *HEADERS, "Room"], ["opening", "Opening", "Ceremony", "2020-12-07 18:30", "19:30", "Blue Room"]
    )
    [row] = preview_import(data).summaries[0].changed
    assert [(value.header, value.before, value.after) for value in row.values] == [
        ("Start", "7 Dec 2020, 18:00", "7 Dec 2020, 18:30"), ("Room", "Main Hall", "Blue Room"),
    ]  # fmt: skip


def test_preview_import_runs_checks_on_result(published):
    row = ["New", "plenary", "2020-12-07 18:30", "19:00", "confirmed", "Main Hall", "en"]
    issues = preview_import(make_csv([*HEADERS, "Status", "Room", "Languages"], row)).new_issues
    assert "room_double_booked" in {issue.check for issue in issues}
    assert all("New" in issue.text for issue in issues)
    assert Session.objects.filter(slug="new").count() == 0
