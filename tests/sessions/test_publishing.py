import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from sessions import current
from sessions.live import NotReady
from sessions.models import Participation, Release, Room, Session
from sessions.programme import BrokenDocument
from sessions.publishing import NothingToPublish, StillChanging, prepare, publish
from tests.cast import a_part, a_release, a_room, a_session, a_speaker, a_theme, at


@pytest.fixture
def opening(conference):
    """A session in a room, published."""
    session = a_session("Opening", room=a_room("Main Hall"))
    a_release()
    return session


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def stamps(slug="opening"):
    session = current.programme().session(slug)
    return session.sequence, session.revised_in


# Releases


def test_the_first_release_is_number_one(conference):
    assert publish().number == 1


def test_each_release_has_the_next_number(conference):
    numbers = []
    for number in range(4):
        a_session(f"Session of release {number}")
        numbers.append(publish().number)
    assert numbers == [1, 2, 3, 4]


def test_a_release_says_who_made_it_when_and_why(conference):
    organizer = get_user_model().objects.create(username="linh")
    with time_machine.travel(at(1, 9), tick=False):
        release = publish(by=organizer, note_en="First.", note_vi="Lần đầu.")
    release.refresh_from_db()
    assert (release.published_by, release.note_en, release.note_vi) == (organizer, "First.", "Lần đầu.")
    assert release.published_at == at(1, 9)


def test_a_release_keeps_what_it_changed(opening):
    change(opening, title_en="Grand opening")
    assert publish().changes["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening"}, {"en": "Grand opening"}]
    }


def test_publishing_without_any_change_is_refused_and_leaves_nothing(opening):
    with pytest.raises(NothingToPublish, match="Nothing has changed"):
        publish(note_en="Nothing new.")
    assert Release.objects.count() == 1


def test_a_change_that_was_taken_back_is_no_change(opening):
    change(opening, title_en="Closing")
    change(opening, title_en="Opening")
    with pytest.raises(NothingToPublish):
        publish()


def test_a_new_draft_is_nothing_to_publish(opening):
    a_session("Secret", status="draft", parts=[("chair", a_speaker())])
    with pytest.raises(NothingToPublish):
        publish()


def test_a_session_made_a_draft_again_is_withdrawn(opening):
    change(opening, status="draft")
    programme = a_release()
    assert programme.sessions == ()
    assert Release.objects.get(number=2).changes["sessions"]["removed"][0]["slug"] == "opening"


def test_what_cannot_be_read_back_is_not_kept(opening):
    Session.objects.update(languages="en")
    with pytest.raises(BrokenDocument):
        publish()
    assert Release.objects.count() == 1


def test_edits_are_public_only_once_they_are_published(opening):
    change(opening, title_en="Grand opening")
    current.renew()
    assert str(current.programme().session("opening").title) == "Opening"
    assert str(a_release().session("opening").title) == "Grand opening"


def test_preparing_shows_what_publishing_would_keep_and_keeps_nothing(opening):
    change(opening, title_en="Grand opening")
    with time_machine.travel(at(2, 9), tick=False):
        document, changes = prepare()
        release = publish()
    assert (release.document, release.changes) == (document, changes)


def test_without_a_conference_nothing_can_be_published(db):
    with pytest.raises(NotReady):
        current.programme()


@pytest.mark.django_db(transaction=True)
def test_publishing_makes_this_process_read_the_release(conference):
    a_session("Opening")
    publish()
    assert current.published._kept[1].programme.session("opening")


@pytest.mark.django_db(transaction=True)
def test_a_release_that_is_rolled_back_is_never_shown(opening):
    change(opening, title_en="Never")
    with transaction.atomic():
        publish()
        # Within the transaction this process does read it.
        current.renew()
        transaction.set_rollback(True)
    current.renew()
    assert str(current.programme().session("opening").title) == "Opening"
    change(opening, title_en="Grand opening")
    publish()
    assert (current.programme().number, str(current.programme().session("opening").title)) == (2, "Grand opening")


def test_a_restored_backup_is_read_although_its_release_has_the_same_number(opening):
    change(opening, title_en="Before the backup was restored")
    a_release()
    Release.objects.filter(number=2).delete()
    change(opening, title_en="After the backup was restored")
    assert str(a_release().session("opening").title) == "After the backup was restored"


# Stamps


def test_a_new_session_has_sequence_zero(opening):
    assert stamps() == (0, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": at(7, 17)},
        {"ends_at": at(7, 20)},
        {"status": "tentative"},
        {"status": "cancelled"},
        {"room": None},
    ],
)
def test_another_time_status_or_room_raises_the_sequence_by_one(opening, values):
    change(opening, **values)
    a_release()
    assert stamps() == (1, 2)


def test_another_time_and_room_at_once_raise_the_sequence_by_one(opening):
    change(opening, starts_at=at(7, 17), room=a_room())
    a_release()
    assert stamps() == (1, 2)


def test_a_renamed_room_raises_the_sequence_for_people_look_for_its_name(opening):
    change(Room.objects.get(), name_en="Great Hall")
    a_release()
    assert stamps() == (1, 2)


@pytest.mark.parametrize("values", [{"title_en": "Grand opening"}, {"notice_vi": "Mới"}, {"languages": ["vi"]}])
def test_another_text_is_a_revision_without_a_new_sequence(opening, values):
    change(opening, **values)
    a_release()
    assert stamps() == (0, 2)


def test_another_theme_or_part_is_a_revision(opening):
    opening.themes.add(a_theme())
    a_release()
    assert stamps() == (0, 2)
    a_part(opening, "Somebody, to be announced")
    a_release()
    assert stamps() == (0, 3)


def test_a_session_is_revised_when_what_it_says_of_a_speaker_is(conference):
    speaker = a_speaker("Linh")
    a_session("Opening", parts=[("chair", speaker)])
    a_release()
    change(speaker, name_vi="Linh Nguyễn")
    a_release()
    assert stamps() == (0, 2)


def test_a_session_that_did_not_change_keeps_its_stamps(opening):
    before = current.programme().session("opening")
    a_session("Closing")
    after = a_release().session("opening")
    assert (after.sequence, after.revised_at, after.revised_in) == (before.sequence, before.revised_at, 1)


def test_a_place_on_the_map_of_rooms_is_no_revision_of_sessions(opening):
    change(Room.objects.get(), place_en="Second floor")
    a_release()
    assert stamps() == (0, 1)


def test_revised_at_is_the_moment_of_publishing(opening):
    change(opening, title_en="Grand opening")
    with time_machine.travel(at(3, 9), tick=False):
        session = a_release().session("opening")
    assert session.revised_at == at(3, 9)


def test_sequence_grows_from_release_to_release(opening):
    for day in (8, 9):
        change(opening, starts_at=at(day, 18), ends_at=at(day, 19))
        a_release()
    assert stamps() == (2, 3)


# Addresses that were published once


def test_a_renamed_session_is_found_at_its_former_address(opening):
    change(opening, slug="grand-opening")
    programme = a_release()
    assert programme.session("opening") is None
    assert programme.moved_to("sessions", "opening").slug == "grand-opening"


def test_a_former_address_leads_on_across_many_releases(opening):
    for slug in ("second", "third", "fourth"):
        change(opening, slug=slug)
        a_release()
    a_session("Something else")
    programme = a_release()
    for former in ("opening", "second", "third"):
        assert programme.moved_to("sessions", former).slug == "fourth"


def test_an_address_that_is_used_again_belongs_to_its_new_owner(opening):
    change(opening, slug="grand-opening")
    a_release()
    a_session("Opening of the exhibition", slug="opening")
    programme = a_release()
    assert str(programme.session("opening").title) == "Opening of the exhibition"
    assert programme.moved_to("sessions", "opening") is None


def test_an_address_leads_to_whoever_had_it_last(opening):
    change(opening, slug="grand-opening")
    a_release()
    other = a_session("Other", slug="opening")
    a_release()
    change(other, slug="other")
    assert a_release().moved_to("sessions", "opening").slug == "other"


def test_a_session_that_takes_its_old_address_back_is_simply_there(opening):
    change(opening, slug="grand-opening")
    a_release()
    change(opening, slug="opening")
    programme = a_release()
    assert programme.session("opening")
    assert programme.moved_to("sessions", "opening") is None
    assert programme.moved_to("sessions", "grand-opening").slug == "opening"


def test_two_sessions_that_swap_addresses_redirect_nobody(opening):
    closing = a_session("Closing")
    a_release()
    change(opening, slug="aside")
    change(closing, slug="opening")
    change(opening, slug="closing")
    programme = a_release()
    assert [str(programme.session(slug).title) for slug in ("opening", "closing")] == ["Closing", "Opening"]
    assert programme.former_slugs["sessions"] == {}


def test_an_address_of_a_withdrawn_session_leads_nowhere_until_it_is_back(opening):
    change(opening, status="draft")
    assert a_release().moved_to("sessions", "opening") is None
    change(opening, status="confirmed", slug="grand-opening")
    assert a_release().moved_to("sessions", "opening").slug == "grand-opening"


def test_a_renamed_speaker_is_found_at_the_former_address(conference):
    speaker = a_speaker("Linh")
    a_session(parts=[("chair", speaker)])
    a_release()
    change(speaker, slug="nguyen-thi-linh")
    programme = a_release()
    assert programme.moved_to("speakers", "linh").slug == "nguyen-thi-linh"
    assert programme.moved_to("sessions", "linh") is None


def test_an_address_that_was_only_ever_a_draft_is_not_kept(conference):
    session = a_session("Secret", status="draft")
    a_session("Opening")
    a_release()
    change(session, slug="not-secret", status="confirmed")
    assert a_release().former_slugs["sessions"] == {}


# What it costs, and who else is there


def rich_sessions(count):
    for number in range(count):
        speaker = a_speaker(links=["https://speaker.example/"])
        parts, links = [("chair", speaker)], [("stream", "https://stream.example/")]
        a_session(f"Session {count}-{number}", room=a_room(), themes=[a_theme()], parts=parts, links=links)


def test_publishing_takes_as_many_queries_for_thirty_sessions_as_for_three(conference):
    counts = []
    for number in (3, 27):
        rich_sessions(number)
        with CaptureQueriesContext(connection) as queries:
            publish()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def in_threads(*jobs):
    """Run all at the same moment, each with a connection of its own; what each returned or raised."""
    together = threading.Barrier(len(jobs))

    def run(job):
        together.wait(timeout=10)
        try:
            return job()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.django_db(transaction=True)
def test_of_people_who_publish_the_same_at_once_one_does_and_the_others_are_told(conference):
    rich_sessions(3)
    results = in_threads(*[publish] * 4)
    assert sorted(type(result).__name__ for result in results) == ["NothingToPublish"] * 3 + ["Release"]
    assert [release.number for release in Release.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_people_who_edit_and_publish_at_once_make_one_whole_release_each(conference):
    a_release()

    def edit_and_publish(name):
        with transaction.atomic():
            a_session(name, parts=[("chair", a_speaker(f"Speaker of {name}"))])
        try:
            return publish(note_en=name)
        except NothingToPublish as nothing:
            return nothing

    names = ["One", "Two", "Three", "Four"]
    results = in_threads(*[lambda name=name: edit_and_publish(name) for name in names])
    assert {type(result).__name__ for result in results} <= {"Release", "NothingToPublish"}
    numbers = sorted(release.number for release in Release.objects.all())
    assert numbers == list(range(1, len(numbers) + 1))
    current.renew()
    assert {session.slug for session in current.programme().sessions} == {name.lower() for name in names}
    for release in Release.objects.all():
        speakers = {speaker["slug"] for speaker in release.document["speakers"]}
        assert speakers == {f"speaker-of-{session['slug']}" for session in release.document["sessions"]}


@pytest.mark.django_db(transaction=True)
def test_what_was_saved_together_is_published_together(conference):
    session = a_session("Name 0", slug="session")
    a_part(session, "Name 0")

    def edit():
        for number in range(1, 60):
            with transaction.atomic():
                Session.objects.update(title_en=f"Name {number}")
                Participation.objects.update(placeholder_en=f"Name {number}")

    def publish_often():
        for _ in range(15):
            with suppress(NothingToPublish, StillChanging):
                publish()

    assert in_threads(edit, publish_often) == [None, None]
    for release in Release.objects.all():
        (session,) = release.document["sessions"]
        assert session["title"] == session["parts"][0]["placeholder"]
