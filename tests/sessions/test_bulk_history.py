"""Tests of bulk writes: number of queries, history records, and imports that result in what was previewed."""

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
# Columns that differ between any two records.
RECORD_COLUMNS = {"history_id", "history_date", "m2m_history_id"}

pytestmark = pytest.mark.django_db


def publish_programme(sessions):
    """Publish this number of sessions, each with a room, a theme, a speaker and links of its own."""
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


def change_all_rows():
    """Change rows of all tables without history records."""
    Session.objects.update(title_en="Another title", starts_at=factories.december(7, 17))
    Session.themes.through.objects.all().delete()
    Room.objects.update(capacity=7)
    Theme.objects.update(description_en="Another description")
    Speaker.objects.update(biography_en="Another life")
    Participation.objects.update(role="moderator", order=5)
    SessionLink.objects.update(label_en="Another label")
    SpeakerLink.objects.update(label_en="Another label")


def export_draft():
    return exports.to_xlsx(exports.build_draft_records(), factories.HA_NOI)


def count_queries(action):
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


def count_queries_for_sizes(prepare):
    """Return the number of queries of what prepare() returns, for 1 and for 30 sessions.

    SQLite writes 30 rows of each table by one statement.
    """
    counts = []
    for sessions in (1, 30):
        empty_tables()
        Release.objects.all().delete()
        publish_programme(sessions)
        counts.append(count_queries(prepare()))
    return counts


def prepare_import(action, change):
    def prepare():
        data = export_draft()
        change()
        return lambda: action(data)

    return prepare


def prepare_restore(change):
    def prepare():
        change()
        return lambda: restore_release(1)

    return prepare


# Queries


@pytest.mark.slow
@pytest.mark.parametrize("action", [preview_import, run_import])
@pytest.mark.parametrize("change", [empty_tables, change_all_rows])
def test_import_query_count_is_independent_of_rows(conference, action, change):
    small, large = count_queries_for_sizes(prepare_import(action, change))
    assert large == small


@pytest.mark.slow
@pytest.mark.parametrize("change", [empty_tables, change_all_rows])
def test_restore_release_query_count_is_independent_of_rows(conference, change):
    small, large = count_queries_for_sizes(prepare_restore(change))
    assert large == small


@pytest.mark.slow
def test_read_draft_document_query_count_is_independent_of_rows(conference):
    small, large = count_queries_for_sizes(lambda: read_draft_document)
    assert large == small


# History


def get_new_records(model, last):
    """Return the records of a model after the last ones as dictionaries, without columns that always differ."""
    records = model.history.filter(history_id__gt=last[model]).order_by("history_id")
    plain = [{name: value for name, value in row.items() if name not in RECORD_COLUMNS} for row in records.values()]
    if model is Session:
        for row, record in zip(plain, records, strict=True):
            row["themes"] = sorted(str(relation.theme_id) for relation in record.themes.all())
    return plain


def get_last_records():
    return {model: max(model.history.values_list("history_id", flat=True), default=0) for model in MODELS}


def save_each(rows, user):
    for row in rows:
        row._history_user, row._change_reason = user, "Because."
        row.save()


@pytest.mark.parametrize("model", MODELS)
def test_bulk_update_creates_records_of_save(published, model):
    user = User.objects.create(username="linh")
    last = get_last_records()
    save_each(model.objects.order_by("pk"), user)
    expected, last = get_new_records(model, last), get_last_records()
    bulk_history.bulk_update(list(model.objects.order_by("pk")), by=user, reason="Because.")
    assert get_new_records(model, last) == expected


@pytest.mark.parametrize("model", [Participation, SessionLink, SpeakerLink])
def test_delete_each_creates_records_of_delete(published, model):
    last, rows = get_last_records(), list(model.objects.order_by("pk"))
    for row in model.objects.order_by("pk"):
        row.delete()
    expected, last = get_new_records(model, last), get_last_records()
    bulk_history.bulk_create(rows)
    created, last = len(get_new_records(model, last)), get_last_records()
    bulk_history.delete_each(rows)
    assert created == len(rows)
    assert get_new_records(model, last) == expected
    assert not model.objects.exists()


@pytest.mark.parametrize("write", [bulk_history.bulk_create, bulk_history.bulk_update, bulk_history.delete_each])
def test_bulk_write_without_instances_makes_no_queries(conference, write):
    assert count_queries(lambda: write([])) == 0


def test_set_m2m_without_sessions_makes_no_queries(conference):
    assert count_queries(lambda: bulk_history.set_m2m(Session, "themes", {})) == 0


# Import and restore


def test_run_import_results_in_previewed_draft(published):
    Session.objects.filter(slug="opening").update(status="cancelled", room=None, slug="renamed")
    data = export_draft()
    restore_release(1)
    later = factories.make_session(
        "Later", room=factories.make_room("Later"), parts=[("chair", factories.make_speaker())]
    )
    factories.make_participation(later, "Somebody", order=1)
    preview = preview_import(data, delete_missing=True)
    before = read_draft_document()
    result = run_import(data, delete_missing=True, version_token=preview.version_token)
    assert result.changes == preview.changes
    assert before != read_draft_document()
    assert preview_import(data, delete_missing=True).is_empty
    assert load_state().build_draft_document() == read_draft_document()


def test_database_state_after_change_is_not_unchanged(published):
    state = load_state()
    assert state.is_unchanged()
    Room.objects.update(closes_at=datetime.time(20))
    assert not state.is_unchanged()


def test_restore_release_after_changes_restores_document(published):
    change_all_rows()
    restore_release(1)
    assert read_draft_document() == strip_revision_fields(Release.objects.get().document)
