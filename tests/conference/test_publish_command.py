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


def test_number_and_what_changed_are_printed(published):
    Session.objects.filter(status="confirmed").first().delete()
    assert publish("--note", "One session is gone.").startswith("Release 2 is published: sessions 1 removed")


def test_notes_are_kept_in_both_languages(published):
    Session.objects.update(title_en="Another title")
    publish("--note", "A title changed.", "--note-vi", "Một tiêu đề thay đổi.")
    release = Release.objects.get(number=2)
    assert (release.note_en, release.note_vi) == ("A title changed.", "Một tiêu đề thay đổi.")


def test_nothing_to_publish_is_said_and_is_no_error(published):
    assert publish("--note", "Again.") == "Nothing has changed since the current release."
    assert Release.objects.count() == 1


def test_there_must_be_a_conference_to_publish():
    with pytest.raises(CommandError, match="no conference"):
        publish("--note", "Too early.")


@pytest.mark.parametrize("note", ["", "  ", "x" * 1001, "two\nlines", "\udcff"])
def test_note_must_be_a_line_of_text(note, published):
    with pytest.raises(CommandError, match="--note"):
        publish("--note", note)


def test_a_private_note_is_kept(published):
    Session.objects.update(title_en="Another title")
    publish("--note", "A title changed.", "--private-note", "Asked by the ministry.")
    assert Release.objects.get(number=2).private_note == "Asked by the ministry."


def test_what_prevents_publishing_is_said_and_nothing_is_published(published):
    opening = Session.objects.get(slug="opening")
    make_session("At the same hour", room=opening.room)
    with pytest.raises(CommandError, match="Fix these problems first"):
        publish("--note", "Two at once.")
    assert Release.objects.count() == 1
