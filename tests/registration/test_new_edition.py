"""Starting a new edition: the draft, the registrations of the past edition, the command and the page of the admin."""

import datetime
import re
from datetime import date

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from conference.mail.models import QueuedEmail
from conference.models import Conference
from conference.registration import workflow
from conference.registration.models import (
    CheckIn,
    CheckInDevice,
    Entrance,
    ErasedRegistration,
    EventMove,
    Quota,
    Registration,
    RegistrationSettings,
)
from conference.registration.privacy import purge_expired_data
from conference.registration.statistics import compute_statistics
from conference.registration.workflow import EditionRequest
from sessions.models import Edition, Participation, Release, Room, Session, SessionLink
from sessions.releases.publish import publish_draft

from .. import factories as programme_factories
from ..factories import HA_NOI, december
from ..users import admin_client_for, make_organizer, make_superuser
from . import factories
from .factories import IN_PERSON, MONDAY, TUESDAY, WEDNESDAY

JANUARY = date(2022, 1, 18)
AFTER_CONFERENCE = datetime.datetime(2021, 3, 1, 3, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(conference):
    """The published conference with a session on each day, and one cancelled."""
    linh = programme_factories.make_speaker("Linh")
    for day in (7, 8, 9):
        programme_factories.make_session(
            f"Session {day}",
            starts_at=december(day, 18),
            ends_at=december(day, 19),
            room=programme_factories.make_room(f"Room {day}"),
            notice_en="Moved.",
            parts=[("chair", linh)],
            links=[("recording", "https://recording.example/"), ("document", "https://document.example/")],
        )
    programme_factories.make_session("Cancelled", status="cancelled")
    Participation.objects.update(confirmed=True)
    programme_factories.publish_release()
    return conference


@pytest.fixture
def attendee(event):
    """A person who was registered for the past edition."""
    with time_machine.travel(programme_factories.BEFORE_CONFERENCE):
        return factories.make_registration(days={MONDAY: IN_PERSON})


@pytest.fixture(autouse=True)
def _after_conference():
    with time_machine.travel(AFTER_CONFERENCE, tick=True):
        yield


def start(first=JANUARY, last=None, **options):
    return workflow.start_edition(EditionRequest(first, last or first + datetime.timedelta(days=2), **options), by=None)


def dump():
    """The rows that a new edition may change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Session, Participation, SessionLink, Quota, Registration, RegistrationSettings, Conference)
    ]


# The draft


def test_new_edition_without_sessions_keeps_rooms_and_speakers(event):
    result = start()
    assert not Session.objects.exists()
    assert (Room.objects.count(), result.removed_sessions) == (3, 4)
    assert Session.history.filter(history_type="-").count() == 4


def test_new_edition_keeps_sessions_as_drafts_by_position_of_day(event):
    result = start(keep_sessions=True)
    starts = [session.starts_at.astimezone(HA_NOI) for session in Session.objects.order_by("starts_at")]
    assert starts == [datetime.datetime(2022, 1, day, 18, tzinfo=HA_NOI) for day in (18, 19, 20)]
    assert set(Session.objects.values_list("status", "notice_en")) == {("draft", "")}
    assert (result.kept_sessions, result.removed_sessions) == (3, 1)


def test_new_edition_keeps_what_belongs_to_both_editions_only(event):
    start(keep_sessions=True)
    assert set(Participation.objects.values_list("confirmed", flat=True)) == {False}
    assert set(SessionLink.objects.values_list("kind", flat=True)) == {"document"}


def test_shorter_edition_keeps_sessions_of_removed_days_as_drafts(event):
    start(JANUARY, JANUARY, keep_sessions=True)
    assert Session.objects.count() == 3


def test_new_edition_sets_days_and_names_and_empties_the_registration_period(event):
    Conference.objects.update(registration_opens_at=december(1, 9))
    start(names={"name_en": "Second conference", "name_vi": ""})
    conference = Conference.objects.get()
    assert (conference.starts_on, conference.ends_on) == (JANUARY, date(2022, 1, 20))
    assert (conference.name_en, conference.name_vi) == ("Second conference", event.name_vi)
    assert conference.registration_opens_at is None


def test_new_edition_keeps_limits_by_position_of_day(event):
    for number, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), start=1):
        factories.make_quota(day, seats=number)
    result = start(JANUARY, date(2022, 1, 19), keep_quotas=True)
    assert list(Quota.objects.values_list("day", "seats")) == [(JANUARY, 1), (date(2022, 1, 19), 2)]
    assert (result.kept_quotas, result.removed_quotas) == (2, 1)


def test_new_edition_ends_devices_and_erases_check_ins(event, attendee):
    gate = Entrance.objects.create(name_en="Gate A")
    device = CheckInDevice.objects.create(name="Tablet 1", token_hash="1", entrance=gate)
    CheckIn.objects.create(registration=attendee, entrance=gate, device=device, day=MONDAY, at=december(7, 18))
    start(erase_registrations=True)
    device.refresh_from_db()
    assert (device.revoked_at is not None, CheckIn.objects.exists()) == (True, False)
    assert list(Entrance.objects.all()) == [gate]


def test_new_edition_removes_limits(event):
    factories.make_quota()
    assert start().removed_quotas == 1
    assert not Quota.objects.exists()


def test_new_edition_moves_the_fixed_day_of_retention(event):
    factories.make_registration_settings(erase_on=date(2020, 12, 31))
    start()
    assert RegistrationSettings.objects.get().erase_on == date(2022, 2, 11)


def test_new_edition_publishes_nothing_and_is_recorded(event):
    start()
    edition = Edition.objects.get()
    assert Release.objects.count() == 1
    assert (edition.name_en, edition.name_vi) == (event.name_en, event.name_vi)
    assert (edition.first_day, edition.last_day, edition.release_id) == (MONDAY, WEDNESDAY, 1)


def test_new_edition_without_sessions_can_be_published(event, client):
    start()
    programme_factories.publish_release()
    assert "No sessions yet" in client.get("/programme/").text


def test_new_edition_counts_unpublished_changes(event):
    programme_factories.update(Session.objects.get(title_en="Session 7"), title_en="Late change")
    assert start().unpublished == 1


# Registrations


def test_new_edition_after_retention_erases_registrations(attendee):
    factories.make_registration_settings(erase_after_days=30)
    result = start()
    assert result.erased == 1
    assert not Registration.objects.exists()
    assert not User.objects.filter(pk=attendee.user_id).exists()
    assert not QueuedEmail.objects.exists()


@pytest.mark.parametrize(
    ("settings", "message"), [({"erase_after_days": 100}, "from Saturday, 20 March 2021"), ({}, "without an end")]
)
def test_new_edition_before_the_end_of_retention_is_refused(attendee, settings, message):
    factories.make_registration_settings(**settings)
    before = dump()
    with pytest.raises(ValidationError, match=message):
        start()
    assert dump() == before


def test_new_edition_erases_kept_registrations_if_confirmed(attendee):
    factories.make_registration_settings(erase_after_days=100)
    assert start(erase_registrations=True).erased == 1
    assert not Registration.objects.exists()


def test_statistics_of_editions_are_separate(attendee):
    start(erase_registrations=True)
    edition = Edition.objects.get()
    assert ErasedRegistration.objects.get().edition == edition
    assert (compute_statistics().erased, compute_statistics(edition).erased) == (0, 1)
    taken = {count.day: count.taken for count in compute_statistics(edition).days if count.mode == IN_PERSON}
    assert taken == {MONDAY: 1, TUESDAY: 0, WEDNESDAY: 0}


def test_registrations_of_the_new_edition_are_not_purged(attendee):
    factories.make_registration_settings(erase_on=date(2020, 12, 31))
    start()
    programme_factories.publish_release()
    factories.make_registration(days={JANUARY: IN_PERSON})
    purge_expired_data()
    assert Registration.objects.count() == 1


def test_notify_attendees_of_a_move_of_the_past_edition_sends_nothing(event):
    event_move = EventMove.objects.create(
        from_first_day=MONDAY, from_last_day=MONDAY, first_day=MONDAY, last_day=WEDNESDAY, release_number=1
    )
    start()
    programme_factories.publish_release()
    factories.make_registration(days={JANUARY: IN_PERSON})
    assert workflow.notify_attendees(event_move, by=None) == 0


# What is refused


def test_new_edition_before_the_present_one_is_over_is_refused(event):
    with time_machine.travel(december(9, 10)), pytest.raises(ValidationError, match="not over"):
        start()


def test_new_edition_without_a_release_is_refused(conference):
    with pytest.raises(ValidationError, match="Nothing has been published"):
        start()


def test_new_edition_started_twice_is_refused(event):
    start()
    with pytest.raises(ValidationError, match="started already"):
        start(date(2023, 1, 18))


def test_new_edition_with_unpublished_days_is_refused(event):
    Conference.objects.update(starts_on=date(2020, 12, 6))
    with pytest.raises(ValidationError, match="not published"):
        start()


@pytest.mark.parametrize(
    ("first", "last"),
    [(WEDNESDAY, date(2022, 1, 1)), (JANUARY, date(2022, 1, 17)), (JANUARY, date(2023, 6, 1))],
)
def test_new_edition_on_impossible_days_is_refused(event, first, last):
    before = dump()
    with pytest.raises(ValidationError):
        start(first, last)
    assert dump() == before


def test_preview_edition_changes_nothing(attendee):
    factories.make_quota()
    before = dump()
    request = EditionRequest(JANUARY, JANUARY, keep_sessions=True, erase_registrations=True)
    result = workflow.preview_edition(request, by=None)
    assert (result.kept_sessions, result.removed_quotas, result.erased) == (3, 1, 1)
    assert dump() == before
    assert not Edition.objects.exists()
    assert not ErasedRegistration.objects.exists()


# The command


def test_new_edition_command_dry_run_changes_nothing(event, capsys):
    before = dump()
    call_command("new_edition", "--first-day", "2022-01-18", "--keep-sessions", "--dry-run")
    printed = capsys.readouterr().out
    assert "Would start the edition of 18 to 20 January 2022 after that of 7 to 9 December 2020." in printed
    assert "Sessions: 3 drafts, 1 removed" in printed
    assert dump() == before


def test_new_edition_command_starts_the_edition(attendee):
    call_command("new_edition", "--first-day", "2022-01-18", "--name-en", "Second conference", "--erase-registrations")
    conference = Conference.objects.get()
    assert (conference.starts_on, conference.name_en) == (JANUARY, "Second conference")
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    "options", [["--last-day", "2022-01-17"], ["--name-en", "x" * 300], ["--first-day", "9999-12-31"], []]
)
def test_new_edition_command_reports_what_is_impossible(attendee, options):
    before = dump()
    with pytest.raises(CommandError):
        call_command("new_edition", "--first-day", "2022-01-18", *options)
    assert dump() == before


# In the admin

URL = "/admin/programme/edition/add/"
DATA = {
    "first_day": "2022-01-18",
    "name_en": "Second conference",
    "short_name_en": "Second",
    "sessions": "keep",
    "quotas": "keep",
}


@pytest.fixture
def organizer_client(event):
    return admin_client_for(make_superuser())


def find_version(page):
    return re.search(r'name="version" value="([^"]+)"', page.text)[1]


def test_new_edition_page_previews_without_a_change(organizer_client):
    before = dump()
    page = organizer_client.post(URL, DATA)
    assert "3 sessions become drafts on the new days." in page.text
    assert "18 to 20 January 2022" in page.text
    assert dump() == before


def test_new_edition_page_starts_after_the_preview(organizer_client):
    version = find_version(organizer_client.post(URL, DATA))
    page = organizer_client.post(URL, DATA | {"version": version, "confirm": "yes"}, follow=True)
    assert "The new edition was started." in page.text
    assert Conference.objects.get().name_en == "Second conference"
    assert Edition.objects.get().started_by is not None


def test_new_edition_page_with_an_outdated_preview_changes_nothing(organizer_client):
    version = find_version(organizer_client.post(URL, DATA))
    programme_factories.make_session("New")
    page = organizer_client.post(URL, DATA | {"version": version, "confirm": "yes"})
    assert page.status_code == 409
    assert Conference.objects.get().starts_on == MONDAY


def test_new_edition_page_says_from_when_it_is_possible(organizer_client, attendee):
    factories.make_registration_settings(erase_after_days=100)
    assert "kept until Friday, 19 March 2021" in organizer_client.get(URL).text
    page = organizer_client.post(URL, DATA)
    assert "can be started from Saturday, 20 March 2021" in page.text
    assert "Start the new edition" not in page.text


def test_new_edition_page_erases_kept_registrations_if_confirmed(organizer_client, attendee):
    data = DATA | {"erase_registrations": "on"}
    version = find_version(organizer_client.post(URL, data))
    organizer_client.post(URL, data | {"version": version, "confirm": "yes"})
    assert not Registration.objects.exists()


def test_new_edition_page_lets_only_superusers_erase_kept_registrations(attendee):
    publisher = make_organizer("Publishers")
    publisher.groups.add(Group.objects.get(name="Communications"))
    client = admin_client_for(publisher)
    assert 'name="erase_registrations"' not in client.get(URL).text
    assert "Start the new edition" not in client.post(URL, DATA | {"erase_registrations": "on"}).text


def test_new_edition_page_without_a_possible_edition_says_why(organizer_client):
    start()
    page = organizer_client.get(URL)
    assert page.status_code == 200
    assert "has been started already" in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"first_day": ""},
        {"first_day": "soon"},
        {"first_day": "9999-12-31"},
        {"last_day": "2022-01-01"},
        {"first_day": "2020-12-01"},
        {"name_en": ""},
        {"sessions": "none"},
    ],
)
def test_new_edition_page_explains_impossible_input_and_keeps_it(organizer_client, changes):
    page = organizer_client.post(URL, DATA | changes)
    assert page.status_code == 200
    assert "errornote" in page.text
    assert 'value="Second"' in page.text


@pytest.mark.parametrize("group", ["Registrars", "Programme editors", "Publishers", "Communications"])
def test_new_edition_page_is_only_for_those_who_may_change_the_conference_and_publish(event, group):
    client = admin_client_for(make_organizer(group))
    assert client.get(URL).status_code == 403


def test_conference_page_links_to_the_new_edition(organizer_client):
    assert URL in organizer_client.get("/admin/conference/conference/1/change/").text


def test_past_editions_are_listed_with_their_programme(organizer_client):
    start()
    programme_factories.make_session("New", starts_at=datetime.datetime(2022, 1, 18, 9, tzinfo=HA_NOI),
                                     ends_at=datetime.datetime(2022, 1, 18, 10, tzinfo=HA_NOI))  # fmt: skip
    publish_draft()
    page = organizer_client.get("/admin/programme/edition/")
    assert "/programme/changes/1/programme/" in page.text


def test_statistics_page_shows_a_past_edition(organizer_client, attendee):
    start(erase_registrations=True)
    url = "/admin/registration/registration/statistics/"
    assert "was erased later" not in organizer_client.get(url).text
    page = organizer_client.get(url, {"edition": Edition.objects.get().pk})
    assert "1 registration in these statistics was erased later" in page.text
