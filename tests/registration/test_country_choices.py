"""Countries in registrations, after organizers have changed the list."""

import re

import pytest

from conference import countries
from conference.models import Country
from conference.registration.exports import registration_rows
from conference.registration.models import ErasedRegistration, Registration
from conference.registration.statistics import compute_statistics
from conference.registration.workflow.erasure import erase_user

from .factories import client_for, make_attendee, make_registration
from .registration_flow import EDIT_URL, REGISTER_URL, form_data, form_errors, page_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


def change_country(code, **changes):
    """Change or add an entry and make all pages show it."""
    Country.objects.create(**{"code": code, "group": "state"} | changes)
    countries.refresh_countries()


def test_register_form_offers_changed_and_added_entries_in_their_groups(client):
    change_country("VN", name_en="Vietland")
    change_country("XE", name_en="European <b>Union</b>", group="organization")
    page = page_text(client.get(REGISTER_URL))
    assert '<option value="VN">Vietland</option>' in page
    last_group = '<optgroup label="International organizations"><option value="XE">European &lt;b&gt;Union'
    assert page.count("<optgroup") == 3
    assert last_group in page


def test_register_form_refuses_a_hidden_entry(client):
    change_country("NO", is_hidden=True)
    assert 'value="NO"' not in page_text(client.get(REGISTER_URL))
    response = client.post(REGISTER_URL, form_data(country="NO"))
    assert form_errors(response) == {"country": ["Choose a country or territory from the list."]}
    assert "Nguyen Thi Linh" in page_text(response)


def test_edit_form_keeps_an_entry_that_was_hidden_after_it_was_chosen():
    user = make_attendee()
    make_registration(user, country="NO")
    change_country("NO", is_hidden=True)
    client = client_for(user)
    page = page_text(client.get(EDIT_URL))
    assert re.findall(r'<option value="(\w\w)" selected>(\w+)</option>', page)[0] == ("NO", "Norway")
    names = "passport_name badge_name organization function category gender languages access diet"
    data = {name: value for name, value in form_data().items() if name in names.split()}
    data |= {"country": "NO", "email_language": "en", "organization": "Fjord Institute"}
    assert client.post(EDIT_URL, data).status_code == 302
    assert Registration.objects.get().organization == "Fjord Institute"


def test_export_names_the_country_as_organizers_do():
    make_registration(country="NO")
    change_country("NO", name_en="Norge", is_hidden=True)
    header, row = registration_rows(Registration.objects.all())
    assert row[header.index("Country or territory")] == "Norge"


def test_statistics_count_organizations_also_after_erasure():
    change_country("XE", name_en="European Union", group="organization")
    user = make_attendee()
    make_registration(user, country="XE")
    make_registration(country="XE")
    erase_user(user)
    assert ErasedRegistration.objects.get().region == "organization"
    labels = {group.label: group.total for group in compute_statistics().regions if group.total}
    assert labels == {"International organizations": 2}
