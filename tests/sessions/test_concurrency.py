"""Tests of concurrent publishing, editing, importing and restoring.

Each starts a second job in the middle of a first one. With the locks the result is as if one had run after the other;
the control tests remove the locks and show what would happen.
"""

from functools import partial
from itertools import pairwise

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse

from sessions.admin.timetable_grid import make_placement_token
from sessions.imports import ImportConflictError, preview_import, run_import
from sessions.models import Participation, Release, Room, Session
from sessions.releases.diff import diff_documents
from sessions.releases.exceptions import ConcurrentChangeError, NothingToPublishError, PublishBlockedError, RestoreError
from sessions.releases.preview import ReleasePreview, preview_release, publish_if_valid
from sessions.releases.publish import (
    build_release,
    publish_draft,
    read_draft_document,
    republish_release,
    strip_revision_fields,
)
from sessions.releases.restore import restore_release

from .. import factories
from ..core.admin_forms import change_url, get_conflicts, has_conflict, open_form
from ..interleaving import SQLITE, interleave
from ..spreadsheet_files import make_workbook
from ..users import admin_client_for, empty_formsets, form_errors, make_organizer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

INSERT_RELEASE = r'^INSERT INTO "programme_release"'
WRITE_SESSION = r'^(INSERT INTO|UPDATE) "programme_session"'
WRITE_PARTICIPATION = r'^(INSERT INTO|UPDATE) "programme_participation"'
INSERT_ROOM = r'^INSERT INTO "programme_room"'
DELETE_ROOM = r'^DELETE FROM "programme_room"'
# At this point the draft is half read.
READ_SESSIONS = r'^SELECT .* FROM "programme_session"'


def are_consecutive(releases):
    """Return whether the numbers are consecutive and the changes are those against the release before."""
    documents = [None, *(release.document for release in releases)]
    changes = [diff_documents(before, after) for before, after in pairwise(documents)]
    return [(r.number, r.changes) for r in releases] == list(enumerate(changes, 1))


def get_titles(release):
    return {session["title"]["en"] for session in release.document["sessions"]}


@pytest.fixture
def opening(conference):
    """Publish a session with a placeholder, then change its title."""
    session = factories.make_session(
        "Opening", room=factories.make_room("Main Hall"), parts=[("chair", "To be announced")]
    )
    publish_draft()
    factories.update(session, title_en="Grand opening")
    return session


# Publishing


def test_publish_draft_during_same_publish_finds_nothing_to_publish(opening):
    outcome = interleave(publish_draft, INSERT_RELEASE, publish_draft)
    assert outcome.waited
    assert outcome.first.number == 2
    assert isinstance(outcome.second, NothingToPublishError)
    assert are_consecutive(Release.objects.order_by("number"))


def test_publish_draft_with_newer_edit_makes_following_release(opening):
    def edit_and_publish():
        with transaction.atomic():
            factories.make_session("Closing")
        return publish_draft()

    outcome = interleave(publish_draft, INSERT_RELEASE, edit_and_publish)
    assert outcome.waited
    assert (outcome.first.number, get_titles(outcome.first)) == (2, {"Grand opening"})
    assert (outcome.second.number, get_titles(outcome.second)) == (3, {"Grand opening", "Closing"})
    assert are_consecutive(Release.objects.order_by("number"))


def test_republish_release_during_publish_makes_following_release(opening):
    outcome = interleave(publish_draft, INSERT_RELEASE, lambda: republish_release(1))
    assert outcome.waited
    assert [(release.number, get_titles(release)) for release in (outcome.first, outcome.second)] == [
        (2, {"Grand opening"}),
        (3, {"Opening"}),
    ]
    assert are_consecutive(Release.objects.order_by("number"))


def test_publish_view_concurrent_post_finds_nothing_to_publish(opening):
    url = reverse("admin:programme_release_publish")
    clients = [admin_client_for(make_organizer(is_superuser=True)) for _ in range(2)]
    data = {"version": preview_release().version_token, "note_en": "", "note_vi": "", "private_note": ""}
    ana, binh = (lambda client=client: client.post(url, data, follow=True) for client in clients)
    outcome = interleave(ana, INSERT_RELEASE, binh)
    assert outcome.waited
    assert "Release 2 was published." in outcome.first.content.decode()
    assert "Nothing has changed since the current release." in outcome.second.content.decode()
    assert are_consecutive(Release.objects.order_by("number"))


def test_publish_draft_without_locks_has_conflicting_number(opening):
    """Control test; SQLite refuses a write after a read that is out of date."""
    outcome = interleave(publish_draft, INSERT_RELEASE, publish_draft, locks=False)
    assert not outcome.waited
    assert outcome.second.number == 2
    assert isinstance(outcome.first, OperationalError if SQLITE else IntegrityError)


# Editing


@pytest.fixture
def ana(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Ana", last_name="Costa"))


@pytest.fixture
def binh(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Bình", last_name="Lê"))


def prepare_save(client, session, **values):
    """Return a function that saves the present form of a session with changed values."""
    data = open_form(client, session) | values
    return lambda: client.post(change_url(session), data)


def prepare_move(client, session, start, room=""):
    """Return a function that moves a session in the timetable from its present place."""
    data = {
        "session": session.pk,
        "version": make_placement_token(session),
        "day": "2020-12-07",
        "start": start,
        "room": room,
    }
    url = "/admin/programme/session/board/2020-12-07/"
    return lambda: client.post(url, data, headers={"Accept": "application/json"})


def get_start_and_title():
    session = Session.objects.get()
    return session.starts_at.astimezone(factories.HA_NOI).hour, session.title_en


def test_timetable_move_during_save_of_same_field_is_conflict(ana, binh):
    session = factories.make_session("Opening")
    form = prepare_save(ana, session, starts_at_1="17:00:00")
    outcome = interleave(form, WRITE_SESSION, prepare_move(binh, session, "09:00"))
    assert outcome.waited
    assert (outcome.first.status_code, outcome.second.status_code) == (302, 409)
    assert "Ana Costa" in outcome.second.json()["message"]
    assert get_start_and_title() == (17, "Opening")


def test_save_during_timetable_move_is_conflict(ana, binh):
    session = factories.make_session("Opening")
    form = prepare_save(ana, session, title_en="Grand opening")
    outcome = interleave(prepare_move(binh, session, "09:00"), WRITE_SESSION, form)
    assert outcome.waited
    assert outcome.first.status_code == 200
    assert has_conflict(outcome.second)
    assert get_conflicts(outcome.second).keys() == {"Start", "End"}
    assert get_start_and_title() == (9, "Opening")


def test_timetable_move_during_save_of_other_field_succeeds(ana, binh):
    session = factories.make_session("Opening")
    form = prepare_save(ana, session, title_en="Grand opening")
    outcome = interleave(form, WRITE_SESSION, prepare_move(binh, session, "09:00"))
    assert outcome.waited
    assert (outcome.first.status_code, outcome.second.status_code) == (302, 200)
    assert get_start_and_title() == (9, "Grand opening")


def test_timetable_move_during_save_without_locks_is_lost(ana, binh):
    """Control test; on SQLite the form is not saved and the response is 503."""
    session = factories.make_session("Opening")
    form = prepare_save(ana, session, title_en="Grand opening")
    outcome = interleave(form, WRITE_SESSION, prepare_move(binh, session, "09:00"), locks=False)
    assert not outcome.waited
    assert outcome.second.status_code == 200
    assert outcome.first.status_code == (503 if SQLITE else 302)
    assert get_start_and_title() == ((9, "Opening") if SQLITE else (18, "Grand opening"))


# Importing and publishing


SESSION_HEADERS = ["Slug", "Title (English)", "Kind", "Status", "Start", "End"]
SESSION_VALUES = ["ceremony", "confirmed", "2020-12-07 18:00", "2020-12-07 19:30"]
PARTICIPATION_HEADERS = ["Session", "Role", "Placeholder (English)"]


def make_programme_file(**titles):
    """Return a workbook of sessions by slug, each with a placeholder that has the session's title."""
    sessions = [[slug, title, *SESSION_VALUES] for slug, title in titles.items()]
    parts = [[slug, "chair", title] for slug, title in titles.items()]
    return make_workbook(Sessions=[SESSION_HEADERS, *sessions], Participations=[PARTICIPATION_HEADERS, *parts])


def get_title_pairs(document):
    """Return pairs of title and placeholder; if they differ, the document mixes two states."""
    return {
        (session["title"]["en"], entry["placeholder"]["en"])
        for session in document["sessions"]
        for entry in session["participations"]
    }


BEFORE, AFTER = {("Before", "Before")}, {("After", "After")}


@pytest.fixture
def before(conference):
    """Import and publish two sessions."""
    run_import(make_programme_file(one="Before", two="Before"), delete_missing=True)
    publish_draft()


def run_second_import():
    return run_import(make_programme_file(one="After", two="After"), delete_missing=True)


def test_publish_draft_during_import_publishes_whole_import(before):
    outcome = interleave(run_second_import, WRITE_PARTICIPATION, publish_draft)
    assert outcome.waited
    assert get_title_pairs(outcome.second.document) == AFTER
    assert are_consecutive(Release.objects.order_by("number"))


def test_import_during_publish_runs_after_it(before):
    Participation.objects.update(placeholder_en="Before", confirmed=True)
    Session.objects.update(summary_en="Something to publish.")
    outcome = interleave(publish_draft, READ_SESSIONS, run_second_import)
    assert outcome.waited
    assert get_title_pairs(outcome.first.document) == BEFORE
    assert get_title_pairs(read_draft_document()) == AFTER
    assert are_consecutive(Release.objects.order_by("number"))


def test_build_release_during_import_without_locks_is_inconsistent(before):
    """Control test; on SQLite the read is consistent, but a write would fail."""
    outcome = interleave(transaction.atomic(build_release), READ_SESSIONS, run_second_import, locks=False)
    assert not outcome.waited
    assert not outcome.second.is_empty
    assert get_title_pairs(outcome.first[0]) == (BEFORE if SQLITE else {("After", "Before")})


# Importing


def get_current_titles():
    return set(Session.objects.values_list("slug", "title_en"))


def test_import_same_file_concurrently_is_imported_once(conference):
    outcome = interleave(run_second_import, WRITE_SESSION, run_second_import)
    assert outcome.waited
    assert not outcome.first.is_empty
    assert outcome.second.is_empty
    assert (Session.objects.count(), Participation.objects.count()) == (2, 2)


def test_import_after_preview_during_other_import_is_conflict(before):
    files = [make_programme_file(one="Ana", two="Ana"), make_programme_file(one="Bình", two="Bình")]
    ana, binh = (partial(run_import, file, version_token=preview_import(file).version_token) for file in files)
    outcome = interleave(ana, WRITE_SESSION, binh)
    assert outcome.waited
    assert not outcome.first.is_empty
    assert isinstance(outcome.second, ImportConflictError)
    assert get_current_titles() == {("one", "Ana"), ("two", "Ana")}


FIRST_IS_NEW, SECOND_IS_NEW = {"one": "After", "two": "Before"}, {"one": "Before", "two": "After"}


def test_import_concurrent_files_last_one_wins(before):
    ana, binh = (partial(run_import, make_programme_file(**titles)) for titles in (FIRST_IS_NEW, SECOND_IS_NEW))
    outcome = interleave(ana, WRITE_SESSION, binh)
    assert outcome.waited
    assert get_current_titles() == set(SECOND_IS_NEW.items())


def test_import_concurrent_files_without_locks_are_mixed(before):
    """Control test; SQLite runs the second and refuses the first."""
    ana, binh = (partial(run_import, make_programme_file(**titles)) for titles in (FIRST_IS_NEW, SECOND_IS_NEW))
    outcome = interleave(ana, WRITE_SESSION, binh, locks=False)
    assert not outcome.waited
    if SQLITE:
        assert isinstance(outcome.first, OperationalError)
    else:
        assert get_current_titles() == {("one", "After"), ("two", "After")}


# Restoring


@pytest.fixture
def after(before):
    """Publish a second release, which is the draft too."""
    run_second_import()
    publish_draft()


def test_publish_draft_during_restore_publishes_whole_restore(after):
    outcome = interleave(lambda: restore_release(1), WRITE_PARTICIPATION, publish_draft)
    assert outcome.waited
    assert get_title_pairs(outcome.second.document) == BEFORE
    assert are_consecutive(Release.objects.order_by("number"))


def test_restore_during_publish_runs_after_it(after):
    Session.objects.update(summary_en="Something to publish.")
    outcome = interleave(publish_draft, READ_SESSIONS, lambda: restore_release(1))
    assert outcome.waited
    assert get_title_pairs(outcome.first.document) == AFTER
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=1).document)
    assert are_consecutive(Release.objects.order_by("number"))


def test_restore_concurrent_restores_last_one_wins(after):
    Session.objects.update(title_en="Since then")
    outcome = interleave(lambda: restore_release(1), WRITE_SESSION, lambda: restore_release(2))
    assert outcome.waited
    assert (outcome.first, outcome.second) == ([], [])
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=2).document)


def test_save_during_restore_is_conflict(after, ana):
    form = prepare_save(ana, Session.objects.get(slug="one"), title_en="Other")
    outcome = interleave(lambda: restore_release(1), WRITE_SESSION, form)
    assert outcome.waited
    assert has_conflict(outcome.second)
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=1).document)


def test_build_release_during_restore_without_locks_is_inconsistent(after):
    """Control test; on SQLite the read is consistent, but a write would fail."""
    outcome = interleave(transaction.atomic(build_release), READ_SESSIONS, lambda: restore_release(1), locks=False)
    assert (outcome.second, outcome.waited) == ([], False)
    assert get_title_pairs(outcome.first[0]) == (AFTER if SQLITE else {("Before", "After")})


def test_save_during_restore_without_locks_is_lost(after, ana):
    """Control test; on SQLite the restoration fails."""
    form = prepare_save(ana, Session.objects.get(slug="one"), title_en="Other")
    outcome = interleave(lambda: restore_release(1), WRITE_SESSION, form, locks=False)
    assert not outcome.waited
    assert outcome.second.status_code == 302
    if SQLITE:
        assert isinstance(outcome.first, OperationalError)
    else:
        assert outcome.first == []
        assert get_current_titles() == {("one", "Before"), ("two", "Before")}


def test_restore_during_added_session_is_complete_or_fails(after):
    """Row locks cannot stop new rows; only SQLite locks the whole database."""
    before = read_draft_document()
    outcome = interleave(
        lambda: restore_release(1), WRITE_SESSION, transaction.atomic(partial(factories.make_session, "Three"))
    )
    assert outcome.waited == SQLITE
    assert isinstance(outcome.first, list if SQLITE else RestoreError)
    Session.objects.get(slug="three").delete()
    assert read_draft_document() == (
        strip_revision_fields(Release.objects.get(number=1).document) if SQLITE else before
    )


# Conflicts that on PostgreSQL only the constraints of the database detect


@pytest.fixture
def hall(conference):
    return factories.make_room("Main Hall")


def prepare_add(client, model, **values):
    """Return a function that adds an object in the admin."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    return lambda: client.post(url, values)


def prepare_add_session(client, title, **values):
    times = {"starts_at_0": "2020-12-07", "starts_at_1": "18:00", "ends_at_0": "2020-12-07", "ends_at_1": "19:00"}
    fields = {"kind": "plenary", "status": "confirmed", "format": "both", "languages": ["en"], "title_en": title}
    return prepare_add(client, Session, **fields, **times, **empty_formsets("participations", "links"), **values)


def prepare_delete(client, row):
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])
    return lambda: client.post(url, {"post": "yes"})


def get_statuses(outcome):
    return outcome.first.status_code, outcome.second.status_code


def test_add_room_same_name_concurrently_one_has_error(ana, binh):
    jobs = [prepare_add(client, Room, name_en="Main Hall", slug="hall", order="0") for client in (ana, binh)]
    outcome = interleave(jobs[0], INSERT_ROOM, jobs[1])
    assert get_statuses(outcome) == ((302, 200) if SQLITE else (200, 302))
    assert form_errors(outcome.second if SQLITE else outcome.first).keys() == {"name_en", "slug"}
    assert Room.objects.count() == 1


def test_add_session_same_title_concurrently_has_own_slugs(ana, binh):
    outcome = interleave(prepare_add_session(ana, "Opening"), WRITE_SESSION, prepare_add_session(binh, "Opening"))
    assert get_statuses(outcome) == (302, 302)
    assert set(Session.objects.values_list("slug", flat=True)) == {"opening", "opening-2"}


def test_add_session_during_import_of_same_slug_one_fails(ana, binh):
    ana.post(
        reverse("admin:programme_session_import"),
        {"file": SimpleUploadedFile("s.xlsx", make_programme_file(one="Imported"))},
    )
    review = reverse("admin:programme_session_import_preview")
    data = {"version": ana.get(review).context["result"].version_token}
    form = prepare_add_session(binh, "Added", slug="one")
    outcome = interleave(lambda: ana.post(review, data), WRITE_SESSION, form)
    assert [response.status_code == 302 for response in (outcome.first, outcome.second)] == [SQLITE, not SQLITE]
    assert get_current_titles() == {("one", "Imported" if SQLITE else "Added")}


def test_add_session_during_restore_of_same_slug_one_fails(after, ana, binh):
    Participation.objects.filter(session__slug="one").delete()
    Session.objects.get(slug="one").delete()
    url = reverse("admin:programme_release_restore", args=[1])
    data = {"version": ana.get(url).context["preview"].version_token}
    form = prepare_add_session(binh, "Added", slug="one")
    outcome = interleave(lambda: ana.post(url, data), WRITE_SESSION, form)
    assert get_statuses(outcome) == ((302, 200) if SQLITE else (409, 302))
    assert (
        get_current_titles() == {("one", "Before"), ("two", "Before")}
        if SQLITE
        else {("one", "Added"), ("two", "After")}
    )


def test_delete_room_during_save_of_its_session_one_fails(ana, binh, hall):
    form = prepare_save(ana, factories.make_session("Opening"), room=str(hall.pk))
    outcome = interleave(form, WRITE_SESSION, prepare_delete(binh, hall))
    assert get_statuses(outcome) == ((302, 200) if SQLITE else (200, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == SQLITE


def test_delete_room_during_timetable_move_into_it_one_fails(ana, binh, hall):
    move = prepare_move(ana, factories.make_session("Opening"), "09:00", str(hall.pk))
    outcome = interleave(move, WRITE_SESSION, prepare_delete(binh, hall))
    assert get_statuses(outcome) == ((200, 200) if SQLITE else (400, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == SQLITE


def test_save_of_session_during_deletion_of_its_room_one_fails(ana, binh, hall):
    form = prepare_save(binh, factories.make_session("Opening"), room=str(hall.pk))
    outcome = interleave(prepare_delete(ana, hall), DELETE_ROOM, form)
    assert get_statuses(outcome) == ((302, 200) if SQLITE else (200, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == (not SQLITE)
    assert "deleted successfully" not in ana.get("/admin/").content.decode() or SQLITE


def test_publish_if_valid_concurrent_fix_is_not_published(conference):
    linh = factories.make_speaker("Linh")
    for title in ("Here", "There"):
        factories.make_session(title, parts=[("chair", linh)])
    outcome = interleave(
        publish_if_valid, INSERT_RELEASE, Session.objects.get(slug="there").participations.all().delete
    )
    assert isinstance(outcome.first, PublishBlockedError if SQLITE else ConcurrentChangeError)
    assert not Release.objects.exists()


# Reading


TABLES = [
    *("programme_session", "programme_session_themes", "programme_participation", "programme_room"),
    *("programme_theme", "speakers_speaker"),
]


def make_full_file(name):
    """Return a workbook of a session with a room, a theme and a chair of this name."""
    return make_workbook(
        Sessions=[[*SESSION_HEADERS, "Room", "Themes"], [name, name, *SESSION_VALUES, name, name]],
        Rooms=[["Slug", "Room name (English)"], [name, name]],
        Themes=[["Slug", "Theme name (English)"], [name, name]],
        Speakers=[["Slug", "Speaker name (English)"], [name, name]],
        Participations=[["Session", "Role", "Speaker"], [name, "chair", name]],
    )


@pytest.mark.parametrize("table", TABLES)
def test_preview_release_during_import_sees_state_before(conference, table):
    run_import(make_full_file("old"))
    publish_draft()
    exchange = partial(run_import, make_full_file("new"), delete_missing=True)
    outcome = interleave(preview_release, f'FROM "{table}"', exchange)
    assert not outcome.second.is_empty
    assert isinstance(outcome.first, ReleasePreview)
    assert outcome.first.count == 0


@pytest.mark.parametrize("table", TABLES)
def test_build_release_during_import_has_no_missing_references(conference, table):
    add = transaction.atomic(partial(run_import, make_full_file("new")))
    document, _changes = interleave(transaction.atomic(build_release), f'FROM "{table}"', add).first
    assert len(document["sessions"]) <= len(document["rooms"])
