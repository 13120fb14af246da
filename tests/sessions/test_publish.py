"""Tests of publishing the draft: releases, revision fields, former slugs and concurrency."""

from contextlib import suppress

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from conference.core.polling import NotLoadedError
from sessions.models import Participation, Release, Room, Session
from sessions.releases import current
from sessions.releases.exceptions import ConcurrentChangeError, InvalidDocumentError, NothingToPublishError
from sessions.releases.publish import build_release, publish_draft, read_draft_document

from ..factories import (
    december,
    make_participation,
    make_room,
    make_session,
    make_speaker,
    make_theme,
    publish_release,
    update,
)
from ..threads import run_in_threads


@pytest.fixture
def opening(conference):
    """Publish a session in a room and return it."""
    session = make_session("Opening", room=make_room("Main Hall"))
    publish_release()
    return session


def get_revision(slug="opening"):
    session = current.get_programme().session(slug)
    return session.sequence, session.revised_in


# Releases


def test_publish_draft_first_release_is_number_one(conference):
    assert publish_draft().number == 1


def test_publish_draft_numbers_are_consecutive(conference):
    numbers = []
    for number in range(4):
        make_session(f"Session of release {number}")
        numbers.append(publish_draft().number)
    assert numbers == [1, 2, 3, 4]


def test_publish_draft_records_user_time_and_notes(conference):
    organizer = get_user_model().objects.create(username="linh")
    with time_machine.travel(december(1, 9), tick=False):
        release = publish_draft(by=organizer, note_en="First.", note_vi="Lần đầu.")
    release.refresh_from_db()
    assert (release.published_by, release.note_en, release.note_vi) == (organizer, "First.", "Lần đầu.")
    assert release.published_at == december(1, 9)


def test_publish_draft_records_changes(opening):
    update(opening, title_en="Grand opening")
    assert publish_draft().changes["sessions"]["changed"][0]["fields"] == {
        "title": [{"en": "Opening"}, {"en": "Grand opening"}]
    }


def test_publish_draft_unchanged_raises(opening):
    with pytest.raises(NothingToPublishError, match="Nothing has changed"):
        publish_draft(note_en="Nothing new.")
    assert Release.objects.count() == 1


def test_publish_draft_reverted_change_raises(opening):
    update(opening, title_en="Closing")
    update(opening, title_en="Opening")
    with pytest.raises(NothingToPublishError):
        publish_draft()


def test_publish_draft_new_draft_session_raises(opening):
    make_session("Secret", status="draft", parts=[("chair", make_speaker())])
    with pytest.raises(NothingToPublishError):
        publish_draft()


def test_publish_draft_session_set_to_draft_is_removed(opening):
    update(opening, status="draft")
    programme = publish_release()
    assert programme.sessions == ()
    assert Release.objects.get(number=2).changes["sessions"]["removed"][0]["slug"] == "opening"


def test_publish_draft_invalid_document_raises(opening):
    Session.objects.update(languages="en")
    with pytest.raises(InvalidDocumentError):
        publish_draft()
    assert Release.objects.count() == 1


def test_edit_is_not_public_before_publishing(opening):
    update(opening, title_en="Grand opening")
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"
    assert str(publish_release().session("opening").title) == "Grand opening"


def test_build_release_returns_what_publish_draft_saves(opening):
    update(opening, title_en="Grand opening")
    with time_machine.travel(december(2, 9), tick=False):
        document, changes = build_release()
        release = publish_draft()
    assert (release.document, release.changes) == (document, changes)


def test_get_programme_without_release_raises(db):
    with pytest.raises(NotLoadedError):
        current.get_programme()


@pytest.mark.django_db(transaction=True)
def test_publish_draft_refreshes_current_programme(conference):
    make_session("Opening")
    publish_draft()
    assert current.polled_programme.is_loaded
    assert current.get_programme().session("opening")


@pytest.mark.django_db(transaction=True)
def test_publish_draft_rolled_back_is_not_shown(opening):
    update(opening, title_en="Never")
    with transaction.atomic():
        publish_draft()
        # Inside the transaction this process does read the release.
        current.refresh()
        transaction.set_rollback(True)
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"
    update(opening, title_en="Grand opening")
    publish_draft()
    assert (current.get_programme().number, str(current.get_programme().session("opening").title)) == (
        2,
        "Grand opening",
    )


def test_current_programme_after_backup_with_same_number_is_reloaded(opening):
    update(opening, title_en="Before the backup was restored")
    publish_release()
    Release.objects.filter(number=2).delete()
    update(opening, title_en="After the backup was restored")
    assert str(publish_release().session("opening").title) == "After the backup was restored"


# Revision fields


def test_sequence_new_session_is_zero(opening):
    assert get_revision() == (0, 1)


@pytest.mark.parametrize(
    "values",
    [{"starts_at": december(7, 17)}, {"ends_at": december(7, 20)}, {"status": "cancelled"}, {"room": None}],
)
def test_sequence_rescheduled_session_increases(opening, values):
    update(opening, **values)
    publish_release()
    assert get_revision() == (1, 2)


def test_sequence_several_changes_increase_once(opening):
    update(opening, starts_at=december(7, 17), room=make_room())
    publish_release()
    assert get_revision() == (1, 2)


def test_sequence_renamed_room_increases(opening):
    update(Room.objects.get(), name_en="Great Hall")
    publish_release()
    assert get_revision() == (1, 2)


@pytest.mark.parametrize("values", [{"title_en": "Grand opening"}, {"notice_vi": "Mới"}, {"languages": ["vi"]}])
def test_sequence_changed_text_is_kept(opening, values):
    update(opening, **values)
    publish_release()
    assert get_revision() == (0, 2)


def test_revised_in_changes_with_themes_and_participations(opening):
    opening.themes.add(make_theme())
    publish_release()
    assert get_revision() == (0, 2)
    make_participation(opening, "To be announced")
    publish_release()
    assert get_revision() == (0, 3)


def test_revised_in_changes_with_speaker_name(conference):
    speaker = make_speaker("Linh")
    make_session("Opening", parts=[("chair", speaker)])
    publish_release()
    update(speaker, name_vi="Linh Nguyễn")
    publish_release()
    assert get_revision() == (0, 2)


def test_revision_fields_unchanged_session_are_kept(opening):
    before = current.get_programme().session("opening")
    make_session("Closing")
    after = publish_release().session("opening")
    assert (after.sequence, after.revised_at, after.revised_in) == (before.sequence, before.revised_at, 1)


def test_revised_in_changed_room_directions_is_kept(opening):
    update(Room.objects.get(), place_en="Second floor")
    publish_release()
    assert get_revision() == (0, 1)


def test_revised_at_is_time_of_publishing(opening):
    update(opening, title_en="Grand opening")
    with time_machine.travel(december(3, 9), tick=False):
        session = publish_release().session("opening")
    assert session.revised_at == december(3, 9)


def test_sequence_increases_with_each_release(opening):
    for day in (8, 9):
        update(opening, starts_at=december(day, 18), ends_at=december(day, 19))
        publish_release()
    assert get_revision() == (2, 3)


# Former slugs


def test_former_slug_finds_renamed_session(opening):
    update(opening, slug="grand-opening")
    programme = publish_release()
    assert programme.session("opening") is None
    assert programme.find_by_former_slug("sessions", "opening").slug == "grand-opening"


def test_former_slug_finds_session_after_several_releases(opening):
    for slug in ("second", "third", "fourth"):
        update(opening, slug=slug)
        publish_release()
    make_session("Something else")
    programme = publish_release()
    for former in ("opening", "second", "third"):
        assert programme.find_by_former_slug("sessions", former).slug == "fourth"


def test_former_slug_reused_belongs_to_new_session(opening):
    update(opening, slug="grand-opening")
    publish_release()
    make_session("Opening of the exhibition", slug="opening")
    programme = publish_release()
    assert str(programme.session("opening").title) == "Opening of the exhibition"
    assert programme.find_by_former_slug("sessions", "opening") is None


def test_former_slug_finds_last_session_with_it(opening):
    update(opening, slug="grand-opening")
    publish_release()
    other = make_session("Other", slug="opening")
    publish_release()
    update(other, slug="other")
    assert publish_release().find_by_former_slug("sessions", "opening").slug == "other"


def test_former_slug_taken_back_is_not_a_redirect(opening):
    update(opening, slug="grand-opening")
    publish_release()
    update(opening, slug="opening")
    programme = publish_release()
    assert programme.session("opening")
    assert programme.find_by_former_slug("sessions", "opening") is None
    assert programme.find_by_former_slug("sessions", "grand-opening").slug == "opening"


def test_former_slug_swapped_slugs_are_not_redirects(opening):
    closing = make_session("Closing")
    publish_release()
    update(opening, slug="aside")
    update(closing, slug="opening")
    update(opening, slug="closing")
    programme = publish_release()
    assert [str(programme.session(slug).title) for slug in ("opening", "closing")] == ["Closing", "Opening"]
    assert programme.former_slugs["sessions"] == {}


def test_former_slug_of_removed_session_finds_nothing_until_it_returns(opening):
    update(opening, status="draft")
    assert publish_release().find_by_former_slug("sessions", "opening") is None
    update(opening, status="confirmed", slug="grand-opening")
    assert publish_release().find_by_former_slug("sessions", "opening").slug == "grand-opening"


def test_former_slug_finds_renamed_speaker(conference):
    speaker = make_speaker("Linh")
    make_session(parts=[("chair", speaker)])
    publish_release()
    update(speaker, slug="nguyen-thi-linh")
    programme = publish_release()
    assert programme.find_by_former_slug("speakers", "linh").slug == "nguyen-thi-linh"
    assert programme.find_by_former_slug("sessions", "linh") is None


def test_former_slug_of_draft_is_not_recorded(conference):
    session = make_session("Secret", status="draft")
    make_session("Opening")
    publish_release()
    update(session, slug="not-secret", status="confirmed")
    assert publish_release().former_slugs["sessions"] == {}


# Queries and concurrency


def make_complete_sessions(count):
    for number in range(count):
        speaker = make_speaker(links=["https://speaker.example/"])
        parts, links = [("chair", speaker)], [("stream", "https://stream.example/")]
        make_session(f"Session {count}-{number}", room=make_room(), themes=[make_theme()], parts=parts, links=links)


@pytest.mark.slow
def test_publish_draft_query_count_is_constant(conference):
    counts = []
    for number in (3, 27):
        make_complete_sessions(number)
        with CaptureQueriesContext(connection) as queries:
            publish_draft()
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_publish_draft_concurrent_publishers_make_one_release(conference):
    make_complete_sessions(3)
    results = run_in_threads(*[publish_draft] * 4)
    assert sorted(type(result).__name__ for result in results) == ["NothingToPublishError"] * 3 + ["Release"]
    assert [release.number for release in Release.objects.all()] == [1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_publish_draft_concurrent_edits_make_consistent_releases(conference):
    publish_release()

    def edit_and_publish(name):
        with transaction.atomic():
            make_session(name, parts=[("chair", make_speaker(f"Speaker of {name}"))])
        try:
            return publish_draft(note_en=name)
        except NothingToPublishError as error:
            return error

    names = ["One", "Two", "Three", "Four"]
    results = run_in_threads(*[lambda name=name: edit_and_publish(name) for name in names])
    assert {type(result).__name__ for result in results} <= {"Release", "NothingToPublishError"}
    numbers = sorted(release.number for release in Release.objects.all())
    assert numbers == list(range(1, len(numbers) + 1))
    current.refresh()
    assert {session.slug for session in current.get_programme().sessions} == {name.lower() for name in names}
    for release in Release.objects.all():
        speakers = {speaker["slug"] for speaker in release.document["speakers"]}
        assert speakers == {f"speaker-of-{session['slug']}" for session in release.document["sessions"]}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_publish_draft_never_splits_a_transaction(conference):
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

    assert run_in_threads(edit, publish_often) == [None, None]
    for release in Release.objects.all():
        (session,) = release.document["sessions"]
        assert session["title"] == session["participations"][0]["placeholder"]


# Stamps of what a session shows of other objects


def publish_later():
    """Publish in December and return the session."""
    with time_machine.travel(december(3, 9), tick=False):
        return publish_release().session("opening")


def test_revised_at_follows_the_directions_of_the_room(opening):
    update(Room.objects.get(), place_en="Second floor")
    assert publish_later().revised_at == december(3, 9)


def test_revised_at_follows_the_function_of_a_speaker(conference):
    speaker = make_speaker("Linh")
    make_session("Opening", parts=[("chair", speaker)])
    publish_release()
    update(speaker, function_en="Minister")
    session = publish_later()
    assert (session.revised_at, session.sequence, session.revised_in) == (december(3, 9), 0, 1)


def test_revised_at_and_sequence_follow_the_time_zone_of_the_conference(opening, conference):
    update(conference, time_zone="Asia/Tokyo")
    session = publish_later()
    assert (session.revised_at, session.sequence, session.revised_in) == (december(3, 9), 1, 1)


def test_revised_at_ignores_facts_that_an_earlier_release_did_not_contain(opening):
    document = Release.objects.get().document
    facts = document.get("conference", document)
    facts.pop("venue", None)
    facts.pop("city", None)
    Release.objects.update(document=document)
    make_session("Closing")
    assert publish_later().sequence == 0


def test_draft_document_lists_sessions_of_the_same_time_by_room_and_title(conference):
    first, second = make_room("Zinnia", order=1), make_room("Aster", order=2)
    for title, room in (("B", second), ("D", None), ("A", second), ("C", first), ("E", None)):
        make_session(title, room=room)
    titles = [session["title"]["en"] for session in read_draft_document()["sessions"]]
    assert titles == ["C", "A", "B", "D", "E"]
