"""Tests of the admin pages that publish, republish and restore releases."""

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
MALICIOUS = '"><img src=x onerror=1>'

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher_client(conference):
    return admin_client_for(make_organizer("Publishers"))


@pytest.fixture
def opening(conference):
    """Publish a session and return it."""
    session = factories.make_session("Opening", room=factories.make_room("Main Hall"))
    factories.publish_release()
    return session


def get_html(response):
    return " ".join(response.content.decode().split())


def get_token(response):
    return re.search(r'name="version" value="([0-9a-f]{64})"', get_html(response))[1]


def post_publish(publisher_client, token=None, **notes):
    """Submit the publish page, with the token of an earlier view if given."""
    return publisher_client.post(PUBLISH, {"version": token or get_token(publisher_client.get(PUBLISH))} | notes)


def test_publish_view_publishes_draft(publisher_client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    assert get_message_texts(post_publish(publisher_client)) == ["Release 2 was published."]
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Grand opening"


def test_publish_view_records_user_and_notes(conference):
    editor = make_organizer("Publishers")
    factories.make_session("Opening")
    post_publish(admin_client_for(editor), note_en="The first one.", note_vi="Bản đầu tiên.")
    release = Release.objects.get()
    assert (release.number, release.published_by, release.note_en, release.note_vi) == (
        1,
        editor,
        "The first one.",
        "Bản đầu tiên.",
    )


def test_publish_view_adds_log_entry(publisher_client):
    factories.make_session("Opening")
    post_publish(publisher_client)
    assert LogEntry.objects.get().object_repr == "Release 1"


def test_publish_view_get_publishes_nothing(publisher_client):
    factories.make_session("Opening")
    publisher_client.get(PUBLISH)
    assert not Release.objects.exists()


def test_publish_view_describes_changes(publisher_client, opening):
    opening.title_en, opening.status = "Grand opening", "cancelled"
    opening.ends_at, opening.room = factories.december(7, 20), factories.make_room("Blue Room")
    opening.save()
    factories.make_session("Workshop")
    page = get_html(publisher_client.get(PUBLISH))
    for text in (
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
        assert text in page, text


def test_publish_view_long_text_is_cut_to_difference(publisher_client, opening):
    opening.description_en = "x" * 3000 + " and the old end"
    opening.save()
    factories.publish_release()
    opening.description_en = "x" * 3000 + " and the new end"
    opening.save()
    page = get_html(publisher_client.get(PUBLISH))
    assert "x and the old end</del>" in page
    assert "x and the new end</ins>" in page
    assert "x" * 100 not in page


def test_publish_view_lists_removed_sessions(publisher_client, opening):
    Session.objects.all().delete()
    page = get_html(publisher_client.get(PUBLISH))
    assert "Removed sessions" in page


def test_publish_view_before_first_release_says_so(publisher_client):
    factories.make_session("Opening")
    assert "Nothing is published yet." in get_html(publisher_client.get(PUBLISH))


def test_publish_view_unchanged_draft_has_no_form(publisher_client, opening):
    page = get_html(publisher_client.get(PUBLISH))
    assert "Nothing has changed since the current release." in page
    assert 'name="version"' not in page


def test_publish_view_repeated_post_makes_one_release(publisher_client):
    factories.make_session("Opening")
    token = get_token(publisher_client.get(PUBLISH))
    assert get_message_texts(post_publish(publisher_client, token)) == ["Release 1 was published."]
    assert (
        get_message_texts(post_publish(publisher_client, token))[-1] == "Nothing has changed since the current release."
    )
    assert Release.objects.count() == 1


def test_publish_view_concurrent_edit_is_conflict(publisher_client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    token = get_token(publisher_client.get(PUBLISH))
    factories.make_session("Unfinished")
    response = post_publish(publisher_client, token, note_en="My note.")
    assert response.status_code == 409
    assert "the programme was changed after you opened the page" in get_html(response)
    assert "Unfinished" in get_html(response)
    assert "My note." in get_html(response)
    assert Release.objects.count() == 1


def test_publish_view_after_conflict_publishes_with_new_token(publisher_client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    token = get_token(publisher_client.get(PUBLISH))
    factories.make_session("Workshop")
    new_token = get_token(post_publish(publisher_client, token))
    assert get_message_texts(post_publish(publisher_client, new_token)) == ["Release 2 was published."]


def test_publish_view_concurrent_release_is_conflict(publisher_client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    token = get_token(publisher_client.get(PUBLISH))
    factories.publish_release()
    opening.title_en = "Grandest opening"
    opening.save()
    assert post_publish(publisher_client, token).status_code == 409
    assert Release.objects.count() == 2


@pytest.mark.parametrize("token", ["", "0" * 64, "x" * 10_000])
def test_publish_view_invalid_token_is_conflict(publisher_client, token):
    factories.make_session("Opening")
    assert publisher_client.post(PUBLISH, {"version": token}).status_code == 409
    assert not Release.objects.exists()


def test_publish_view_token_does_not_depend_on_time(publisher_client):
    factories.make_session("Opening")
    token = get_token(publisher_client.get(PUBLISH))
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
        assert get_message_texts(post_publish(publisher_client, token)) == ["Release 1 was published."]


def test_publish_view_long_note_publishes_nothing(publisher_client):
    factories.make_session("Opening")
    response = post_publish(publisher_client, note_en="x" * 1001)
    assert response.status_code == 200
    assert not Release.objects.exists()


@pytest.mark.parametrize("groups", [[], ["Programme editors"], ["Viewers"]])
def test_publish_view_without_permission_is_forbidden(conference, groups):
    factories.make_session("Opening")
    token = get_token(admin_client_for(make_organizer("Publishers")).get(PUBLISH))
    client = admin_client_for(make_organizer(*groups))
    assert client.get(PUBLISH).status_code == 403
    assert client.post(PUBLISH, {"version": token}).status_code == 403
    assert not Release.objects.exists()


def test_publish_view_anonymous_redirects_to_login(client, conference):
    assert client.get(PUBLISH).status_code == 302
    assert client.post(PUBLISH).status_code == 302


def test_publish_view_without_csrf_token_is_forbidden(conference):
    factories.make_session("Opening")
    client = admin_client_for(make_organizer("Publishers"), enforce_csrf_checks=True)
    assert client.post(PUBLISH, {"version": get_token(client.get(PUBLISH))}).status_code == 403
    assert not Release.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete"])
def test_publish_view_other_method_is_not_allowed(publisher_client, method):
    assert getattr(publisher_client, method)(PUBLISH).status_code == 405


def test_publish_view_without_conference_says_so():
    publisher_client = admin_client_for(make_superuser())
    assert "The programme cannot be published: the conference" in get_html(publisher_client.get(PUBLISH))
    assert publisher_client.post(PUBLISH, {"version": "x"}).status_code == 200
    assert publisher_client.get("/admin/").status_code == 200


def test_release_list_shows_number_of_unpublished_changes(publisher_client, opening):
    page = RELEASES
    assert "All changes are published." in get_html(publisher_client.get(page))
    factories.make_session("Workshop")
    opening.title_en = "Grand opening"
    opening.save()
    assert "2 changes to the programme are not published." in get_html(publisher_client.get(page))
    assert f'href="{PUBLISH}"' in get_html(publisher_client.get(page))


def test_unpublished_changes_are_hidden_without_permission(opening):
    factories.make_session("Workshop")
    assert "not published" not in get_html(admin_client_for(make_organizer("Communications")).get("/admin/"))


def test_publish_view_lists_changed_conference_dates(publisher_client, opening):
    Conference.objects.update(ends_on="2020-12-10")
    assert "<del>7 to 9 December 2020</del> <ins>7 to 10 December 2020</ins>" in get_html(publisher_client.get(PUBLISH))


def test_release_detail_describes_changes(publisher_client, opening):
    page = get_html(publisher_client.get(f"{RELEASES}1/change/"))
    assert "New sessions" in page
    assert "&quot;format&quot;" not in page
    assert "former_slugs" not in page


@pytest.mark.parametrize("page", ["add/", "1/delete/"])
def test_release_add_and_delete_are_forbidden(opening, page):
    publisher_client = admin_client_for(make_superuser())
    assert publisher_client.get(RELEASES + page).status_code == 403
    assert publisher_client.post(RELEASES + page, {"post": "yes"}).status_code == 403


def test_release_change_is_forbidden(opening):
    publisher_client = admin_client_for(make_superuser())
    assert publisher_client.post(f"{RELEASES}1/change/", {"note_en": "Rewritten"}).status_code == 403
    assert Release.objects.get().note_en == ""


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999999999", "x", "%C2%B2"])
def test_release_detail_unknown_number_redirects(publisher_client, opening, number):
    assert publisher_client.get(f"{RELEASES}{number}/change/", follow=True).status_code == 200


@pytest.mark.slow
def test_release_list_query_count_is_constant(publisher_client, opening):
    expected = count_queries(publisher_client, RELEASES)
    for number in range(4):
        opening.title_en = f"Opening {number}"
        opening.save()
        post_publish(publisher_client)
    assert count_queries(publisher_client, RELEASES) == expected


def test_publish_view_escapes_names(publisher_client, opening):
    opening.title_en = MALICIOUS
    opening.save()
    factories.make_session(
        MALICIOUS, slug="malicious", parts=[("chair", factories.make_speaker(MALICIOUS, slug="malicious"))]
    )
    page = get_html(publisher_client.get(PUBLISH))
    assert page.count(escape(MALICIOUS)) >= 3
    assert "<img src=x" not in page


def test_publish_view_vietnamese_url_is_vietnamese(publisher_client, opening):
    assert publisher_client.get(f"/vi{PUBLISH}").headers["Content-Language"] == "vi"


# Blocking issues


@pytest.fixture
def double_booked(opening):
    return factories.make_session("At the same hour", room=opening.room)


def test_publish_view_blocking_issue_asks_for_reason(publisher_client, double_booked):
    page = get_html(publisher_client.get(PUBLISH))
    assert "Some problems block publishing." in page
    assert f"/admin/programme/session/{double_booked.pk}/change/" in page
    assert 'name="override_reason"' in page


@pytest.mark.parametrize("reason", ["", "  "])
def test_publish_view_blocking_issue_without_reason_rejects_post(publisher_client, double_booked, reason):
    response = post_publish(publisher_client, override_reason=reason, note_en="Typed text")
    assert response.status_code == 409
    assert "Enter the reason, or fix the blocking problems." in response.text
    assert "Typed text" in response.text
    assert Release.objects.count() == 1


def test_publish_view_with_reason_publishes_and_keeps_it(publisher_client, client, double_booked):
    post_publish(publisher_client, override_reason="The hall is divided.", private_note="Asked by the ministry.")
    release = Release.objects.latest()
    assert release.number == 2
    for text in ("The hall is divided.", "are both in Main Hall", "Asked by the ministry."):
        assert text in release.private_note
    current.refresh()
    assert "The hall is divided." in get_html(publisher_client.get(f"{RELEASES}2/change/"))
    assert "The hall is divided." not in get_html(client.get("/programme/changes/2/"))


def test_publish_view_reason_without_blocking_issue_is_ignored(publisher_client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    post_publish(publisher_client, override_reason="No need")
    assert Release.objects.latest().private_note == ""


def test_private_note_is_shown_in_admin_only(publisher_client, client, opening):
    opening.title_en = "Grand opening"
    opening.save()
    post_publish(publisher_client, private_note="Asked by the ministry.")
    assert Release.objects.latest().private_note == "Asked by the ministry."
    current.refresh()
    assert "Asked by the ministry." in get_html(publisher_client.get(f"{RELEASES}2/change/"))
    assert "Asked by the ministry." not in get_html(client.get("/programme/changes/2/"))


# Republishing and restoring


REPUBLISH, RESTORE = f"{RELEASES}1/again/", f"{RELEASES}1/restore/"


@pytest.fixture
def renamed(opening):
    opening.title_en = "Grand opening"
    opening.save()
    factories.publish_release()
    return opening


@pytest.mark.parametrize("page", [REPUBLISH, RESTORE])
def test_republish_and_restore_views_get_only_previews(publisher_client, renamed, page):
    assert "<del>Grand opening</del> <ins>Opening</ins>" in get_html(publisher_client.get(page))
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Grand opening", 2)


def test_republish_view_publishes_earlier_release(publisher_client, renamed):
    assert f'href="{REPUBLISH}"' in get_html(publisher_client.get(f"{RELEASES}1/change/"))
    response = publisher_client.post(
        REPUBLISH, {"version": get_token(publisher_client.get(REPUBLISH)), "note_en": "As before."}
    )
    assert get_message_texts(response) == ["Release 3 was published."]
    current.refresh()
    assert str(current.get_programme().session("opening").title) == "Opening"


def test_restore_view_restores_draft(publisher_client, renamed):
    assert f'href="{RESTORE}"' in get_html(publisher_client.get(f"{RELEASES}1/change/"))
    response = publisher_client.post(RESTORE, {"version": get_token(publisher_client.get(RESTORE))})
    assert get_message_texts(response) == ["Release 1 was restored."]
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Opening", 2)


@pytest.mark.parametrize("page", [REPUBLISH, RESTORE])
def test_republish_and_restore_views_invalid_token_is_conflict(publisher_client, renamed, page):
    assert publisher_client.post(page, {"version": "0" * 64}).status_code == 409
    renamed.refresh_from_db()
    assert (renamed.title_en, Release.objects.count()) == ("Grand opening", 2)


def test_restore_view_concurrent_edit_is_conflict(publisher_client, renamed):
    token = get_token(publisher_client.get(RESTORE))
    renamed.title_en = "Grandest opening"
    renamed.save()
    assert publisher_client.post(RESTORE, {"version": token}).status_code == 409
    renamed.refresh_from_db()
    assert renamed.title_en == "Grandest opening"


def test_republish_view_concurrent_release_is_conflict(publisher_client, renamed):
    token = get_token(publisher_client.get(REPUBLISH))
    factories.make_session("Closing")
    factories.publish_release()
    assert publisher_client.post(REPUBLISH, {"version": token}).status_code == 409
    assert Release.objects.count() == 3


@pytest.mark.parametrize("page", ["again", "restore"])
@pytest.mark.parametrize("groups", [[], ["Programme editors"]])
def test_republish_and_restore_views_without_permission_are_forbidden(renamed, groups, page):
    client = admin_client_for(make_organizer(*groups))
    assert client.get(f"{RELEASES}1/{page}/").status_code == 403
    assert client.post(f"{RELEASES}1/{page}/", {"version": "x"}).status_code == 403
    assert Release.objects.count() == 2


@pytest.mark.parametrize("page", ["again", "restore"])
@pytest.mark.parametrize("number", ["3", "99999999999999999999999999"])
def test_republish_and_restore_views_unknown_release_is_not_found(publisher_client, renamed, page, number):
    assert publisher_client.get(f"{RELEASES}{number}/{page}/").status_code == 404


@pytest.mark.parametrize("page", ["again", "restore"])
def test_republish_and_restore_views_without_changes_have_no_form(publisher_client, opening, page):
    assert 'name="version"' not in get_html(publisher_client.get(f"{RELEASES}1/{page}/"))


@pytest.mark.parametrize("page", [REPUBLISH, RESTORE])
def test_republish_and_restore_views_unsupported_format_says_so(publisher_client, renamed, page):
    first = Release.objects.get(number=1)
    Release.objects.filter(number=1).update(document=first.document | {"format": 3})
    assert "cannot read this release" in get_html(publisher_client.get(page))
    assert publisher_client.post(page, {"version": "x"}).status_code < 500
    assert Release.objects.count() == 2


# Unpublished changes


def test_count_unpublished_changes_is_cached_until_an_edit(opening, django_assert_num_queries):
    user = make_organizer(is_superuser=True)
    assert count_unpublished_changes(user) == 0
    with django_assert_num_queries(1):
        assert count_unpublished_changes(user) == 0
    opening.title_en = "Grand opening"
    opening.save()
    assert count_unpublished_changes(user) == 1
    factories.publish_release()
    assert count_unpublished_changes(user) == 0


def test_count_unpublished_changes_late_commit_is_counted(opening):
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
