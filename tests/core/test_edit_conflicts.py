"""Concurrent edits in the admin: no save overwrites values that its form did not show."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import RequestFactory
from django.urls import reverse
from simple_history.middleware import HistoryRequestMiddleware

from conference.core.admin import model_admin as core_admin
from conference.core.admin.model_admin import EditConflictError, get_locked_if_unchanged, get_version_token
from conference.core.versioning.edit_merging import get_field_post_data
from conference.models import Announcement, Conference, Page, Partner
from sessions.models import Participation, Room, Session, SessionLink, Theme
from speakers.models import Speaker

from .. import factories
from ..users import admin_client_for, count_queries, make_announcement, make_organizer, make_page, make_partner
from .admin_forms import change_url, get_conflicts, get_form_data, has_conflict, open_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana_client(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Ana", last_name="Costa"))


@pytest.fixture
def binh_client(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Bình", last_name="Lê"))


@pytest.fixture
def session():
    return factories.make_session(
        "Opening",
        room=factories.make_room("Main Hall"),
        themes=[factories.make_theme("Peace")],
        parts=[("chair", factories.make_speaker("Linh")), ("panellist", factories.make_speaker("Ingrid"))],
        links=[("stream", "https://stream.example/")],
    )


FACTORIES = {
    Session: factories.make_session,
    Speaker: factories.make_speaker,
    Room: factories.make_room,
    Theme: factories.make_theme,
    Page: make_page,
    Partner: make_partner,
    Announcement: make_announcement,
    Conference: Conference.objects.get,
}
TITLES = {Session: "title_en", Page: "title_en", Announcement: "text_en"}


@pytest.mark.parametrize("model", [Session, Conference], ids=lambda model: model.__name__)
def test_save_of_current_form_succeeds(ana_client, model):
    instance = FACTORIES[model]()
    name = TITLES.get(model, "name_en")
    data = open_form(ana_client, instance) | {name: "Another one"}
    assert ana_client.post(change_url(instance), data).status_code == 302
    assert getattr(model.objects.get(pk=instance.pk), name) == "Another one"


@pytest.mark.slow
@pytest.mark.parametrize("model", FACTORIES, ids=lambda model: model.__name__)
def test_save_of_outdated_form_is_a_conflict(ana_client, binh_client, model):
    instance = FACTORIES[model]()
    name = TITLES.get(model, "name_en")
    hers, his = open_form(ana_client, instance), open_form(binh_client, instance)
    binh_client.post(change_url(instance), his | {name: "His"})
    assert has_conflict(ana_client.post(change_url(instance), hers | {name: "Hers"}))
    assert getattr(model.objects.get(pk=instance.pk), name) == "His"


@pytest.mark.slow
def test_save_without_token_is_a_conflict(ana_client, session):
    data = open_form(ana_client, session)
    del data["token"]
    assert has_conflict(ana_client.post(change_url(session), data | {"title_en": "Unseen"}))
    assert Session.objects.get().title_en == "Opening"


@pytest.mark.slow
def test_conflict_shows_values_user_and_time(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"title_en": "His", "ends_at_1": "20:00:00"})
    response = ana_client.post(change_url(session), hers | {"title_en": "Hers"})
    conflicts = {field.name: field for field in response.context["edit_conflict"].conflicts}
    assert (conflicts["title_en"].theirs, conflicts["title_en"].yours) == ("His", "Hers")
    assert conflicts["title_en"].user == "Bình Lê"
    assert conflicts["title_en"].timestamp == session.history.first().history_date
    assert conflicts.keys() == {"title_en", "ends_at"}


@pytest.mark.slow
def test_conflict_keeps_edited_fields_in_the_form(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"title_en": "His"})
    response = get_form_data(
        ana_client.post(change_url(session), hers | {"title_en": "Hers", "summary_en": "A long evening's work."})
    )
    assert response["title_en"] == ["Hers"]
    assert response["summary_en"] == ["A long evening's work."]


@pytest.mark.slow
def test_conflict_puts_saved_values_into_unedited_fields(ana_client, binh_client, session):
    other = factories.make_room("Blue Room")
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    changes = {"room": str(other.pk), "ends_at_1": "20:00:00", "themes": [], "languages": ["en", "vi"]}
    binh_client.post(change_url(session), his | changes)
    response = get_form_data(ana_client.post(change_url(session), hers | {"title_en": "Hers"}))
    assert response["room"] == [str(other.pk)]
    assert response["ends_at_1"] == ["20:00:00"]
    assert response["languages"] == ["en", "vi"]
    assert "themes" not in response


@pytest.mark.slow
def test_save_again_after_conflict_succeeds(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"title_en": "His", "notice_en": "Bring water."})
    response = ana_client.post(change_url(session), hers | {"title_en": "Hers"})
    assert ana_client.post(change_url(session), get_form_data(response)).status_code == 302
    session = Session.objects.get()
    assert (session.title_en, session.notice_en) == ("Hers", "Bring water.")


@pytest.mark.slow
def test_save_again_after_another_change_is_a_conflict(ana_client, binh_client, session):
    hers = open_form(ana_client, session)
    binh_client.post(change_url(session), open_form(binh_client, session) | {"title_en": "His"})
    response = ana_client.post(change_url(session), hers | {"title_en": "Hers"})
    binh_client.post(change_url(session), open_form(binh_client, session) | {"title_en": "His again"})
    assert has_conflict(ana_client.post(change_url(session), get_form_data(response)))


@pytest.mark.slow
def test_save_again_after_validation_error_keeps_the_token(ana_client, binh_client, session):
    data = open_form(ana_client, session) | {"ends_at_1": "nonsense"}
    invalid = ana_client.post(change_url(session), data)
    binh_client.post(change_url(session), open_form(binh_client, session) | {"title_en": "His"})
    assert has_conflict(ana_client.post(change_url(session), get_form_data(invalid) | {"ends_at_1": "20:00:00"}))


@pytest.mark.slow
def test_save_of_reopened_form_succeeds(ana_client, binh_client, session):
    binh_client.post(change_url(session), open_form(binh_client, session) | {"title_en": "His"})
    assert (
        ana_client.post(change_url(session), open_form(ana_client, session) | {"title_en": "Hers"}).status_code == 302
    )


def test_save_after_change_without_history_is_a_conflict(ana_client, session):
    hers = open_form(ana_client, session)
    Session.objects.update(title_en="By a command")
    assert get_conflicts(ana_client.post(change_url(session), hers | {"title_en": "Hers"})) == {
        "Title (English)": ("By a command", "Hers")
    }


@pytest.mark.slow
def test_conflict_with_added_child_keeps_it(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    added = {
        "participations-TOTAL_FORMS": "3",
        "participations-2-role": "keynote",
        "participations-2-placeholder_en": "A minister",
        "participations-2-order": "2",
    }
    binh_client.post(change_url(session), his | added)
    response = ana_client.post(change_url(session), hers | {"title_en": "Hers"})
    assert get_conflicts(response) == {"Participation": ("Keynote, A minister, order 2",) * 2}
    ana_client.post(change_url(session), get_form_data(response))
    assert Participation.objects.count() == 3
    assert Session.objects.get().title_en == "Hers"


@pytest.mark.slow
def test_conflict_with_deleted_child_keeps_it_deleted(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"participations-1-DELETE": "on"})
    response = ana_client.post(change_url(session), hers | {"title_en": "Hers"})
    assert has_conflict(response)
    assert ana_client.post(change_url(session), get_form_data(response)).status_code == 302
    assert [part.role for part in Participation.objects.all()] == ["chair"]


@pytest.mark.slow
def test_conflict_with_deleted_child_that_was_edited_creates_it_again(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"participations-1-DELETE": "on"})
    response = ana_client.post(change_url(session), hers | {"participations-1-role": "keynote"})
    assert ana_client.post(change_url(session), get_form_data(response)).status_code == 302
    assert sorted(part.role for part in Participation.objects.all()) == ["chair", "keynote"]


@pytest.mark.slow
def test_conflict_in_the_same_child_shows_both_values(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"links-0-url": "https://his.example/"})
    response = ana_client.post(change_url(session), hers | {"links-0-url": "https://hers.example/"})
    assert get_conflicts(response) == {"Link": ("Stream, https://his.example/", "Stream, https://hers.example/")}
    ana_client.post(change_url(session), get_form_data(response))
    assert SessionLink.objects.get().url == "https://hers.example/"


def test_save_of_deleted_object_redirects_to_restore(ana_client, binh_client, session):
    hers, form = open_form(ana_client, session) | {"title_en": "Hers"}, change_url(session)
    restoring = reverse("admin:programme_session_restore", args=[session.pk])
    session.delete()
    response = ana_client.post(form, hers)
    assert response.headers["Location"] == restoring
    binh_client.post(restoring)
    assert ana_client.post(form, hers).status_code == 302
    assert Session.objects.get().title_en == "Hers"


def test_save_without_change_permission_is_403(session, conference):
    viewer = make_organizer()
    assert admin_client_for(viewer).post(change_url(session), {"token": ""}).status_code == 403


@pytest.mark.slow
def test_conflict_escapes_html(ana_client, binh_client, session):
    hers, his = open_form(ana_client, session), open_form(binh_client, session)
    binh_client.post(change_url(session), his | {"title_en": "<script>alert(1)</script>"})
    page = ana_client.post(change_url(session), hers | {"title_en": "Hers"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.slow
def test_change_form_needs_a_constant_number_of_queries(ana_client, session):
    few = count_queries(ana_client, change_url(session))
    for number in range(10):
        SessionLink.objects.create(session=session, kind="document", url=f"https://{number}.example/")
    assert count_queries(ana_client, change_url(session)) == few


# Editable changelists


class EditableListAdmin(core_admin.ContentModelAdmin):
    list_display = ["title_en", "starts_at", "room", "status"]
    list_editable = ["starts_at", "room", "status"]


def request_changelist(user, data=None):
    """Request an editable changelist, or submit it with data."""
    request = RequestFactory().post("/", data) if data is not None else RequestFactory().get("/")
    request.user, request.session, request._messages = user, {}, IgnoredMessages()
    request._dont_enforce_csrf_checks = True
    return HistoryRequestMiddleware(EditableListAdmin(Session, admin.site).changelist_view)(request)


class IgnoredMessages:
    def add(self, *_):
        pass


def get_changelist_data(response):
    formset = response.context_data["cl"].formset
    data = {"_save": "Save"}
    for bound in (bound for form in [formset.management_form, *formset.forms] for bound in form):
        data |= {name: values for name, values in get_field_post_data(bound).items() if values}
    return data


@pytest.fixture
def user(conference):
    return make_organizer(is_superuser=True, first_name="Ana", last_name="Costa")


def test_changelist_save_of_current_list_succeeds(user, session):
    data = get_changelist_data(request_changelist(user))
    assert request_changelist(user, data | {"form-0-status": "cancelled"}).status_code == 302
    assert Session.objects.get().status == "cancelled"


@pytest.mark.slow
def test_changelist_save_with_conflict_shows_error_in_row(user, session):
    hers, his = get_changelist_data(request_changelist(user)), get_changelist_data(request_changelist(user))
    request_changelist(user, his | {"form-0-status": "cancelled"})
    response = request_changelist(user, hers | {"form-0-status": "tentative"})
    message = "Ana Costa changed “Status” to “Cancelled”; your value is “Tentative”. Save again to keep yours."
    assert response.context_data["cl"].formset.forms[0].non_field_errors() == [message]
    assert Session.objects.get().status == "cancelled"
    request_changelist(user, get_changelist_data(response))
    assert Session.objects.get().status == "tentative"


def test_changelist_save_keeps_saved_values_of_unedited_rows(user, session):
    other = factories.make_session("Later", starts_at=factories.december(8, 18), ends_at=factories.december(8, 19))
    hers = get_changelist_data(request_changelist(user))
    Session.objects.filter(pk=session.pk).update(status="cancelled")
    number = [form["id"].value() for form in request_changelist(user).context_data["cl"].formset.forms].index(other.pk)
    assert request_changelist(user, hers | {f"form-{number}-status": "tentative"}).status_code == 302
    assert set(Session.objects.values_list("title_en", "status")) == {("Opening", "cancelled"), ("Later", "tentative")}


# Pages that save without these forms


def test_get_locked_if_unchanged_with_current_token_returns_object(session):
    with transaction.atomic():
        assert get_locked_if_unchanged(Session, session.pk, get_version_token(session)) == session


def test_get_locked_if_unchanged_with_outdated_token_raises_error(session):
    token = get_version_token(session)
    Session.objects.update(status="cancelled")
    with pytest.raises(EditConflictError) as error, transaction.atomic():
        get_locked_if_unchanged(Session, session.pk, token)
    assert [(field.name, field.theirs) for field in error.value.conflicts] == [("status", "Cancelled")]
    assert error.value.version_token == get_version_token(Session.objects.get())


# Simultaneous saves


def run_together(*jobs):
    """Run functions in threads that start at the same time, and return their results."""
    ready = threading.Barrier(len(jobs), timeout=60)

    def run(job):
        try:
            ready.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]


def save_simultaneously(ana_client, binh_client, instance):
    forms = [
        (ana_client, open_form(ana_client, instance) | {"title_en": "Hers"}),
        (binh_client, open_form(binh_client, instance) | {"title_en": "His"}),
    ]
    return run_together(*(partial(client.post, change_url(instance), data) for client, data in forms))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_simultaneous_saves_one_is_a_conflict(ana_client, binh_client, session):
    responses = save_simultaneously(ana_client, binh_client, session)
    assert sorted(response.status_code for response in responses) == [200, 302]
    title = Session.objects.get().title_en
    conflicting = next(response for response in responses if response.status_code == 200)
    assert get_conflicts(conflicting) == {"Title (English)": (title, "His" if title == "Hers" else "Hers")}


@pytest.mark.django_db(transaction=True)
def test_simultaneous_get_locked_if_unchanged_one_raises_error(session):
    token = get_version_token(session)

    def move(minutes):
        try:
            with transaction.atomic():
                instance = get_locked_if_unchanged(Session, session.pk, token)
                instance.ends_at = factories.december(7, 20, minutes)
                instance.save()
        except EditConflictError as error:
            return [field.name for field in error.conflicts]
        return "moved"

    responses = run_together(lambda: move(5), lambda: move(10))
    assert sorted(map(str, responses)) == ["['ends_at']", "moved"]
