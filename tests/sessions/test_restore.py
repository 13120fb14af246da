"""Tests of republishing an earlier release and of restoring one as the draft."""

import datetime
import random

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from conference.models import Conference
from sessions.models import Participation, Release, Room, Session, SessionLink, Theme
from sessions.releases import current
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft, read_draft_document, republish_release, strip_revision_fields
from sessions.releases.restore import restore_release
from speakers.models import Picture, Speaker, SpeakerLink

from .. import factories
from ..threads import run_in_threads

DIGEST = "a" * 64

pytestmark = pytest.mark.django_db


@pytest.fixture
def opening(conference):
    """Publish a session and return it."""
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    factories.publish_release()
    return session


def get_release_as_draft(number):
    return strip_revision_fields(Release.objects.get(pk=number).document)


# Republishing


def test_republish_release_creates_next_release(opening):
    factories.update(opening, title_en="Grand opening")
    factories.publish_release()
    release = republish_release(1, note_en="As it was.", private_note="A slip.")
    assert (release.number, release.note_en, release.private_note) == (3, "As it was.", "A slip.")
    assert get_release_as_draft(3) == get_release_as_draft(1)


def test_republish_release_keeps_draft(opening):
    factories.update(opening, title_en="Grand opening")
    factories.publish_release()
    republish_release(1)
    assert Session.objects.get().title_en == "Grand opening"


def test_republish_release_current_release_raises(opening):
    with pytest.raises(NothingToPublishError):
        republish_release(1)


def test_republish_release_increases_sequence(opening):
    factories.update(opening, starts_at=factories.december(7, 17))
    factories.publish_release()
    republish_release(1)
    current.refresh()
    session = current.get_programme().session("opening")
    assert (session.starts_at, session.sequence, session.revised_in) == (factories.december(7, 18), 2, 3)


def test_republish_release_keeps_later_slugs_as_former(opening):
    factories.update(opening, slug="grand-opening")
    factories.publish_release()
    republish_release(1)
    current.refresh()
    assert current.get_programme().find_by_former_slug("sessions", "grand-opening").slug == "opening"


def test_publish_draft_returned_session_continues_sequence(opening):
    factories.update(opening, starts_at=factories.december(7, 17))
    factories.publish_release()
    factories.update(opening, status="draft")
    factories.publish_release()
    factories.make_session("Something else")
    factories.publish_release()
    factories.update(opening, status="confirmed")
    assert factories.publish_release().session("opening").sequence == 2


# Restoring


def edit_everything(session):
    """Change, replace or delete objects of every kind."""
    main, blue = Room.objects.order_by("order")
    one, four = Theme.objects.order_by("number")
    linh, ingrid = Speaker.objects.get(slug="nguyen-thi-linh"), Speaker.objects.get(slug="ingrid-ostby")
    factories.update(main, order=5, name_vi="")
    Room.objects.filter(pk=main.pk).update(slug="aside", name_en="Aside")
    factories.update(blue, slug="main-hall", name_en="Main Hall", capacity=None)
    Theme.objects.filter(pk=one.pk).update(number=9)
    factories.update(four, number=1, colour="rose")
    Speaker.objects.filter(pk=linh.pk).update(slug="aside")
    factories.update(ingrid, slug="nguyen-thi-linh", country="SE", biography_vi="Mới.")
    SpeakerLink.objects.all().delete()
    session.participations.all().delete()
    factories.make_participation(session, ingrid, role="chair", order=3)
    factories.make_participation(session, "To be announced", role="keynote", order=1)
    session.links.all().delete()
    session.themes.set([four])
    factories.update(
        session, slug="renamed", status="cancelled", room=None, languages=[], starts_at=factories.december(7, 17)
    )
    Session.objects.get(slug="exhibition").delete()
    Session.objects.filter(slug="field-visit").update(status="draft", slug="not-a-visit")
    Conference.objects.update(ends_on=datetime.date(2020, 12, 10), time_zone="Asia/Tokyo")
    new = factories.make_room("Later Room")
    factories.make_session(
        "Exhibition",
        room=new,
        themes=[factories.make_theme("Later theme")],
        parts=[("chair", factories.make_speaker())],
    )
    factories.make_session("Field visit", status="draft", room=new, slug="field-visit")


def test_restore_release_makes_draft_equal_to_release(published):
    edit_everything(Session.objects.get(slug="opening"))
    factories.publish_release()
    restore_release(1)
    assert read_draft_document() == get_release_as_draft(1)


def test_restore_release_can_be_undone(published):
    edit_everything(Session.objects.get(slug="opening"))
    factories.publish_release()
    restore_release(1)
    restore_release(2)
    assert read_draft_document() == get_release_as_draft(2)


def test_restore_release_without_changes_saves_no_history(published):
    before = Session.history.count() + Participation.history.count() + Room.history.count() + Speaker.history.count()
    restore_release(1)
    after = Session.history.count() + Participation.history.count() + Room.history.count() + Speaker.history.count()
    assert before == after


def test_restore_release_into_empty_tables_creates_all_rows(published):
    for model in (Participation, SessionLink, Session, SpeakerLink, Speaker, Room, Theme):
        model.objects.all().delete()
    restore_release(1)
    assert read_draft_document() == get_release_as_draft(1)


def test_restore_release_keeps_draft_sessions(published):
    before = Session.objects.filter(status="draft").values().get()
    edit_everything(Session.objects.get(slug="opening"))
    restore_release(1)
    assert Session.objects.filter(title_en="Secret talks").values().get() == before


def test_restore_release_later_session_becomes_draft(opening):
    later = factories.make_session("Later", slug="later")
    restore_release(1)
    later.refresh_from_db()
    assert later.status == "draft"


def test_restore_release_draft_with_conflicting_slug_gets_another(opening):
    factories.update(opening, slug="grand-opening")
    later = factories.make_session("Other", slug="opening", status="draft")
    restore_release(1)
    later.refresh_from_db()
    assert Session.objects.get(slug="opening").pk == opening.pk
    assert later.slug.startswith("opening-")


def test_restore_release_draft_in_deleted_room_has_none(opening):
    plan = factories.make_session("Plan", status="draft", room=factories.make_room("Later Room"))
    restore_release(1)
    plan.refresh_from_db()
    assert plan.room is None
    assert Room.objects.get().name_en == "Main Hall"


def test_restore_release_keeps_confirmation_of_speakers(opening):
    factories.make_participation(opening, factories.make_speaker("Linh"), role="chair", order=1)
    factories.publish_release()
    participation = Participation.objects.get()
    factories.update(participation, confirmed=True, role="moderator", online=True)
    restore_release(2)
    participation.refresh_from_db()
    assert (participation.role, participation.online, participation.confirmed) == ("chair", False, True)


def test_restore_release_keeps_private_fields(opening):
    room = Room.objects.get()
    factories.update(room, opens_at=datetime.time(9), name_en="Great Hall")
    restore_release(1)
    room.refresh_from_db()
    assert (room.name_en, room.opens_at) == ("Main Hall", datetime.time(9))


def test_restore_release_restores_outdated_translations_of_changed_texts(opening):
    factories.update(opening, title_en="Opening!", title_vi="Khai mạc", stale_translations=["title"])
    factories.publish_release()
    factories.update(opening, title_vi="Lễ khai mạc", stale_translations=[])
    restore_release(2)
    assert Session.objects.get().stale_translations == ["title"]


def test_restore_release_removes_marks_of_translations_that_were_current(opening):
    factories.update(opening, title_vi="Khai mạc", summary_en="Old", summary_vi="Cũ")
    factories.publish_release()
    factories.update(opening, title_en="Closing", stale_translations=["title", "summary"])
    restore_release(2)
    assert Session.objects.get().stale_translations == ["summary"]


def test_restore_release_deleted_speaker_keeps_gender_and_outdated_translations(conference):
    speaker = factories.make_speaker(
        "Linh", gender="woman", function_en="Chair", function_vi="Chủ tọa", stale_translations=["function"]
    )
    session = factories.make_session("Opening", parts=[("chair", speaker)])
    factories.publish_release()
    session.participations.all().delete()
    speaker.delete()
    losses = restore_release(1)
    restored = Speaker.objects.get()
    assert (restored.gender, restored.stale_translations) == ("woman", ["function"])
    assert losses == ["1 speaker was added to a session again. Please check whether the speaker has confirmed."]


def test_restore_release_deleted_speaker_without_history_names_the_loss(conference):
    speaker = factories.make_speaker("Linh", gender="woman")
    session = factories.make_session("Opening", parts=[("chair", speaker)])
    factories.publish_release()
    session.participations.all().delete()
    speaker.delete()
    Speaker.history.all().delete()
    assert "Linh" in restore_release(1)[0]
    assert Speaker.objects.get().gender == ""


def test_restore_release_deleted_room_keeps_its_hours(opening):
    factories.update(Room.objects.get(), opens_at=datetime.time(8))
    opening.refresh_from_db()
    factories.update(opening, room=None)
    Room.objects.get().delete()
    restore_release(1)
    assert Room.objects.get().opens_at == datetime.time(8)


def test_restore_release_restores_portrait(opening):
    files = [{"path": f"pictures/{DIGEST}/160.webp", "type": "image/webp", "width": 160, "height": 160}]
    speaker = factories.make_speaker(
        "Linh", portrait=Picture.objects.create(digest=DIGEST, files=files), portrait_alt_en="Linh"
    )
    factories.make_participation(opening, speaker, role="chair")
    factories.publish_release()
    factories.update(speaker, portrait=None, portrait_alt_en="")
    restore_release(2)
    speaker.refresh_from_db()
    assert (speaker.portrait.digest, speaker.portrait_alt_en) == (DIGEST, "Linh")


def test_restore_release_history_has_user_and_reason(opening):
    organizer = User.objects.create(username="linh")
    factories.update(opening, title_en="Grand opening")
    restore_release(1, by=organizer)
    last = opening.history.first()
    assert (last.title_en, last.history_user, last.history_change_reason) == (
        "Opening",
        organizer,
        "Restored to release 1.",
    )


def test_restore_release_unknown_number_raises(opening):
    with pytest.raises(Release.DoesNotExist):
        restore_release(7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_restore_release_after_random_edits_equals_release(published, seed):
    rng = random.Random(seed)
    for number in range(3):
        edit_randomly(rng)
        factories.update(Room.objects.order_by("pk").first(), capacity=number + 500)
        factories.publish_release()
    for number in rng.sample([1, 2, 3, 4], 4):
        edit_randomly(rng)
        restore_release(number)
        assert read_draft_document() == get_release_as_draft(number)


def edit_randomly(rng):
    """Make twelve random edits."""
    for _edit in range(12):
        session = rng.choice(list(Session.objects.order_by("title_en", "pk")))
        rng.choice(EDITS)(rng, session)


def edit_texts(rng, session):
    factories.update(session, title_en=f"Title {rng.random()}", summary_vi=rng.choice(["", "Tóm tắt"]))


def move(rng, session):
    start = factories.december(rng.choice([6, 7, 8, 9]), rng.randrange(8, 20))
    room = rng.choice([None, *Room.objects.order_by("name_en", "pk")])
    factories.update(session, starts_at=start, ends_at=start + datetime.timedelta(minutes=45), room=room)


def change_status(rng, session):
    factories.update(session, status=rng.choice(["draft", "tentative", "confirmed", "cancelled"]))


def replace_speakers(rng, session):
    session.participations.all().delete()
    for speaker in rng.sample(list(Speaker.objects.order_by("sort_name", "pk")), 2):
        factories.make_participation(session, speaker, role=rng.choice(["chair", "panellist"]), order=rng.randrange(5))
    factories.make_participation(session, "To be announced", order=rng.randrange(5))


def add_session(rng, session):
    room = factories.make_room(order=rng.randrange(4))
    speaker = factories.make_speaker(links=["https://speaker.example/"])
    factories.make_session(
        room=room, themes=[factories.make_theme()], parts=[("chair", speaker)], links=[("stream", "https://a.example/")]
    )


def delete_session(rng, session):
    session.delete()
    factories.make_session()


def swap_slugs(rng, session):
    """Give the slug of a session to another one."""
    other = Session.objects.exclude(pk=session.pk).order_by("title_en").first()
    slug = session.slug
    factories.update(session, slug=f"aside-{rng.randrange(10**9)}")
    factories.update(other, slug=slug)


def reorder_rooms(rng, session):
    for room in Room.objects.order_by("pk"):
        factories.update(room, order=rng.randrange(5), place_vi=rng.choice(["", "Tầng 2"]))


def replace_links(rng, session):
    session.links.all().delete()
    session.themes.set(rng.sample(list(Theme.objects.order_by("name_en", "pk")), 1))
    SessionLink.objects.create(session=session, kind="document", url=f"https://a.example/{rng.random()}")


def edit_speaker(rng, session):
    speaker = rng.choice(list(Speaker.objects.order_by("sort_name", "pk")))
    factories.update(speaker, country=rng.choice(["", "VN", "SE"]), slug=f"who-{rng.randrange(10**9)}")


EDITS = [
    edit_texts,
    move,
    change_status,
    replace_speakers,
    add_session,
    delete_session,
    swap_slugs,
    reorder_rooms,
    replace_links,
    edit_speaker,
]


# Concurrency


def make_two_releases():
    """Publish two releases that differ in two tables."""
    session = factories.make_session("Name 0", slug="session", parts=[("chair", "Name 0")])
    publish_draft()
    with transaction.atomic():
        factories.update(session, title_en="Name 1")
        Participation.objects.update(placeholder_en="Name 1")
    publish_draft()


def get_names(document):
    (session,) = document["sessions"]
    return session["title"]["en"], session["participations"][0]["placeholder"]["en"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_restore_release_concurrent_publishing_is_consistent(conference):
    make_two_releases()

    def restore_repeatedly():
        for number in (1, 2, 1, 2, 1):
            restore_release(number)

    def publish_often():
        for _time in range(10):
            try:
                publish_draft()
            except NothingToPublishError:
                continue

    assert run_in_threads(restore_repeatedly, publish_often, publish_often) == [None] * 3
    for release in Release.objects.all():
        assert get_names(release.document) in {("Name 0", "Name 0"), ("Name 1", "Name 1")}
    assert read_draft_document() == get_release_as_draft(1)
    assert [r.number for r in Release.objects.order_by("number")] == list(range(1, Release.objects.count() + 1))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_republish_release_concurrent_calls_make_one_release(conference):
    make_two_releases()
    results = run_in_threads(lambda: republish_release(1), lambda: republish_release(1))
    assert sorted(type(result).__name__ for result in results) == ["NothingToPublishError", "Release"]
    assert Release.objects.count() == 3
