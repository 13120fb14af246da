"""The list of sessions: narrowed by day, edited where it stands, several sessions changed at once, one made again."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.utils.html import escape

from sessions.models import Session

from .. import factories
from ..users import admin_client_for, count_queries, empty_formsets, make_organizer, make_superuser

SESSIONS = "/admin/programme/session/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(conference):
    return admin_client_for(make_superuser())


@pytest.fixture
def viewer(conference):
    user = make_organizer()
    user.user_permissions.set(Permission.objects.filter(codename="view_session"))
    return admin_client_for(user)


def shown(response):
    return response.content.decode()


def titles(response):
    return [str(row) for row in response.context["cl"].queryset]


def hidden(page, name):
    """The value of a hidden input."""
    return re.search(f'name="{name}" value="([^"]*)"', page).group(1)


# Reading


def test_the_list_goes_by_day_and_time_and_is_narrowed_to_a_day(desk):
    factories.make_session("Late", starts_at=factories.december(8, 19), ends_at=factories.december(8, 20))
    factories.make_session(
        "Just after midnight", starts_at=factories.december(8, 0, 30), ends_at=factories.december(8, 1)
    )
    factories.make_session("The day before")
    assert titles(desk.get(SESSIONS)) == ["The day before", "Just after midnight", "Late"]
    assert titles(desk.get(SESSIONS, {"day": "2020-12-08"})) == ["Just after midnight", "Late"]


@pytest.mark.parametrize("day", ["x", "2020-02-30", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_has_no_sessions(desk, day):
    factories.make_session()
    assert titles(desk.get(SESSIONS, {"day": day})) == []


def test_the_list_is_narrowed_to_sessions_whose_speakers_have_not_confirmed(desk):
    factories.make_session(
        "Waiting", parts=[("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
    )
    agreed = factories.make_session("Agreed")
    factories.make_participation(agreed, factories.make_speaker(), confirmed=True)
    factories.make_session("Nobody", parts=[("chair", "A guest")])
    assert titles(desk.get(SESSIONS, {"speakers": "unconfirmed"})) == ["Waiting"]
    assert titles(desk.get(SESSIONS, {"speakers": "none"})) == ["Nobody"]


def test_a_hundred_rows_that_are_edited_take_as_many_queries_as_one(desk):
    factories.make_session(room=factories.make_room())
    for_one = count_queries(desk, SESSIONS)
    for _ in range(99):
        factories.make_session(room=factories.make_room())
    assert count_queries(desk, SESSIONS) == for_one


def test_every_input_of_a_row_says_whose_it_is(desk):
    factories.make_session("Opening")
    page = shown(desk.get(SESSIONS))
    for name in ("start", "end", "room"):
        assert f'aria-label="{name} of “Opening”"' in page


def test_a_viewer_reads_the_list_and_edits_nothing(viewer):
    factories.make_session("Opening")
    page = shown(viewer.get(SESSIONS))
    assert "Opening" in page
    assert "form-0-starts_at" not in page
    assert 'name="action"' not in page


# Editing in the list


def a_row(page, session, **changes):
    start, end = (moment.astimezone(factories.HA_NOI) for moment in (session.starts_at, session.ends_at))
    facts = {
        "id": str(session.pk),
        "starts_at": start.strftime("%Y-%m-%d %H:%M"),
        "ends_at": end.strftime("%Y-%m-%d %H:%M"),
        "room": str(session.room_id or ""),
    }
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save"}
    tokens = {"form-tokens": hidden(page, "form-tokens").replace("&amp;", "&")}
    return counts | tokens | {f"form-0-{name}": value for name, value in (facts | changes).items()}


def test_times_and_room_are_edited_in_the_list(desk):
    session, hall = factories.make_session(), factories.make_room()
    page = shown(desk.get(SESSIONS))
    sent = a_row(page, session, starts_at="2020-12-08 09:00", ends_at="2020-12-08 10:00", room=str(hall.pk))
    assert desk.post(SESSIONS, sent).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.room) == (
        factories.december(8, 9),
        factories.december(8, 10),
        hall,
    )


@pytest.mark.parametrize("language", ["", "/vi"])
def test_times_in_the_list_are_written_the_same_in_every_language(desk, language):
    factories.make_session()
    page = shown(desk.get(language + SESSIONS))
    assert '<input type="text" name="form-0-starts_at" value="2020-12-07 18:00"' in page
    assert '<input type="text" name="form-0-ends_at" value="2020-12-07 19:30"' in page


def test_an_end_before_the_start_is_told_in_the_list(desk):
    session = factories.make_session()
    sent = a_row(shown(desk.get(SESSIONS)), session, ends_at="2020-12-07 17:00")
    assert "The end must be after the start." in shown(desk.post(SESSIONS, sent))


def test_an_unknown_room_is_refused_in_the_list(desk):
    session = factories.make_session()
    sent = a_row(shown(desk.get(SESSIONS)), session, room="7d444840-9dc0-11d1-b245-5ffdce74fad2")
    assert desk.post(SESSIONS, sent).status_code == 200
    assert Session.objects.get().room is None


def test_an_older_list_does_not_undo_what_somebody_else_moved(desk):
    session, hall = factories.make_session(), factories.make_room()
    sent = a_row(shown(desk.get(SESSIONS)), session, room=str(hall.pk))
    session.starts_at = factories.december(7, 9)
    session.save()
    desk.post(SESSIONS, sent)
    session.refresh_from_db()
    assert (session.starts_at, session.room) == (factories.december(7, 9), hall)


# Several at once


def several(desk, action, *sessions, **typed):
    """Choose sessions in the list, and send the page that asks, with what somebody types in it."""
    chosen = {"action": action, "_selected_action": [str(session.pk) for session in sessions]}
    page = shown(desk.post(SESSIONS, chosen))
    return desk.post(SESSIONS, chosen | {"apply": "1", "version": hidden(page, "version")} | typed)


@pytest.mark.parametrize(
    ("action", "status"), [("confirm_selected", "confirmed"), ("make_selected_tentative", "tentative")]
)
def test_several_sessions_change_their_status_and_no_others(desk, action, status):
    one, two, other = (factories.make_session(status="draft") for _ in range(3))
    several(desk, action, one, two)
    for session, expected in ((one, status), (two, status), (other, "draft")):
        session.refresh_from_db()
        assert session.status == expected


def test_each_session_tells_in_its_history_who_changed_it(desk):
    one, two = factories.make_session(status="draft"), factories.make_session(status="draft")
    several(desk, "confirm_selected", one, two)
    for session in (one, two):
        latest = session.history.first()
        assert (latest.status, latest.history_user.is_superuser) == ("confirmed", True)


def test_nothing_happens_before_the_summary_is_sent(desk):
    session = factories.make_session('<b>"Opening"', slug="opening", status="draft")
    response = desk.post(SESSIONS, {"action": "confirm_selected", "_selected_action": [session.pk]})
    assert escape('<b>"Opening"') in shown(response)
    session.refresh_from_db()
    assert session.status == "draft"


def test_sessions_are_cancelled_with_a_notice_in_both_languages(desk):
    session = factories.make_session()
    several(desk, "cancel_selected", session, notice_en="The typhoon.", notice_vi="Bão.")
    session.refresh_from_db()
    assert (session.status, session.notice_en, session.notice_vi) == ("cancelled", "The typhoon.", "Bão.")


def test_sessions_are_not_cancelled_without_a_notice(desk):
    session = factories.make_session()
    assert "This field is required." in shown(several(desk, "cancel_selected", session, notice_en=""))
    session.refresh_from_db()
    assert session.status == "confirmed"


@pytest.mark.parametrize(
    ("minutes", "start"), [("15", factories.december(7, 18, 15)), ("-30", factories.december(7, 17, 30))]
)
def test_sessions_are_moved_by_minutes_and_last_as_long(desk, minutes, start):
    session = factories.make_session()
    several(desk, "shift_selected", session, minutes=minutes)
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at - start) == (
        start,
        factories.december(7, 19, 30) - factories.december(7, 18),
    )


@pytest.mark.parametrize("minutes", ["0", "x", "", "99999999999"])
def test_what_is_no_number_of_minutes_moves_nothing(desk, minutes):
    session = factories.make_session()
    assert several(desk, "shift_selected", session, minutes=minutes).status_code == 200
    session.refresh_from_db()
    assert session.starts_at == factories.december(7, 18)


def test_several_are_left_alone_where_one_has_changed_since_they_were_shown(desk):
    one, two = factories.make_session(), factories.make_session()
    chosen = {"action": "shift_selected", "_selected_action": [one.pk, two.pk]}
    seen = hidden(shown(desk.post(SESSIONS, chosen)), "version")
    two.starts_at = factories.december(7, 17)
    two.save()
    response = desk.post(SESSIONS, chosen | {"apply": "1", "version": seen, "minutes": "60"})
    assert response.status_code == 409
    assert "Nothing was changed" in shown(response)
    one.refresh_from_db()
    assert one.starts_at == factories.december(7, 18)


@pytest.mark.parametrize("action", ["confirm_selected", "make_selected_tentative", "cancel_selected", "shift_selected"])
def test_a_viewer_changes_nothing_by_an_action(viewer, action):
    session = factories.make_session(status="draft")
    viewer.post(SESSIONS, {"action": action, "_selected_action": [session.pk], "apply": "1", "minutes": "5"})
    session.refresh_from_db()
    assert (session.status, session.starts_at) == ("draft", factories.december(7, 18))


# Made again


def test_a_duplicate_is_a_draft_with_the_same_people_themes_and_links_at_its_own_address(desk):
    linh = factories.make_speaker()
    links = [("stream", "https://stream.example/")]
    session = factories.make_session("Opening", themes=[factories.make_theme()], parts=[("chair", linh)], links=links)
    session.participations.update(confirmed=True)
    response = desk.post(f"{SESSIONS}{session.pk}/duplicate/")
    again = Session.objects.exclude(pk=session.pk).get()
    assert response.headers["Location"] == f"{SESSIONS}{again.pk}/change/"
    assert (again.status, again.slug, again.title_en) == ("draft", "opening-2", "Opening")
    assert list(again.themes.all()) == list(session.themes.all())
    assert [(part.speaker, part.role, part.confirmed) for part in again.participations.all()] == [
        (linh, "chair", False)
    ]
    assert [link.url for link in again.links.all()] == ["https://stream.example/"]
    assert session.participations.count() == session.links.count() == 1


def test_looking_at_the_page_makes_no_duplicate(desk):
    session = factories.make_session("Opening")
    assert "Create copy" in shown(desk.get(f"{SESSIONS}{session.pk}/duplicate/"))
    assert Session.objects.count() == 1


def test_a_viewer_makes_no_duplicate(viewer):
    session = factories.make_session()
    for answer in (viewer.get, viewer.post):
        assert answer(f"{SESSIONS}{session.pk}/duplicate/").status_code == 403
    assert Session.objects.count() == 1


def test_a_session_that_does_not_exist_has_no_duplicate(desk):
    assert desk.get(f"{SESSIONS}7d444840-9dc0-11d1-b245-5ffdce74fad2/duplicate/").status_code == 404


# Looked at as it would be


def test_save_and_preview_saves_and_leads_to_the_preview(desk):
    session = factories.make_session("Opening", kind="plenary")
    page = desk.get(f"{SESSIONS}{session.pk}/change/")
    sent = {"title_en": "Renamed", "slug": "opening", "kind": "plenary", "status": "confirmed", "format": "both"}
    sent |= {"starts_at_0": "2020-12-07", "starts_at_1": "18:00", "ends_at_0": "2020-12-07", "ends_at_1": "19:30"}
    sent |= {"token": page.context["token"], "_preview": "Save and preview"} | empty_formsets("participations", "links")
    response = desk.post(f"{SESSIONS}{session.pk}/change/", sent)
    assert response.headers["Location"] == "/preview/sessions/opening/"
    assert "Renamed" in shown(desk.get("/preview/sessions/opening/"))


def test_only_who_may_change_a_session_is_offered_to_save_and_preview(desk, viewer):
    page = f"{SESSIONS}{factories.make_session().pk}/change/"
    assert 'name="_preview"' in shown(desk.get(page))
    assert 'name="_preview"' not in shown(viewer.get(page))
