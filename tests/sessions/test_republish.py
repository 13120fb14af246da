"""Undo: an earlier release published again, and the editing tables set back to one."""

import datetime
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction

from conference.models import Conference
from sessions.models import Participation, Release, Room, Session, SessionLink, Theme
from sessions.releases import current
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft, read_draft_document, republish_release, strip_revision_fields
from sessions.releases.restore import restore_release
from speakers.models import Picture, Speaker, SpeakerLink

from .. import factories

DIGEST = "a" * 64

pytestmark = pytest.mark.django_db


@pytest.fixture
def opening(conference):
    """Published as it is."""
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    factories.publish_release()
    return session


def change(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def told(number):
    return strip_revision_fields(Release.objects.get(pk=number).document)


# Publishing again


def test_an_older_programme_is_published_again_under_a_new_number(opening):
    change(opening, title_en="Grand opening")
    factories.publish_release()
    release = republish_release(1, note_en="As it was.", private_note="A slip.")
    assert (release.number, release.note_en, release.private_note) == (3, "As it was.", "A slip.")
    assert told(3) == told(1)


def test_publishing_again_leaves_the_draft_as_it_is(opening):
    change(opening, title_en="Grand opening")
    factories.publish_release()
    republish_release(1)
    assert Session.objects.get().title_en == "Grand opening"


def test_what_everybody_sees_already_is_not_published_again(opening):
    with pytest.raises(NothingToPublishError):
        republish_release(1)


def test_publishing_again_goes_on_counting_sequences(opening):
    change(opening, starts_at=factories.december(7, 17))
    factories.publish_release()
    republish_release(1)
    current.refresh()
    session = current.get_programme().session("opening")
    assert (session.starts_at, session.sequence, session.revised_in) == (factories.december(7, 18), 2, 3)


def test_publishing_again_keeps_addresses_that_came_since(opening):
    change(opening, slug="grand-opening")
    factories.publish_release()
    republish_release(1)
    current.refresh()
    assert current.get_programme().find_by_former_slug("sessions", "grand-opening").slug == "opening"


def test_a_session_that_comes_back_goes_on_from_its_sequence(opening):
    change(opening, starts_at=factories.december(7, 17))
    factories.publish_release()
    change(opening, status="draft")
    factories.publish_release()
    factories.make_session("Something else")
    factories.publish_release()
    change(opening, status="confirmed")
    assert factories.publish_release().session("opening").sequence == 2


# Setting back


def everything(session):
    """Change, replace or remove something of every kind."""
    main, blue = Room.objects.order_by("order")
    one, four = Theme.objects.order_by("number")
    linh, ingrid = Speaker.objects.get(slug="nguyen-thi-linh"), Speaker.objects.get(slug="ingrid-ostby")
    change(main, order=5, name_vi="")
    Room.objects.filter(pk=main.pk).update(slug="aside", name_en="Aside")
    change(blue, slug="main-hall", name_en="Main Hall", capacity=None)
    Theme.objects.filter(pk=one.pk).update(number=9)
    change(four, number=1, colour="rose")
    Speaker.objects.filter(pk=linh.pk).update(slug="aside")
    change(ingrid, slug="nguyen-thi-linh", country="SE", biography_vi="Mới.")
    SpeakerLink.objects.all().delete()
    session.participations.all().delete()
    factories.make_participation(session, ingrid, role="chair", order=3)
    factories.make_participation(session, "Somebody else", role="keynote", order=1)
    session.links.all().delete()
    session.themes.set([four])
    change(session, slug="renamed", status="cancelled", room=None, languages=[], starts_at=factories.december(7, 17))
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


def test_after_setting_back_the_draft_is_that_release(published):
    everything(Session.objects.get(slug="opening"))
    factories.publish_release()
    restore_release(1)
    assert read_draft_document() == told(1)


def test_what_was_set_back_can_be_set_forth_again(published):
    everything(Session.objects.get(slug="opening"))
    factories.publish_release()
    restore_release(1)
    restore_release(2)
    assert read_draft_document() == told(2)


def test_setting_back_to_what_is_there_saves_nothing(published):
    before = Session.history.count() + Participation.history.count() + Room.history.count() + Speaker.history.count()
    restore_release(1)
    after = Session.history.count() + Participation.history.count() + Room.history.count() + Speaker.history.count()
    assert before == after


def test_into_empty_tables_everything_comes_back(published):
    for model in (Participation, SessionLink, Session, SpeakerLink, Speaker, Room, Theme):
        model.objects.all().delete()
    restore_release(1)
    assert read_draft_document() == told(1)


def test_a_draft_that_was_never_published_stays(published):
    before = Session.objects.filter(status="draft").values().get()
    everything(Session.objects.get(slug="opening"))
    restore_release(1)
    assert Session.objects.filter(title_en="Secret talks").values().get() == before


def test_a_session_that_came_later_becomes_a_draft(opening):
    later = factories.make_session("Later", slug="later")
    restore_release(1)
    later.refresh_from_db()
    assert later.status == "draft"


def test_a_later_draft_gives_an_address_back_that_the_release_needs(opening):
    change(opening, slug="grand-opening")
    later = factories.make_session("Other", slug="opening", status="draft")
    restore_release(1)
    later.refresh_from_db()
    assert Session.objects.get(slug="opening").pk == opening.pk
    assert later.slug.startswith("opening-")


def test_a_draft_planned_in_a_room_that_goes_has_none(opening):
    plan = factories.make_session("Plan", status="draft", room=factories.make_room("Later Room"))
    restore_release(1)
    plan.refresh_from_db()
    assert plan.room is None
    assert Room.objects.get().name_en == "Main Hall"


def test_who_has_agreed_to_speak_has_still_agreed(opening):
    factories.make_participation(opening, factories.make_speaker("Linh"), role="chair", order=1)
    factories.publish_release()
    part = Participation.objects.get()
    change(part, confirmed=True, role="moderator", online=True)
    restore_release(2)
    part.refresh_from_db()
    assert (part.role, part.online, part.confirmed) == ("chair", False, True)


def test_private_columns_are_kept(opening):
    room = Room.objects.get()
    change(room, opens_at=datetime.time(9), name_en="Great Hall")
    restore_release(1)
    room.refresh_from_db()
    assert (room.name_en, room.opens_at) == ("Main Hall", datetime.time(9))


def test_a_portrait_comes_back(opening):
    files = [{"path": f"pictures/{DIGEST}/160.webp", "type": "image/webp", "width": 160, "height": 160}]
    speaker = factories.make_speaker(
        "Linh", portrait=Picture.objects.create(digest=DIGEST, files=files), portrait_alt_en="Linh"
    )
    factories.make_participation(opening, speaker, role="chair")
    factories.publish_release()
    change(speaker, portrait=None, portrait_alt_en="")
    restore_release(2)
    speaker.refresh_from_db()
    assert (speaker.portrait.digest, speaker.portrait_alt_en) == (DIGEST, "Linh")


def test_history_says_who_set_it_back_and_to_what(opening):
    organizer = User.objects.create(username="linh")
    change(opening, title_en="Grand opening")
    restore_release(1, by=organizer)
    last = opening.history.first()
    assert (last.title_en, last.history_user, last.history_change_reason) == (
        "Opening",
        organizer,
        "Restored to release 1.",
    )


def test_a_release_that_is_not_there_sets_nothing_back(opening):
    with pytest.raises(Release.DoesNotExist):
        restore_release(7)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_was_edited_setting_back_gives_the_release(published, seed):
    chance = random.Random(seed)
    for number in range(3):
        scramble(chance)
        change(Room.objects.order_by("pk").first(), capacity=number + 500)
        factories.publish_release()
    for number in chance.sample([1, 2, 3, 4], 4):
        scramble(chance)
        restore_release(number)
        assert read_draft_document() == told(number)


def scramble(chance):
    """A dozen edits of every kind, by chance."""
    for _edit in range(12):
        session = chance.choice(list(Session.objects.order_by("title_en", "pk")))
        chance.choice(EDITS)(chance, session)


def _renamed(chance, session):
    change(session, title_en=f"Title {chance.random()}", summary_vi=chance.choice(["", "Tóm tắt"]))


def _moved(chance, session):
    start = factories.december(chance.choice([6, 7, 8, 9]), chance.randrange(8, 20))
    room = chance.choice([None, *Room.objects.order_by("name_en", "pk")])
    change(session, starts_at=start, ends_at=start + datetime.timedelta(minutes=45), room=room)


def _restated(chance, session):
    change(session, status=chance.choice(["draft", "tentative", "confirmed", "cancelled"]))


def _recast(chance, session):
    session.participations.all().delete()
    for speaker in chance.sample(list(Speaker.objects.order_by("sort_name", "pk")), 2):
        factories.make_participation(
            session, speaker, role=chance.choice(["chair", "panellist"]), order=chance.randrange(5)
        )
    factories.make_participation(session, "Awaited", order=chance.randrange(5))


def _added(chance, session):
    room = factories.make_room(order=chance.randrange(4))
    speaker = factories.make_speaker(links=["https://speaker.example/"])
    factories.make_session(
        room=room, themes=[factories.make_theme()], parts=[("chair", speaker)], links=[("stream", "https://a.example/")]
    )


def _deleted(chance, session):
    session.delete()
    factories.make_session()


def _swapped(chance, session):
    """Its address goes to another session."""
    other = Session.objects.exclude(pk=session.pk).order_by("title_en").first()
    slug = session.slug
    change(session, slug=f"aside-{chance.randrange(10**9)}")
    change(other, slug=slug)


def _reordered(chance, session):
    for room in Room.objects.order_by("pk"):
        change(room, order=chance.randrange(5), place_vi=chance.choice(["", "Tầng 2"]))


def _relinked(chance, session):
    session.links.all().delete()
    session.themes.set(chance.sample(list(Theme.objects.order_by("name_en", "pk")), 1))
    SessionLink.objects.create(session=session, kind="document", url=f"https://a.example/{chance.random()}")


def _requalified(chance, session):
    speaker = chance.choice(list(Speaker.objects.order_by("sort_name", "pk")))
    change(speaker, country=chance.choice(["", "VN", "SE"]), slug=f"who-{chance.randrange(10**9)}")


EDITS = [_renamed, _moved, _restated, _recast, _added, _deleted, _swapped, _reordered, _relinked, _requalified]


# At once


def in_threads(*jobs):
    """Run all at the same moment, each with a connection of its own; what each returned or raised."""
    together = threading.Barrier(len(jobs))

    def run(job):
        together.wait(timeout=10)
        try:
            return job()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def two_releases():
    """Of which the second has other names in two tables."""
    session = factories.make_session("Name 0", slug="session", parts=[("chair", "Name 0")])
    publish_draft()
    with transaction.atomic():
        change(session, title_en="Name 1")
        Participation.objects.update(placeholder_en="Name 1")
    publish_draft()


def names(document):
    (session,) = document["sessions"]
    return session["title"]["en"], session["participations"][0]["placeholder"]["en"]


@pytest.mark.django_db(transaction=True)
def test_setting_back_while_others_publish_mixes_nothing(conference):
    two_releases()

    def set_back_and_forth():
        for number in (1, 2, 1, 2, 1):
            restore_release(number)

    def publish_often():
        for _time in range(10):
            try:
                publish_draft()
            except NothingToPublishError:
                continue

    assert in_threads(set_back_and_forth, publish_often, publish_often) == [None] * 3
    for release in Release.objects.all():
        assert names(release.document) in {("Name 0", "Name 0"), ("Name 1", "Name 1")}
    assert read_draft_document() == told(1)
    assert [r.number for r in Release.objects.order_by("number")] == list(range(1, Release.objects.count() + 1))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_the_same_again_one_does(conference):
    two_releases()
    results = in_threads(lambda: republish_release(1), lambda: republish_release(1))
    assert sorted(type(result).__name__ for result in results) == ["NothingToPublish", "Release"]
    assert Release.objects.count() == 3
