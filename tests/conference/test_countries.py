"""The list of countries as organizers change it, on public pages and in the admin."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from conference import countries
from conference.core.i18n.countries import (
    all_country_choices,
    country_choices,
    find_country_code,
    get_country_name,
    get_region_key,
    is_organization,
)
from conference.core.versioning.edit_conflicts import get_version_token
from conference.models import Country
from conference.permissions import group_permissions

from .. import factories
from ..users import admin_client_for, count_queries, form_errors, get_message_texts, make_country, make_organizer

LIST = "/admin/conference/country/"
VIET_NAM = f"{LIST}VN/change/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def communications_client(conference):
    return admin_client_for(make_organizer("Communications"))


@pytest.fixture
def viewer_client(conference):
    return admin_client_for(make_organizer("Viewers"))


def change_country(code="VN", **changes):
    """Change or add an entry and make all pages show it."""
    country = make_country(code, **changes)
    countries.refresh_countries()
    return country


def country_data(code="VN", **changes):
    """Return valid POST data of the form of an entry."""
    country = Country.objects.filter(pk=code).first() or Country(code=code, group="state")
    data = {"name_en": "", "name_vi": "", "group": "state", "aliases": "", "token": get_version_token(country)}
    return data | changes


def list_codes(response):
    """Return the codes in the list of the admin."""
    return re.findall(r'<td class="code">(..)</td>', response.text)


# The list


def test_changed_name_replaces_the_built_in_one_in_its_language_only():
    change_country(name_en="Vietnam")
    assert get_country_name("VN") == "Vietnam"
    with translation.override("vi"):
        assert get_country_name("VN") == "Việt Nam"


def test_hidden_entry_is_no_public_choice_but_keeps_its_name():
    change_country("GL", group="territory", is_hidden=True)
    assert "GL" not in dict(country_choices())
    assert all_country_choices()[-1][0] == "XO"
    assert dict(all_country_choices())["GL"] == get_country_name("GL") == "Greenland"


def test_hidden_entry_that_was_chosen_before_is_a_choice():
    change_country("GL", group="territory", is_hidden=True)
    assert dict(country_choices(besides="GL"))["GL"] == "Greenland"


def test_added_organization_is_a_choice_in_its_own_group():
    change_country("XE", name_en="European Union", group="organization")
    assert country_choices()[-1] == ("XE", "European Union")
    assert is_organization("XE")
    assert get_region_key("XE") == "organization"
    assert get_region_key("VN") == "asia_pacific"
    assert get_region_key("PS") == ""


def test_entry_moved_to_another_group_is_listed_there():
    change_country("GL", group="state")
    codes = [code for code, _name in country_choices()]
    assert codes.index("GL") < codes.index("ZW") < codes.index("AS")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("Vietnam", "VN"), ("Viet Nam", "VN"), ("việt nam", "VN"), ("Đại Việt", "VN"), ("AN NAM", "VN")),
        *(("vn", "VN"), ("VNM", "VN"), ("XE", "XE"), ("eu", "XE"), ("European union", "XE"), ("Atlantis", "")),
    ],
)
def test_find_country_code_recognizes_changed_added_and_built_in_names(text, code):
    change_country("VN", name_en="Vietnam", aliases="Dai Viet\r\n\n An Nam ")
    change_country("XE", name_en="European Union", aliases="EU", group="organization")
    assert find_country_code(text) == code


@pytest.mark.parametrize(("text", "code"), [("Nga", "RU"), ("nga", "RU"), ("NGA", "NG"), ("USA", "US"), ("usa", "US")])
def test_find_country_code_takes_three_capitals_as_a_code_first(text, code):
    assert find_country_code(text) == code


@pytest.mark.parametrize(
    ("field", "text", "other"),
    [
        ("name_en", "norway", "Norway"),
        ("name_vi", "Na Uy", "Norway"),
        ("name_en", "Na-Uy", "Norway"),
        ("aliases", "Vietland\nNORWÄY", "Norway"),
        ("aliases", "no", "Norway"),
        ("name_en", "Ivory Coast", "Côte d’Ivoire"),
        ("name_en", "Atlantis", "Atlantis"),
        ("name_en", "Cambodia", "Kampuchea"),
    ],
)
def test_country_with_a_name_of_another_entry_is_refused(field, text, other):
    change_country("XA", name_en="Atlantis", group="territory")
    change_country("KH", name_en="Kampuchea")
    with pytest.raises(ValidationError) as refused:
        Country(code="VN", group="state", **{field: text}).full_clean()
    assert list(refused.value.message_dict) == [field]
    assert f"is already a name of “{other}”" in refused.value.message_dict[field][0]


def test_country_may_repeat_its_own_built_in_names():
    Country(code="VN", group="state", name_en="Viet Nam", name_vi="Việt Nam", aliases="Vietnam\nVNM").full_clean()


def test_country_may_have_the_code_of_three_letters_of_another_as_its_name():
    Country(code="RU", group="state", name_vi="Nga").full_clean()


@pytest.mark.parametrize("code", ["xe", "QM", "AQ", "ZZ"])
def test_country_with_a_free_code_is_accepted(code):
    country = Country(code=code, group="territory", name_en="Atlantis")
    country.full_clean()
    assert country.code == code.upper()


@pytest.mark.parametrize("code", ["EU", "QL", "X", "12", "ĐĐ", "", "XO1"])
def test_country_with_another_code_is_refused(code):
    with pytest.raises(ValidationError) as refused:
        Country(code=code, group="territory", name_en="Atlantis").full_clean()
    assert "code" in refused.value.message_dict


def test_added_country_without_a_name_is_refused():
    with pytest.raises(ValidationError) as refused:
        Country(code="XE", group="territory", name_vi="Đảo").full_clean()
    assert refused.value.message_dict == {"name_en": ["Enter a name."]}


# Public pages


@pytest.fixture
def speakers(conference):
    people = [
        factories.make_speaker(name, country=code) for name, code in [("Linh", "VN"), ("Josep", "XE"), ("Rose", "XO")]
    ]
    factories.make_session("Opening", parts=[("panellist", person) for person in people])
    factories.publish_release()


def test_public_page_shows_a_changed_name_without_a_release(speakers, client):
    assert "Viet Nam" in client.get("/speakers/?by=country").text
    change_country(name_en="Vietland")
    page = client.get("/speakers/?by=country").text
    assert "Vietland" in page
    assert "Viet Nam" not in page


def test_public_page_makes_no_query_for_countries(speakers, client):
    change_country(name_en="Vietland")
    client.get("/speakers/")
    with CaptureQueriesContext(connection) as captured:
        assert "Vietland" in client.get("/speakers/?by=country").text
    assert len(captured) == 0


def test_speakers_of_an_added_organization_are_grouped_with_organizations(speakers, client):
    change_country("XE", name_en="European Union", group="organization")
    page = client.get("/speakers/?by=country").text
    headings = re.findall(r"<h2[^>]*>\s*([^<]+?)\s*<", page)
    assert headings[-2:] == ["Viet Nam", "International organizations"]
    assert '<p class="role">European Union</p>' in page


# Admin


def test_country_list_shows_all_entries_in_their_groups(communications_client):
    codes = list_codes(communications_client.get(LIST))
    assert len(codes) == len(set(codes)) == 243
    assert codes[0] == "AF"
    assert codes[-1] == "XO"


def test_country_list_shows_what_was_edited_at_once(communications_client):
    communications_client.post(VIET_NAM, country_data(name_en="Vietland", is_hidden="on"))
    page = communications_client.get(LIST).text
    labels = re.search(r'lang="en">Vietland</a>(.*?)</th>', page, re.DOTALL)[1]
    assert re.findall(r">(\w+)<", labels) == ["Changed", "Hidden"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?q=viet+nam", ["VN"]),
        ("?q=na+uy", ["NO"]),
        ("?q=zw", ["ZW"]),
        ("?q=ivory", ["CI"]),
        ("?group=organization", ["XE", "XO"]),
        ("?shown=edited", ["VN", "XE"]),
        ("?shown=hidden", ["VN", "XO"]),
        ("?shown=hidden&group=state", ["VN"]),
        ("?q=atlantis", []),
    ],
)
def test_country_list_search_and_filters(communications_client, query, codes):
    make_country("VN", is_hidden=True)
    make_country("XE", name_en="European Union", group="organization")
    assert list_codes(communications_client.get(LIST + query)) == codes


def test_country_list_reports_an_invalid_filter_and_ignores_it(communications_client):
    page = communications_client.get(f"{LIST}?group=planet&shown=x&q=norway")
    assert "“planet” is not a valid option and was ignored." in page.text
    assert list_codes(page) == ["NO"]


def test_country_list_query_count_does_not_depend_on_rows(communications_client):
    for_none = count_queries(communications_client, LIST)
    for code in ("VN", "NO", "SE", "XE"):
        make_country(code, name_en=f"Land {code}")
    assert count_queries(communications_client, LIST) == for_none


def test_country_list_in_vietnamese_is_sorted_by_vietnamese_names(communications_client):
    codes = list_codes(communications_client.get(f"/vi{LIST}"))
    assert codes.index("DK") > codes.index("DM")


def test_country_form_of_a_built_in_entry_states_its_names(communications_client):
    page = communications_client.get(VIET_NAM).text
    assert "Default name: Việt Nam." in page
    assert 'name="name_en"' in page
    assert "/delete/" not in page


def test_country_form_saves_the_change_of_a_built_in_entry(communications_client):
    assert communications_client.post(VIET_NAM, country_data(name_en="Vietland")).status_code == 302
    country = Country.objects.get()
    assert (country.code, country.name_en, country.group) == ("VN", "Vietland", "state")
    assert [record.history_type for record in country.history.all()] == ["+"]


def test_country_form_adds_an_organization(communications_client):
    data = {"code": "xe", "name_en": "European Union", "group": "organization", "aliases": "EU"}
    assert communications_client.post(f"{LIST}add/", data).status_code == 302
    assert Country.objects.get().pk == "XE"


def test_country_form_refuses_a_name_in_use_and_keeps_what_was_typed(communications_client):
    response = communications_client.post(VIET_NAM, country_data(name_en="Norway", aliases="Vietland"))
    assert form_errors(response) == {"name_en": ["“Norway” is already a name of “Norway” (NO)."]}
    assert "Vietland" in response.text
    assert not Country.objects.exists()


def test_country_form_reports_what_another_organizer_has_saved_meanwhile(communications_client):
    data = country_data(name_vi="Nước Việt")
    make_country(name_en="Vietland")
    response = communications_client.post(VIET_NAM, data)
    assert "another person changed this entry" in response.text
    assert Country.objects.get().name_vi == ""
    merged = {name: response.context["adminform"].form[name].value() for name in ("name_en", "name_vi")}
    assert merged == {"name_en": "Vietland", "name_vi": "Nước Việt"}


def test_country_form_of_an_unknown_code_leads_back(communications_client):
    response = communications_client.get(f"{LIST}EU/change/", follow=True)
    assert "doesn’t exist" in response.text


def test_deleting_the_changes_of_a_built_in_entry_restores_it(communications_client):
    make_country(name_en="Vietland")
    assert "Restore the default entry" in communications_client.get(VIET_NAM).text
    page = communications_client.get(f"{LIST}VN/delete/").text
    assert "Việt Nam" in page
    response = communications_client.post(f"{LIST}VN/delete/", {"post": "yes"})
    assert get_message_texts(response) == ["“Viet Nam” has its default names and group again."]
    assert not Country.objects.exists()
    assert communications_client.get(VIET_NAM).status_code == 200


def test_deleted_changes_can_be_restored(communications_client):
    make_country(name_en="Vietland").delete()
    history = communications_client.get(f"{LIST}VN/history/")
    assert history.headers["Location"] == f"{LIST}deleted/VN/"
    communications_client.post(f"{LIST}deleted/VN/")
    assert Country.objects.get().name_en == "Vietland"


def test_restoring_a_name_that_another_entry_has_by_now_is_refused(communications_client):
    make_country(name_en="Vietland").delete()
    make_country("LA", name_en="Vietland")
    response = communications_client.post(f"{LIST}deleted/VN/")
    assert response.status_code == 409
    assert "is already a name of “Vietland” (LA)" in response.text


def test_earlier_version_can_be_restored(communications_client):
    country = make_country(name_en="Vietland")
    factories.update(country, name_en="Land of the South")
    page = communications_client.get(f"{LIST}VN/history/").text
    revert_url = re.search(rf'href="({LIST}VN/history/\d+/)"', page)[1]
    token = communications_client.get(revert_url).context["token"]
    communications_client.post(revert_url, {"token": token})
    assert Country.objects.get().name_en == "Vietland"


@pytest.mark.parametrize(("is_used", "status"), [(True, 403), (False, 302)])
def test_added_entry_can_be_deleted_only_while_it_is_unused(communications_client, is_used, status):
    make_country("XE", name_en="European Union", group="organization")
    if is_used:
        factories.make_speaker("Josep", country="XE")
    assert ("Speakers" in communications_client.get(f"{LIST}XE/change/").text) == is_used
    assert communications_client.post(f"{LIST}XE/delete/", {"post": "yes"}).status_code == status
    assert Country.objects.exists() == is_used


def test_viewers_see_the_list_and_entries_but_change_nothing(viewer_client):
    assert len(list_codes(viewer_client.get(LIST))) == 243
    assert viewer_client.get(VIET_NAM).status_code == 200
    assert viewer_client.get(f"{LIST}VN/history/").status_code == 200
    assert viewer_client.post(VIET_NAM, country_data(name_en="Vietland")).status_code == 403
    assert not Country.objects.exists()


def test_speaker_form_offers_hidden_and_added_entries(conference):
    change_country("GL", group="territory", is_hidden=True)
    change_country("XE", name_en="European Union", group="organization")
    page = admin_client_for(make_organizer("Programme editors")).get("/admin/speakers/speaker/add/").text
    assert '<option value="GL">Greenland</option>' in page
    assert '<option value="XE">European Union</option>' in page


# Upgrade


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_migration_grants_the_permissions_to_existing_groups():
    migrations = [("conference", "0003_setup_confirmation")], MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate(migrations[0])
        Permission.objects.filter(content_type__model="country").delete()
        Group.objects.get(name="Viewers").permissions.clear()
    finally:
        MigrationExecutor(connection).migrate(migrations[1])
    assert make_organizer("Communications").get_all_permissions() == group_permissions("Communications")
    assert make_organizer("Viewers").get_all_permissions() == set()
