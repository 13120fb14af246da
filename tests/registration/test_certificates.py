"""Certificates of attendance: presence, entitlement, issuing, replacement and codes."""

import datetime
import re

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import translation

from conference.registration import workflow
from conference.registration.certificates.codes import format_code, make_code, normalize_certificate_code
from conference.registration.certificates.issuance import (
    Entitlement,
    check_certificate,
    find_certificate,
    get_or_issue_certificate,
)
from conference.registration.certificates.wording import describe_days, describe_state, list_days
from conference.registration.formatting import format_days_with_year
from conference.registration.models import (
    AttendedDay,
    Certificate,
    CheckIn,
    Entrance,
    Verdict,
    attended_days,
    attended_days_of_all,
)
from conference.registration.privacy import export_personal_data
from conference.registration.states import InvalidTransitionError
from sessions.models import Session
from sessions.releases.publish import publish_draft

from ..factories import december
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    WEDNESDAY,
    client_for,
    make_category,
    make_check_in,
    make_online_attendance,
    make_registration,
)

pytestmark = pytest.mark.usefixtures("conference")
SUNDAY = MONDAY - datetime.timedelta(days=1)


def make_absent_registration():
    """A registration for Monday of somebody who did not come."""
    with time_machine.travel(december(1, 9)):
        return make_registration()


@pytest.fixture
def after_conference():
    with time_machine.travel(december(10, 9), tick=False):
        yield


@pytest.fixture
def attendee(after_conference):
    """Somebody who was there on Monday in person and on Tuesday online. The event is over."""
    with time_machine.travel(december(1, 9)):
        registration = make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE})
    make_check_in(registration)
    make_online_attendance(registration, TUESDAY)
    return registration


# Presence

COUNTED = [
    ({}, True),
    ({"verdict": Verdict.NOT_TODAY, "override_reason": "Speaker"}, True),
    ({"verdict": Verdict.CANCELLED, "was_offline": True}, True),
    ({"day": SUNDAY, "verdict": Verdict.ADMIT}, True),
    ({"day": SUNDAY, "verdict": Verdict.NOT_TODAY, "override_reason": "Test"}, False),
    ({"undone_at": december(7, 19)}, False),
    ({"is_repeated": True, "verdict": Verdict.ALREADY_IN}, False),
    ({"direction": CheckIn.Direction.OUT}, False),
]


@pytest.mark.parametrize(("changes", "is_counted"), COUNTED)
def test_presence_in_person_by_check_in(changes, is_counted):
    registration = make_registration()
    day = make_check_in(registration, **changes).day
    assert attended_days(registration) == ([AttendedDay(day, IN_PERSON)] if is_counted else [])


def test_presence_at_a_session_counts(published):
    registration = make_registration()
    room = Entrance.objects.create(name_en="Side room", session=Session.objects.first())
    make_check_in(registration, entrance=room)
    assert attended_days(registration) == [AttendedDay(MONDAY, IN_PERSON)]


def test_presence_in_both_modes_on_a_day_is_in_person_and_days_are_sorted():
    registration = make_registration()
    for day in (WEDNESDAY, MONDAY, MONDAY):
        make_check_in(registration, day)
    for day in (TUESDAY, MONDAY):
        make_online_attendance(registration, day)
    expected = [AttendedDay(MONDAY, IN_PERSON), AttendedDay(TUESDAY, ONLINE), AttendedDay(WEDNESDAY, IN_PERSON)]
    assert attended_days(registration) == expected


def test_presence_of_all_takes_two_queries(django_assert_num_queries):
    registrations = [make_registration() for _ in range(3)]
    make_check_in(registrations[0])
    make_online_attendance(registrations[1])
    with django_assert_num_queries(2):
        presence = attended_days_of_all()
    assert presence == {registration.pk: attended_days(registration) for registration in registrations[:2]}


def test_online_attendance_of_a_day_exists_once():
    registration = make_registration()
    make_online_attendance(registration)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_online_attendance(registration)


# Entitlement


@pytest.mark.parametrize(
    ("days", "checked_in", "now", "expected"),
    [
        ({MONDAY: IN_PERSON}, [], (6, 9), Entitlement.TOO_EARLY),
        ({MONDAY: IN_PERSON}, [MONDAY], (7, 20), Entitlement.TOO_EARLY),
        ({MONDAY: IN_PERSON}, [MONDAY], (8, 0), Entitlement.READY),
        ({MONDAY: IN_PERSON, TUESDAY: ONLINE}, [MONDAY], (8, 9), Entitlement.TOO_EARLY),
        ({MONDAY: IN_PERSON}, [WEDNESDAY], (8, 9), Entitlement.TOO_EARLY),
        ({MONDAY: IN_PERSON}, [], (8, 9), Entitlement.NOT_PRESENT),
        ({}, [], (10, 9), Entitlement.NO_DAYS),
    ],
)
def test_certificate_is_ready_after_the_last_day_of_the_person(days, checked_in, now, expected):
    registration = make_registration(days=days or {MONDAY: IN_PERSON})
    if not days:
        registration.seats.all().delete()
    for day in checked_in:
        make_check_in(registration, day)
    with time_machine.travel(december(*now), tick=False):
        assert check_certificate(registration).entitlement is expected


def test_certificate_of_a_cancelled_registration_counts_presence(attendee):
    workflow.cancel_registration(attendee, by=attendee.user)
    assert check_certificate(attendee).is_ready


def test_certificate_waits_for_the_review_of_a_changed_name(after_conference):
    with time_machine.travel(december(1, 9)):
        registration = make_registration(category=make_category(needs_approval=True))
        workflow.approve_registration(registration, by=None)
    make_check_in(registration)
    workflow.edit_details(registration, {"passport_name": "Another Person"}, by=registration.user)
    registration.refresh_from_db()
    assert check_certificate(registration).entitlement is Entitlement.UNDER_REVIEW
    assert "approved the details" in describe_state(check_certificate(registration))
    with pytest.raises(InvalidTransitionError):
        get_or_issue_certificate(registration)


# Issuing and replacement


def test_certificate_says_name_and_days_and_is_issued_once(attendee):
    certificate = get_or_issue_certificate(attendee)
    assert (certificate.name, certificate.days) == (
        "Nguyen Thi Linh",
        [["2020-12-07", "in_person"], ["2020-12-08", "online"]],
    )
    assert get_or_issue_certificate(attendee) == certificate
    assert find_certificate(certificate.code) == certificate


def test_certificate_is_invalid_at_once_when_a_check_in_is_undone_and_replaced_on_request(attendee):
    certificate = get_or_issue_certificate(attendee)
    attendee.check_ins.update(undone_at=december(10, 9))
    assert find_certificate(certificate.code) is None
    replacement = get_or_issue_certificate(attendee)
    assert replacement.days == [["2020-12-08", "online"]]
    assert (find_certificate(certificate.code), find_certificate(replacement.code)) == (None, replacement)
    assert Certificate.objects.current().get() == replacement


@pytest.mark.parametrize("is_closed", [False, True])
def test_certificate_is_not_given_to_another_person_by_the_attendee(attendee, is_closed):
    if is_closed:
        workflow.cancel_registration(attendee, by=attendee.user)
    before = attendee.passport_name
    with pytest.raises(InvalidTransitionError, match="You attended under the present name"):
        workflow.edit_details(attendee, {"passport_name": "Someone Else"}, by=attendee.user)
    attendee.refresh_from_db()
    assert attendee.passport_name == before
    workflow.edit_details(attendee, {"passport_name": f"{before} Anh"}, by=attendee.user)
    assert get_or_issue_certificate(attendee).name == f"{before} Anh"


def test_certificate_is_not_given_to_another_person_together_with_a_category_without_review(attendee):
    open_category = attendee.category
    attendee.category = make_category("Reviewed", needs_approval=True)
    attendee.save()
    data = {"passport_name": "Someone Else", "category": open_category}
    with pytest.raises(InvalidTransitionError):
        workflow.edit_details(attendee, data, by=attendee.user)


def test_certificate_is_replaced_when_the_name_is_corrected(attendee):
    certificate = get_or_issue_certificate(attendee)
    attendee.passport_name = "Nguyễn Thị Linh"
    attendee.save()
    assert find_certificate(certificate.code) is None
    assert get_or_issue_certificate(attendee).name == "Nguyễn Thị Linh"


def test_certificate_without_presence_is_refused(after_conference):
    with pytest.raises(InvalidTransitionError):
        get_or_issue_certificate(make_absent_registration())


def test_one_current_certificate_per_registration(attendee):
    get_or_issue_certificate(attendee)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(registration=attendee, name="Twice")


def test_certificate_is_erased_with_the_account_and_cannot_be_verified_any_more(attendee):
    certificate = get_or_issue_certificate(attendee)
    data = export_personal_data(attendee.user, attendee)["registration"]["certificates"]
    assert [(row["code"], row["name"]) for row in data] == [(certificate.code, "Nguyen Thi Linh")]
    workflow.erase_user(attendee.user)
    assert not Certificate.objects.exists()
    assert find_certificate(certificate.code) is None


def test_certificate_keeps_its_days_when_the_event_moves(attendee):
    certificate = get_or_issue_certificate(attendee)
    request = workflow.MoveRequest(datetime.date(2021, 3, 1), datetime.date(2021, 3, 3), {})
    publish_draft()
    workflow.move_event(request, by=None)
    assert find_certificate(certificate.code) == certificate


# Codes


def test_code_is_random_and_grouped():
    codes = {make_code() for _ in range(50)}
    assert len(codes) == 50
    pattern = "-".join(["[0-9A-HJKMNP-TV-Z]{5}"] * 4) + "-[0-9A-HJKMNP-TV-Z]{6}"
    assert all(re.fullmatch(pattern, format_code(code)) for code in codes)


def test_code_is_accepted_in_any_spelling():
    code = "0123456789ABCDEFGHJKMNPQ10"
    spellings = [
        format_code(code),
        code.lower(),
        " 01234 56789\u00a0abcde–fghjk mnpqIO ",
        "o1234.56789.ABCDE.FGHJK.MNPQlo",
        "".join(chr(ord(character) + 0xFEE0) for character in code),
        "\u200b" + code,
    ]
    assert {normalize_certificate_code(text) for text in spellings} == {code}


@pytest.mark.parametrize("text", ["", "0", "0" * 25, "0" * 27, "U" * 26, "ă" * 26, "\0" * 26])
def test_text_that_cannot_be_a_code_is_empty(text):
    assert normalize_certificate_code(text) == ""


# Words

DAYS = [AttendedDay(MONDAY, IN_PERSON), AttendedDay(TUESDAY, IN_PERSON), AttendedDay(WEDNESDAY, ONLINE)]


def test_days_in_words():
    assert describe_days(DAYS) == ["in person on 7 and 8 December 2020", "online on 9 December 2020"]
    assert list_days(DAYS[:1]) == ["Monday, 7 December 2020: In person"]


def test_days_in_vietnamese():
    with translation.override("vi"):
        assert describe_days(DAYS) == [
            "trực tiếp ngày 7 và 8 tháng 12 năm 2020",
            "trực tuyến ngày 9 tháng 12 năm 2020",
        ]


def test_days_of_several_months_and_years():
    days = [datetime.date(2020, 12, 30), datetime.date(2020, 12, 31), datetime.date(2021, 1, 1)]
    assert format_days_with_year(days) == "30 and 31 December 2020 and 1 January 2021"
    assert format_days_with_year([datetime.date(2020, 11, 30), MONDAY]) == "30 November and 7 December 2020"


# The attendee's pages


def test_dashboard_shows_the_state_in_words_and_the_link(attendee):
    page = client_for(attendee.user).get("/my/").text
    assert "You attended in person on 7 December 2020 and online on 8 December 2020." in page
    assert 'href="/my/certificate.pdf"' in page


def test_dashboard_without_presence_explains(after_conference):
    page = client_for(make_absent_registration().user).get("/my/").text
    assert "neither a check-in at the entrance nor online attendance is recorded" in page
    assert "/my/certificate.pdf" not in page


def test_dashboard_before_the_event_announces_the_certificate():
    page = client_for(make_registration().user).get("/my/").text
    assert "Your certificate of attendance will be here after your last day, Monday, 7 December 2020." in page


def test_own_certificate_is_downloaded_and_issued_once(attendee):
    client = client_for(attendee.user)
    responses = [client.get("/my/certificate.pdf") for _ in range(2)]
    assert responses[0].headers["Content-Disposition"] == 'attachment; filename="certificate.pdf"'
    assert "no-store" in responses[0].headers["Cache-Control"]
    assert responses[0].content.startswith(b"%PDF-")
    assert attendee.certificates.count() == 1


def test_own_certificate_without_presence_leads_to_the_dashboard(after_conference, client):
    assert client_for(make_absent_registration().user).get("/my/certificate.pdf").headers["Location"] == "/my/"
    assert client.get("/my/certificate.pdf").headers["Location"].startswith("/accounts/")
    assert not Certificate.objects.exists()
