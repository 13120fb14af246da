"""Publishing at the organizers' desk."""

import datetime
import re

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from django.utils.html import escape

from conference.models import Conference
from sessions.models import Release, Session
from sessions.releases import current
from sessions.releases.preview import count_unpublished_changes

from .. import factories
from ..users import admin_client_for, count_queries, get_message_texts, make_organizer, make_superuser

PUBLISH, RELEASES = "/admin/programme/release/publish/", "/admin/programme/release/"
HOSTILE = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_organizer("Publishers"))


@pytest.fixture
def opening(conference):
    """Published as it is."""
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    factories.publish_release()
    return session


def shown(response):
    return response.content.decode()


def digest(response):
    return re.search(r'name="digest" value="([0-9a-f]{64})"', shown(response))[1]


def press_publish(desk, seen=None, **notes):
    """Look at the page, unless somebody has looked before, and press the button."""
    return desk.post(PUBLISH, {"digest": seen or digest(desk.get(PUBLISH))} | notes)


def test_what_is_published_is_what_everybody_reads(desk, opening):
    opening.title_en = "Grand opening"
    opening.save()
    assert get_message_texts(press_publish(desk)) == ["Release 2 was published."]
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Grand opening"


def test_a_release_keeps_who_made_it_and_why(conference):
    editor = make_organizer("Publishers")
    factories.make_session("Opening")
    press_publish(admin_client_for(editor), note_en="The first one.", note_vi="Bản đầu tiên.")
    release = Release.objects.get()
    assert (release.number, release.published_by, release.note_en, release.note_vi) == (
        1,
        editor,
        "The first one.",
        "Bản đầu tiên.",
    )


def test_publishing_stands_in_the_desks_own_log(desk):
    factories.make_session("Opening")
    press_publish(desk)
    assert LogEntry.objects.get().object_repr == "Release 1"


def test_looking_publishes_nothing(desk):
    factories.make_session("Opening")
    desk.get(PUBLISH)
    assert not Release.objects.exists()


def test_the_page_says_in_words_what_changes(desk, opening):
    opening.title_en, opening.status = "Grand opening", "cancelled"
    opening.ends_at, opening.room = factories.december(7, 20), factories.make_room("Blue Room")
    opening.save()
    factories.make_session("Workshop")
    page = shown(desk.get(PUBLISH))
    for words in (
        "Release 1 is public now.",
        "New sessions",
        "Workshop",
        "<del>Opening</del> <ins>Grand opening</ins>",
        "<del>Confirmed</del> <ins>Cancelled</ins>",
        "<del>7 December 2020, 18:00–19:30</del> <ins>7 December 2020, 18:00–20:00</ins>",
        "<del>Main Hall</del> <ins>Blue Room</ins>",
        "New rooms",
        '<strong class="verb">Cancelled</strong> <strong class="verb">New time</strong>',
    ):
        assert words in page, words


def test_a_long_text_is_shown_from_about_where_it_differs(desk, opening):
    opening.description_en = "x" * 3000 + " and the old end"
    opening.save()
    factories.publish_release()
    opening.description_en = "x" * 3000 + " and the new end"
    opening.save()
    page = shown(desk.get(PUBLISH))
    assert "x and the old end</del>" in page
    assert "x and the new end</ins>" in page
    assert "x" * 100 not in page


def test_what_is_taken_out_is_said(desk, opening):
    Session.objects.all().delete()
    page = shown(desk.get(PUBLISH))
    assert "Removed sessions" in page


def test_before_the_first_release_the_page_says_so(desk):
    factories.make_session("Opening")
    assert "Nothing is published yet." in shown(desk.get(PUBLISH))


def test_with_nothing_changed_there_is_nothing_to_press(desk, opening):
    page = shown(desk.get(PUBLISH))
    assert "Nothing has changed since the current release." in page
    assert "digest" not in page


def test_pressing_twice_makes_one_release(desk):
    factories.make_session("Opening")
    seen = digest(desk.get(PUBLISH))
    assert get_message_texts(press_publish(desk, seen)) == ["Release 1 was published."]
    assert get_message_texts(press_publish(desk, seen))[-1] == "Nothing has changed since the current release."
    assert Release.objects.count() == 1


def test_a_colleagues_half_made_edit_is_not_published_unseen(desk, opening):
    opening.title_en = "Grand opening"
    opening.save()
    seen = digest(desk.get(PUBLISH))
    factories.make_session("Half-made")
    response = press_publish(desk, seen, note_en="My note.")
    assert response.status_code == 409
    assert "the programme was changed after you opened the page" in shown(response)
    assert "Half-made" in shown(response)
    assert "My note." in shown(response)
    assert Release.objects.count() == 1


def test_after_looking_again_it_is_published(desk, opening):
    opening.title_en = "Grand opening"
    opening.save()
    seen = digest(desk.get(PUBLISH))
    factories.make_session("Workshop")
    seen_again = digest(press_publish(desk, seen))
    assert get_message_texts(press_publish(desk, seen_again)) == ["Release 2 was published."]


def test_a_release_that_a_colleague_made_meanwhile_is_not_published_over(desk, opening):
    opening.title_en = "Grand opening"
    opening.save()
    seen = digest(desk.get(PUBLISH))
    factories.publish_release()
    opening.title_en = "Grandest opening"
    opening.save()
    assert press_publish(desk, seen).status_code == 409
    assert Release.objects.count() == 2


@pytest.mark.parametrize("seen", ["", "0" * 64, "x" * 10_000])
def test_what_nobody_has_looked_at_is_not_published(desk, seen):
    factories.make_session("Opening")
    assert desk.post(PUBLISH, {"digest": seen}).status_code == 409
    assert not Release.objects.exists()


def test_time_passing_is_no_change(desk):
    factories.make_session("Opening")
    seen = digest(desk.get(PUBLISH))
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
        assert get_message_texts(press_publish(desk, seen)) == ["Release 1 was published."]


def test_a_note_that_is_too_long_publishes_nothing(desk):
    factories.make_session("Opening")
    response = press_publish(desk, note_en="x" * 1001)
    assert response.status_code == 200
    assert not Release.objects.exists()


@pytest.mark.parametrize("groups", [[], ["Programme editors"], ["Communications"], ["Registrars"], ["Viewers"]])
def test_who_may_not_publish_can_neither_look_nor_press(conference, groups):
    factories.make_session("Opening")
    seen = digest(admin_client_for(make_organizer("Publishers")).get(PUBLISH))
    client = admin_client_for(make_organizer(*groups))
    assert client.get(PUBLISH).status_code == 403
    assert client.post(PUBLISH, {"digest": seen}).status_code == 403
    assert not Release.objects.exists()


def test_a_visitor_is_asked_to_sign_in(client, conference):
    assert client.get(PUBLISH).status_code == 302
    assert client.post(PUBLISH).status_code == 302


def test_a_form_from_elsewhere_publishes_nothing(conference):
    factories.make_session("Opening")
    client = admin_client_for(make_organizer("Publishers"), enforce_csrf_checks=True)
    assert client.post(PUBLISH, {"digest": digest(client.get(PUBLISH))}).status_code == 403
    assert not Release.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(desk, method):
    assert getattr(desk, method)(PUBLISH).status_code == 405


def test_without_a_conference_there_is_nothing_to_publish():
    desk = admin_client_for(make_superuser())
    assert "The programme cannot be published: the conference" in shown(desk.get(PUBLISH))
    assert desk.post(PUBLISH, {"digest": "x"}).status_code == 200
    assert desk.get("/admin/").status_code == 200


def test_what_waits_is_counted_above_the_releases(desk, opening):
    page = RELEASES
    assert "All changes are published." in shown(desk.get(page))
    factories.make_session("Workshop")
    opening.title_en = "Grand opening"
    opening.save()
    assert "2 changes to the programme are not published." in shown(desk.get(page))
    assert f'href="{PUBLISH}"' in shown(desk.get(page))


def test_what_waits_is_no_concern_of_other_groups(opening):
    factories.make_session("Workshop")
    assert "not published yet" not in shown(admin_client_for(make_organizer("Communications")).get("/admin/"))


def test_the_conferences_dates_wait_too(desk, opening):
    Conference.objects.update(ends_on="2020-12-10")
    assert "Last day" in shown(desk.get(PUBLISH))


def test_a_release_is_read_in_words_and_not_as_data(desk, opening):
    page = shown(desk.get(f"{RELEASES}1/change/"))
    assert "New sessions" in page
    assert "&quot;format&quot;" not in page
    assert "former_slugs" not in page


@pytest.mark.parametrize("page", ["add/", "1/delete/"])
def test_a_release_is_neither_added_nor_deleted_by_hand(opening, page):
    desk = admin_client_for(make_superuser())
    assert desk.get(RELEASES + page).status_code == 403
    assert desk.post(RELEASES + page, {"post": "yes"}).status_code == 403


def test_a_release_is_not_changed_by_hand(opening):
    desk = admin_client_for(make_superuser())
    assert desk.post(f"{RELEASES}1/change/", {"note_en": "Rewritten"}).status_code == 403
    assert Release.objects.get().note_en == ""


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999999999", "x", "%C2%B2"])
def test_a_release_that_is_not_there_is_no_error(desk, opening, number):
    assert desk.get(f"{RELEASES}{number}/change/", follow=True).status_code == 200


def test_the_list_of_releases_asks_as_often_for_five_as_for_one(desk, opening):
    for_one = count_queries(desk, RELEASES)
    for number in range(4):
        opening.title_en = f"Opening {number}"
        opening.save()
        press_publish(desk)
    assert count_queries(desk, RELEASES) == for_one


def test_hostile_names_are_text_in_what_changes(desk, opening):
    opening.title_en = HOSTILE
    opening.save()
    factories.make_session(HOSTILE, slug="hostile", parts=[("chair", factories.make_speaker(HOSTILE, slug="hostile"))])
    page = shown(desk.get(PUBLISH))
    assert page.count(escape(HOSTILE)) >= 3
    assert "<img src=x" not in page


def test_the_page_speaks_vietnamese_at_its_vietnamese_address(desk, opening):
    assert desk.get(f"/vi{PUBLISH}").headers["Content-Language"] == "vi"


# What keeps it from being published


@pytest.fixture
def double_booked(opening):
    return factories.make_session("At the same hour", room=opening.room)


def test_what_prevents_publishing_is_shown_and_nothing_is_there_to_press(desk, double_booked):
    page = shown(desk.get(PUBLISH))
    assert "The programme cannot be published yet." in page
    assert f"/admin/programme/session/{double_booked.pk}/change/" in page
    assert 'type="submit" class="default"' not in page


def test_what_prevents_publishing_also_stops_a_direct_post(desk, double_booked):
    assert press_publish(desk).status_code == 409
    assert Release.objects.count() == 1


def test_a_private_note_is_for_the_desk_alone(desk, client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    press_publish(desk, private_note="Asked by the ministry.")
    assert Release.objects.latest().private_note == "Asked by the ministry."
    current.refresh()
    assert "Asked by the ministry." in shown(desk.get(f"{RELEASES}2/change/"))
    assert "Asked by the ministry." not in shown(client.get("/programme/changes/2/"))


# Undo


AGAIN, RESTORE = f"{RELEASES}1/again/", f"{RELEASES}1/restore/"


@pytest.fixture
def renamed(opening):
    opening.title_en = "Grand opening"
    opening.save()
    factories.publish_release()
    return opening


@pytest.mark.parametrize("page", [AGAIN, RESTORE])
def test_before_an_undo_the_page_says_what_it_changes_and_changes_nothing(desk, renamed, page):
    assert "<del>Grand opening</del> <ins>Opening</ins>" in shown(desk.get(page))
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Grand opening", 2)


def test_an_earlier_release_is_published_again_from_its_page(desk, renamed):
    assert f'href="{AGAIN}"' in shown(desk.get(f"{RELEASES}1/change/"))
    response = desk.post(AGAIN, {"digest": digest(desk.get(AGAIN)), "note_en": "As before."})
    assert get_message_texts(response) == ["Release 3 was published."]
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"


def test_the_tables_are_set_back_from_a_releases_page(desk, renamed):
    assert f'href="{RESTORE}"' in shown(desk.get(f"{RELEASES}1/change/"))
    response = desk.post(RESTORE, {"digest": digest(desk.get(RESTORE))})
    assert get_message_texts(response) == ["Release 1 was restored."]
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Opening", 2)


@pytest.mark.parametrize("page", [AGAIN, RESTORE])
def test_an_undo_that_nobody_has_looked_at_is_refused(desk, renamed, page):
    assert desk.post(page, {"digest": "0" * 64}).status_code == 409
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Grand opening", 2)


def test_a_colleagues_edit_is_not_undone_unseen(desk, renamed):
    seen = digest(desk.get(RESTORE))
    renamed.title_en = "Grandest opening"
    renamed.save()
    assert desk.post(RESTORE, {"digest": seen}).status_code == 409
    renamed.refresh_from_db()
    assert renamed.title_en == "Grandest opening"


def test_a_release_published_meanwhile_is_not_undone_unseen(desk, renamed):
    seen = digest(desk.get(AGAIN))
    factories.make_session("Closing")
    factories.publish_release()
    assert desk.post(AGAIN, {"digest": seen}).status_code == 409
    assert Release.objects.count() == 3


@pytest.mark.parametrize("page", ["again", "restore"])
@pytest.mark.parametrize("groups", [[], ["Programme editors"], ["Communications"], ["Viewers"]])
def test_who_may_not_publish_may_not_undo(renamed, groups, page):
    client = admin_client_for(make_organizer(*groups))
    assert client.get(f"{RELEASES}1/{page}/").status_code == 403
    assert client.post(f"{RELEASES}1/{page}/", {"digest": "x"}).status_code == 403
    assert Release.objects.count() == 2


@pytest.mark.parametrize("page", ["again", "restore"])
@pytest.mark.parametrize("number", ["3", "99999999999999999999999999"])
def test_what_was_never_published_cannot_be_gone_back_to(desk, renamed, page, number):
    assert desk.get(f"{RELEASES}{number}/{page}/").status_code == 404


@pytest.mark.parametrize("page", ["again", "restore"])
def test_where_nothing_differs_there_is_nothing_to_undo(desk, opening, page):
    assert "digest" not in shown(desk.get(f"{RELEASES}1/{page}/"))


@pytest.mark.parametrize("page", [AGAIN, RESTORE])
def test_a_release_of_another_format_is_said_to_be_unreadable(desk, renamed, page):
    first = Release.objects.get(number=1)
    Release.objects.filter(number=1).update(document=first.document | {"format": 2})
    assert "cannot read this release" in shown(desk.get(page))
    assert desk.post(page, {"digest": "x"}).status_code < 500
    assert Release.objects.count() == 2


# How much waits


def test_what_waits_is_counted_anew_only_after_an_edit(opening, django_assert_num_queries):
    user = make_organizer(is_superuser=True)
    assert count_unpublished_changes(user) == 0
    with django_assert_num_queries(1):
        assert count_unpublished_changes(user) == 0
    opening.title_en = "Grand opening"
    opening.save()
    assert count_unpublished_changes(user) == 1
    factories.publish_release()
    assert count_unpublished_changes(user) == 0


def test_an_edit_that_was_begun_earlier_and_committed_later_is_counted(opening):
    user = make_organizer(is_superuser=True)
    opening.title_en = "Grand opening"
    opening.save()
    late = opening.history.first()
    Session.objects.update(title_en="Opening")
    late.delete()
    factories.make_session("Closing")
    assert count_unpublished_changes(user) == 1
    Session.objects.filter(pk=opening.pk).update(title_en="Grand opening")
    late.save(force_insert=True)
    assert count_unpublished_changes(user) == 2
