"""Fuzzing of the hidden fields of the admin: no value of one leads to a server error, for any group of organizers."""

import os

import pytest
from django.db import transaction

from conference.core.form_recovery.html_forms import parse_forms
from conference.permissions import GROUP_PERMISSIONS

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..core.admin_forms import change_url
from ..users import admin_client_for, make_organizer, make_superuser

VALUES = [
    ";=1+1",
    "amp;title_en=0&amp;subject_en=0&amp;name_en=0&id=1&pk=2",
    "9" * 30,
    "-1",
    "abc",
    "5e55105e-0000-4000-8000-000000000000",
    "",
    None,
    "\ud7ff\U0001d7d8%ZZ&=&a.b.c=1&links.=2&participations.x=3",
    "1e5",
    "٣",
]
# Parameters of Django's admin that a page may carry beyond its own hidden fields, and buttons.
PARAMETERS = ["_popup", "_to_field", "_selected_action", "select_across", "index", "next", "_changelist_filters"]
BUTTONS = ["_save", "_continue", "_saveasnew", "_addanother", "_preview", "_reset", "apply", "post", "confirm"]
# Door staff have no page of the admin but check-in, which has its own tests.
ROLES = [None, *(group for group in GROUP_PERMISSIONS if group != "Door staff")]
# FUZZING_EXAMPLES=1 tries a value, and with a higher number so many, for each field instead of for some of them.
EXAMPLES = int(os.environ.get("FUZZING_EXAMPLES", "0"))
MAX_FIELDS = 60


@pytest.fixture
def rows(conference, before_conference):
    return make_one_of_each_model()


def list_hidden_fields(client, url):
    """Return pairs of the data of a form on the page, as a browser submits it, and one of its hidden fields."""
    response = client.get(url)
    if response.status_code != 200 or response.streaming or "html" not in response.headers["Content-Type"]:
        return
    for form in parse_forms(response.text):
        if not form.is_post or "/logout/" in form.tag.get("action"):
            continue
        target = form.tag.get("action") or url
        hidden = {control.name for control in form.controls if control.type == "hidden"} - {"csrfmiddlewaretoken"}
        for name in [*sorted(hidden), *PARAMETERS]:
            yield target, form.data, name


def post(client, url, data):
    """Return the status, and undo the changes."""
    with transaction.atomic():
        status = client.post(url, data).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.slow
@pytest.mark.parametrize("offset", range(max(1, min(EXAMPLES, len(VALUES)))))
@pytest.mark.parametrize("role", ROLES)
def test_hidden_field_with_any_value_does_not_fail(rows, role, offset):
    client = admin_client_for(make_organizer(role) if role else make_superuser())
    client.raise_request_exception = False
    fields = {}
    for url in dict.fromkeys(admin_urls_for(rows).values()):
        for target, data, name in list_hidden_fields(client, url):
            fields.setdefault((target, name), data)
    failures = []
    for number, ((target, name), data) in enumerate(fields.items()):
        if not EXAMPLES and number % max(1, len(fields) // MAX_FIELDS):
            continue
        value = VALUES[(number + offset) % len(VALUES)]
        button = BUTTONS[number % len(BUTTONS)]
        changed = {key: values for key, values in data.items() if key != name} | {button: "1"}
        if value is not None:
            changed[name] = value
        if post(client, target, changed) >= 500:
            failures.append((target, name, value, button))
    assert failures == []
    assert fields


@pytest.mark.slow
def test_management_form_with_any_value_does_not_fail(rows):
    client = admin_client_for(make_superuser())
    client.raise_request_exception = False
    url = change_url(rows["programme.session"])
    failures = []
    for target, data, name in list_hidden_fields(client, url):
        if not name.endswith(("_FORMS", "-0-id")):
            continue
        for value in [None, "", "abc", "-1", "9" * 30, "0", "2"]:
            changed = {key: values for key, values in data.items() if key != name} | {"_save": "1"}
            if value is not None:
                changed[name] = value
            if post(client, target, changed) >= 500:
                failures.append((name, value))
    assert failures == []
