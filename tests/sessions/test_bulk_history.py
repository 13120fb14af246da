"""Many rows at once: as few queries for many as for one, and the same history as if each had been saved by itself."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.core.versioning import bulk_history
from sessions import exports
from sessions.imports import preview_import, run_import
from sessions.imports.database import load_state
from sessions.models import Participation, Release, Room, Session, SessionLink, Theme
from sessions.releases.publish import publish_draft, read_draft_document, strip_revision_fields
from sessions.releases.restore import restore_release
from speakers.models import Speaker, SpeakerLink

from .. import factories

MODELS = (Session, Room, Theme, Speaker, Participation, SessionLink, SpeakerLink)
# What differs between any two records.
OWN = {"history_id", "history_date", "m2m_history_id"}

pytestmark = pytest.mark.django_db


def a_programme(sessions):
    """So many of everything, published."""
    for number in range(sessions):
        factories.make_session(
            f"Session {number}",
            room=factories.make_room(f"Room {number}"),
            themes=[factories.make_theme(f"Theme {number}", number=number + 1)],
            parts=[("chair", factories.make_speaker(f"Speaker {number}", links=["https://speaker.example/"]))],
            links=[("stream", "https://stream.example/")],
        )
    publish_draft()


def empty_tables():
    for model in (Participation, SessionLink, SpeakerLink, Session, Speaker, Room, Theme):
        model.objects.all().delete()


def change_everything():
    """Without a record of it."""
    Session.objects.update(title_en="Another title", starts_at=factories.december(7, 17))
    Session.themes.through.objects.all().delete()
    Room.objects.update(capacity=7)
    Theme.objects.update(description_en="Another description")
    Speaker.objects.update(biography_en="Another life")
    Participation.objects.update(role="moderator", order=5)
    SessionLink.objects.update(label_en="Another label")
    SpeakerLink.objects.update(label_en="Another label")


def as_xlsx():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def queries(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def at_one_and_at_thirty(prepare):
    """How often what prepare() returns asks the database, for one of everything and for thirty."""
    found = []
    for sessions in (1, 30):
        empty_tables()
        Release.objects.all().delete()
        a_programme(sessions)
        found.append(queries(prepare()))
    return found


def importing(act, spoil):
    def prepare():
        data = as_xlsx()
        spoil()
        return lambda: act(data)

    return prepare


def restoring(spoil):
    def prepare():
        spoil()
        return lambda: restore_release(1)

    return prepare


# Thirty rows of each table are written by one statement; SQLite takes about a thousand values at once.


@pytest.mark.parametrize("act", [preview_import, run_import])
@pytest.mark.parametrize("spoil", [empty_tables, change_everything, lambda: None])
def test_an_import_asks_as_often_for_many_rows_as_for_one(conference, act, spoil):
    for_one, for_thirty = at_one_and_at_thirty(importing(act, spoil))
    assert for_thirty == for_one


@pytest.mark.parametrize("spoil", [empty_tables, change_everything, lambda: None])
def test_setting_back_asks_as_often_for_many_rows_as_for_one(conference, spoil):
    for_one, for_thirty = at_one_and_at_thirty(restoring(spoil))
    assert for_thirty == for_one


def test_reading_the_draft_asks_as_often_for_many_rows_as_for_one(conference):
    for_one, for_thirty = at_one_and_at_thirty(lambda: read_draft_document)
    assert for_thirty == for_one


# The history


def records(model, since):
    """The records of a model as plain values, without what differs between any two of them."""
    found = model.history.filter(history_id__gt=since[model]).order_by("history_id")
    plain = [{name: value for name, value in row.items() if name not in OWN} for row in found.values()]
    if model is Session:
        for row, record in zip(plain, found, strict=True):
            row["themes"] = sorted(str(tie.theme_id) for tie in record.themes.all())
    return plain


def so_far():
    return {model: max(model.history.values_list("history_id", flat=True), default=0) for model in MODELS}


def one_by_one(rows, somebody):
    for row in rows:
        row._history_user, row._change_reason = somebody, "Because."
        row.save()


@pytest.mark.parametrize("model", MODELS)
def test_records_are_those_of_saving_each_row(published, model):
    somebody = User.objects.create(username="linh")
    since = so_far()
    one_by_one(model.objects.order_by("pk"), somebody)
    expected, since = records(model, since), so_far()
    bulk_history.bulk_update(list(model.objects.order_by("pk")), by=somebody, reason="Because.")
    assert records(model, since) == expected


@pytest.mark.parametrize("model", [Participation, SessionLink, SpeakerLink])
def test_records_are_those_of_deleting_each_row(published, model):
    since, rows = so_far(), list(model.objects.order_by("pk"))
    for row in model.objects.order_by("pk"):
        row.delete()
    expected, since = records(model, since), so_far()
    bulk_history.bulk_create(rows)
    created, since = len(records(model, since)), so_far()
    bulk_history.delete_each(rows)
    assert created == len(rows)
    assert records(model, since) == expected
    assert not model.objects.exists()


@pytest.mark.parametrize("write", [bulk_history.bulk_create, bulk_history.bulk_update, bulk_history.delete_each])
def test_bulk_write_without_instances_makes_no_query(conference, write):
    assert queries(lambda: write([])) == 0


def test_set_m2m_without_sessions_makes_no_query(conference):
    assert queries(lambda: bulk_history.set_m2m(Session, "themes", {})) == 0


# What is shown of an import is what comes of it


def test_the_draft_after_an_import_is_the_one_that_was_foretold(published):
    Session.objects.filter(slug="opening").update(status="cancelled", room=None, slug="renamed")
    data = as_xlsx()
    restore_release(1)
    later = factories.make_session(
        "Later", room=factories.make_room("Later"), parts=[("chair", factories.make_speaker())]
    )
    factories.make_participation(later, "Somebody", order=1)
    shown = preview_import(data, delete_missing=True)
    before = read_draft_document()
    done = run_import(data, delete_missing=True, version_token=shown.version_token)
    assert done.changes == shown.changes
    assert before != read_draft_document()
    assert preview_import(data, delete_missing=True).is_empty
    assert load_state().build_draft_document() == read_draft_document()


def test_tables_that_changed_are_not_what_was_read(published):
    found = load_state()
    assert found.is_unchanged()
    Room.objects.update(closes_at=datetime.time(20))
    assert not found.is_unchanged()


def test_setting_back_after_everything_changed_gives_the_release(published):
    change_everything()
    restore_release(1)
    assert read_draft_document() == strip_revision_fields(Release.objects.get().document)
