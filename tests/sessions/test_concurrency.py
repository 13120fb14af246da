"""Two who work at the same time: one begins, and in the midst of it the other does everything, or waits. With the locks
each pair ends as if one had come after the other; the controls take them away and show what would become of it."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection, connections, transaction
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
from ..users import admin_client_for, empty_formsets, form_errors, make_organizer
from .test_concurrent_edits import form_of, is_refused, opened, told
from .test_importing import book

pytestmark = pytest.mark.django_db(transaction=True)

SQLITE = connection.vendor == "sqlite"
# Seconds after which a test fails instead of waiting for ever.
PATIENCE = 20
# What a transaction holds others back with: on PostgreSQL rows, on SQLite the whole database.
LOCK = re.compile(r"^BEGIN IMMEDIATE$" if SQLITE else r" FOR UPDATE( OF \S+)?$")

RELEASE_IS_KEPT = r'^INSERT INTO "programme_release"'
SESSION_IS_WRITTEN = r'^(INSERT INTO|UPDATE) "programme_session"'
PART_IS_WRITTEN = r'^(INSERT INTO|UPDATE) "programme_participation"'
ROOM_IS_WRITTEN = r'^INSERT INTO "programme_room"'
ROOM_IS_DELETED = r'^DELETE FROM "programme_room"'
# The draft is half read by then.
SESSIONS_ARE_READ = r'^SELECT .* FROM "programme_session"'


@dataclass
class Met:
    """What each of two returned or raised, and whether the second had to wait for the first."""

    first: object = None
    second: object = None
    waited: bool = False


def in_the_midst_of(first, place, second, *, locks=True):
    """Do first. Before its first statement like place, do second: all of it, or what it can before it waits."""
    met, free, begun = Met(), threading.Event(), []

    def begin_second(execute, sql, *rest):
        if re.search(place, sql) and not begun:
            begun.append(pool.submit(do, second, say_that_it_waits))
            begun[0].add_done_callback(lambda _done: free.set())
            assert free.wait(PATIENCE), "What holds the second one back is no lock of ours."
        return execute(sql, *rest)

    def say_that_it_waits(execute, sql, *rest):
        if LOCK.search(sql) and not is_to_be_had(execute, sql, *rest):
            met.waited = True
            free.set()
        return execute(sql, *rest)

    def do(job, wrapper):
        with ExitStack() as stack:
            stack.callback(connections.close_all)
            for each in [wrapper] if locks else [without_locks, wrapper]:
                stack.enter_context(connection.execute_wrapper(each))
            try:
                return job()
            except Exception as error:
                return error

    with ThreadPoolExecutor(2) as pool:
        met.first = pool.submit(do, first, begin_second).result()
        assert begun, f"The first one never came to {place}: {met.first!r}"
        met.second = begun[0].result()
    return met


def is_to_be_had(execute, lock, *rest):
    """Whether a lock is free. Whoever is in the midst of something waits meanwhile, so it is as free a moment later."""
    try:
        if SQLITE:
            execute("PRAGMA busy_timeout = 0", *rest)
            execute(lock, *rest)
            execute("ROLLBACK", *rest)
        else:
            with transaction.atomic():
                execute(f"{lock} NOWAIT", *rest)
    except OperationalError:
        return False
    finally:
        if SQLITE:
            execute("PRAGMA busy_timeout = 10000", *rest)
    return True


def without_locks(execute, sql, *rest):
    """For the controls. On SQLite this is a transaction as it begins by default, which locks at its first writing."""
    return execute(LOCK.sub("BEGIN" if SQLITE else "", sql), *rest)


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def follow_each_other(releases):
    """Whether their numbers neither skip nor double, and each tells of what it changed against the one before."""
    documents = [None, *(release.document for release in releases)]
    changes = [diff_documents(before, after) for before, after in pairwise(documents)]
    return [(r.number, r.changes) for r in releases] == list(enumerate(changes, 1))


def titles(release):
    return {session["title"]["en"] for session in release.document["sessions"]}


@pytest.fixture
def opening(conference):
    """Published, with a speaker who is awaited, and another title since."""
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"), parts=[("chair", "Somebody")])
    publish_draft()
    change(session, title_en="Grand opening")
    return session


# Two who publish


def test_of_two_who_publish_the_same_the_second_waits_and_is_told(opening):
    met = in_the_midst_of(publish_draft, RELEASE_IS_KEPT, publish_draft)
    assert met.waited
    assert met.first.number == 2
    assert isinstance(met.second, NothingToPublishError)
    assert follow_each_other(Release.objects.order_by("number"))


def test_who_publishes_something_newer_meanwhile_makes_the_release_after(opening):
    def edit_and_publish():
        with transaction.atomic():
            factories.make_session("Closing")
        return publish_draft()

    met = in_the_midst_of(publish_draft, RELEASE_IS_KEPT, edit_and_publish)
    assert met.waited
    assert (met.first.number, titles(met.first)) == (2, {"Grand opening"})
    assert (met.second.number, titles(met.second)) == (3, {"Grand opening", "Closing"})
    assert follow_each_other(Release.objects.order_by("number"))


def test_who_publishes_an_older_release_meanwhile_makes_the_release_after(opening):
    met = in_the_midst_of(publish_draft, RELEASE_IS_KEPT, lambda: republish_release(1))
    assert met.waited
    assert [(release.number, titles(release)) for release in (met.first, met.second)] == [
        (2, {"Grand opening"}),
        (3, {"Opening"}),
    ]
    assert follow_each_other(Release.objects.order_by("number"))


def test_of_two_publishers_at_the_desk_the_second_reads_that_nothing_is_left(opening):
    address = reverse("admin:programme_release_publish")
    desks = [admin_client_for(make_organizer(is_superuser=True)) for _ in range(2)]
    sent = {"digest": preview_release().version_token, "note_en": "", "note_vi": "", "private_note": ""}
    ana, binh = (lambda desk=desk: desk.post(address, sent, follow=True) for desk in desks)
    met = in_the_midst_of(ana, RELEASE_IS_KEPT, binh)
    assert met.waited
    assert "Release 2 was published." in met.first.content.decode()
    assert "Nothing has changed since the current release." in met.second.content.decode()
    assert follow_each_other(Release.objects.order_by("number"))


def test_without_locks_two_publishers_want_the_same_number(opening):
    """The control. SQLite refuses to write what was read before somebody else wrote."""
    met = in_the_midst_of(publish_draft, RELEASE_IS_KEPT, publish_draft, locks=False)
    assert not met.waited
    assert met.second.number == 2
    assert isinstance(met.first, OperationalError if SQLITE else IntegrityError)


# Two who edit one session


@pytest.fixture
def ana(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Ana", last_name="Costa"))


@pytest.fixture
def binh(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Bình", last_name="Lê"))


def saving(desk, session, **typed):
    """Save the form of a session as it is now with something typed in it."""
    sent = opened(desk, session) | typed
    return lambda: desk.post(form_of(session), sent)


def moving(desk, session, start, room=""):
    """Move a session on the board from where it is now."""
    sent = {
        "session": session.pk,
        "seen": make_placement_token(session),
        "day": "2020-12-07",
        "start": start,
        "room": room,
    }
    address = "/admin/programme/session/board/2020-12-07/"
    return lambda: desk.post(address, sent, headers={"Accept": "application/json"})


def start_and_title():
    session = Session.objects.get()
    return session.starts_at.astimezone(factories.HA_NOI).hour, session.title_en


def test_who_moves_on_the_board_what_a_form_is_just_moving_is_told(ana, binh):
    session = factories.make_session("Opening")
    form = saving(ana, session, starts_at_1="17:00:00")
    met = in_the_midst_of(form, SESSION_IS_WRITTEN, moving(binh, session, "09:00"))
    assert met.waited
    assert (met.first.status_code, met.second.status_code) == (302, 409)
    assert "Ana Costa" in met.second.json()["said"]
    assert start_and_title() == (17, "Opening")


def test_who_saves_a_form_of_what_the_board_is_just_moving_is_told(ana, binh):
    session = factories.make_session("Opening")
    form = saving(ana, session, title_en="Grand opening")
    met = in_the_midst_of(moving(binh, session, "09:00"), SESSION_IS_WRITTEN, form)
    assert met.waited
    assert met.first.status_code == 200
    assert is_refused(met.second)
    assert told(met.second).keys() == {"Start", "End"}
    assert start_and_title() == (9, "Opening")


def test_who_edits_the_words_is_in_nobodys_way_on_the_board(ana, binh):
    session = factories.make_session("Opening")
    form = saving(ana, session, title_en="Grand opening")
    met = in_the_midst_of(form, SESSION_IS_WRITTEN, moving(binh, session, "09:00"))
    assert met.waited
    assert (met.first.status_code, met.second.status_code) == (302, 200)
    assert start_and_title() == (9, "Grand opening")


def test_without_locks_the_form_undoes_a_move_that_its_mover_believes_in(ana, binh):
    """The control. On SQLite the form is not saved and its editor is told nothing but that the database is locked."""
    session = factories.make_session("Opening")
    form = saving(ana, session, title_en="Grand opening")
    met = in_the_midst_of(form, SESSION_IS_WRITTEN, moving(binh, session, "09:00"), locks=False)
    assert not met.waited
    assert met.second.status_code == 200
    assert met.first.status_code == (503 if SQLITE else 302)
    assert start_and_title() == ((9, "Opening") if SQLITE else (18, "Grand opening"))


# Importing while somebody publishes


SESSION = ["Slug", "Title (English)", "Kind", "Status", "Start", "End"]
FACTS = ["ceremony", "confirmed", "2020-12-07 18:00", "2020-12-07 19:30"]
PART = ["Session", "Role", "Placeholder (English)"]


def a_file(**titles):
    """Sessions by their address, each with somebody who is awaited and called as the session is."""
    sessions = [[slug, title, *FACTS] for slug, title in titles.items()]
    parts = [[slug, "chair", title] for slug, title in titles.items()]
    return book(Sessions=[SESSION, *sessions], Participations=[PART, *parts])


def told_twice(document):
    """{(title, who is awaited)} of the sessions: a pair of two different words is a mixture."""
    return {(s["title"]["en"], part["placeholder"]["en"]) for s in document["sessions"] for part in s["participations"]}


BEFORE, AFTER = {("Before", "Before")}, {("After", "After")}


@pytest.fixture
def before(conference):
    """Imported and published."""
    run_import(a_file(one="Before", two="Before"), delete_missing=True)
    publish_draft()


def import_after():
    return run_import(a_file(one="After", two="After"), delete_missing=True)


def test_who_publishes_while_a_file_is_imported_publishes_all_of_it(before):
    met = in_the_midst_of(import_after, PART_IS_WRITTEN, publish_draft)
    assert met.waited
    assert told_twice(met.second.document) == AFTER
    assert follow_each_other(Release.objects.order_by("number"))


def test_who_imports_a_file_while_somebody_publishes_imports_it_after_that(before):
    Participation.objects.update(placeholder_en="Before", confirmed=True)
    Session.objects.update(summary_en="Something to publish.")
    met = in_the_midst_of(publish_draft, SESSIONS_ARE_READ, import_after)
    assert met.waited
    assert told_twice(met.first.document) == BEFORE
    assert told_twice(read_draft_document()) == AFTER
    assert follow_each_other(Release.objects.order_by("number"))


def test_without_locks_what_is_read_during_an_import_is_a_mixture(before):
    """The control. SQLite reads of a moment, but then refuses to write."""
    met = in_the_midst_of(transaction.atomic(build_release), SESSIONS_ARE_READ, import_after, locks=False)
    assert not met.waited
    assert not met.second.is_empty
    assert told_twice(met.first[0]) == (BEFORE if SQLITE else {("After", "Before")})


# Two who import


def titles_now():
    return set(Session.objects.values_list("slug", "title_en"))


def test_a_file_that_two_import_at_once_is_imported_once(conference):
    met = in_the_midst_of(import_after, SESSION_IS_WRITTEN, import_after)
    assert met.waited
    assert not met.first.is_empty
    assert met.second.is_empty
    assert (Session.objects.count(), Participation.objects.count()) == (2, 2)


def test_of_two_who_have_looked_at_their_files_and_import_them_at_once_the_second_is_told(before):
    files = [a_file(one="Ana", two="Ana"), a_file(one="Bình", two="Bình")]
    ana, binh = (partial(run_import, file, version_token=preview_import(file).version_token) for file in files)
    met = in_the_midst_of(ana, SESSION_IS_WRITTEN, binh)
    assert met.waited
    assert not met.first.is_empty
    assert isinstance(met.second, ImportConflictError)
    assert titles_now() == {("one", "Ana"), ("two", "Ana")}


ONE_IS_NEW, TWO_IS_NEW = {"one": "After", "two": "Before"}, {"one": "Before", "two": "After"}


def test_of_two_files_that_are_imported_at_once_the_last_one_stands(before):
    ana, binh = (partial(run_import, a_file(**titles)) for titles in (ONE_IS_NEW, TWO_IS_NEW))
    met = in_the_midst_of(ana, SESSION_IS_WRITTEN, binh)
    assert met.waited
    assert titles_now() == set(TWO_IS_NEW.items())


def test_without_locks_two_imports_end_as_neither_file_says(before):
    """The control. SQLite lets the second one in and refuses to write for the first."""
    ana, binh = (partial(run_import, a_file(**titles)) for titles in (ONE_IS_NEW, TWO_IS_NEW))
    met = in_the_midst_of(ana, SESSION_IS_WRITTEN, binh, locks=False)
    assert not met.waited
    if SQLITE:
        assert isinstance(met.first, OperationalError)
    else:
        assert titles_now() == {("one", "After"), ("two", "After")}


# Setting back while somebody publishes or edits


@pytest.fixture
def after(before):
    """Two releases; the tables say what the second one says."""
    import_after()
    publish_draft()


def test_who_publishes_while_the_tables_are_set_back_publishes_all_of_that(after):
    met = in_the_midst_of(lambda: restore_release(1), PART_IS_WRITTEN, publish_draft)
    assert met.waited
    assert told_twice(met.second.document) == BEFORE
    assert follow_each_other(Release.objects.order_by("number"))


def test_who_sets_the_tables_back_while_somebody_publishes_does_so_after_that(after):
    Session.objects.update(summary_en="Something to publish.")
    met = in_the_midst_of(publish_draft, SESSIONS_ARE_READ, lambda: restore_release(1))
    assert met.waited
    assert told_twice(met.first.document) == AFTER
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=1).document)
    assert follow_each_other(Release.objects.order_by("number"))


def test_of_two_who_set_the_tables_back_at_once_the_last_one_decides(after):
    Session.objects.update(title_en="Since then")
    met = in_the_midst_of(lambda: restore_release(1), SESSION_IS_WRITTEN, lambda: restore_release(2))
    assert met.waited
    assert (met.first, met.second) == (None, None)
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=2).document)


def test_who_saves_a_form_while_the_tables_are_set_back_is_told(after, ana):
    form = saving(ana, Session.objects.get(slug="one"), title_en="Hers")
    met = in_the_midst_of(lambda: restore_release(1), SESSION_IS_WRITTEN, form)
    assert met.waited
    assert is_refused(met.second)
    assert read_draft_document() == strip_revision_fields(Release.objects.get(number=1).document)


def test_without_locks_what_is_read_while_the_tables_are_set_back_is_a_mixture(after):
    """The control. SQLite reads of a moment, but then refuses to write."""
    met = in_the_midst_of(transaction.atomic(build_release), SESSIONS_ARE_READ, lambda: restore_release(1), locks=False)
    assert (met.second, met.waited) == (None, False)
    assert told_twice(met.first[0]) == (AFTER if SQLITE else {("Before", "After")})


def test_without_locks_an_edit_is_undone_unseen_while_the_tables_are_set_back(after, ana):
    """The control. On SQLite setting back fails instead."""
    form = saving(ana, Session.objects.get(slug="one"), title_en="Hers")
    met = in_the_midst_of(lambda: restore_release(1), SESSION_IS_WRITTEN, form, locks=False)
    assert not met.waited
    assert met.second.status_code == 302
    if SQLITE:
        assert isinstance(met.first, OperationalError)
    else:
        assert met.first is None
        assert titles_now() == {("one", "Before"), ("two", "Before")}


def test_tables_to_which_somebody_adds_while_they_are_set_back_are_set_back_wholly_or_not_at_all(after):
    """No lock holds back what is not there yet, but on SQLite, where it holds back everything."""
    then = read_draft_document()
    met = in_the_midst_of(
        lambda: restore_release(1), SESSION_IS_WRITTEN, transaction.atomic(partial(factories.make_session, "Three"))
    )
    assert met.waited == SQLITE
    assert isinstance(met.first, type(None) if SQLITE else RestoreError)
    Session.objects.get(slug="three").delete()
    assert read_draft_document() == (strip_revision_fields(Release.objects.get(number=1).document) if SQLITE else then)


# What cannot both be: on PostgreSQL only the database knows, and who is refused looks again


@pytest.fixture
def hall(conference):
    return factories.make_room("Main Hall")


def adding(desk, model, **typed):
    """Add a row at the desk."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    return lambda: desk.post(address, typed)


def adding_a_session(desk, title, **typed):
    times = {"starts_at_0": "2020-12-07", "starts_at_1": "18:00", "ends_at_0": "2020-12-07", "ends_at_1": "19:00"}
    facts = {"kind": "plenary", "status": "confirmed", "format": "both", "languages": ["en"], "title_en": title}
    return adding(desk, Session, **facts, **times, **empty_formsets("participations", "links"), **typed)


def deleting(desk, row):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])
    return lambda: desk.post(address, {"post": "yes"})


def statuses(met):
    return met.first.status_code, met.second.status_code


def test_of_two_who_add_a_room_of_one_name_at_once_one_is_told(ana, binh):
    jobs = [adding(desk, Room, name_en="Main Hall", slug="hall", order="0") for desk in (ana, binh)]
    met = in_the_midst_of(jobs[0], ROOM_IS_WRITTEN, jobs[1])
    assert statuses(met) == ((302, 200) if SQLITE else (200, 302))
    assert form_errors(met.second if SQLITE else met.first).keys() == {"name_en", "slug"}
    assert Room.objects.count() == 1


def test_two_sessions_of_one_title_that_are_added_at_once_have_an_address_each(ana, binh):
    met = in_the_midst_of(adding_a_session(ana, "Opening"), SESSION_IS_WRITTEN, adding_a_session(binh, "Opening"))
    assert statuses(met) == (302, 302)
    assert set(Session.objects.values_list("slug", flat=True)) == {"opening", "opening-2"}


def test_of_a_file_and_a_form_that_add_one_session_at_once_one_is_told(ana, binh):
    ana.post(reverse("admin:programme_session_import"), {"file": SimpleUploadedFile("s.xlsx", a_file(one="Imported"))})
    review = reverse("admin:programme_session_import_preview")
    sent = {"digest": ana.get(review).context["outcome"].version_token}
    form = adding_a_session(binh, "Added", slug="one")
    met = in_the_midst_of(lambda: ana.post(review, sent), SESSION_IS_WRITTEN, form)
    assert [answer.status_code == 302 for answer in (met.first, met.second)] == [SQLITE, not SQLITE]
    assert titles_now() == {("one", "Imported" if SQLITE else "Added")}


def test_of_a_release_and_a_form_that_bring_one_session_at_once_one_is_told(after, ana, binh):
    Participation.objects.filter(session__slug="one").delete()
    Session.objects.get(slug="one").delete()
    address = reverse("admin:programme_release_restore", args=[1])
    sent = {"digest": ana.get(address).context["preview"].version_token}
    form = adding_a_session(binh, "Added", slug="one")
    met = in_the_midst_of(lambda: ana.post(address, sent), SESSION_IS_WRITTEN, form)
    assert statuses(met) == ((302, 200) if SQLITE else (409, 302))
    assert titles_now() == {("one", "Before"), ("two", "Before")} if SQLITE else {("one", "Added"), ("two", "After")}


def test_of_a_session_that_moves_to_a_room_by_its_form_and_the_rooms_end_one_is_refused(ana, binh, hall):
    form = saving(ana, factories.make_session("Opening"), room=str(hall.pk))
    met = in_the_midst_of(form, SESSION_IS_WRITTEN, deleting(binh, hall))
    assert statuses(met) == ((302, 200) if SQLITE else (200, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == SQLITE


def test_of_a_session_that_moves_to_a_room_on_the_board_and_the_rooms_end_one_is_refused(ana, binh, hall):
    move = moving(ana, factories.make_session("Opening"), "09:00", str(hall.pk))
    met = in_the_midst_of(move, SESSION_IS_WRITTEN, deleting(binh, hall))
    assert statuses(met) == ((200, 200) if SQLITE else (400, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == SQLITE


def test_a_room_in_which_a_session_is_put_while_it_is_deleted_stays_and_nobody_says_otherwise(ana, binh, hall):
    form = saving(binh, factories.make_session("Opening"), room=str(hall.pk))
    met = in_the_midst_of(deleting(ana, hall), ROOM_IS_DELETED, form)
    assert statuses(met) == ((302, 200) if SQLITE else (200, 302))
    assert Session.objects.filter(room=hall).exists() == Room.objects.exists() == (not SQLITE)
    assert "deleted successfully" not in ana.get("/admin/").content.decode() or SQLITE


def test_what_must_not_be_published_is_not_though_somebody_puts_it_right_meanwhile(conference):
    linh = factories.make_speaker("Linh")
    for title in ("Here", "There"):
        factories.make_session(title, parts=[("chair", linh)])
    met = in_the_midst_of(
        publish_if_valid, RELEASE_IS_KEPT, Session.objects.get(slug="there").participations.all().delete
    )
    assert isinstance(met.first, PublishBlockedError if SQLITE else ConcurrentChangeError)
    assert not Release.objects.exists()


# Looking while somebody writes


TABLES = [
    *("programme_session", "programme_session_themes", "programme_participation", "programme_room"),
    *("programme_theme", "speakers_speaker"),
]


def everything(name):
    """A file of a session with a room, a theme and a chair that are all called so."""
    return book(
        Sessions=[[*SESSION, "Room", "Themes"], [name, name, *FACTS, name, name]],
        Rooms=[["Slug", "Room name (English)"], [name, name]],
        Themes=[["Slug", "Theme name (English)"], [name, name]],
        Speakers=[["Slug", "Speaker name (English)"], [name, name]],
        Participations=[["Session", "Role", "Speaker"], [name, "chair", name]],
    )


@pytest.mark.parametrize("table", TABLES)
def test_who_looks_at_the_draft_while_all_of_it_is_exchanged_sees_it_before_that(conference, table):
    run_import(everything("old"))
    publish_draft()
    exchange = partial(run_import, everything("new"), delete_missing=True)
    met = in_the_midst_of(preview_release, f'FROM "{table}"', exchange)
    assert not met.second.is_empty
    assert isinstance(met.first, ReleasePreview)
    assert met.first.count == 0


@pytest.mark.parametrize("table", TABLES)
def test_who_reads_the_draft_while_others_add_to_it_finds_nothing_that_points_to_nothing(conference, table):
    """As somebody does who holds the rows there are."""
    add = transaction.atomic(partial(run_import, everything("new")))
    document, _changes = in_the_midst_of(transaction.atomic(build_release), f'FROM "{table}"', add).first
    assert len(document["sessions"]) <= len(document["rooms"])
