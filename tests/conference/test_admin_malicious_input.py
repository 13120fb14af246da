"""Tests of malformed input to the admin: emptied forms, invalid identifiers and version tokens."""

import pytest
from django.contrib import admin
from django.urls import reverse

from conference.core.versioning.edit_merging import get_field_post_data

from ..admin_urls import admin_urls_for, make_one_of_each_model
from ..users import admin_client_for, get_message_texts, make_superuser

IDENTIFIERS = ["", "abc", "9" * 30, "5e55105e-0000-4000-8000-00000000000"]
TOKENS = ["", "abc", "title_en=abc&name_en=abc&links.abc=1&nothing.abc=1&nothing=1", "=", "a=%ZZ&b=%00"]
# Names under which pages send identifiers and tokens.
NAMES = [
    "token",
    "version",
    "seen",
    "chosen",
    "kind",
    "query",
    "decision",
    "ticket",
    "session",
    "room",
    "day",
    "tokens",
]
NAMES += [
    "form-tokens",
    "form-0-id",
    "form-0-pk",
    "id",
    "post",
    "_to_field",
    "_popup",
    "translation_is_current",
    "index",
]
NAMES += ["_selected_action", "select_across", "format", "delete", "filters", "language", "number"]


@pytest.fixture
def rows(conference, before_conference):
    return make_one_of_each_model()


@pytest.fixture
def superuser_client(rows):
    return admin_client_for(make_superuser())


def list_model_labels():
    return [model._meta.label_lower for model in admin.site._registry]


def get_change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def get_form_data(response):
    """Return the data that a browser sends for an unchanged change form."""
    if response.status_code != 200 or "adminform" not in response.context:
        return {}
    data = {"token": response.context.get("token", "")}
    bound_fields = list(response.context["adminform"].form)
    for inline in response.context["inline_admin_formsets"]:
        bound_fields += list(inline.formset.management_form)
        for form in inline.formset.initial_forms:
            bound_fields += list(form)
    for field in bound_fields:
        data |= {name: values for name, values in get_field_post_data(field).items() if values and values != [""]}
    return data


@pytest.mark.slow
@pytest.mark.parametrize("label", list_model_labels())
def test_change_form_with_emptied_fields_does_not_fail(superuser_client, rows, label):
    row = rows[label]
    url = get_change_url(row)
    data = get_form_data(superuser_client.get(url))
    names = [name for name in data if not name.endswith("_FORMS") and name != "token"]
    texts = [name for name in names if name.partition("_")[0] in ("title", "name", "short", "subject")]
    # Title and slug together are what an editor empties in order to write another page.
    for emptied in [[*texts, "slug"], names]:
        response = superuser_client.post(url, {name: "" if name in emptied else value for name, value in data.items()})
        assert response.status_code < 500, emptied


@pytest.mark.slow
@pytest.mark.parametrize("label", list_model_labels())
def test_add_form_without_fields_does_not_fail(superuser_client, rows, label):
    model = type(rows[label])
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    assert superuser_client.post(url, {}).status_code < 500
    assert superuser_client.post(url, {"slug": "", "title_en": "", "name_en": "", "status": "live"}).status_code < 500


@pytest.mark.slow
@pytest.mark.parametrize("label", list_model_labels())
def test_action_with_invalid_identifiers_changes_nothing(superuser_client, rows, label):
    model = type(rows[label])
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for action in admin.site._registry[model].get_actions(superuser_client.get(url).wsgi_request):
        for value in IDENTIFIERS:
            data = {"action": action, "_selected_action": [value, str(rows[label].pk)], "index": "0", "post": "yes"}
            assert superuser_client.post(url, data).status_code < 500, (action, value)
    assert model.objects.filter(pk=rows[label].pk).exists()


def test_action_with_invalid_identifier_shows_error(superuser_client, rows):
    data = {"action": "delete_selected", "_selected_action": ["abc", rows["conference.page"].pk], "post": "yes"}
    response = superuser_client.post("/admin/conference/page/", data, follow=True)
    assert get_message_texts(response) == ["Nothing was changed: the selection is not valid. Select the rows again."]


@pytest.mark.slow
@pytest.mark.parametrize("value", [*IDENTIFIERS[:3], TOKENS[2]])
def test_admin_page_with_invalid_identifier_or_token_does_not_fail(superuser_client, rows, value):
    for name, url in admin_urls_for(rows).items():
        data = dict.fromkeys(NAMES, value) | {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "1"}
        assert superuser_client.post(url, data | {"apply": "1"}).status_code < 500, (name, url)


@pytest.mark.slow
@pytest.mark.parametrize("label", list_model_labels())
def test_change_form_with_invalid_token_does_not_fail(superuser_client, rows, label):
    url = get_change_url(rows[label])
    data = get_form_data(superuser_client.get(url))
    for value in TOKENS:
        assert superuser_client.post(url, data | {"token": value}).status_code < 500


def test_change_form_with_invalid_token_shows_error(superuser_client, rows):
    url = get_change_url(rows["conference.page"])
    response = superuser_client.post(
        url, get_form_data(superuser_client.get(url)) | {"title_en": "Another", "token": "abc"}
    )
    assert "Not saved: another person changed this entry" in response.text
