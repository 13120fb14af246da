"""Tests of the publish command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sessions.models import Release, Session

from ..factories import make_session

pytestmark = pytest.mark.django_db


def publish(*arguments):
    out = StringIO()
    call_command("publish", *arguments, stdout=out)
    return out.getvalue().strip()


def test_publish_prints_number_and_summary(published):
    Session.objects.filter(status="confirmed").first().delete()
    assert publish("--note", "One session is gone.").startswith("Release 2 is published: sessions 1 removed")


def test_publish_saves_notes_in_both_languages(published):
    Session.objects.update(title_en="Another title")
    publish("--note", "A title changed.", "--note-vi", "Một tiêu đề thay đổi.")
    release = Release.objects.get(number=2)
    assert (release.note_en, release.note_vi) == ("A title changed.", "Một tiêu đề thay đổi.")


def test_publish_unchanged_draft_is_no_error(published):
    assert publish("--note", "Again.") == "Nothing has changed since the current release."
    assert Release.objects.count() == 1


def test_publish_without_conference_fails():
    with pytest.raises(CommandError, match="no conference"):
        publish("--note", "Too early.")


@pytest.mark.parametrize("note", ["", "  ", "x" * 1001, "two\nlines", "\udcff"])
def test_publish_invalid_note_fails(note, published):
    with pytest.raises(CommandError, match="--note"):
        publish("--note", note)


def test_publish_saves_private_note(published):
    Session.objects.update(title_en="Another title")
    publish("--note", "A title changed.", "--private-note", "Asked by the ministry.")
    assert Release.objects.get(number=2).private_note == "Asked by the ministry."


def test_publish_blocking_issue_fails(published):
    opening = Session.objects.get(slug="opening")
    make_session("At the same hour", room=opening.room)
    with pytest.raises(CommandError, match="Fix these problems first"):
        publish("--note", "Two at once.")
    assert Release.objects.count() == 1
