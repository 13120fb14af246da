"""What somebody typed to do harm is text on every page of the registrars' desk, and no address of it fails."""

import pytest
from django.contrib.auth.models import User
from django.utils.html import escape

from conference.registration import workflow
from conference.registration.models import Category, Registration

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..users import admin_client_for, make_organizer, make_superuser
from . import factories

HOSTILE = '"><img src=x onerror=1>'
# What Django writes into each cell of a formula of the export is tested with the export.
FACTS = ("passport_name", "badge_name", "organization", "function")
YEARS = ("at", "day", "created_at", "submitted_at", "status_changed_at")
REGISTRATIONS = "/admin/registration/registration/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(conference):
    rows = make_one_of_each_model()
    Registration.objects.update(**dict.fromkeys(FACTS, HOSTILE))
    Category.objects.update(name_en=HOSTILE, name_vi=HOSTILE)
    rows["registration.specialneeds"].access = rows["registration.needs"].diet = HOSTILE
    rows["registration.specialneeds"].save()
    factories.make_registration(passport_name=HOSTILE, badge_name=HOSTILE, organization=HOSTILE)
    workflow.edit_details(Registration.objects.first(), {"function": HOSTILE + "2"}, by=None)
    return rows


@pytest.fixture
def boss(rows):
    return admin_client_for(make_superuser())


def pages(rows):
    return {name: page for (model, name), page in admin_urls_for(rows).items() if model.startswith("registration.")}


@pytest.mark.parametrize("language", ["", "/vi"])
def test_nothing_typed_is_markup_on_any_page(rows, boss, language):
    shown = {name: boss.get(language + page, follow=True).text for name, page in pages(rows).items()}
    shown["front"] = boss.get(f"{language}/admin/").text
    assert sum(escape(HOSTILE) in text for text in shown.values()) > 8
    assert [name for name, text in shown.items() if HOSTILE in text] == []


@pytest.mark.parametrize("sent", [{}, {"post": "yes"}, {"seen": "x" * 5000, "decision": "decline", "reason": HOSTILE}])
def test_no_address_fails_whatever_is_sent(rows, boss, sent):
    answers = {name: boss.post(page, sent).status_code for name, page in pages(rows).items() if "erase" not in name}
    assert {name: status for name, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize(
    "query", ["o=99999", "o=x.-1.", "p=99999", "at__year=99999999999999999999", "all=", "e=1", "q=%F0%9F"]
)
def test_no_list_fails_whatever_is_asked(rows, boss, query):
    mine = (name for name in pages(rows) if name.endswith("changelist") and "letter" not in name)
    lists = {name: pages(rows)[name] for name in mine}
    answers = {name: boss.get(f"{page}?{query}").status_code for name, page in lists.items()}
    assert {name: status for name, status in answers.items() if status >= 500} == {}


def test_an_account_is_not_deleted_from_under_a_registration(conference, boss):
    linh = factories.make_registration()
    boss.post(f"/admin/auth/user/{linh.user_id}/delete/", {"post": "yes"})
    boss.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [linh.user_id], "post": "yes"})
    assert User.objects.filter(pk=linh.user_id).exists()
    assert Registration.objects.filter(pk=linh.pk).exists()


@pytest.mark.parametrize("page", ["", "figures/", "export/", "several/"])
def test_a_refusal_is_in_words_for_looking_and_for_sending(rows, page):
    client = admin_client_for(make_organizer("Programme editors"))
    for response in (client.get(REGISTRATIONS + page), client.post(REGISTRATIONS + page)):
        if response.status_code != 405:
            assert response.status_code == 403
            assert "You do not have access to this page" in response.text
