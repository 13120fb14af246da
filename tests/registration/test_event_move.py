"""Moving the whole event to other days."""

import datetime
import re
import zoneinfo
from datetime import date

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError

from conference.mail.models import QueuedEmail
from conference.models import Conference
from conference.registration import workflow
from conference.registration.models import (
    CheckIn,
    CheckInDevice,
    Entrance,
    EventMove,
    Mode,
    Quota,
    RegistrationSettings,
    RegistrationStatus,
    Seat,
)
from conference.registration.workflow import MoveRequest
from sessions.models import Release, Session
from sessions.releases.exceptions import PublishBlockedError

from .. import factories as programme_factories
from ..users import admin_client_for, make_organizer, make_superuser
from . import factories
from .factories import IN_PERSON, MONDAY, ONLINE, TUESDAY, WEDNESDAY

JANUARY = date(2027, 1, 18)
HA_NOI = datetime.timezone(datetime.timedelta(hours=7))

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(conference, november):
    """A published conference with sessions on its three days and a category without approval."""
    factories.make_registration_settings()
    for day in (7, 8, 9):
        hours = {"starts_at": programme_factories.december(day, 18), "ends_at": programme_factories.december(day, 19)}
        programme_factories.make_session(f"Session {day}", **hours)
    programme_factories.publish_release()
    programme_factories.reload_site()
    return Conference.objects.get()


def move(first_day, last_day=None, targets=None):
    result = workflow.move_event(
        MoveRequest(first_day, last_day or first_day + datetime.timedelta(days=2), targets or {}), by=None
    )
    programme_factories.reload_site()
    return result


def dump():
    """Return all rows that a move changes, without stamps, release and history."""
    stamps = {"updated_at", "queued_since", "status_changed_at"}
    dumped = serializers.serialize(
        "python",
        [
            row
            for model in (Conference, Session, Quota, Seat, RegistrationSettings)
            for row in model.objects.order_by("pk")
        ],
    )
    return [
        (item["model"], item["pk"], {name: value for name, value in item["fields"].items() if name not in stamps})
        for item in dumped
    ]


def test_move_event_keeps_local_hours_of_sessions(event):
    move(JANUARY)
    session = Session.objects.get(title_en="Session 8")
    assert session.starts_at == datetime.datetime(2027, 1, 19, 18, tzinfo=HA_NOI)


def test_move_event_publishes_days_and_sessions_in_one_release(event):
    number = Release.objects.current_number()
    result = move(JANUARY)
    assert Release.objects.current_number() == number + 1 == result.move.release_number
    document = Release.objects.current().document
    assert document["conference"]["starts_on"] == "2027-01-18"
    assert {session["starts_at"][:10] for session in document["sessions"]} == {"2027-01-18", "2027-01-19", "2027-01-20"}


def test_move_event_across_summer_time_keeps_local_hours(event):
    Conference.objects.update(time_zone="Europe/Oslo")
    oslo = zoneinfo.ZoneInfo("Europe/Oslo")
    Session.objects.update(
        starts_at=datetime.datetime(2020, 12, 8, 23, tzinfo=oslo),
        ends_at=datetime.datetime(2020, 12, 9, 1, tzinfo=oslo),
    )
    programme_factories.publish_release()
    programme_factories.reload_site()
    move(date(2021, 6, 7))
    session = Session.objects.first()
    assert session.starts_at.astimezone(oslo).isoformat() == "2021-06-08T23:00:00+02:00"
    assert session.ends_at.astimezone(oslo).isoformat() == "2021-06-09T01:00:00+02:00"


@pytest.mark.parametrize("days", [1, -1, 2, 42])
def test_move_event_moves_seats_by_position_also_to_overlapping_days(event, days):
    registration = factories.make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE, WEDNESDAY: IN_PERSON})
    shift = datetime.timedelta(days=days)
    move(MONDAY + shift)
    expected = [(MONDAY + shift, IN_PERSON), (TUESDAY + shift, ONLINE), (WEDNESDAY + shift, IN_PERSON)]
    assert list(registration.seats.active().values_list("day", "mode")) == expected


def test_move_event_moves_limits_registration_period_and_retention(event):
    factories.make_quota(MONDAY, IN_PERSON, 5)
    RegistrationSettings.objects.update(erase_on=date(2020, 12, 31))
    Conference.objects.update(
        registration_opens_at=datetime.datetime(2020, 11, 2, 9, tzinfo=HA_NOI),
        registration_closes_at=datetime.datetime(2020, 11, 30, 17, tzinfo=HA_NOI),
    )
    move(MONDAY + datetime.timedelta(days=10))
    assert list(Quota.objects.values_list("day", "seats")) == [(date(2020, 12, 17), 5)]
    assert RegistrationSettings.objects.get().erase_on == date(2021, 1, 10)
    conference = Conference.objects.get()
    assert conference.registration_closes_at == datetime.datetime(2020, 12, 10, 17, tzinfo=HA_NOI)


def test_move_event_and_back_changes_nothing(event):
    factories.make_quota(TUESDAY, IN_PERSON, 1)
    for _number in range(3):
        factories.make_registration(days={MONDAY: IN_PERSON, TUESDAY: IN_PERSON})
    before = dump()
    move(MONDAY + datetime.timedelta(days=42))
    assert dump() != before
    move(MONDAY)
    assert dump() == before


@pytest.mark.slow
def test_move_event_of_a_full_conference_and_back_changes_nothing(event):
    for number in range(57):
        start = programme_factories.december(7 + number % 3, 10) + datetime.timedelta(minutes=5 * number)
        programme_factories.make_session(starts_at=start, ends_at=start + datetime.timedelta(minutes=90))
    programme_factories.publish_release()
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        factories.make_quota(day, IN_PERSON, 8)
    registrations = [
        factories.make_registration(days={MONDAY: IN_PERSON, TUESDAY: ONLINE if number % 2 else IN_PERSON})
        for number in range(60)
    ]
    for registration in registrations[:4]:
        workflow.cancel_registration(registration, by=None)
    before = dump()
    assert Seat.objects.offered().exists()
    assert Seat.objects.waitlisted().exists()
    move(MONDAY + datetime.timedelta(days=42))
    move(MONDAY)
    assert dump() == before


def test_move_event_that_cannot_be_published_changes_nothing(event):
    room = programme_factories.make_room()
    Session.objects.update(
        room=room, starts_at=programme_factories.december(8, 18), ends_at=programme_factories.december(8, 19)
    )
    factories.make_registration(days={TUESDAY: IN_PERSON})
    before = dump()
    with pytest.raises(PublishBlockedError):
        move(JANUARY)
    assert dump() == before


def test_preview_move_changes_nothing(event):
    factories.make_registration(days={MONDAY: IN_PERSON})
    before = dump()
    result = workflow.preview_move(MoveRequest(JANUARY, JANUARY + datetime.timedelta(days=2), {}), by=None)
    assert (result.attendees, result.seats) == (1, 1)
    assert dump() == before
    assert not EventMove.objects.exists()


def test_move_event_ends_offers_with_their_new_day_at_the_latest(event):
    factories.make_quota(WEDNESDAY, IN_PERSON, 1)
    first, _second = (factories.make_registration(days={WEDNESDAY: IN_PERSON}) for _number in range(2))
    workflow.cancel_registration(first, by=None)
    offered = Seat.objects.offered().get()
    Seat.objects.filter(pk=offered.pk).update(offered_until=datetime.datetime(2020, 12, 1, tzinfo=HA_NOI))
    move(date(2020, 11, 20))
    offered.refresh_from_db()
    assert offered.offer_ends_at == datetime.datetime(2020, 11, 22, 19, tzinfo=HA_NOI)


def test_reopened_registration_after_a_move_requests_the_new_days(event):
    registration = factories.make_registration(days={TUESDAY: IN_PERSON})
    workflow.cancel_registration(registration, by=None)
    move(JANUARY)
    workflow.reopen_registration(registration, by=None)
    assert list(registration.seats.requested().values_list("day", flat=True)) == [date(2027, 1, 19)]


def test_shorter_event_without_a_choice_for_the_removed_day_is_refused(event):
    before = dump()
    with pytest.raises(ValidationError, match="each day"):
        move(JANUARY, JANUARY + datetime.timedelta(days=1))
    assert dump() == before


def test_removed_day_makes_its_sessions_drafts_and_releases_its_seats(event):
    registration = factories.make_registration(days={TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    result = move(MONDAY, TUESDAY, {WEDNESDAY: None})
    assert Session.objects.get(title_en="Session 9").status == Session.Status.DRAFT
    assert result.removed_seats == 1
    assert list(registration.seats.active().values_list("day", flat=True)) == [TUESDAY]


def test_move_event_moves_the_days_of_check_in_devices_and_keeps_check_ins(event):
    gate = Entrance.objects.create(name_en="Gate A")
    values = {"entrance": gate, "days": [str(WEDNESDAY)]}
    device = CheckInDevice.objects.create(name="Tablet 1", token_hash="1", **values)
    registration = factories.make_registration(days={MONDAY: IN_PERSON})
    CheckIn.objects.create(registration=registration, entrance=gate, day=MONDAY, at=registration.submitted_at)
    move(JANUARY)
    device.refresh_from_db()
    assert (device.days, device.revoked_at) == (["2027-01-20"], None)
    assert CheckIn.objects.get().day == MONDAY


def test_device_that_loses_all_its_days_loses_its_access(event):
    gate = Entrance.objects.create(name_en="Gate A")
    values = {"entrance": gate, "days": [str(WEDNESDAY)]}
    device = CheckInDevice.objects.create(name="Tablet 1", token_hash="1", **values)
    move(MONDAY, TUESDAY, {WEDNESDAY: None})
    device.refresh_from_db()
    assert (device.days, device.revoked_at is not None) == ([], True)


def test_merged_day_brings_sessions_and_seats_to_the_target_day(event):
    only_wednesday = factories.make_registration(days={WEDNESDAY: ONLINE})
    both = factories.make_registration(days={TUESDAY: IN_PERSON, WEDNESDAY: IN_PERSON})
    move(JANUARY, JANUARY + datetime.timedelta(days=1), {WEDNESDAY: date(2027, 1, 19)})
    assert Session.objects.get(title_en="Session 9").starts_at.astimezone(HA_NOI).date() == date(2027, 1, 19)
    assert list(only_wednesday.seats.confirmed().values_list("day", "mode")) == [(date(2027, 1, 19), Mode.ONLINE)]
    assert list(both.seats.active().values_list("day", "mode")) == [(date(2027, 1, 19), Mode.IN_PERSON)]


def test_longer_event_keeps_sessions_and_seats(event):
    registration = factories.make_registration(days={WEDNESDAY: IN_PERSON})
    move(JANUARY, JANUARY + datetime.timedelta(days=4))
    assert list(registration.seats.active().values_list("day", flat=True)) == [date(2027, 1, 20)]
    assert Conference.objects.get().ends_on == date(2027, 1, 22)


def test_move_event_with_unpublished_days_is_refused(event):
    Conference.objects.update(starts_on=date(2020, 12, 6))
    with pytest.raises(ValidationError, match="not published"):
        move(JANUARY)


def test_move_event_to_the_present_days_is_refused(event):
    with pytest.raises(ValidationError, match="present days"):
        move(MONDAY)


def test_notify_attendees_tells_open_registrations_once(event):
    stays, leaves = (factories.make_registration(days={TUESDAY: IN_PERSON}) for _number in range(2))
    workflow.cancel_registration(leaves, by=None)
    QueuedEmail.objects.all().delete()
    event_move = move(JANUARY).move
    assert workflow.notify_attendees(event_move, by=None) == 1
    assert workflow.notify_attendees(event_move, by=None) == 0
    email = QueuedEmail.objects.get()
    assert email.to == stays.email
    assert "7 to 9 December 2020" in email.text
    assert "18 to 20 January 2027" in email.text
    assert "19 January 2027: in person" in email.text


def test_moved_registration_stays_confirmed(event):
    registration = factories.make_registration(days={TUESDAY: IN_PERSON})
    move(JANUARY)
    registration.refresh_from_db()
    assert registration.status == RegistrationStatus.CONFIRMED


def test_move_event_command_dry_run_changes_nothing(event, capsys):
    before = dump()
    call_command("move_event", first_day=JANUARY, dry_run=True)
    printed = capsys.readouterr().out
    assert "Would move the event from 7 to 9 December 2020 to 18 to 20 January 2027" in printed
    assert dump() == before


def test_move_event_command_moves(event):
    call_command("move_event", "--first-day", "2027-01-18")
    assert Conference.objects.get().starts_on == JANUARY


@pytest.mark.parametrize("options", [["--last-day", "2027-01-17"], ["--last-day", "2027-01-19"]])
def test_move_event_command_reports_impossible_days(event, options):
    with pytest.raises(CommandError):
        call_command("move_event", "--first-day", "2027-01-18", *options)


# In the admin

MOVE_URL = "/admin/registration/eventmove/add/"


@pytest.fixture
def organizer_client(event):
    return admin_client_for(make_superuser())


def find_version(page):
    return re.search(r'name="version" value="([^"]+)"', page.text)[1]


def test_move_page_previews_without_a_change(organizer_client):
    before = dump()
    page = organizer_client.post(MOVE_URL, {"first_day": "2027-01-18"})
    assert "18–20 January 2027" in page.text or "18 to 20 January 2027" in page.text
    assert "Move the event and publish" in page.text
    assert dump() == before


def test_move_page_moves_after_the_preview_and_shows_the_email(organizer_client):
    factories.make_registration(days={TUESDAY: IN_PERSON})
    data = {"first_day": "2027-01-18", "note_en": "Postponed."}
    data["version"] = find_version(organizer_client.post(MOVE_URL, data))
    page = organizer_client.post(MOVE_URL, data | {"confirm": "yes"}, follow=True)
    assert Conference.objects.get().starts_on == JANUARY
    assert Release.objects.current().note_en == "Postponed."
    assert "1 person is registered" in page.text
    assert not QueuedEmail.objects.filter(email_type="moved").exists()


def test_move_page_with_an_outdated_preview_moves_nothing(organizer_client):
    data = {"first_day": "2027-01-18"}
    data["version"] = find_version(organizer_client.post(MOVE_URL, data))
    factories.make_registration(days={TUESDAY: IN_PERSON})
    page = organizer_client.post(MOVE_URL, data | {"confirm": "yes"})
    assert page.status_code == 409
    assert Conference.objects.get().starts_on == MONDAY


def test_move_page_asks_what_becomes_of_a_removed_day(organizer_client):
    data = {"first_day": "2020-12-07", "last_day": "2020-12-08"}
    page = organizer_client.post(MOVE_URL, data)
    assert 'name="target_2020-12-09"' in page.text
    page = organizer_client.post(MOVE_URL, data | {"target_2020-12-09": "2020-12-08"})
    assert "Move the event and publish" in page.text


@pytest.mark.parametrize(
    "data",
    [
        {"first_day": ""},
        {"first_day": "soon"},
        {"first_day": "9999-12-31"},
        {"first_day": "2027-01-18", "last_day": "2027-01-01"},
        {"first_day": "2027-01-18", "last_day": "9999-12-31"},
        {"first_day": "0001-01-01"},
    ],
)
def test_move_page_explains_impossible_days_and_keeps_them(organizer_client, data):
    page = organizer_client.post(MOVE_URL, data)
    assert page.status_code == 200
    assert "errornote" in page.text or "errorlist" in page.text
    assert f'value="{data["first_day"]}"' in page.text or not data["first_day"]


def test_notify_page_sends_after_confirmation(organizer_client):
    factories.make_registration(days={TUESDAY: IN_PERSON})
    event_move = move(JANUARY).move
    url = f"/admin/registration/eventmove/{event_move.pk}/notify/"
    assert "18 to 20 January 2027" in organizer_client.get(url).text
    page = organizer_client.post(url, follow=True)
    assert "1 e-mail is on its way." in page.text
    assert QueuedEmail.objects.filter(email_type="moved").count() == 1


@pytest.mark.parametrize("group", ["Registrars", "Programme editors", "Publishers"])
def test_move_page_is_only_for_those_who_may_change_the_conference_and_publish(event, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(MOVE_URL).status_code == 403
