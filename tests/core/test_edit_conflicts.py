"""Two people who edit one row at once: nobody overwrites what the other has saved without having seen it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import RequestFactory
from django.urls import reverse
from simple_history.middleware import HistoryRequestMiddleware

from conference.core import admin as editing
from conference.core import edit_conflicts
from conference.core.admin import EditConflictError, get_locked_if_unchanged, get_version_token
from conference.core.edit_conflicts import get_field_post_data
from conference.models import Announcement, Conference, Page, Partner
from sessions.models import Participation, Room, Session, SessionLink, Theme
from speakers.models import Speaker

from .. import factories
from ..users import admin_client_for, count_queries, make_announcement, make_organizer, make_page, make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(conference):
    return admin_client_for(make_organizer(is_superuser=True, first_name="Ana", last_name="Costa"))


@pytest.fixture
def binh(conference):
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


def form_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def opened(desk, row):
    """What a browser would send of the form of a row, had nobody typed anything."""
    return sent_by(desk.get(form_of(row)))


def sent_by(response):
    """What a browser would send of a form that it shows."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {"token": response.context["token"]}
    for bound in (bound for form in forms for bound in form):
        sent |= {name: values for name, values in get_field_post_data(bound).items() if values}
    return sent


def is_refused(response):
    return response.status_code == 200 and "another person changed this entry" in response.content.decode()


def told(response):
    """{label: (theirs, yours)} of the differences that a page shows."""
    return {one.label: (one.theirs, one.yours) for one in response.context["edit_conflict"].conflicts}


ROWS = {
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


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_form_is_saved_over_what_it_showed(ana, model):
    row = ROWS[model]()
    name = TITLES.get(model, "name_en")
    assert ana.post(form_of(row), opened(ana, row) | {name: "Another one"}).status_code == 302
    assert getattr(model.objects.get(pk=row.pk), name) == "Another one"


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_a_form_is_not_saved_over_what_somebody_else_has_saved_since(ana, binh, model):
    row = ROWS[model]()
    name = TITLES.get(model, "name_en")
    hers, his = opened(ana, row), opened(binh, row)
    binh.post(form_of(row), his | {name: "His"})
    assert is_refused(ana.post(form_of(row), hers | {name: "Hers"}))
    assert getattr(model.objects.get(pk=row.pk), name) == "His"


def test_a_form_that_says_nothing_of_what_it_showed_is_not_saved(ana, session):
    sent = opened(ana, session)
    del sent["token"]
    assert is_refused(ana.post(form_of(session), sent | {"title_en": "Unseen"}))
    assert Session.objects.get().title_en == "Opening"


def test_who_is_refused_sees_who_changed_what_and_when(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"title_en": "His", "ends_at_1": "20:00:00"})
    response = ana.post(form_of(session), hers | {"title_en": "Hers"})
    differences = {one.name: one for one in response.context["edit_conflict"].conflicts}
    assert (differences["title_en"].theirs, differences["title_en"].yours) == ("His", "Hers")
    assert differences["title_en"].user == "Bình Lê"
    assert differences["title_en"].timestamp == session.history.first().history_date
    assert differences.keys() == {"title_en", "ends_at"}


def test_what_was_typed_stays_in_the_form(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"title_en": "His"})
    refused = sent_by(ana.post(form_of(session), hers | {"title_en": "Hers", "summary_en": "A long evening's work."}))
    assert refused["title_en"] == ["Hers"]
    assert refused["summary_en"] == ["A long evening's work."]


def test_where_nothing_was_typed_the_form_shows_what_was_saved(ana, binh, session):
    other = factories.make_room("Blue Room")
    hers, his = opened(ana, session), opened(binh, session)
    changes = {"room": str(other.pk), "ends_at_1": "20:00:00", "themes": [], "languages": ["en", "vi"]}
    binh.post(form_of(session), his | changes)
    refused = sent_by(ana.post(form_of(session), hers | {"title_en": "Hers"}))
    assert refused["room"] == [str(other.pk)]
    assert refused["ends_at_1"] == ["20:00:00"]
    assert refused["languages"] == ["en", "vi"]
    assert "themes" not in refused


def test_saving_again_after_having_seen_it_is_meant(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"title_en": "His", "notice_en": "Bring water."})
    refused = ana.post(form_of(session), hers | {"title_en": "Hers"})
    assert ana.post(form_of(session), sent_by(refused)).status_code == 302
    session = Session.objects.get()
    assert (session.title_en, session.notice_en) == ("Hers", "Bring water.")


def test_who_is_refused_and_then_overtaken_again_is_refused_again(ana, binh, session):
    hers = opened(ana, session)
    binh.post(form_of(session), opened(binh, session) | {"title_en": "His"})
    refused = ana.post(form_of(session), hers | {"title_en": "Hers"})
    binh.post(form_of(session), opened(binh, session) | {"title_en": "His again"})
    assert is_refused(ana.post(form_of(session), sent_by(refused)))


def test_a_mistake_in_a_form_does_not_make_it_newer_than_it_is(ana, binh, session):
    sent = opened(ana, session) | {"ends_at_1": "nonsense"}
    mistaken = ana.post(form_of(session), sent)
    binh.post(form_of(session), opened(binh, session) | {"title_en": "His"})
    assert is_refused(ana.post(form_of(session), sent_by(mistaken) | {"ends_at_1": "20:00:00"}))


def test_a_form_that_was_opened_again_is_saved(ana, binh, session):
    binh.post(form_of(session), opened(binh, session) | {"title_en": "His"})
    assert ana.post(form_of(session), opened(ana, session) | {"title_en": "Hers"}).status_code == 302


def test_a_change_by_no_form_at_all_is_seen_too(ana, session):
    hers = opened(ana, session)
    Session.objects.update(title_en="By a command")
    assert told(ana.post(form_of(session), hers | {"title_en": "Hers"})) == {
        "Title (English)": ("By a command", "Hers")
    }


def test_a_speaker_who_was_added_meanwhile_is_shown_and_kept(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    added = {
        "participations-TOTAL_FORMS": "3",
        "participations-2-role": "keynote",
        "participations-2-placeholder_en": "A minister",
        "participations-2-order": "2",
    }
    binh.post(form_of(session), his | added)
    refused = ana.post(form_of(session), hers | {"title_en": "Hers"})
    assert told(refused) == {"Participation": ("Keynote, A minister, order 2",) * 2}
    ana.post(form_of(session), sent_by(refused))
    assert Participation.objects.count() == 3
    assert Session.objects.get().title_en == "Hers"


def test_a_speaker_who_was_taken_out_meanwhile_stays_out(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"participations-1-DELETE": "on"})
    refused = ana.post(form_of(session), hers | {"title_en": "Hers"})
    assert is_refused(refused)
    assert ana.post(form_of(session), sent_by(refused)).status_code == 302
    assert [part.role for part in Participation.objects.all()] == ["chair"]


def test_a_part_that_was_taken_out_while_it_was_edited_can_be_saved_anew(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"participations-1-DELETE": "on"})
    refused = ana.post(form_of(session), hers | {"participations-1-role": "keynote"})
    assert ana.post(form_of(session), sent_by(refused)).status_code == 302
    assert sorted(part.role for part in Participation.objects.all()) == ["chair", "keynote"]


def test_of_two_who_change_the_same_link_the_second_sees_the_first(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"links-0-url": "https://his.example/"})
    refused = ana.post(form_of(session), hers | {"links-0-url": "https://hers.example/"})
    assert told(refused) == {"Link": ("Stream, https://his.example/", "Stream, https://hers.example/")}
    ana.post(form_of(session), sent_by(refused))
    assert SessionLink.objects.get().url == "https://hers.example/"


def test_a_form_of_what_was_deleted_meanwhile_is_saved_once_that_is_restored(ana, binh, session):
    hers, form = opened(ana, session) | {"title_en": "Hers"}, form_of(session)
    restoring = reverse("admin:programme_session_restore", args=[session.pk])
    session.delete()
    refused = ana.post(form, hers)
    assert refused.headers["Location"] == restoring
    binh.post(restoring)
    assert ana.post(form, hers).status_code == 302
    assert Session.objects.get().title_en == "Hers"


def test_a_viewer_cannot_learn_of_changes_by_sending_a_form(session, conference):
    viewer = make_organizer()
    assert admin_client_for(viewer).post(form_of(session), {"token": ""}).status_code == 403


def test_a_hostile_title_is_text_where_two_have_changed_it(ana, binh, session):
    hers, his = opened(ana, session), opened(binh, session)
    binh.post(form_of(session), his | {"title_en": "<script>alert(1)</script>"})
    page = ana.post(form_of(session), hers | {"title_en": "Hers"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_form_asks_as_often_for_many_speakers_as_for_few(ana, session):
    few = count_queries(ana, form_of(session))
    for number in range(10):
        SessionLink.objects.create(session=session, kind="document", url=f"https://{number}.example/")
    assert count_queries(ana, form_of(session)) == few


# Lists


class TimesAdmin(editing.ContentModelAdmin):
    list_display = ["title_en", "starts_at", "room", "status"]
    list_editable = ["starts_at", "room", "status"]


def the_list(user, data=None):
    """The page of a list in which rows are edited, as somebody gets it."""
    request = RequestFactory().post("/", data) if data is not None else RequestFactory().get("/")
    request.user, request.session, request._messages, request._dont_enforce_csrf_checks = user, {}, Silent(), True
    return HistoryRequestMiddleware(TimesAdmin(Session, admin.site).changelist_view)(request)


class Silent:
    def add(self, *_):
        pass


def sent_by_list(response):
    formset = response.context_data["cl"].formset
    sent = {"_save": "Save"}
    for bound in (bound for form in [formset.management_form, *formset.forms] for bound in form):
        sent |= {name: values for name, values in get_field_post_data(bound).items() if values}
    return sent


@pytest.fixture
def user(conference):
    return make_organizer(is_superuser=True, first_name="Ana", last_name="Costa")


def test_a_list_is_saved_over_what_it_showed(user, session):
    sent = sent_by_list(the_list(user))
    assert the_list(user, sent | {"form-0-status": "cancelled"}).status_code == 302
    assert Session.objects.get().status == "cancelled"


def test_a_list_does_not_overwrite_what_somebody_else_has_saved(user, session):
    hers, his = sent_by_list(the_list(user)), sent_by_list(the_list(user))
    the_list(user, his | {"form-0-status": "cancelled"})
    response = the_list(user, hers | {"form-0-status": "tentative"})
    complaint = "Ana Costa changed “Status” to “Cancelled”; your value is “Tentative”. Save again to keep yours."
    assert response.context_data["cl"].formset.forms[0].non_field_errors() == [complaint]
    assert Session.objects.get().status == "cancelled"
    the_list(user, sent_by_list(response))
    assert Session.objects.get().status == "tentative"


def test_a_list_keeps_what_somebody_else_has_saved_where_nothing_was_typed(user, session):
    other = factories.make_session("Later", starts_at=factories.december(8, 18), ends_at=factories.december(8, 19))
    hers = sent_by_list(the_list(user))
    Session.objects.filter(pk=session.pk).update(status="cancelled")
    number = [form["id"].value() for form in the_list(user).context_data["cl"].formset.forms].index(other.pk)
    assert the_list(user, hers | {f"form-{number}-status": "tentative"}).status_code == 302
    assert set(Session.objects.values_list("title_en", "status")) == {("Opening", "cancelled"), ("Later", "tentative")}


# The board, or whatever else saves a row by itself


def test_a_row_is_taken_to_be_changed_where_it_is_what_was_shown(session):
    with transaction.atomic():
        assert get_locked_if_unchanged(Session, session.pk, get_version_token(session)) == session


def test_a_row_is_not_taken_where_it_is_something_else_now(session):
    shown = get_version_token(session)
    Session.objects.update(status="cancelled")
    with pytest.raises(EditConflictError) as refusal, transaction.atomic():
        get_locked_if_unchanged(Session, session.pk, shown)
    assert [(one.name, one.theirs) for one in refusal.value.conflicts] == [("status", "Cancelled")]
    assert refusal.value.version_token == get_version_token(Session.objects.get())


# At the same time


def both(*jobs):
    """Do jobs in threads of their own, each of which waits for the others to begin."""
    ready = threading.Barrier(len(jobs), timeout=10)

    def do(job):
        try:
            ready.wait()
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(do, job) for job in jobs]]


def two_save_at_once(ana, binh, row):
    forms = [(ana, opened(ana, row) | {"title_en": "Hers"}), (binh, opened(binh, row) | {"title_en": "His"})]
    return both(*(lambda desk=desk, form=form: desk.post(form_of(row), form) for desk, form in forms))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_of_two_who_save_at_the_same_time_one_is_told_of_the_other(ana, binh, session, _round):
    answers = two_save_at_once(ana, binh, session)
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    kept = Session.objects.get().title_en
    lost = next(answer for answer in answers if answer.status_code == 200)
    assert told(lost) == {"Title (English)": (kept, "His" if kept == "Hers" else "Hers")}


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_believe_that_they_have_saved(ana, binh, session, monkeypatch):
    """The control: both read before either writes, as they may where nobody waits. SQLite's transactions always wait,
    so there the token is what is left out."""
    together = threading.Barrier(2, timeout=10)
    if connection.vendor == "sqlite":
        monkeypatch.setattr(edit_conflicts.EditConflict, "changed", [])
    else:
        monkeypatch.setattr(editing, "lock_rows", lambda *_: None)
        check = editing.ContentModelAdmin.merge_or_report_conflict

        def check_together(self, request, key):
            found = check(self, request, key)
            together.wait()
            return found

        monkeypatch.setattr(editing.ContentModelAdmin, "merge_or_report_conflict", check_together)
    answers = two_save_at_once(ana, binh, session)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert session.history.filter(title_en__in=["Hers", "His"]).values("title_en").distinct().count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_a_session_on_the_board_at_once_one_is_told(session):
    shown = get_version_token(session)

    def move(minutes):
        try:
            with transaction.atomic():
                row = get_locked_if_unchanged(Session, session.pk, shown)
                row.ends_at = factories.december(7, 20, minutes)
                row.save()
        except EditConflictError as refusal:
            return [one.name for one in refusal.conflicts]
        return "moved"

    answers = both(lambda: move(5), lambda: move(10))
    assert sorted(map(str, answers)) == ["['ends_at']", "moved"]
