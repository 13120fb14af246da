"""Tests of the session list: filters, editing in the list, bulk actions, duplication and preview."""

import re

import pytest
from django.utils.html import escape

from sessions.models import Session

from .. import factories
from ..users import count_queries, empty_formsets

SESSIONS = "/admin/programme/session/"

pytestmark = pytest.mark.django_db


def get_html(response):
    return response.content.decode()


def get_titles(response):
    return [str(row) for row in response.context["cl"].queryset]


def get_hidden_value(page, name):
    """Return the value of a hidden input."""
    return re.search(f'name="{name}" value="([^"]*)"', page).group(1)


# Filters


def test_session_list_is_ordered_by_time_and_filtered_by_day(superuser_client):
    factories.make_session("Late", starts_at=factories.december(8, 19), ends_at=factories.december(8, 20))
    factories.make_session(
        "Just after midnight", starts_at=factories.december(8, 0, 30), ends_at=factories.december(8, 1)
    )
    factories.make_session("The day before")
    assert get_titles(superuser_client.get(SESSIONS)) == ["The day before", "Just after midnight", "Late"]
    assert get_titles(superuser_client.get(SESSIONS, {"day": "2020-12-08"})) == ["Just after midnight", "Late"]


@pytest.mark.parametrize("day", ["x", "2020-02-30", "9999-12-31", "0001-01-01"])
def test_session_list_with_invalid_day_is_empty(superuser_client, day):
    factories.make_session()
    assert get_titles(superuser_client.get(SESSIONS, {"day": day})) == []


def test_session_list_filters_by_speaker_status(superuser_client):
    factories.make_session(
        "Waiting", parts=[("chair", factories.make_speaker()), ("panellist", factories.make_speaker())]
    )
    agreed = factories.make_session("Agreed")
    factories.make_participation(agreed, factories.make_speaker(), confirmed=True)
    factories.make_session("Nobody", parts=[("chair", "A guest")])
    assert get_titles(superuser_client.get(SESSIONS, {"speakers": "unconfirmed"})) == ["Waiting"]
    assert get_titles(superuser_client.get(SESSIONS, {"speakers": "none"})) == ["Nobody"]


@pytest.mark.slow
def test_session_list_query_count_is_independent_of_rows(superuser_client):
    factories.make_session(room=factories.make_room())
    small = count_queries(superuser_client, SESSIONS)
    for _ in range(39):
        factories.make_session(room=factories.make_room())
    assert count_queries(superuser_client, SESSIONS) == small


def test_session_list_inputs_have_accessible_names(superuser_client):
    factories.make_session("Opening")
    page = get_html(superuser_client.get(SESSIONS))
    for name in ("start", "end", "room"):
        assert f'aria-label="{name} of “Opening”"' in page


def test_session_list_for_viewer_has_no_inputs(viewer_client):
    factories.make_session("Opening")
    page = get_html(viewer_client.get(SESSIONS))
    assert "Opening" in page
    assert "form-0-starts_at" not in page
    assert 'name="action"' not in page


# Editing in the list


def make_row_data(page, session, **changes):
    start, end = (time.astimezone(factories.HA_NOI) for time in (session.starts_at, session.ends_at))
    data = {
        "id": str(session.pk),
        "starts_at": start.strftime("%Y-%m-%d %H:%M"),
        "ends_at": end.strftime("%Y-%m-%d %H:%M"),
        "room": str(session.room_id or ""),
    }
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save"}
    tokens = {"form-tokens": get_hidden_value(page, "form-tokens").replace("&amp;", "&")}
    return counts | tokens | {f"form-0-{name}": value for name, value in (data | changes).items()}


def test_session_list_saves_times_and_room(superuser_client):
    session, hall = factories.make_session(), factories.make_room()
    page = get_html(superuser_client.get(SESSIONS))
    data = make_row_data(page, session, starts_at="2020-12-08 09:00", ends_at="2020-12-08 10:00", room=str(hall.pk))
    assert superuser_client.post(SESSIONS, data).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.room) == (
        factories.december(8, 9),
        factories.december(8, 10),
        hall,
    )


@pytest.mark.parametrize("language", ["", "/vi"])
def test_session_list_formats_times_alike_in_all_languages(superuser_client, language):
    factories.make_session()
    page = get_html(superuser_client.get(language + SESSIONS))
    assert '<input type="text" name="form-0-starts_at" value="2020-12-07 18:00"' in page
    assert '<input type="text" name="form-0-ends_at" value="2020-12-07 19:30"' in page


def test_session_list_with_end_before_start_shows_error(superuser_client):
    session = factories.make_session()
    data = make_row_data(get_html(superuser_client.get(SESSIONS)), session, ends_at="2020-12-07 17:00")
    assert "The end must be after the start." in get_html(superuser_client.post(SESSIONS, data))


def test_session_list_with_unknown_room_saves_nothing(superuser_client):
    session = factories.make_session()
    data = make_row_data(get_html(superuser_client.get(SESSIONS)), session, room="7d444840-9dc0-11d1-b245-5ffdce74fad2")
    assert superuser_client.post(SESSIONS, data).status_code == 200
    assert Session.objects.get().room is None


def test_session_list_keeps_concurrent_change_of_other_field(superuser_client):
    session, hall = factories.make_session(), factories.make_room()
    data = make_row_data(get_html(superuser_client.get(SESSIONS)), session, room=str(hall.pk))
    session.starts_at = factories.december(7, 9)
    session.save()
    superuser_client.post(SESSIONS, data)
    session.refresh_from_db()
    assert (session.starts_at, session.room) == (factories.december(7, 9), hall)


# Bulk actions


def run_action(superuser_client, action, *sessions, **data):
    """Select sessions in the list and submit the confirmation page with this data."""
    selection = {"action": action, "_selected_action": [str(session.pk) for session in sessions]}
    page = get_html(superuser_client.post(SESSIONS, selection))
    return superuser_client.post(
        SESSIONS, selection | {"apply": "1", "version": get_hidden_value(page, "version")} | data
    )


@pytest.mark.parametrize(
    ("action", "status"), [("confirm_selected", "confirmed"), ("make_selected_tentative", "tentative")]
)
def test_status_action_changes_selected_sessions_only(superuser_client, action, status):
    one, two, other = (factories.make_session(status="draft") for _ in range(3))
    run_action(superuser_client, action, one, two)
    for session, expected in ((one, status), (two, status), (other, "draft")):
        session.refresh_from_db()
        assert session.status == expected


def test_bulk_action_records_user_in_history_of_each_session(superuser_client):
    one, two = factories.make_session(status="draft"), factories.make_session(status="draft")
    run_action(superuser_client, "confirm_selected", one, two)
    for session in (one, two):
        latest = session.history.first()
        assert (latest.status, latest.history_user.is_superuser) == ("confirmed", True)


def test_bulk_action_before_confirmation_changes_nothing(superuser_client):
    session = factories.make_session('<b>"Opening"', slug="opening", status="draft")
    response = superuser_client.post(SESSIONS, {"action": "confirm_selected", "_selected_action": [session.pk]})
    assert escape('<b>"Opening"') in get_html(response)
    session.refresh_from_db()
    assert session.status == "draft"


def test_cancel_action_sets_status_and_notices(superuser_client):
    session = factories.make_session()
    run_action(superuser_client, "cancel_selected", session, notice_en="The typhoon.", notice_vi="Bão.")
    session.refresh_from_db()
    assert (session.status, session.notice_en, session.notice_vi) == ("cancelled", "The typhoon.", "Bão.")


def test_cancel_action_without_notice_shows_error(superuser_client):
    session = factories.make_session()
    assert "This field is required." in get_html(run_action(superuser_client, "cancel_selected", session, notice_en=""))
    session.refresh_from_db()
    assert session.status == "confirmed"


def test_bulk_action_after_concurrent_change_changes_nothing(superuser_client):
    one, two = factories.make_session(), factories.make_session()
    selection = {"action": "make_selected_tentative", "_selected_action": [one.pk, two.pk]}
    seen = get_hidden_value(get_html(superuser_client.post(SESSIONS, selection)), "version")
    two.starts_at = factories.december(7, 17)
    two.save()
    response = superuser_client.post(SESSIONS, selection | {"apply": "1", "version": seen})
    assert response.status_code == 409
    assert "Nothing was changed" in get_html(response)
    one.refresh_from_db()
    assert one.status == "confirmed"


@pytest.mark.parametrize("action", ["confirm_selected", "make_selected_tentative", "cancel_selected", "move_selected"])
def test_bulk_action_by_viewer_changes_nothing(viewer_client, action):
    session = factories.make_session(status="draft")
    response = viewer_client.post(SESSIONS, {"action": action, "_selected_action": [session.pk], "apply": "1"})
    assert "selected." not in get_html(response)
    session.refresh_from_db()
    assert session.status == "draft"


# Duplication


def test_duplicate_view_creates_draft_with_same_relations(superuser_client):
    linh = factories.make_speaker()
    links = [("stream", "https://stream.example/")]
    session = factories.make_session("Opening", themes=[factories.make_theme()], parts=[("chair", linh)], links=links)
    session.participations.update(confirmed=True)
    response = superuser_client.post(f"{SESSIONS}{session.pk}/duplicate/")
    duplicate = Session.objects.exclude(pk=session.pk).get()
    assert response.headers["Location"] == f"{SESSIONS}{duplicate.pk}/change/"
    assert (duplicate.status, duplicate.slug, duplicate.title_en) == ("draft", "opening-2", "Opening")
    assert list(duplicate.themes.all()) == list(session.themes.all())
    assert [(part.speaker, part.role, part.confirmed) for part in duplicate.participations.all()] == [
        (linh, "chair", False)
    ]
    assert [link.url for link in duplicate.links.all()] == ["https://stream.example/"]
    assert session.participations.count() == session.links.count() == 1


def test_duplicate_view_on_get_creates_nothing(superuser_client):
    session = factories.make_session("Opening")
    assert "Create copy" in get_html(superuser_client.get(f"{SESSIONS}{session.pk}/duplicate/"))
    assert Session.objects.count() == 1


def test_duplicate_view_for_viewer_is_forbidden(viewer_client):
    session = factories.make_session()
    for answer in (viewer_client.get, viewer_client.post):
        assert answer(f"{SESSIONS}{session.pk}/duplicate/").status_code == 403
    assert Session.objects.count() == 1


def test_duplicate_view_of_unknown_session_is_not_found(superuser_client):
    assert superuser_client.get(f"{SESSIONS}7d444840-9dc0-11d1-b245-5ffdce74fad2/duplicate/").status_code == 404


# Preview


def test_save_and_preview_saves_and_redirects_to_preview(superuser_client):
    session = factories.make_session("Opening", kind="plenary")
    page = superuser_client.get(f"{SESSIONS}{session.pk}/change/")
    data = {"title_en": "Renamed", "slug": "opening", "kind": "plenary", "status": "confirmed", "format": "both"}
    data |= {"starts_at_0": "2020-12-07", "starts_at_1": "18:00", "ends_at_0": "2020-12-07", "ends_at_1": "19:30"}
    data |= {"token": page.context["token"], "_preview": "Save and preview"} | empty_formsets("participations", "links")
    response = superuser_client.post(f"{SESSIONS}{session.pk}/change/", data)
    assert response.headers["Location"] == "/preview/sessions/opening/"
    assert "Renamed" in get_html(superuser_client.get("/preview/sessions/opening/"))


def test_save_and_preview_is_offered_with_change_permission_only(superuser_client, viewer_client):
    page = f"{SESSIONS}{factories.make_session().pk}/change/"
    assert 'name="_preview"' in get_html(superuser_client.get(page))
    assert 'name="_preview"' not in get_html(viewer_client.get(page))


def test_list_names_active_filters(superuser_client):
    factories.make_session(status="cancelled")
    page = superuser_client.get(f"{SESSIONS}?status__exact=cancelled&kind__exact=plenary").text
    summary = " ".join(page.partition("<summary>")[2].partition("</summary>")[0].split())
    assert summary == "Filter: status “Cancelled”, kind “Plenary”"


def test_list_without_active_filter_names_none(superuser_client):
    page = superuser_client.get(SESSIONS).text
    assert page.partition("<summary>")[2].partition("</summary>")[0] == "Filter"
