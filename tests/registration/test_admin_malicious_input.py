"""Admin pages of registration with malicious text and malformed input."""

import pytest
from django.contrib.auth.models import User
from django.utils.html import escape

from conference.registration import workflow
from conference.registration.models import Category, Registration, SpecialNeeds

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..users import admin_client_for, make_organizer
from . import factories

MALICIOUS_TEXT = '"><img src=x onerror=1>'
DETAIL_FIELDS = ("passport_name", "badge_name", "organization", "function")
REGISTRATIONS_URL = "/admin/registration/registration/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def objects(conference):
    objects = make_one_of_each_model()
    Registration.objects.update(**dict.fromkeys(DETAIL_FIELDS, MALICIOUS_TEXT))
    Category.objects.update(name_en=MALICIOUS_TEXT, name_vi=MALICIOUS_TEXT)
    SpecialNeeds.objects.update(access=MALICIOUS_TEXT, diet=MALICIOUS_TEXT)
    factories.make_registration(passport_name=MALICIOUS_TEXT, badge_name=MALICIOUS_TEXT, organization=MALICIOUS_TEXT)
    workflow.edit_details(Registration.objects.first(), {"function": MALICIOUS_TEXT + "2"}, by=None)
    return objects


def admin_pages(objects):
    return {name: page for (model, name), page in admin_urls_for(objects).items() if model.startswith("registration.")}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["", "/vi"])
def test_admin_pages_escape_malicious_text(objects, superuser_client, language):
    texts = {
        name: superuser_client.get(language + page, follow=True).content.decode(errors="replace")
        for name, page in admin_pages(objects).items()
    }
    texts["dashboard"] = superuser_client.get(f"{language}/admin/").text
    assert sum(escape(MALICIOUS_TEXT) in text for text in texts.values()) > 8
    assert [name for name, text in texts.items() if MALICIOUS_TEXT in text] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", [{"post": "yes"}, {"version": "x" * 5000, "decision": "decline", "reason": MALICIOUS_TEXT}]
)
def test_admin_pages_with_malformed_post_data_do_not_fail(objects, superuser_client, data):
    statuses = {
        name: superuser_client.post(page, data).status_code
        for name, page in admin_pages(objects).items()
        if "erase" not in name
    }
    assert {name: status for name, status in statuses.items() if status >= 500} == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", ["o=99999", "o=x.-1.", "p=99999", "at__year=99999999999999999999", "all=", "e=1", "q=%F0%9F"]
)
def test_admin_lists_with_malformed_queries_do_not_fail(objects, superuser_client, query):
    lists = {name: url for name, url in admin_pages(objects).items() if name.endswith("changelist")}
    statuses = {name: superuser_client.get(f"{page}?{query}").status_code for name, page in lists.items()}
    assert {name: status for name, status in statuses.items() if status >= 500} == {}


def test_user_with_registration_cannot_be_deleted_in_the_admin(conference, superuser_client):
    linh = factories.make_registration()
    superuser_client.post(f"/admin/auth/user/{linh.user_id}/delete/", {"post": "yes"})
    superuser_client.post(
        "/admin/auth/user/", {"action": "delete_selected", "_selected_action": [linh.user_id], "post": "yes"}
    )
    assert User.objects.filter(pk=linh.user_id).exists()
    assert Registration.objects.filter(pk=linh.pk).exists()


@pytest.mark.parametrize("page", ["", "statistics/", "export/", "bulk-action/"])
def test_forbidden_admin_pages_explain_why(objects, page):
    client = admin_client_for(make_organizer("Programme editors"))
    for response in (client.get(REGISTRATIONS_URL + page), client.post(REGISTRATIONS_URL + page)):
        if response.status_code != 405:
            assert response.status_code == 403
            assert "You do not have access to this page" in response.text
