import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from sessions.models import Participation, Release, Session, SessionLink

from ..factories import december, make_participation, make_room, make_session, make_speaker, make_theme, publish_release

pytestmark = pytest.mark.django_db


def violates_constraint(function, *args, **kwargs):
    with pytest.raises(IntegrityError), transaction.atomic():
        function(*args, **kwargs)
    return True


@pytest.mark.parametrize("ends_at", [december(7, 18), december(7, 17)])
def test_session_ending_before_its_start_violates_constraint(ends_at):
    assert violates_constraint(make_session, ends_at=ends_at)


def test_session_ending_at_its_start_fails_validation():
    session = make_session()
    session.ends_at = session.starts_at
    with pytest.raises(ValidationError, match="end must be after the start"):
        session.full_clean()


def test_session_slug_is_unique():
    make_session(slug="opening")
    assert violates_constraint(make_session, slug="opening")


def test_room_and_theme_names_are_unique():
    make_room("Main Hall")
    make_theme("Peace", number=1)
    assert violates_constraint(make_room, "Main Hall", slug="other")
    assert violates_constraint(make_theme, "Peace", slug="other")
    assert violates_constraint(make_theme, "Other", number=1)


def test_themes_are_ordered_by_number_then_without_number():
    make_theme("Across")
    make_theme("Second", number=2)
    make_theme("First", number=1)
    assert [theme.name_en for theme in type(make_theme("Beyond")).objects.all()] == [
        "First",
        "Second",
        "Across",
        "Beyond",
    ]


def test_participation_has_either_speaker_or_placeholder():
    session, speaker = make_session(), make_speaker()
    assert violates_constraint(make_participation, session, speaker, placeholder_en="Somebody")
    assert violates_constraint(make_participation, session, speaker, placeholder_vi="Ai đó")
    assert violates_constraint(make_participation, session, "")


def test_speaker_has_a_role_in_a_session_once():
    session, speaker = make_session(), make_speaker()
    make_participation(session, speaker, role="chair")
    assert violates_constraint(make_participation, session, speaker, role="chair")
    assert make_participation(session, speaker, role="keynote")


def test_session_allows_several_placeholders_in_one_role():
    session = make_session()
    for _ in range(3):
        make_participation(session, "Panellist, to be announced")
    assert session.participations.count() == 3


def test_room_or_speaker_of_a_session_is_protected():
    room, speaker = make_room(), make_speaker()
    make_session(room=room, parts=[("chair", speaker)])
    for row in (room, speaker):
        with pytest.raises(ProtectedError):
            row.delete()


def test_session_delete_deletes_participations_and_links():
    session = make_session(parts=[("chair", make_speaker())], links=[("stream", "https://stream.example/")])
    session.delete()
    assert not Participation.objects.exists()
    assert not SessionLink.objects.exists()


@pytest.mark.parametrize("languages", [["xx"], ["en", "xx"], "en", [1], {"en": 1}])
def test_session_with_invalid_languages_fails_validation(languages):
    session = make_session()
    session.languages = languages
    with pytest.raises(ValidationError):
        session.full_clean()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org", "x"])
def test_link_with_another_scheme_fails_validation(url):
    link = SessionLink(session=make_session(), kind="stream", url=url)
    with pytest.raises(ValidationError) as error:
        link.full_clean()
    assert list(error.value.message_dict) == ["url"]


def test_new_session_is_a_draft():
    assert Session(title_en="x").status == "draft"


def test_second_conference_violates_constraint(conference):
    conference.pk = 2
    assert violates_constraint(conference.save, force_insert=True)


def test_conference_ending_before_its_start_violates_constraint(conference):
    conference.ends_on = december(6, 0).date()
    assert violates_constraint(conference.save)


def test_release_save_after_insert_raises_type_error(published):
    release = Release.objects.get()
    release.note_en = "Something else"
    with pytest.raises(TypeError, match="publish a new one"):
        release.save()
    release.refresh_from_db()
    assert release.note_en == ""


def test_release_with_an_existing_number_violates_constraint(published):
    release = Release.objects.get()
    other = Release(number=1, published_at=release.published_at, changes={}, document={})
    assert violates_constraint(other.save)
    release.refresh_from_db()
    assert release.document["sessions"]


def test_release_remains_when_its_publisher_is_deleted(conference, django_user_model):
    organizer = django_user_model.objects.create(username="linh")
    publish_release(by=organizer)
    organizer.delete()
    assert Release.objects.get().published_by is None


def make_sessions_of_each_status():
    return {status: make_session(status=status) for status in Session.Status}


def test_public_excludes_drafts():
    sessions = make_sessions_of_each_status()
    assert set(Session.objects.public()) == set(sessions.values()) - {sessions[Session.Status.DRAFT]}


def test_active_excludes_cancelled_sessions():
    sessions = make_sessions_of_each_status()
    assert set(Session.objects.active()) == set(sessions.values()) - {sessions[Session.Status.CANCELLED]}


def test_attended_excludes_breaks_and_exhibitions():
    sessions = {kind: make_session(kind=kind) for kind in Session.Kind}
    assert {session.kind for session in Session.objects.attended()} == sessions.keys() - {"break", "exhibition"}


def test_upcoming_includes_a_session_that_starts_now():
    session = make_session(starts_at=december(7, 18))
    assert list(Session.objects.upcoming(december(7, 18))) == [session]
    assert not Session.objects.upcoming(december(7, 18, 1))


def test_with_unconfirmed_speakers_returns_each_active_session_once():
    session, cancelled, confirmed = make_session(), make_session(status="cancelled"), make_session()
    for _ in range(2):
        make_participation(session, make_speaker())
    make_participation(cancelled, make_speaker())
    make_participation(confirmed, make_speaker(), confirmed=True)
    make_participation(confirmed, "To be announced")
    assert list(Session.objects.with_unconfirmed_speakers()) == [session]


@pytest.mark.parametrize("status", Session.Status)
def test_session_status_properties_match_the_status(status):
    session = Session(status=status)
    properties = {"draft": session.is_draft, "tentative": session.is_tentative, "cancelled": session.is_cancelled}
    assert [name for name, value in properties.items() if value] == [status] * (status != Session.Status.CONFIRMED)
