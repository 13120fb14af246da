import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from sessions.models import Participation, Release, Session, SessionLink

from ..factories import december, make_participation, make_room, make_session, make_speaker, make_theme, publish_release

pytestmark = pytest.mark.django_db


def refused_by_the_database(function, *args, **kwargs):
    with pytest.raises(IntegrityError), transaction.atomic():
        function(*args, **kwargs)
    return True


@pytest.mark.parametrize("ends_at", [december(7, 18), december(7, 17)])
def test_a_session_must_end_after_it_starts(ends_at):
    assert refused_by_the_database(make_session, ends_at=ends_at)


def test_the_form_says_that_a_session_must_end_after_it_starts():
    session = make_session()
    session.ends_at = session.starts_at
    with pytest.raises(ValidationError, match="end must be after the start"):
        session.full_clean()


def test_two_sessions_cannot_have_one_address():
    make_session(slug="opening")
    assert refused_by_the_database(make_session, slug="opening")


def test_two_rooms_and_two_themes_cannot_have_one_name():
    make_room("Main Hall")
    make_theme("Peace", number=1)
    assert refused_by_the_database(make_room, "Main Hall", slug="other")
    assert refused_by_the_database(make_theme, "Peace", slug="other")
    assert refused_by_the_database(make_theme, "Other", number=1)


def test_themes_are_in_order_of_number_and_those_without_come_last():
    make_theme("Across")
    make_theme("Second", number=2)
    make_theme("First", number=1)
    assert [theme.name_en for theme in type(make_theme("Beyond")).objects.all()] == [
        "First",
        "Second",
        "Across",
        "Beyond",
    ]


def test_a_part_is_a_speakers_or_awaits_one_and_not_both():
    session, speaker = make_session(), make_speaker()
    assert refused_by_the_database(make_participation, session, speaker, placeholder_en="Somebody")
    assert refused_by_the_database(make_participation, session, speaker, placeholder_vi="Ai đó")
    assert refused_by_the_database(make_participation, session, "")


def test_a_speaker_has_a_role_in_a_session_once():
    session, speaker = make_session(), make_speaker()
    make_participation(session, speaker, role="chair")
    assert refused_by_the_database(make_participation, session, speaker, role="chair")
    assert make_participation(session, speaker, role="keynote")


def test_any_number_of_people_may_be_awaited_in_one_role():
    session = make_session()
    for _ in range(3):
        make_participation(session, "Panellist, to be announced")
    assert session.participations.count() == 3


def test_a_room_or_speaker_that_is_needed_cannot_be_deleted():
    room, speaker = make_room(), make_speaker()
    make_session(room=room, parts=[("chair", speaker)])
    for row in (room, speaker):
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_session_takes_its_parts_and_links_along():
    session = make_session(parts=[("chair", make_speaker())], links=[("stream", "https://stream.example/")])
    session.delete()
    assert not Participation.objects.exists()
    assert not SessionLink.objects.exists()


@pytest.mark.parametrize("languages", [["xx"], ["en", "xx"], "en", [1], {"en": 1}])
def test_languages_are_a_list_from_those_there_are(languages):
    session = make_session()
    session.languages = languages
    with pytest.raises(ValidationError):
        session.full_clean()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org", "x"])
def test_a_link_leads_to_the_web_and_nowhere_else(url):
    link = SessionLink(session=make_session(), kind="stream", url=url)
    with pytest.raises(ValidationError) as refusal:
        link.full_clean()
    assert list(refusal.value.message_dict) == ["url"]


def test_a_new_session_is_a_draft():
    assert Session(title_en="x").status == "draft"


def test_a_conference_is_one_row(conference):
    conference.pk = 2
    assert refused_by_the_database(conference.save, force_insert=True)


def test_a_conference_does_not_end_before_it_starts(conference):
    conference.ends_on = december(6, 0).date()
    assert refused_by_the_database(conference.save)


def test_a_release_cannot_be_changed(published):
    release = Release.objects.get()
    release.note_en = "Something else"
    with pytest.raises(TypeError, match="publish a new one"):
        release.save()
    release.refresh_from_db()
    assert release.note_en == ""


def test_a_release_cannot_be_overwritten_by_another_of_its_number(published):
    release = Release.objects.get()
    other = Release(number=1, published_at=release.published_at, changes={}, document={})
    assert refused_by_the_database(other.save)
    release.refresh_from_db()
    assert release.document["sessions"]


def test_a_release_outlives_the_account_that_made_it(conference, django_user_model):
    organizer = django_user_model.objects.create(username="linh")
    publish_release(by=organizer)
    organizer.delete()
    assert Release.objects.get().published_by is None
