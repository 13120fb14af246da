import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from conference.core.polling import NotLoadedError
from sessions.models import Participation, Release, Room, Session
from sessions.releases import current
from sessions.releases.exceptions import ConcurrentChangeError, InvalidDocumentError, NothingToPublishError
from sessions.releases.publish import build_release, publish_draft

from ..factories import december, make_participation, make_room, make_session, make_speaker, make_theme, publish_release


@pytest.fixture
def opening(conference):
    """A session in a room, published."""
    session = make_session("Opening", room=make_room("Main Hall"))
    publish_release()
    return session


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def stamps(slug="opening"):
    session = current.get_programme().session(slug)
    return session.sequence, session.revised_in


# Releases


def test_the_first_release_is_number_one(conference):
    assert publish_draft().number == 1


def test_each_release_has_the_next_number(conference):
    numbers = []
    for number in range(4):
        make_session(f"Session of release {number}")
        numbers.append(publish_draft().number)
    assert numbers == [1, 2, 3, 4]


def test_a_release_says_who_made_it_when_and_why(conference):
    organizer = get_user_model().objects.create(username="linh")
    with time_machine.travel(december(1, 9), tick=False):
        release = publish_draft(by=organizer, note_en="First.", note_vi="Lần đầu.")
    release.refresh_from_db()
    assert (release.published_by, release.note_en, release.note_vi) == (organizer, "First.", "Lần đầu.")
    assert release.published_at == december(1, 9)


def test_a_release_keeps_what_it_changed(opening):
    change(opening, title_en="Grand opening")
    assert publish_draft().changes["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening"}, {"en": "Grand opening"}]
    }


def test_publishing_without_any_change_is_refused_and_leaves_nothing(opening):
    with pytest.raises(NothingToPublishError, match="Nothing has changed"):
        publish_draft(note_en="Nothing new.")
    assert Release.objects.count() == 1


def test_a_change_that_was_taken_back_is_no_change(opening):
    change(opening, title_en="Closing")
    change(opening, title_en="Opening")
    with pytest.raises(NothingToPublishError):
        publish_draft()


def test_a_new_draft_is_nothing_to_publish(opening):
    make_session("Secret", status="draft", parts=[("chair", make_speaker())])
    with pytest.raises(NothingToPublishError):
        publish_draft()


def test_a_session_made_a_draft_again_is_withdrawn(opening):
    change(opening, status="draft")
    programme = publish_release()
    assert programme.sessions == ()
    assert Release.objects.get(number=2).changes["sessions"]["removed"][0]["slug"] == "opening"


def test_what_cannot_be_read_back_is_not_kept(opening):
    Session.objects.update(languages="en")
    with pytest.raises(InvalidDocumentError):
        publish_draft()
    assert Release.objects.count() == 1


def test_edits_are_public_only_once_they_are_published(opening):
    change(opening, title_en="Grand opening")
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"
    assert str(publish_release().session("opening").title) == "Grand opening"


def test_preparing_shows_what_publishing_would_keep_and_keeps_nothing(opening):
    change(opening, title_en="Grand opening")
    with time_machine.travel(december(2, 9), tick=False):
        document, changes = build_release()
        release = publish_draft()
    assert (release.document, release.changes) == (document, changes)


def test_without_a_conference_nothing_can_be_published(db):
    with pytest.raises(NotLoadedError):
        current.get_programme()


@pytest.mark.django_db(transaction=True)
def test_publishing_makes_this_process_read_the_release(conference):
    make_session("Opening")
    publish_draft()
    assert current.polled_programme._loaded[1].programme.session("opening")


@pytest.mark.django_db(transaction=True)
def test_a_release_that_is_rolled_back_is_never_shown(opening):
    change(opening, title_en="Never")
    with transaction.atomic():
        publish_draft()
        # Within the transaction this process does read it.
        current.refresh()
        transaction.set_rollback(True)
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"
    change(opening, title_en="Grand opening")
    publish_draft()
    assert (current.get_programme().number, str(current.get_programme().session("opening").title)) == (
        2,
        "Grand opening",
    )


def test_a_restored_backup_is_read_although_its_release_has_the_same_number(opening):
    change(opening, title_en="Before the backup was restored")
    publish_release()
    Release.objects.filter(number=2).delete()
    change(opening, title_en="After the backup was restored")
    assert str(publish_release().session("opening").title) == "After the backup was restored"


# Stamps


def test_a_new_session_has_sequence_zero(opening):
    assert stamps() == (0, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"starts_at": december(7, 17)},
        {"ends_at": december(7, 20)},
        {"status": "tentative"},
        {"status": "cancelled"},
        {"room": None},
    ],
)
def test_another_time_status_or_room_raises_the_sequence_by_one(opening, values):
    change(opening, **values)
    publish_release()
    assert stamps() == (1, 2)


def test_another_time_and_room_at_once_raise_the_sequence_by_one(opening):
    change(opening, starts_at=december(7, 17), room=make_room())
    publish_release()
    assert stamps() == (1, 2)


def test_a_renamed_room_raises_the_sequence_for_people_look_for_its_name(opening):
    change(Room.objects.get(), name_en="Great Hall")
    publish_release()
    assert stamps() == (1, 2)


@pytest.mark.parametrize("values", [{"title_en": "Grand opening"}, {"notice_vi": "Mới"}, {"languages": ["vi"]}])
def test_another_text_is_a_revision_without_a_new_sequence(opening, values):
    change(opening, **values)
    publish_release()
    assert stamps() == (0, 2)


def test_another_theme_or_part_is_a_revision(opening):
    opening.themes.add(make_theme())
    publish_release()
    assert stamps() == (0, 2)
    make_participation(opening, "Somebody, to be announced")
    publish_release()
    assert stamps() == (0, 3)


def test_a_session_is_revised_when_what_it_says_of_a_speaker_is(conference):
    speaker = make_speaker("Linh")
    make_session("Opening", parts=[("chair", speaker)])
    publish_release()
    change(speaker, name_vi="Linh Nguyễn")
    publish_release()
    assert stamps() == (0, 2)


def test_a_session_that_did_not_change_keeps_its_stamps(opening):
    before = current.get_programme().session("opening")
    make_session("Closing")
    after = publish_release().session("opening")
    assert (after.sequence, after.revised_at, after.revised_in) == (before.sequence, before.revised_at, 1)


def test_a_place_on_the_map_of_rooms_is_no_revision_of_sessions(opening):
    change(Room.objects.get(), place_en="Second floor")
    publish_release()
    assert stamps() == (0, 1)


def test_revised_at_is_the_moment_of_publishing(opening):
    change(opening, title_en="Grand opening")
    with time_machine.travel(december(3, 9), tick=False):
        session = publish_release().session("opening")
    assert session.revised_at == december(3, 9)


def test_sequence_grows_from_release_to_release(opening):
    for day in (8, 9):
        change(opening, starts_at=december(day, 18), ends_at=december(day, 19))
        publish_release()
    assert stamps() == (2, 3)


# Addresses that were published once


def test_a_renamed_session_is_found_at_its_former_address(opening):
    change(opening, slug="grand-opening")
    programme = publish_release()
    assert programme.session("opening") is None
    assert programme.find_by_former_slug("sessions", "opening").slug == "grand-opening"


def test_a_former_address_leads_on_across_many_releases(opening):
    for slug in ("second", "third", "fourth"):
        change(opening, slug=slug)
        publish_release()
    make_session("Something else")
    programme = publish_release()
    for former in ("opening", "second", "third"):
        assert programme.find_by_former_slug("sessions", former).slug == "fourth"


def test_an_address_that_is_used_again_belongs_to_its_new_owner(opening):
    change(opening, slug="grand-opening")
    publish_release()
    make_session("Opening of the exhibition", slug="opening")
    programme = publish_release()
    assert str(programme.session("opening").title) == "Opening of the exhibition"
    assert programme.find_by_former_slug("sessions", "opening") is None


def test_an_address_leads_to_whoever_had_it_last(opening):
    change(opening, slug="grand-opening")
    publish_release()
    other = make_session("Other", slug="opening")
    publish_release()
    change(other, slug="other")
    assert publish_release().find_by_former_slug("sessions", "opening").slug == "other"


def test_a_session_that_takes_its_old_address_back_is_simply_there(opening):
    change(opening, slug="grand-opening")
    publish_release()
    change(opening, slug="opening")
    programme = publish_release()
    assert programme.session("opening")
    assert programme.find_by_former_slug("sessions", "opening") is None
    assert programme.find_by_former_slug("sessions", "grand-opening").slug == "opening"


def test_two_sessions_that_swap_addresses_redirect_nobody(opening):
    closing = make_session("Closing")
    publish_release()
    change(opening, slug="aside")
    change(closing, slug="opening")
    change(opening, slug="closing")
    programme = publish_release()
    assert [str(programme.session(slug).title) for slug in ("opening", "closing")] == ["Closing", "Opening"]
    assert programme.former_slugs["sessions"] == {}


def test_an_address_of_a_withdrawn_session_leads_nowhere_until_it_is_back(opening):
    change(opening, status="draft")
    assert publish_release().find_by_former_slug("sessions", "opening") is None
    change(opening, status="confirmed", slug="grand-opening")
    assert publish_release().find_by_former_slug("sessions", "opening").slug == "grand-opening"


def test_a_renamed_speaker_is_found_at_the_former_address(conference):
    speaker = make_speaker("Linh")
    make_session(parts=[("chair", speaker)])
    publish_release()
    change(speaker, slug="nguyen-thi-linh")
    programme = publish_release()
    assert programme.find_by_former_slug("speakers", "linh").slug == "nguyen-thi-linh"
    assert programme.find_by_former_slug("sessions", "linh") is None


def test_an_address_that_was_only_ever_a_draft_is_not_kept(conference):
    session = make_session("Secret", status="draft")
    make_session("Opening")
    publish_release()
    change(session, slug="not-secret", status="confirmed")
    assert publish_release().former_slugs["sessions"] == {}


# What it costs, and who else is there


def rich_sessions(count):
    for number in range(count):
        speaker = make_speaker(links=["https://speaker.example/"])
        parts, links = [("chair", speaker)], [("stream", "https://stream.example/")]
        make_session(f"Session {count}-{number}", room=make_room(), themes=[make_theme()], parts=parts, links=links)


def test_publishing_takes_as_many_queries_for_thirty_sessions_as_for_three(conference):
    counts = []
    for number in (3, 27):
        rich_sessions(number)
        with CaptureQueriesContext(connection) as queries:
            publish_draft()
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
    results = in_threads(*[publish_draft] * 4)
    assert sorted(type(result).__name__ for result in results) == ["NothingToPublish"] * 3 + ["Release"]
    assert [release.number for release in Release.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_people_who_edit_and_publish_at_once_make_one_whole_release_each(conference):
    publish_release()

    def edit_and_publish(name):
        with transaction.atomic():
            make_session(name, parts=[("chair", make_speaker(f"Speaker of {name}"))])
        try:
            return publish_draft(note_en=name)
        except NothingToPublishError as nothing:
            return nothing

    names = ["One", "Two", "Three", "Four"]
    results = in_threads(*[lambda name=name: edit_and_publish(name) for name in names])
    assert {type(result).__name__ for result in results} <= {"Release", "NothingToPublish"}
    numbers = sorted(release.number for release in Release.objects.all())
    assert numbers == list(range(1, len(numbers) + 1))
    current.refresh()
    assert {session.slug for session in current.get_programme().sessions} == {name.lower() for name in names}
    for release in Release.objects.all():
        speakers = {speaker["slug"] for speaker in release.document["speakers"]}
        assert speakers == {f"speaker-of-{session['slug']}" for session in release.document["sessions"]}


@pytest.mark.django_db(transaction=True)
def test_what_was_saved_together_is_published_together(conference):
    session = make_session("Name 0", slug="session")
    make_participation(session, "Name 0")

    def edit():
        for number in range(1, 60):
            with transaction.atomic():
                Session.objects.update(title_en=f"Name {number}")
                Participation.objects.update(placeholder_en=f"Name {number}")

    def publish_often():
        for _ in range(15):
            with suppress(NothingToPublishError, ConcurrentChangeError):
                publish_draft()

    assert in_threads(edit, publish_often) == [None, None]
    for release in Release.objects.all():
        (session,) = release.document["sessions"]
        assert session["title"] == session["participations"][0]["placeholder"]
