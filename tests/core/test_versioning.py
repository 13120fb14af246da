"""The past of rows at the organizers' desk: who did what and when, setting back, and taking deletions back."""

import datetime

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from conference.core.admin import get_version_token
from conference.core.versioning.restore import RevertError, get_deleted_records, restore_object, revert_object
from conference.core.versioning.snapshot import take_snapshot
from conference.core.versioning.timeline import get_revisions
from conference.models import Conference, Page
from sessions.models import Participation, Room, Session, SessionLink, Theme
from speakers.models import Picture, Speaker

from .. import factories
from ..users import admin_client_for, count_queries, make_organizer, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def organizer(conference):
    return make_organizer(is_superuser=True, first_name="Ana", last_name="Costa")


@pytest.fixture
def desk(organizer):
    return admin_client_for(organizer)


@pytest.fixture
def session():
    """One with everything, made an hour ago."""
    session = factories.make_session(
        "Opening",
        title_vi="Lễ khai mạc",
        room=factories.make_room("Main Hall"),
        themes=[factories.make_theme("Peace")],
        parts=[("chair", factories.make_speaker("Linh")), ("panellist", factories.make_speaker("Ingrid"))],
        links=[("stream", "https://stream.example/")],
    )
    an_hour_goes_by()
    return session


def an_hour_goes_by():
    for model in (Session, Participation, SessionLink):
        model.history.update(history_date=F("history_date") - datetime.timedelta(hours=1))


def page_of(what, model, *keys):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=keys)


def timeline(desk, row):
    return desk.get(page_of("history", type(row), row.pk)).context["timeline"]


def in_the_past(row, **changes):
    """Save changes to a row as if a minute had gone by since its last save."""
    last = row.history.first().history_date
    row._history_date = last + datetime.timedelta(minutes=1)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    del row._history_date
    return row


def first_entry(row):
    return get_revisions(type(row), row.pk)[0]


# What a page of history shows


def test_a_save_stands_in_the_history_with_who_when_and_what(desk, session):
    sent = {
        "title_en": "The opening",
        "title_vi": "Lễ khai mạc",
        "slug": "opening",
        "kind": "plenary",
        "status": "confirmed",
        "format": "both",
        "starts_at_0": "2020-12-07",
        "starts_at_1": "18:00",
        "ends_at_0": "2020-12-07",
        "ends_at_1": "19:30",
        "languages": ["en"],
        "room": str(session.room_id),
        "themes": [str(theme.pk) for theme in session.themes.all()],
        "participations-TOTAL_FORMS": "0",
        "participations-INITIAL_FORMS": "0",
        "links-TOTAL_FORMS": "0",
        "links-INITIAL_FORMS": "0",
        "token": get_version_token(session),
    }
    assert desk.post(page_of("change", Session, session.pk), sent).status_code == 302
    latest = timeline(desk, session)[0]
    assert (latest.user, latest.description) == ("Ana Costa", "Changed")
    assert [(c.label, c.before, c.after, c.language) for c in latest.changes] == [
        ("Title (English)", "Opening", "The opening", "en")
    ]


def test_a_session_and_what_belongs_to_it_have_one_timeline(desk, session):
    session.themes.add(factories.make_theme("Funding"))
    Participation.objects.filter(role="panellist").get().delete()
    link = SessionLink.objects.get()
    link.url = "https://other.example/"
    link.save()
    changed = {change.label: (change.before, change.after) for e in timeline(desk, session) for change in e.changes}
    assert changed["Themes"] == ("Peace", "Funding, Peace")
    assert changed["Participation"] == ("Ingrid, Panellist, order 1", "")
    assert changed["Link"] == ("Stream, https://stream.example/", "Stream, https://other.example/")


def test_one_save_is_one_entry_however_many_records_it_wrote(desk, session):
    assert [entry.description for entry in timeline(desk, session)] == ["Created"]


def test_saves_a_minute_apart_are_entries_of_their_own(desk, session):
    in_the_past(session, title_en="Second")
    in_the_past(session, title_en="Third")
    assert [[change.after for change in entry.changes] for entry in timeline(desk, session)] == [
        ["Third"],
        ["Second"],
        [],
    ]


def test_two_saves_of_one_row_at_once_are_two_entries(desk):
    room = factories.make_room("Main Hall")
    room.capacity = 10
    room.save()
    assert len(timeline(desk, room)) == 2


def test_what_nobody_in_particular_did_was_done_by_the_system(desk, session):
    page = desk.get(page_of("history", Session, session.pk)).content.decode()
    assert "System" in page


def test_values_are_told_in_words(desk, session):
    in_the_past(session, room=None, status="cancelled", languages=["en", "vi"], starts_at=factories.december(7, 17))
    words = {change.label: (change.before, change.after) for change in timeline(desk, session)[0].changes}
    assert words["Room"] == ("Main Hall", "")
    assert words["Status"] == ("Confirmed", "Cancelled")
    assert words["Floor languages"] == ("English", "English, Vietnamese")
    assert "18:00" in words["Start"][0]
    assert "17:00" in words["Start"][1]


def test_a_room_that_is_gone_keeps_its_name_in_the_history(desk, session):
    room = session.room
    in_the_past(session, room=None)
    room.delete()
    words = {change.label: change.before for change in timeline(desk, session)[0].changes}
    assert words["Room"] == "Main Hall (deleted)"


def test_a_row_that_is_older_than_its_history_has_an_empty_one(desk, session):
    Room.history.all().delete()
    response = desk.get(page_of("history", Room, session.room_id))
    assert "No history yet." in response.content.decode()


@pytest.mark.parametrize("language", ["", "/vi"])
def test_a_page_of_history_opens_in_both_languages(desk, session, language):
    assert desk.get(f"{language}{page_of('history', Session, session.pk)}").status_code == 200


def test_a_hostile_text_is_text_in_the_history(desk, session):
    in_the_past(session, title_en="<script>alert(1)</script>")
    page = desk.get(page_of("history", Session, session.pk)).content.decode()
    assert "<script>alert(1)" not in page


def test_a_long_history_asks_as_often_as_a_short_one(desk, session):
    in_the_past(session, title_en="Another", room=factories.make_room())
    short = count_queries(desk, page_of("history", Session, session.pk))
    for number in range(20):
        in_the_past(session, title_en=f"Title {number}", room=factories.make_room())
        factories.make_participation(session, factories.make_speaker(), role="panellist")
    assert count_queries(desk, page_of("history", Session, session.pk)) == short


def test_a_history_is_for_those_who_may_see_the_row(session, conference):
    registrar = admin_client_for(make_organizer("Registrars"))
    assert registrar.get(page_of("history", Session, session.pk)).status_code == 403


# Setting back


def test_a_row_is_set_back_to_how_it_was(desk, session):
    as_it_was, then = take_snapshot(session), first_entry(session)
    in_the_past(session, title_en="Closing", room=None, languages=["vi"])
    session.themes.clear()
    Participation.objects.all().delete()
    link = SessionLink.objects.get()
    link.url = "https://other.example/"
    link.save()
    factories.make_participation(session, "Somebody")
    revert_object(Session, session.pk, then.key, get_version_token(session))
    assert take_snapshot(Session.objects.get()) == as_it_was


def test_setting_back_shows_the_difference_first_and_changes_nothing_by_looking(desk, session):
    then = first_entry(session)
    in_the_past(session, title_en="Closing")
    response = desk.get(page_of("revert", Session, session.pk, then.key))
    assert [(change.before, change.after) for change in response.context["changes"]] == [("Closing", "Opening")]
    assert Session.objects.get().title_en == "Closing"


def test_setting_back_is_a_save_like_any_other(desk, session):
    then = first_entry(session)
    in_the_past(session, title_en="Closing")
    address = page_of("revert", Session, session.pk, then.key)
    response = desk.post(address, {"token": desk.get(address).context["token"]})
    assert response.status_code == 302
    assert Session.objects.get().title_en == "Opening"
    latest = timeline(desk, session)[0]
    assert latest.user == "Ana Costa"
    assert latest.description.startswith("Restored the version of")


def test_setting_back_takes_the_marks_of_translations_back_as_well(session):
    then = first_entry(session)
    in_the_past(session, title_en="Closing", stale_translations=["title"])
    revert_object(Session, session.pk, then.key, get_version_token(session))
    assert Session.objects.get().stale_translations == []


def test_a_row_that_somebody_changed_meanwhile_is_not_set_back(desk, session):
    then = first_entry(session)
    in_the_past(session, title_en="Closing")
    address = page_of("revert", Session, session.pk, then.key)
    sent = {"token": desk.get(address).context["token"]}
    in_the_past(session, title_en="Another closing")
    assert desk.post(address, sent).status_code == 409
    assert Session.objects.get().title_en == "Another closing"


def test_an_address_that_is_taken_now_is_refused_in_words(desk, session):
    then = first_entry(session)
    in_the_past(session, slug="closing")
    factories.make_session("Opening")
    address = page_of("revert", Session, session.pk, then.key)
    response = desk.post(address, {"token": desk.get(address).context["token"]})
    assert response.status_code == 409
    assert response.context["refusals"] == ["Web address (URL): Session with this Web address (URL) already exists."]
    assert Session.objects.get(pk=session.pk).slug == "closing"


def test_a_room_that_is_gone_is_refused_in_words(desk, session):
    then, room = first_entry(session), session.room
    in_the_past(session, room=None)
    room.delete()
    with pytest.raises(RevertError) as refusal:
        revert_object(Session, session.pk, then.key, get_version_token(session))
    assert refusal.value.reasons == ["It requires “Main Hall (deleted)”. Restore that first."]


def test_what_is_refused_changes_nothing(session):
    then = first_entry(session)
    in_the_past(session, slug="closing")
    Participation.objects.all().delete()
    factories.make_session("Opening")
    before = take_snapshot(session)
    with pytest.raises(RevertError):
        revert_object(Session, session.pk, then.key, get_version_token(session))
    assert take_snapshot(Session.objects.get(pk=session.pk)) == before


def test_setting_back_is_for_those_who_may_change_the_row(conference, session):
    then = first_entry(session)
    in_the_past(session, title_en="Closing")
    registrar = admin_client_for(make_organizer("Registrars"))
    address = page_of("revert", Session, session.pk, then.key)
    assert registrar.get(address).status_code == 403
    assert registrar.post(address, {"token": get_version_token(session)}).status_code == 403
    assert Session.objects.get().title_en == "Closing"


def test_setting_back_needs_the_pages_own_form(organizer, session):
    strict = admin_client_for(organizer, enforce_csrf_checks=True)
    assert strict.post(page_of("revert", Session, session.pk, first_entry(session).key)).status_code == 403


def test_a_moment_that_never_was_is_not_found(desk, session):
    assert desk.get(page_of("revert", Session, session.pk, 1)).status_code == 404


def test_the_conference_is_set_back(desk, conference):
    then = first_entry(conference)
    in_the_past(conference, city_en="Hue")
    revert_object(Conference, 1, then.key, get_version_token(conference))
    assert Conference.objects.get().city_en == "Ha Noi"


def with_a_portrait(speaker):
    """A save that gave somebody a portrait, which was swept since."""
    picture = Picture.objects.create(digest="a" * 64, files=[])
    in_the_past(speaker, portrait=picture, function_en="Mediator")
    then = get_revisions(Speaker, speaker.pk)[-1]
    in_the_past(speaker, portrait=None, function_en="Minister")
    picture.delete()
    return then


def test_setting_back_says_which_picture_it_leaves_out(desk, conference):
    linh = factories.make_speaker("Linh")
    then = with_a_portrait(linh)
    address = page_of("revert", Speaker, linh.pk, then.key)
    page = desk.get(address)
    assert [change.label for change in page.context["changes"]] == ["Job title (English)"]
    assert "“Portrait” was not restored" in page.content.decode()
    assert desk.post(address, {"token": page.context["token"]}).status_code == 302
    linh.refresh_from_db()
    assert (linh.portrait, linh.function_en) == (None, "Mediator")


def test_setting_back_to_a_picture_that_is_there_leaves_nothing_out(desk, conference):
    linh = factories.make_speaker("Linh")
    in_the_past(linh, portrait=Picture.objects.create(digest="a" * 64, files=[]))
    then = get_revisions(Speaker, linh.pk)[-1]
    in_the_past(linh, portrait=None)
    page = desk.get(page_of("revert", Speaker, linh.pk, then.key))
    assert [change.label for change in page.context["changes"]] == ["Portrait"]
    assert "is not brought back" not in page.content.decode()


# Deletions


def test_taking_a_deletion_back_says_which_picture_it_leaves_out(desk, conference):
    picture = Picture.objects.create(digest="a" * 64, files=[])
    linh = factories.make_speaker("Linh", portrait=picture)
    key = linh.pk
    linh.delete()
    picture.delete()
    page = desk.get(page_of("restore", Speaker, key))
    assert "“Portrait” was not restored" in page.content.decode()
    assert "Portrait" not in [line.label for line in page.context["said"]]
    assert desk.post(page_of("restore", Speaker, key)).status_code == 302


def test_a_deleted_session_comes_back_with_its_key_and_what_belonged_to_it(session):
    as_it_was, key = take_snapshot(session), session.pk
    session.delete()
    restore_object(Session, key)
    assert take_snapshot(Session.objects.get(pk=key)) == as_it_was


def test_what_was_taken_out_of_a_session_before_it_was_deleted_stays_out(session):
    Participation.objects.get(role="panellist").delete()
    an_hour_goes_by()
    key = session.pk
    session.delete()
    assert [part.role for part in restore_object(Session, key).participations.all()] == ["chair"]


def test_a_deleted_speaker_comes_back_with_the_links(conference):
    linh = factories.make_speaker("Linh", links=["https://linh.example/"])
    as_it_was, key = take_snapshot(linh), linh.pk
    linh.delete()
    assert take_snapshot(restore_object(Speaker, key)) == as_it_was


@pytest.mark.parametrize("make", [factories.make_room, factories.make_theme, make_page])
def test_other_rows_come_back_too(conference, make):
    row = make()
    as_it_was, key = take_snapshot(row), row.pk
    row.delete()
    assert take_snapshot(restore_object(type(row), key)) == as_it_was


def test_deletions_stand_in_a_list_the_latest_first(desk):
    for name in ("First", "Second"):
        desk.post(page_of("delete", Room, factories.make_room(name).pk), {"post": "yes"})
    rows = desk.get(page_of("deleted", Room)).context["rows"]
    assert [(row["name"], row["who"]) for row in rows] == [("Second", "Ana Costa"), ("First", "Ana Costa")]


def test_the_list_of_rows_leads_to_the_deleted_ones(desk):
    assert page_of("deleted", Room) in desk.get(page_of("changelist", Room)).content.decode()


def test_what_is_back_is_no_longer_among_the_deleted(conference):
    room = factories.make_room()
    key = room.pk
    room.delete()
    restore_object(Room, key)
    assert not get_deleted_records(Room).exists()


def test_a_deletion_is_taken_back_by_a_form_and_not_by_looking(desk):
    room = factories.make_room("Main Hall")
    key = room.pk
    room.delete()
    address = page_of("restore", Room, key)
    assert desk.get(address).status_code == 200
    assert not Room.objects.exists()
    assert desk.post(address).status_code == 302
    assert timeline(desk, Room.objects.get(pk=key))[0].description == "Restored after deletion"


def test_all_of_what_was_deleted_at_once_comes_back(desk, session):
    key = session.pk
    desk.post(page_of("changelist", Session), {"action": "delete_selected", "_selected_action": key, "post": "yes"})
    assert not Session.objects.exists()
    assert restore_object(Session, key).participations.count() == 2


def test_a_session_whose_room_is_gone_is_refused_until_the_room_is_back(desk, session):
    key, room = session.pk, session.room
    room_key = room.pk
    session.delete()
    room.delete()
    response = desk.post(page_of("restore", Session, key))
    assert response.status_code == 409
    assert response.context["refusals"] == ["It requires “Main Hall (deleted)”. Restore that first."]
    restore_object(Room, room_key)
    assert desk.post(page_of("restore", Session, key)).status_code == 302


def test_a_deleted_row_whose_address_is_taken_is_refused_in_words(desk, conference):
    page = make_page(slug="venue")
    key = page.pk
    page.delete()
    make_page(slug="venue")
    response = desk.post(page_of("restore", Page, key))
    assert response.context["refusals"] == ["Web address (URL): Page with this Web address (URL) already exists."]


def test_a_row_that_is_there_is_not_restored(desk, session):
    assert desk.post(page_of("restore", Session, session.pk)).status_code == 404


def test_the_history_of_a_deleted_row_leads_to_where_it_comes_back(desk):
    room = factories.make_room()
    key = room.pk
    room.delete()
    response = desk.get(page_of("history", Room, key))
    assert response.headers["Location"] == page_of("restore", Room, key)


def test_taking_back_is_for_those_who_may_add(conference):
    theme = factories.make_theme()
    key = theme.pk
    theme.delete()
    registrar = admin_client_for(make_organizer("Registrars"))
    assert registrar.get(page_of("deleted", Theme)).status_code == 403
    assert registrar.post(page_of("restore", Theme, key)).status_code == 403
    assert not Theme.objects.exists()


def test_a_stranger_is_sent_to_the_door(session):
    assert Client().get(page_of("history", Session, session.pk)).status_code == 302


def test_many_deletions_are_listed_with_as_many_queries_as_one(desk):
    factories.make_room().delete()
    one = count_queries(desk, page_of("deleted", Room))
    for _ in range(20):
        factories.make_room().delete()
    assert count_queries(desk, page_of("deleted", Room)) == one
