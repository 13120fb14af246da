"""Recovery of submitted forms: an ended session, a replaced CSRF token, and database errors."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as WebSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from conference.core.form_recovery.html_forms import fill_page, parse_forms
from conference.models import Page
from sessions.models import Participation, Session

from ..factories import make_room, make_session, make_speaker
from ..users import PASSWORD, admin_client_for, client_without_mfa, make_page, make_superuser
from .admin_forms import change_url, open_form

pytestmark = pytest.mark.django_db

NOTICE = "Your form was not sent because your session changed."
ELSEWHERE = {"origin": "https://evil.example"}


@pytest.fixture
def user(conference):
    return make_superuser()


@pytest.fixture
def client(user):
    return admin_client_for(user, enforce_csrf_checks=True)


def page_form(page, name="title_en"):
    """Return what a browser submits for the form of a page that has a control of this name."""
    return next(form for form in parse_forms(page) if name in form.names).data


def end_session(client):
    """Delete the session on the server; the browser keeps its cookies."""
    WebSession.objects.filter(session_key=client.cookies["sessionid"].value).delete()


def sign_in(client, user):
    """Sign the user in, in the same browser. The CSRF token is replaced."""
    fresh = admin_client_for(user)
    stored = client.session
    for name in ("recovered_forms", "_session_expiry"):
        if name in stored:
            session = fresh.session
            session[name] = stored[name]
            session.save()
    client.cookies["sessionid"] = fresh.cookies["sessionid"].value


def test_form_submitted_after_the_session_has_ended_is_shown_after_sign_in(client, user):
    row = make_page("Old title")
    data = page_form(client.get(change_url(row)).text) | {"title_en": ['New "title"'], "in_menu": ["on"]}
    end_session(client)
    response = client.post(change_url(row), data)
    assert response.headers["Location"].startswith("/admin/login/?next=/admin/conference/page/")
    sign_in(client, user)
    page = client.get(change_url(row)).text
    assert NOTICE in page
    shown = page_form(page)
    assert shown["title_en"] == ['New "title"']
    assert shown["in_menu"] == ["on"]
    assert Page.objects.get().title_en == "Old title"
    client.post(change_url(row), shown)
    assert Page.objects.get().title_en == 'New "title"'
    assert NOTICE not in client.get(change_url(row)).text


def test_form_submitted_after_the_session_has_ended_is_not_shown_to_another_user(client, user):
    row = make_page("Old title")
    data = page_form(client.get(change_url(row)).text) | {"title_en": ["A secret title"]}
    end_session(client)
    client.post(change_url(row), data)
    sign_in(client, make_superuser())
    assert "A secret title" not in client.get(change_url(row)).text
    sign_in(client, user)
    assert "A secret title" not in client.get(change_url(row)).text


def test_form_submitted_by_an_unknown_browser_is_not_kept(user):
    client = Client()
    client.post(reverse("admin:conference_page_add"), {"title_en": "From nobody"})
    assert "recovered_forms" not in client.session


def test_form_with_a_replaced_csrf_token_is_shown_again(client):
    url = reverse("admin:conference_page_add")
    data = page_form(client.get(url).text) | {
        "title_en": ["New"],
        "body_en": ["Text"],
        "csrfmiddlewaretoken": ["x" * 64],
    }
    response = client.post(url, data)
    assert response.status_code == 403
    assert NOTICE in response.text
    assert page_form(response.text)["title_en"] == ["New"]
    assert not Page.objects.exists()
    client.post(url, page_form(response.text))
    assert Page.objects.get().title_en == "New"


def test_inline_rows_with_a_replaced_csrf_token_are_shown_again(client):
    session = make_session("Opening", room=make_room(), parts=[("chair", make_speaker("Ingrid"))])
    linh = make_speaker("Linh")
    data = page_form(client.get(change_url(session)).text)
    data |= {
        "participations-TOTAL_FORMS": ["3"],
        "participations-0-role": ["moderator"],
        "participations-1-role": ["panellist"],
        "participations-1-speaker": [str(linh.pk)],
        "participations-1-order": ["1"],
        "participations-2-role": ["panellist"],
        "participations-2-placeholder_en": ["A minister"],
        "participations-2-order": ["2"],
        "csrfmiddlewaretoken": ["x" * 64],
    }
    response = client.post(change_url(session), data)
    assert ">Linh</option>" in response.text
    client.post(change_url(session), page_form(response.text))
    parts = Participation.objects.order_by("order").values_list("role", "speaker__name_en", "placeholder_en")
    assert list(parts) == [("moderator", "Ingrid", ""), ("panellist", "Linh", ""), ("panellist", None, "A minister")]


def test_form_from_another_origin_shows_nothing_of_it(client):
    url = reverse("admin:conference_page_add")
    response = client.post(url, {"title_en": "From evil"}, headers=ELSEWHERE)
    assert response.status_code == 403
    assert "From evil" not in response.text
    assert "recovered_forms" not in client.session
    assert not Page.objects.exists()


def test_action_with_a_replaced_csrf_token_keeps_the_selection(client):
    rows = [make_page(), make_page()]
    url = reverse("admin:conference_page_changelist")
    response = client.post(url, {"action": "delete_selected", "_selected_action": [rows[1].pk]})
    form = page_form(response.text, "_selected_action")
    assert form["action"] == ["delete_selected"]
    assert form["_selected_action"] == [str(rows[1].pk)]
    assert Page.objects.count() == 2


def test_confirmation_page_with_a_replaced_csrf_token_can_be_sent_again(client):
    session = make_session("Opening")
    url = reverse("admin:programme_session_changelist")
    first = {"action": "cancel_selected", "_selected_action": [session.pk], "csrfmiddlewaretoken": token(client, url)}
    data = page_form(client.post(url, first).text, "notice_en") | {"notice_en": ["A strike"], "apply": ["1"]}
    response = client.post(url, data | {"csrfmiddlewaretoken": ["x" * 64]})
    assert "Send again" in response.text
    client.post(url, page_form(response.text, "notice_en"))
    assert Session.objects.get().notice_en == "A strike"


def test_confirmed_move_with_a_replaced_csrf_token_can_be_sent_again(client):
    session = make_session("Opening")
    url = reverse("admin:programme_session_move") + "?day=2020-12-07"
    data = page_form(client.get(url).text, "day") | {"day": ["2020-12-08"]}
    data = page_form(client.post(url, data).text, "day") | {"confirm": ["Move sessions"]}
    response = client.post(url, data | {"csrfmiddlewaretoken": ["x" * 64]})
    assert "Send again" in response.text
    client.post(url, page_form(response.text, "day"))
    assert Session.objects.get().starts_at - session.starts_at == timedelta(days=1)


def token(client, url):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(url).text)[1]


def test_page_that_accepts_only_post_can_be_sent_again_after_sign_in(client, user):
    url = reverse("admin:registration_registration_bulk_action")
    client.get(reverse("admin:index"))
    csrf = token(client, reverse("admin:index"))
    end_session(client)
    client.post(url, {"bulk_action": "decline", "note": "Too many", "csrfmiddlewaretoken": csrf})
    sign_in(client, user)
    response = client.get(url)
    assert response.status_code == 200
    assert 'name="note" value="Too many"' in response.text


def test_passwords_and_codes_are_not_kept(client):
    url = reverse("account_change_password")
    response = client.post(url, {"oldpassword": PASSWORD, "password1": "another-secret", "note": "kept"})
    assert PASSWORD not in response.text
    assert "another-secret" not in response.text


def test_file_with_a_replaced_csrf_token_is_named(client):
    url = reverse("admin:speakers_speaker_add")
    photo = SimpleUploadedFile("photo <1>.jpg", b"x" * 300_000)
    response = client.post(url, {"name_en": "Linh", "picture": photo})
    assert page_form(response.text, "name_en")["name_en"] == ["Linh"]
    assert "choose this file again: photo &lt;1&gt;.jpg" in response.text


def test_large_form_submitted_after_the_session_has_ended_is_kept(client, user):
    url = reverse("admin:conference_page_add")
    data = page_form(client.get(url).text) | {"body_en": ["x" * 300_000]}
    end_session(client)
    assert client.post(url, data).status_code == 302
    sign_in(client, user)
    assert page_form(client.get(url).text)["body_en"] == data["body_en"]


def test_discard_button_shows_the_stored_values(client, user):
    row = make_page("Old title")
    data = page_form(client.get(change_url(row)).text) | {"title_en": ["New title"]}
    end_session(client)
    client.post(change_url(row), data)
    sign_in(client, user)
    form = page_form(client.get(change_url(row)).text, "discard_recovered_form")
    client.post(change_url(row), form | {"discard_recovered_form": ["1"]})
    assert page_form(client.get(change_url(row)).text)["title_en"] == ["Old title"]


def test_script_is_told_that_the_session_has_ended(client, user):
    session = make_session("Opening", room=make_room())
    url = reverse("admin:programme_session_timetable_day", args=["2020-12-07"])
    data = page_form(client.get(url).text, "start") | {"start": ["20:00"]}
    end_session(client)
    response = client.post(url, data, headers={"accept": "application/json"})
    assert response.status_code == 403
    assert "your entries are kept" in response.json()["message"]
    sign_in(client, user)
    page = client.get(url).text
    assert page_form(page, "start")["start"] == ["20:00"]
    assert '<details class="editor-move" open>' in page
    session.refresh_from_db()
    assert session.starts_at.hour == 11


def test_second_factor_that_is_not_verified_keeps_the_form(client, user):
    url = reverse("admin:conference_page_add")
    data = page_form(client.get(url).text) | {"title_en": ["New"]}
    client.cookies["sessionid"] = client_without_mfa(user).cookies["sessionid"].value
    response = client.post(url, data)
    assert response.status_code == 403
    assert f'href="{url}">Confirm' in response.text
    sign_in(client, user)
    assert page_form(client.get(url).text)["title_en"] == ["New"]


def test_concurrent_edit_of_a_recovered_form_is_reported(client, user):
    row = make_page("Old title")
    data = open_form(client, row) | {"title_en": "Mine"}
    Page.objects.update(title_en="Theirs")
    response = client.post(change_url(row), data)
    client.post(change_url(row), page_form(response.text))
    assert Page.objects.get().title_en == "Theirs"


PAGE = """
<form method="get"><input name="q"></form>
<details><form method="post" id="f">
<input type="hidden" name="key" value="1"><input name="t" value="a"></form></details>
<details><form method="post" id="g"><input type="hidden" name="key" value="2"><input name="t" value="a">
<textarea name="body">
&lt;b&gt;</textarea>
<select name="s" multiple><option value="1" selected>One</option><option value="2">Two</option></select>
<input type="checkbox" name="c" checked>
<input type="radio" name="r" value="x" checked><input type="radio" name="r" value="y">
<input type="password" name="p"><input name="csrfmiddlewaretoken" value="fresh"></form></details>
<input form="f" name="outside" value="o">
"""


def test_parse_forms_returns_what_a_browser_submits():
    _search, first, second = parse_forms(PAGE)
    assert first.data == {"key": ["1"], "t": ["a"], "outside": ["o"]}
    assert second.data == {
        "key": ["2"],
        "t": ["a"],
        "body": ["<b>"],
        "s": ["1"],
        "c": ["on"],
        "r": ["x"],
        "csrfmiddlewaretoken": ["fresh"],
    }


def test_fill_page_fills_the_form_with_the_same_hidden_values():
    data = QueryDict("key=2&t=%3Cb%3E&body=%0Ax&s=2&s=3&r=y&p=secret&csrfmiddlewaretoken=old")
    filled = fill_page(PAGE, data, "<p>Notice</p>", lambda attributes, value: f"Label {value}")
    _search, first, second = parse_forms(filled.content)
    assert first.data["t"] == ["a"]
    assert second.data == {
        "key": ["2"],
        "t": ["<b>"],
        "body": ["\nx"],
        "s": ["2", "3"],
        "r": ["y"],
        "csrfmiddlewaretoken": ["fresh"],
    }
    assert "secret" not in filled.content
    assert "Label 3</option>" in filled.content
    assert '<details open><p>Notice</p><form method="post" id="g">' in filled.content


def test_fill_page_without_a_control_for_a_value_reports_it():
    assert fill_page(PAGE, QueryDict("key=2&missing=1&empty="), "", str).missing == {"missing"}
