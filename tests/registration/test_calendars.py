"""Calendar events of confirmed days: later files change and cancel the copies that were given out."""

import datetime
from contextlib import suppress
from email import message_from_bytes, policy

import pytest
import time_machine
from icalendar import Calendar

from conference import site_data
from conference.mail import sender
from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.models import CalendarEntry, Registration
from sessions.models import Session
from sessions.releases.exceptions import NothingToPublishError

from ..factories import december, publish_release, update
from .factories import (
    IN_PERSON,
    MONDAY,
    ONLINE,
    TUESDAY,
    client_for,
    make_category,
    make_quota,
    make_registration,
)

pytestmark = pytest.mark.usefixtures("published")

BOTH_DAYS = {MONDAY: IN_PERSON, TUESDAY: ONLINE}


@pytest.fixture
def registration(published):
    """Confirmed for Monday in person and Tuesday online."""
    return make_registration(days=BOTH_DAYS)


def latest_email(registration):
    return registration.queued_emails.order_by("created_at").last()


def read_email(registration):
    """[(method, event)] of the files of the latest e-mail."""
    calendars = Calendar.from_ical(latest_email(registration).calendar, multiple=True)
    return [(str(calendar["METHOD"]), event) for calendar in calendars for event in calendar.events]


def read_file(registration):
    """{day: event} of the downloaded file."""
    events = Calendar.from_ical(client_for(registration.user).get("/my/days.ics").content).events
    return {datetime.date(2020, 12, event.start.day): event for event in events}


def summarize(event):
    return str(event["STATUS"]), event["SEQUENCE"]


# E-mails


def test_confirmation_has_a_request_for_each_day(registration):
    files = read_email(registration)
    assert [(method, *summarize(event)) for method, event in files] == [("REQUEST", "CONFIRMED", 0)] * 2


def test_request_names_organizer_and_attendee_without_asking_for_a_reply(registration, conference):
    update(conference, contact="help@conference.example")
    site_data.refresh_site_data()
    workflow.change_days(registration, {TUESDAY: IN_PERSON}, by=registration.user)
    [(_method, event), _other] = read_email(registration)
    assert str(event["ORGANIZER"]) == "mailto:help@conference.example"
    assert str(event["ATTENDEE"]) == f"mailto:{registration.email}"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"


def test_day_given_back_is_cancelled_in_the_email_about_it(registration):
    before = {event.start.day: event for _method, event in read_email(registration)}
    workflow.change_days(registration, {TUESDAY: None}, by=registration.user)
    (kept, monday), (method, tuesday) = read_email(registration)
    assert (kept, *summarize(monday)) == ("REQUEST", "CONFIRMED", 0)
    assert (method, *summarize(tuesday)) == ("CANCEL", "CANCELLED", 1)
    assert tuesday["UID"] == before[8]["UID"]
    assert tuesday["ORGANIZER"] == before[8]["ORGANIZER"]


def test_each_attachment_has_one_method(registration):
    workflow.change_days(registration, {TUESDAY: None}, by=registration.user)
    content = sender.build_message(latest_email(registration)).message().as_bytes()
    attachments = message_from_bytes(content, policy=policy.default).iter_attachments()
    parts = [part for part in attachments if part.get_content_type() == "text/calendar"]
    assert [part["Content-Type"].params["method"] for part in parts] == ["REQUEST", "CANCEL"]
    assert [part.get_content().count("METHOD:") for part in parts] == [1, 1]
    assert len({part.get_filename() for part in parts}) == 2


@pytest.mark.parametrize("close", ["cancel", "decline"])
def test_closed_registration_cancels_all_days(registration, close):
    if close == "cancel":
        workflow.cancel_registration(registration, by=registration.user)
    else:
        workflow.decline_registration(registration, by=None, reason="full")
    assert [(method, *summarize(event)) for method, event in read_email(registration)] == [
        ("CANCEL", "CANCELLED", 1)
    ] * 2


def test_day_confirmed_again_has_a_higher_sequence(registration):
    workflow.cancel_registration(registration, by=registration.user)
    make_registration(registration.user, BOTH_DAYS)
    registration = Registration.objects.get()
    assert [(method, *summarize(event)) for method, event in read_email(registration)] == [
        ("REQUEST", "CONFIRMED", 2)
    ] * 2


def test_cancelled_day_is_not_sent_twice(registration):
    workflow.change_days(registration, {TUESDAY: None}, by=registration.user)
    workflow.cancel_registration(registration, by=registration.user)
    assert [event.start.day for _method, event in read_email(registration)] == [7]


def test_accepted_offer_replaces_the_interim_event():
    quota = make_quota(MONDAY, IN_PERSON, 0)
    registration = make_registration(online_while_waitlisted=True)
    [(_method, online)] = read_email(registration)
    update(quota, seats=1)
    workflow.offer_available_seats()
    assert latest_email(registration).calendar == ""
    workflow.accept_offer(registration.seats.get(status="offered"), by=registration.user)
    [(method, in_person)] = read_email(registration)
    assert (method, *summarize(in_person)) == ("REQUEST", "CONFIRMED", 1)
    assert in_person["UID"] == online["UID"]
    assert (str(online["LOCATION"]), str(in_person["LOCATION"])) == ("Online", "Ha Noi, Viet Nam")


def test_day_given_back_during_a_review_is_cancelled_by_email():
    registration = make_registration(days=BOTH_DAYS, category=make_category(needs_approval=True))
    workflow.approve_registration(registration, by=None)
    workflow.edit_details(registration, {"function": "Judge"}, by=registration.user)
    workflow.change_days(registration, {TUESDAY: None}, by=registration.user)
    assert latest_email(registration).email_type == "changed"
    assert [method for method, _event in read_email(registration)] == ["REQUEST", "CANCEL"]


def test_event_from_before_the_entries_existed_is_cancelled(registration):
    CalendarEntry.objects.update(content={}, emailed_sequence=0)
    workflow.cancel_registration(registration, by=registration.user)
    assert [(method, *summarize(event)) for method, event in read_email(registration)] == [
        ("CANCEL", "CANCELLED", 1)
    ] * 2


def test_email_of_another_type_carries_events_that_have_changed(registration):
    update(Session.objects.get(slug="exhibition"), ends_at=december(7, 23))
    publish_release()
    make_quota(TUESDAY, IN_PERSON, 0)
    workflow.edit_details(registration, {"organization": "Another"}, by=None)
    assert [event["SEQUENCE"] for _method, event in read_email(registration)] == [1, 0]


# File


def test_file_follows_the_programme_of_the_day(registration):
    before = read_file(registration)[MONDAY]
    with time_machine.travel(december(1, 9), tick=False):
        update(Session.objects.get(slug="exhibition"), ends_at=december(7, 23))
        publish_release()
    with time_machine.travel(december(2, 9), tick=False):
        after = read_file(registration)
    assert after[MONDAY].end == december(7, 23)
    assert after[MONDAY]["UID"] == before["UID"]
    assert summarize(after[MONDAY]) == ("CONFIRMED", 1)
    assert after[MONDAY]["DTSTAMP"].dt == after[MONDAY]["LAST-MODIFIED"].dt == december(1, 9)
    assert summarize(after[TUESDAY]) == ("CONFIRMED", 0)
    assert after[TUESDAY]["DTSTAMP"].dt < december(1, 9)


def test_file_follows_name_and_place_of_the_conference(registration, conference):
    update(conference, short_name_en="Another name", venue_vi="Trung tâm")
    site_data.refresh_site_data()
    publish_if_needed()
    event = read_file(registration)[MONDAY]
    assert str(event["SUMMARY"]) == "Another name (in person)"
    assert summarize(event) == ("CONFIRMED", 1)
    assert summarize(read_file(registration)[TUESDAY]) == ("CONFIRMED", 1)


def publish_if_needed():
    """Publish the draft, unless all changes are live content."""
    with suppress(NothingToPublishError):
        publish_release()


def test_file_is_the_same_without_a_change_and_in_every_language(registration):
    first, again = read_file(registration), read_file(registration)
    assert first == again
    vietnamese = client_for(registration.user).get("/vi/my/days.ics").text
    assert "SEQUENCE:0" in vietnamese
    assert "SEQUENCE:1" not in vietnamese
    assert not CalendarEntry.objects.filter(sequence__gt=0).exists()


def test_file_keeps_days_that_were_given_back_as_cancelled(registration):
    workflow.change_days(registration, {TUESDAY: None}, by=registration.user)
    events = read_file(registration)
    assert summarize(events[MONDAY]) == ("CONFIRMED", 0)
    assert summarize(events[TUESDAY]) == ("CANCELLED", 1)
    assert str(events[TUESDAY]["DESCRIPTION"]).startswith("Cancelled.")


def test_file_of_a_cancelled_registration_has_cancelled_events(registration):
    workflow.cancel_registration(registration, by=registration.user)
    assert {summarize(event) for event in read_file(registration).values()} == {("CANCELLED", 1)}


def test_file_of_a_registration_that_was_never_confirmed_is_not_found():
    registration = make_registration(category=make_category(needs_approval=True))
    assert client_for(registration.user).get("/my/days.ics").status_code == 404


def test_file_cancels_days_that_are_no_longer_days_of_the_conference(registration, conference):
    update(conference, starts_on=TUESDAY)
    site_data.refresh_site_data()
    publish_if_needed()
    events = read_file(registration)
    assert (summarize(events[MONDAY]), summarize(events[TUESDAY])) == (("CANCELLED", 1), ("CONFIRMED", 0))


def test_erased_registration_leaves_no_entries(registration):
    workflow.erase_user(registration.user)
    assert not CalendarEntry.objects.exists()
    assert not QueuedEmail.objects.exists()
