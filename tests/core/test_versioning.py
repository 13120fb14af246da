"""History pages of the admin: revisions, reverting, and restoring deleted objects."""

import datetime

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from conference.core.admin.model_admin import get_version_token
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
def organizer_client(organizer):
    return admin_client_for(organizer)


@pytest.fixture
def registrar_client(conference):
    """A client of a user without permissions for the programme."""
    return admin_client_for(make_organizer("Registrars"))


@pytest.fixture
def session():
    """A session with relations and children, created an hour ago."""
    session = factories.make_session(
        "Opening",
        title_vi="Lễ khai mạc",
        room=factories.make_room("Main Hall"),
        themes=[factories.make_theme("Peace")],
        parts=[("chair", factories.make_speaker("Linh")), ("panellist", factories.make_speaker("Ingrid"))],
        links=[("stream", "https://stream.example/")],
    )
    backdate_history()
    return session


def backdate_history():
    for model in (Session, Participation, SessionLink):
        model.history.update(history_date=F("history_date") - datetime.timedelta(hours=1))


def admin_url(page, model, *keys):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=keys)


def get_timeline(client, instance):
    return client.get(admin_url("history", type(instance), instance.pk)).context["timeline"]


def save_later(instance, **changes):
    """Save changes with a history record one minute after the last one."""
    instance._history_date = instance.history.first().history_date + datetime.timedelta(minutes=1)
    for name, value in changes.items():
        setattr(instance, name, value)
    instance.save()
    del instance._history_date
    return instance


def get_first_revision(instance):
    return get_revisions(type(instance), instance.pk)[0]


# The history page


def test_history_of_saved_form_shows_user_and_changes(organizer_client, session):
    data = {
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
    assert organizer_client.post(admin_url("change", Session, session.pk), data).status_code == 302
    latest = get_timeline(organizer_client, session)[0]
    assert (latest.user, latest.description) == ("Ana Costa", "Changed")
    assert [(c.label, c.before, c.after, c.language) for c in latest.changes] == [
        ("Title (English)", "Opening", "The opening", "en")
    ]


def test_history_includes_relations_and_children(organizer_client, session):
    session.themes.add(factories.make_theme("Funding"))
    Participation.objects.filter(role="panellist").get().delete()
    link = SessionLink.objects.get()
    link.url = "https://other.example/"
    link.save()
    changed = {
        change.label: (change.before, change.after)
        for e in get_timeline(organizer_client, session)
        for change in e.changes
    }
    assert changed["Themes"] == ("Peace", "Funding, Peace")
    assert changed["Participation"] == ("Ingrid, Panellist, order 1", "")
    assert changed["Link"] == ("Stream, https://stream.example/", "Stream, https://other.example/")


def test_history_of_one_save_with_many_records_is_one_entry(organizer_client, session):
    assert [entry.description for entry in get_timeline(organizer_client, session)] == ["Created"]


def test_history_of_saves_a_minute_apart_has_an_entry_for_each(organizer_client, session):
    save_later(session, title_en="Second")
    save_later(session, title_en="Third")
    assert [[change.after for change in entry.changes] for entry in get_timeline(organizer_client, session)] == [
        ["Third"],
        ["Second"],
        [],
    ]


def test_history_of_two_immediate_saves_has_two_entries(organizer_client):
    room = factories.make_room("Main Hall")
    room.capacity = 10
    room.save()
    assert len(get_timeline(organizer_client, room)) == 2


def test_history_of_save_without_user_shows_system(organizer_client, session):
    page = organizer_client.get(admin_url("history", Session, session.pk)).content.decode()
    assert "System" in page


def test_history_formats_values(organizer_client, session):
    save_later(session, room=None, status="cancelled", languages=["en", "vi"], starts_at=factories.december(7, 17))
    values = {
        change.label: (change.before, change.after) for change in get_timeline(organizer_client, session)[0].changes
    }
    assert values["Room"] == ("Main Hall", "")
    assert values["Status"] == ("Confirmed", "Cancelled")
    assert values["Floor languages"] == ("English", "English, Vietnamese")
    assert "18:00" in values["Start"][0]
    assert "17:00" in values["Start"][1]


def test_history_shows_the_name_of_a_deleted_room(organizer_client, session):
    room = session.room
    save_later(session, room=None)
    room.delete()
    values = {change.label: change.before for change in get_timeline(organizer_client, session)[0].changes}
    assert values["Room"] == "Main Hall (deleted)"


def test_history_without_records_says_so(organizer_client, session):
    Room.history.all().delete()
    response = organizer_client.get(admin_url("history", Room, session.room_id))
    assert "No history yet." in response.content.decode()


@pytest.mark.parametrize("language", ["", "/vi"])
def test_history_page_opens_in_each_language(organizer_client, session, language):
    assert organizer_client.get(f"{language}{admin_url('history', Session, session.pk)}").status_code == 200


def test_history_escapes_html(organizer_client, session):
    save_later(session, title_en="<script>alert(1)</script>")
    page = organizer_client.get(admin_url("history", Session, session.pk)).content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.slow
def test_history_page_needs_a_constant_number_of_queries(organizer_client, session):
    save_later(session, title_en="Another", room=factories.make_room())
    short = count_queries(organizer_client, admin_url("history", Session, session.pk))
    for number in range(20):
        save_later(session, title_en=f"Title {number}", room=factories.make_room())
        factories.make_participation(session, factories.make_speaker(), role="panellist")
    assert count_queries(organizer_client, admin_url("history", Session, session.pk)) == short


def test_history_without_view_permission_is_403(registrar_client, session):
    assert registrar_client.get(admin_url("history", Session, session.pk)).status_code == 403


# Reverting


def test_revert_object_restores_fields_relations_and_children(organizer_client, session):
    before, revision = take_snapshot(session), get_first_revision(session)
    save_later(session, title_en="Closing", room=None, languages=["vi"])
    session.themes.clear()
    Participation.objects.all().delete()
    link = SessionLink.objects.get()
    link.url = "https://other.example/"
    link.save()
    factories.make_participation(session, "Guest speaker")
    revert_object(Session, session.pk, revision.key, get_version_token(session))
    assert take_snapshot(Session.objects.get()) == before


def test_revert_page_shows_changes_without_saving(organizer_client, session):
    revision = get_first_revision(session)
    save_later(session, title_en="Closing")
    response = organizer_client.get(admin_url("revert", Session, session.pk, revision.key))
    assert [(change.before, change.after) for change in response.context["changes"]] == [("Closing", "Opening")]
    assert Session.objects.get().title_en == "Closing"


def test_revert_is_recorded_with_user_and_description(organizer_client, session):
    revision = get_first_revision(session)
    save_later(session, title_en="Closing")
    url = admin_url("revert", Session, session.pk, revision.key)
    response = organizer_client.post(url, {"token": organizer_client.get(url).context["token"]})
    assert response.status_code == 302
    assert Session.objects.get().title_en == "Opening"
    latest = get_timeline(organizer_client, session)[0]
    assert latest.user == "Ana Costa"
    assert latest.description.startswith("Restored the version of")


def test_revert_object_restores_stale_translations(session):
    revision = get_first_revision(session)
    save_later(session, title_en="Closing", stale_translations=["title"])
    revert_object(Session, session.pk, revision.key, get_version_token(session))
    assert Session.objects.get().stale_translations == []


def test_revert_object_restores_the_mark_of_an_outdated_translation(session):
    save_later(session, title_en="Closing", title_vi="Khai mạc", stale_translations=["title"])
    revision = get_revisions(Session, session.pk)[-1]
    save_later(session, title_vi="Bế mạc", stale_translations=[])
    revert_object(Session, session.pk, revision.key, get_version_token(session))
    assert Session.objects.get().stale_translations == ["title"]


def test_revert_after_concurrent_change_is_409(organizer_client, session):
    revision = get_first_revision(session)
    save_later(session, title_en="Closing")
    url = admin_url("revert", Session, session.pk, revision.key)
    data = {"token": organizer_client.get(url).context["token"]}
    save_later(session, title_en="Another closing")
    assert organizer_client.post(url, data).status_code == 409
    assert Session.objects.get().title_en == "Another closing"


def test_revert_to_taken_slug_shows_error(organizer_client, session):
    revision = get_first_revision(session)
    save_later(session, slug="closing")
    factories.make_session("Opening")
    url = admin_url("revert", Session, session.pk, revision.key)
    response = organizer_client.post(url, {"token": organizer_client.get(url).context["token"]})
    assert response.status_code == 409
    assert response.context["errors"] == ["Web address (URL): Session with this Web address (URL) already exists."]
    assert Session.objects.get(pk=session.pk).slug == "closing"


def test_revert_object_with_deleted_room_raises_error(organizer_client, session):
    revision, room = get_first_revision(session), session.room
    save_later(session, room=None)
    room.delete()
    with pytest.raises(RevertError) as error:
        revert_object(Session, session.pk, revision.key, get_version_token(session))
    assert error.value.reasons == ["It requires “Main Hall (deleted)”. Restore that first."]


def test_revert_object_with_error_changes_nothing(session):
    revision = get_first_revision(session)
    save_later(session, slug="closing")
    Participation.objects.all().delete()
    factories.make_session("Opening")
    before = take_snapshot(session)
    with pytest.raises(RevertError):
        revert_object(Session, session.pk, revision.key, get_version_token(session))
    assert take_snapshot(Session.objects.get(pk=session.pk)) == before


def test_revert_without_change_permission_is_403(registrar_client, session):
    revision = get_first_revision(session)
    save_later(session, title_en="Closing")
    url = admin_url("revert", Session, session.pk, revision.key)
    assert registrar_client.get(url).status_code == 403
    assert registrar_client.post(url, {"token": get_version_token(session)}).status_code == 403
    assert Session.objects.get().title_en == "Closing"


def test_revert_without_csrf_token_is_403(organizer, session):
    strict = admin_client_for(organizer, enforce_csrf_checks=True)
    assert strict.post(admin_url("revert", Session, session.pk, get_first_revision(session).key)).status_code == 403


def test_revert_to_unknown_revision_is_404(organizer_client, session):
    assert organizer_client.get(admin_url("revert", Session, session.pk, 1)).status_code == 404


def test_revert_object_restores_the_conference(organizer_client, conference):
    revision = get_first_revision(conference)
    save_later(conference, city_en="Hue")
    revert_object(Conference, 1, revision.key, get_version_token(conference))
    assert Conference.objects.get().city_en == "Ha Noi"


def make_revision_with_deleted_portrait(speaker):
    """Return a revision of a speaker with a portrait that has been deleted since."""
    picture = Picture.objects.create(digest="a" * 64, files=[])
    save_later(speaker, portrait=picture, function_en="Mediator")
    revision = get_revisions(Speaker, speaker.pk)[-1]
    save_later(speaker, portrait=None, function_en="Minister")
    picture.delete()
    return revision


def test_revert_to_deleted_picture_leaves_it_out_with_warning(organizer_client, conference):
    linh = factories.make_speaker("Linh")
    revision = make_revision_with_deleted_portrait(linh)
    url = admin_url("revert", Speaker, linh.pk, revision.key)
    page = organizer_client.get(url)
    assert [change.label for change in page.context["changes"]] == ["Job title (English)"]
    assert "“Portrait” was not restored" in page.content.decode()
    assert organizer_client.post(url, {"token": page.context["token"]}).status_code == 302
    linh.refresh_from_db()
    assert (linh.portrait, linh.function_en) == (None, "Mediator")


def test_revert_to_existing_picture_shows_no_warning(organizer_client, conference):
    linh = factories.make_speaker("Linh")
    save_later(linh, portrait=Picture.objects.create(digest="a" * 64, files=[]))
    revision = get_revisions(Speaker, linh.pk)[-1]
    save_later(linh, portrait=None)
    page = organizer_client.get(admin_url("revert", Speaker, linh.pk, revision.key))
    assert [change.label for change in page.context["changes"]] == ["Portrait"]
    assert "was not restored" not in page.content.decode()


# Restoring


def test_restore_with_deleted_picture_leaves_it_out_with_warning(organizer_client, conference):
    picture = Picture.objects.create(digest="a" * 64, files=[])
    linh = factories.make_speaker("Linh", portrait=picture)
    key = linh.pk
    linh.delete()
    picture.delete()
    page = organizer_client.get(admin_url("restore", Speaker, key))
    assert "“Portrait” was not restored" in page.content.decode()
    assert "Portrait" not in [field.label for field in page.context["deleted_fields"]]
    assert organizer_client.post(admin_url("restore", Speaker, key)).status_code == 302


def test_restore_object_keeps_key_relations_and_children(session):
    before, key = take_snapshot(session), session.pk
    session.delete()
    restore_object(Session, key)
    assert take_snapshot(Session.objects.get(pk=key)) == before


def test_restore_object_leaves_out_children_deleted_earlier(session):
    Participation.objects.get(role="panellist").delete()
    backdate_history()
    key = session.pk
    session.delete()
    assert [part.role for part in restore_object(Session, key).participations.all()] == ["chair"]


def test_restore_object_restores_links_of_speaker(conference):
    linh = factories.make_speaker("Linh", links=["https://linh.example/"])
    before, key = take_snapshot(linh), linh.pk
    linh.delete()
    assert take_snapshot(restore_object(Speaker, key)) == before


@pytest.mark.parametrize("make", [factories.make_room, factories.make_theme, make_page])
def test_restore_object_restores_other_models(conference, make):
    instance = make()
    before, key = take_snapshot(instance), instance.pk
    instance.delete()
    assert take_snapshot(restore_object(type(instance), key)) == before


def test_deleted_page_lists_latest_first_with_user(organizer_client):
    for name in ("First", "Second"):
        organizer_client.post(admin_url("delete", Room, factories.make_room(name).pk), {"post": "yes"})
    deleted_objects = organizer_client.get(admin_url("deleted", Room)).context["deleted_objects"]
    assert [(instance["name"], instance["user"]) for instance in deleted_objects] == [
        ("Second", "Ana Costa"),
        ("First", "Ana Costa"),
    ]


def test_changelist_links_to_deleted_page(organizer_client):
    assert admin_url("deleted", Room) in organizer_client.get(admin_url("changelist", Room)).content.decode()


def test_deleted_records_leave_out_restored_objects(conference):
    room = factories.make_room()
    key = room.pk
    room.delete()
    restore_object(Room, key)
    assert not get_deleted_records(Room).exists()


def test_restore_page_restores_on_post_only(organizer_client):
    room = factories.make_room("Main Hall")
    key = room.pk
    room.delete()
    url = admin_url("restore", Room, key)
    assert organizer_client.get(url).status_code == 200
    assert not Room.objects.exists()
    assert organizer_client.post(url).status_code == 302
    assert get_timeline(organizer_client, Room.objects.get(pk=key))[0].description == "Restored after deletion"


def test_restore_object_after_bulk_delete_restores_children(organizer_client, session):
    key = session.pk
    organizer_client.post(
        admin_url("changelist", Session), {"action": "delete_selected", "_selected_action": key, "post": "yes"}
    )
    assert not Session.objects.exists()
    assert restore_object(Session, key).participations.count() == 2


def test_restore_with_deleted_room_shows_error_until_room_is_restored(organizer_client, session):
    key, room = session.pk, session.room
    room_key = room.pk
    session.delete()
    room.delete()
    response = organizer_client.post(admin_url("restore", Session, key))
    assert response.status_code == 409
    assert response.context["errors"] == ["It requires “Main Hall (deleted)”. Restore that first."]
    restore_object(Room, room_key)
    assert organizer_client.post(admin_url("restore", Session, key)).status_code == 302


def test_restore_with_taken_slug_shows_error(organizer_client, conference):
    page = make_page(slug="venue")
    key = page.pk
    page.delete()
    make_page(slug="venue")
    response = organizer_client.post(admin_url("restore", Page, key))
    assert response.context["errors"] == ["Web address (URL): Page with this Web address (URL) already exists."]


def test_restore_of_existing_object_is_404(organizer_client, session):
    assert organizer_client.post(admin_url("restore", Session, session.pk)).status_code == 404


def test_history_of_deleted_object_redirects_to_restore(organizer_client):
    room = factories.make_room()
    key = room.pk
    room.delete()
    response = organizer_client.get(admin_url("history", Room, key))
    assert response.headers["Location"] == admin_url("restore", Room, key)


def test_restore_without_add_permission_is_403(registrar_client):
    theme = factories.make_theme()
    key = theme.pk
    theme.delete()
    assert registrar_client.get(admin_url("deleted", Theme)).status_code == 403
    assert registrar_client.post(admin_url("restore", Theme, key)).status_code == 403
    assert not Theme.objects.exists()


def test_history_without_login_redirects_to_login(session):
    assert Client().get(admin_url("history", Session, session.pk)).status_code == 302


def test_deleted_page_needs_a_constant_number_of_queries(organizer_client):
    factories.make_room().delete()
    one = count_queries(organizer_client, admin_url("deleted", Room))
    for _ in range(20):
        factories.make_room().delete()
    assert count_queries(organizer_client, admin_url("deleted", Room)) == one
