"""Registration of people by organizers, on site and on their behalf."""

import re
import uuid

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client

from conference.accounts.email_ownership import find_account
from conference.mail.models import QueuedEmail
from conference.registration import capacity, workflow
from conference.registration.badges.content import build_content
from conference.registration.models import CheckIn, Entrance, ErasedRegistration, Registration
from conference.registration.tickets.issuance import ticket_details

from ..factories import december, reload_site
from ..users import admin_client_for, get_message_texts, make_organizer
from . import factories
from .factories import IN_PERSON, MONDAY, client_for, make_attendee, make_quota, make_registration
from .registration_flow import CODE_URL, DASHBOARD_URL, REGISTER_URL, enter_code, form_data, sent_codes
from .registration_flow import EMAIL as ADDRESS

ON_SITE_URL = "/admin/registration/registration/on-site/"
REQUEST_CODE_URL, DATA_URL = "/accounts/login/code/", "/my/data.json"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


@pytest.fixture
def supervisor():
    factories.make_registration_settings()
    return make_organizer("Door supervisors")


@pytest.fixture
def supervisor_client(supervisor):
    return admin_client_for(supervisor)


def entries(**changes):
    values = {
        "id": str(uuid.uuid4()),
        "name": "Trần Văn Bảo",
        "badge_name": "",
        "organization": "Ministry",
        "category": "observer",
        "day_2020-12-07": "in_person",
        "country": "",
        "email": "",
        "email_language": "vi",
        "consent": "1",
    }
    return values | changes


def register(client, **changes):
    """Submit the form and return the new registration."""
    response = client.post(ON_SITE_URL, entries(**changes))
    assert response.status_code == 302, response.context["form"].errors
    return Registration.objects.order_by("submitted_at").last()


def person_url(registration, page=""):
    return f"{ON_SITE_URL}{registration.pk}/{page}"


def sign_in_with_code(address):
    client = Client()
    client.post(REQUEST_CODE_URL, {"email": address})
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    return client


# The form


def test_on_site_registration_is_confirmed_with_a_ticket_and_without_email(supervisor_client, supervisor):
    registration = register(supervisor_client)
    assert (registration.status, registration.badge_name, registration.country.code) == (
        "confirmed",
        "Trần Văn Bảo",
        "",
    )
    assert (registration.email, registration.email_language) == ("", "vi")
    assert registration.tickets.count() == 1
    assert [event.action for event in registration.events.all()] == ["by_organizer", "approved", "seats_assigned"]
    assert {event.by for event in registration.events.all()} == {supervisor}
    assert not QueuedEmail.objects.exists()


def test_on_site_form_on_a_day_of_the_conference_preselects_it_in_person(supervisor):
    with time_machine.travel(december(8, 17)):
        form = admin_client_for(supervisor).get(ON_SITE_URL).context["form"]
    assert {name: form[name].value() for name in form.fields if name.startswith("day_")} == {
        "day_2020-12-08": "in_person",
        "day_2020-12-09": None,
    }


def test_on_site_form_sent_twice_makes_one_registration(supervisor_client):
    data = entries()
    locations = {supervisor_client.post(ON_SITE_URL, data).headers["Location"] for _ in range(2)}
    assert len(locations) == Registration.objects.count() == 1


def test_on_site_form_sent_again_for_another_person_keeps_the_entries_and_asks(supervisor_client):
    data = entries()
    supervisor_client.post(ON_SITE_URL, data)
    response = supervisor_client.post(ON_SITE_URL, data | {"name": "Nguyen Hoa"})
    assert "saved before, as “Trần Văn Bảo”" in response.text
    new_key = re.search(r'name="id" value="([^"]+)"', response.text)[1]
    supervisor_client.post(ON_SITE_URL, data | {"name": "Nguyen Hoa", "id": new_key})
    assert Registration.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a" * 200}, "name"),
        ({"name": "Linh " * 20}, "badge_name"),
        ({"organization": ""}, "organization"),
        ({"category": "unknown"}, "category"),
        ({"day_2020-12-07": ""}, "day_2020-12-07"),
        ({"day_2020-12-07": "by_ship"}, "day_2020-12-07"),
        ({"country": "??"}, "country"),
        ({"email": "nonsense"}, "email"),
        ({"email_language": "xx"}, "email_language"),
        ({"consent": ""}, "consent"),
        ({"consent": "0"}, "consent"),
    ],
)
def test_on_site_form_with_bad_entry_shows_the_error_and_the_entries(supervisor_client, changes, field):
    response = supervisor_client.post(ON_SITE_URL, entries(badge_name="", **{"organization": "Ministry"} | changes))
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert not Registration.objects.exists()


def test_on_site_form_with_malformed_key_registers_with_another_one(supervisor_client):
    assert register(supervisor_client, id="'; --").pk


@pytest.mark.parametrize("group", ["Door staff", "Hospitality", "Viewers", "Programme editors"])
def test_on_site_pages_without_permission_are_refused(group):
    registration = make_registration()
    client = admin_client_for(make_organizer(group))
    pages = [ON_SITE_URL, *(person_url(registration, page) for page in ("", "badge/", "email/"))]
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(person_url(registration, "check-in/")).status_code == 403


def test_on_site_form_after_the_conference_explains_that_all_days_are_over(supervisor):
    with time_machine.travel(december(11, 9)):
        assert "All days of the conference are over" in admin_client_for(supervisor).get(ON_SITE_URL).text


# Capacity


@pytest.fixture
def full_monday():
    make_quota(seats=1)
    make_registration()


@pytest.mark.usefixtures("full_monday")
def test_on_site_full_day_is_refused_with_the_entries_kept(supervisor_client):
    response = supervisor_client.post(ON_SITE_URL, entries())
    assert "7 December, in person" in response.text
    assert 'value="Trần Văn Bảo"' in response.text
    assert "override_reason" in response.text
    assert Registration.objects.count() == 1
    assert User.objects.filter(username__startswith="no-email").count() == 0


@pytest.mark.usefixtures("full_monday")
def test_on_site_override_exceeds_the_limit_and_is_recorded(supervisor_client, supervisor):
    registration = register(supervisor_client, override_reason="Minister")
    event = registration.events.get(action="over_capacity")
    assert (event.internal_note, event.by, event.after) == ("Minister", supervisor, "confirmed")
    count = capacity.count_seats().for_day(MONDAY, IN_PERSON)
    assert (count.taken, count.limit, count.available) == (2, 1, 0)


@pytest.mark.usefixtures("full_monday")
def test_on_site_override_without_permission_is_ignored(supervisor):
    supervisor.groups.clear()
    supervisor.user_permissions.add(*permissions("register_on_site"))
    response = admin_client_for(supervisor).post(ON_SITE_URL, entries(override_reason="Minister"))
    assert "ask a supervisor" in response.text
    assert Registration.objects.count() == 1


def permissions(*names):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_on_site_full_category_and_venue_are_named(supervisor_client, open_category):
    factories.make_registration_settings(seats=1)
    make_registration(category=open_category)
    open_category.seats = 1
    open_category.save()
    page = supervisor_client.post(ON_SITE_URL, entries()).text
    assert "category “Observer”" in page
    assert "total on-site capacity" in page


def test_on_site_reason_without_a_full_limit_is_not_recorded(supervisor_client):
    registration = register(supervisor_client, override_reason="Minister")
    assert not registration.events.filter(action="over_capacity").exists()


def test_on_site_person_comes_after_the_wait_list(supervisor_client):
    quota = make_quota(seats=1)
    make_registration()
    waiting = make_registration()
    quota.seats = 2
    quota.save()
    assert "No places left" in supervisor_client.post(ON_SITE_URL, entries()).text
    waiting.refresh_from_db()
    # The refused request has changed nothing.
    assert waiting.status == "waitlisted"


# Duplicates


def test_on_site_similar_person_is_shown_before_anything_is_saved(supervisor_client):
    make_registration(passport_name="Tran Van Bao", organization="Elsewhere")
    page = supervisor_client.post(ON_SITE_URL, entries()).text
    assert "Is this person registered already?" in page
    assert Registration.objects.count() == 1
    keys = re.search(r'name="duplicates" value="([^"]+)"', page)[1]
    assert register(supervisor_client, duplicates=keys).badge_name == "Trần Văn Bảo"


@pytest.mark.usefixtures("full_monday")
def test_on_site_rejected_duplicate_is_not_asked_again_when_the_day_is_full(supervisor_client):
    make_registration(passport_name="Tran Van Bao", days={})
    page = supervisor_client.post(ON_SITE_URL, entries()).text
    keys = re.search(r'name="duplicates" value="([^"]+)"', page)[1]
    page = supervisor_client.post(ON_SITE_URL, entries(duplicates=keys)).text
    assert "No places left" in page
    assert f'type="hidden" name="duplicates" value="{keys}"' in page


# Addresses


def test_on_site_address_gets_one_email_without_personal_data(supervisor_client):
    registration = register(supervisor_client, email=ADDRESS)
    email = QueuedEmail.objects.get()
    assert (email.to, email.email_type, email.language) == (ADDRESS, "registered_by_organizer", "vi")
    assert "Bảo" not in email.text + email.html + email.subject + email.calendar
    assert (registration.email, registration.unproved_email) == ("", ADDRESS)
    workflow.cancel_registration(registration, by=None)
    assert QueuedEmail.objects.count() == 1


def test_on_site_person_signs_in_with_the_address_and_gets_the_registration(supervisor_client):
    registration = register(supervisor_client, email=ADDRESS)
    page = sign_in_with_code(ADDRESS.upper()).get(DASHBOARD_URL).text
    assert "Trần Văn Bảo" in page
    assert registration.email.lower() == ADDRESS
    assert User.objects.filter(registration__isnull=False).count() == 1


def test_on_site_person_who_registers_again_finds_the_registration(supervisor_client, client):
    register(supervisor_client, email=ADDRESS)
    client.post(REGISTER_URL, form_data())
    assert "Trần Văn Bảo" in enter_code(client).text
    assert Registration.objects.count() == 1


def test_on_site_address_claimed_by_a_stranger_belongs_to_who_proves_it(supervisor_client):
    stranger = make_attendee("stranger@people.example")
    client_for(stranger).post("/accounts/email/", {"action_add": "", "email": ADDRESS})
    registration = register(supervisor_client, email=ADDRESS)
    assert registration.user != stranger
    assert "Trần Văn Bảo" not in client_for(stranger).get(DASHBOARD_URL).text
    assert "Trần Văn Bảo" in sign_in_with_code(ADDRESS).get(DASHBOARD_URL).text
    assert not EmailAddress.objects.filter(user=stranger, email=ADDRESS).exists()


def test_on_site_address_of_a_form_that_a_stranger_began_gives_the_stranger_nothing(supervisor_client):
    stranger = Client()
    stranger.post(REGISTER_URL, form_data(badge_name="Mallory"))
    registration = register(supervisor_client, email=ADDRESS)
    assert stranger.get(DASHBOARD_URL).status_code == 302
    sign_in_with_code(ADDRESS)
    registration.refresh_from_db()
    assert (registration.badge_name, registration.email) == ("Trần Văn Bảo", ADDRESS)


def test_on_site_account_with_password_that_never_proved_the_address_is_reset(supervisor_client):
    prepared = User.objects.create_user("prepared", ADDRESS, "a-long-enough-password")
    registration = register(supervisor_client, email=ADDRESS)
    assert registration.user == prepared
    assert not Client().login(email=ADDRESS, password="a-long-enough-password")
    sign_in_with_code(ADDRESS)
    prepared.refresh_from_db()
    assert not prepared.has_usable_password()


def test_on_site_address_of_an_account_in_use_saves_nothing_until_it_is_confirmed(supervisor_client):
    user = make_attendee(ADDRESS)
    data = entries(email=ADDRESS.title())
    page = supervisor_client.post(ON_SITE_URL, data).text
    assert "Is this the person’s own address?" in page
    assert f'name="own_account" value="{ADDRESS}"' in page
    assert not Registration.objects.exists()
    assert not QueuedEmail.objects.exists()
    registration = register(supervisor_client, **data | {"own_account": ADDRESS})
    assert registration.user == user
    assert QueuedEmail.objects.get().email_type == "confirmed"


def test_on_site_confirmation_of_an_account_is_for_one_address(supervisor_client):
    make_attendee(ADDRESS)
    data = entries(email=ADDRESS, own_account="other@people.example")
    assert "Is this the person’s own address?" in supervisor_client.post(ON_SITE_URL, data).text
    assert not Registration.objects.exists()


def test_on_site_address_of_an_organizer_names_the_organizer(supervisor_client):
    organizer = make_organizer(first_name="Lan", last_name="Phạm")
    page = supervisor_client.post(ON_SITE_URL, entries(email=organizer.email)).text
    assert "Lan Phạm" in page
    assert not Registration.objects.exists()


def test_corrected_address_leaves_the_account_of_an_invited_organizer_alone(supervisor_client):
    invited = User.objects.create_user("invited", ADDRESS, is_staff=True, is_superuser=True)
    registration = register(supervisor_client, email=ADDRESS, own_account=ADDRESS)
    assert registration.user == invited
    supervisor_client.post(person_url(registration, "email/"), {"email": "typo@people.example"})
    registration.refresh_from_db()
    invited.refresh_from_db()
    assert (registration.user.is_staff, registration.user.email) == (False, "typo@people.example")
    assert (invited.is_staff, invited.email) == (True, ADDRESS)
    assert find_account("typo@people.example") == registration.user


@pytest.mark.parametrize("is_proved", [True, False])
def test_on_site_address_of_another_registration_is_refused_with_a_link(supervisor_client, is_proved):
    if is_proved:
        other = make_registration(make_attendee(ADDRESS))
    else:
        other = register(supervisor_client, email=ADDRESS, name="Other Person", organization="Other")
    response = supervisor_client.post(ON_SITE_URL, entries(email=ADDRESS.title()))
    assert list(response.context["form"].errors) == ["email"]
    assert person_url(other) in response.text
    assert Registration.objects.count() == 1


def test_on_site_address_of_a_closed_account_is_refused(supervisor_client):
    make_attendee(ADDRESS, is_active=False)
    response = supervisor_client.post(ON_SITE_URL, entries(email=ADDRESS))
    assert "is closed" in response.text


def test_person_without_email_can_never_sign_in(supervisor_client):
    user = register(supervisor_client).user
    assert (user.email, user.has_usable_password(), user.is_staff) == ("", False, False)
    for password in ("", "!", user.password):
        assert not Client().login(username=user.username, password=password)
    client = Client()
    client.post(REQUEST_CODE_URL, {"email": ""})
    assert not QueuedEmail.objects.exists()


# The person's page, badge and e-mail address


def test_person_page_shows_the_ticket_number(supervisor_client):
    registration = register(supervisor_client)
    digits = registration.tickets.get().pk.hex[:8].upper()
    assert f"{digits[:4]} {digits[4:]}" in supervisor_client.get(person_url(registration)).text


def test_person_page_checks_in_once(supervisor_client, supervisor):
    gate = Entrance.objects.create(name_en="Gate A")
    registration = register(supervisor_client)
    data = {"id": str(uuid.uuid4()), "entrance": gate.pk}
    with time_machine.travel(december(7, 18)):
        client = admin_client_for(supervisor)
        for _ in range(2):
            response = client.post(person_url(registration, "check-in/"), data)
        assert "“Trần Văn Bảo” was checked in at Gate A." in get_message_texts(response)
        response = client.post(person_url(registration, "check-in/"), data | {"id": str(uuid.uuid4())})
    assert "was not checked in: Already in." in get_message_texts(response)[-1]
    assert CheckIn.objects.get().by == supervisor


def test_person_page_with_the_identity_of_another_check_in_is_refused(supervisor_client):
    gate = Entrance.objects.create(name_en="Gate A")
    one, other = register(supervisor_client), register(supervisor_client, name="Nguyen Hoa", organization="Other")
    data = {"id": str(uuid.uuid4()), "entrance": gate.pk}
    with time_machine.travel(december(7, 18)):
        supervisor = admin_client_for(make_organizer("Door supervisors"))
        supervisor.post(person_url(one, "check-in/"), data)
        response = supervisor.post(person_url(other, "check-in/"), data)
    assert response.status_code == 302
    assert "This number belongs to another check-in." in get_message_texts(response)
    assert CheckIn.objects.get().registration == one


def test_person_page_check_in_at_an_entrance_out_of_use_is_refused(supervisor_client):
    gate = Entrance.objects.create(name_en="Gate A", is_open=False)
    registration = register(supervisor_client)
    response = supervisor_client.post(
        person_url(registration, "check-in/"), {"id": str(uuid.uuid4()), "entrance": gate.pk}
    )
    assert "Not checked in" in get_message_texts(response)[-1]


def version_of(page):
    return re.search(r'name="version" value="([0-9a-f]+)"', page)[1]


def test_badge_page_corrects_name_and_organization_with_an_event(supervisor_client, supervisor):
    registration = register(supervisor_client)
    url = person_url(registration, "badge/")
    data = {"badge_name": "Bảo", "organization": "Embassy", "version": version_of(supervisor_client.get(url).text)}
    supervisor_client.post(url, data)
    registration.refresh_from_db()
    event = registration.events.get(action="edited")
    assert (registration.badge_name, registration.passport_name) == ("Bảo", "Trần Văn Bảo")
    assert (event.by, event.changes["organization"]) == (supervisor, ["Ministry", "Embassy"])


def test_badge_page_after_another_change_saves_nothing_and_keeps_the_entries(supervisor_client):
    registration = register(supervisor_client)
    url = person_url(registration, "badge/")
    data = {"badge_name": "Bảo", "organization": "Embassy", "version": "0"}
    response = supervisor_client.post(url, data)
    assert response.status_code == 409
    assert 'value="Bảo"' in response.text
    registration.refresh_from_db()
    assert registration.badge_name == "Trần Văn Bảo"


def test_badge_page_with_markup_in_the_name_shows_the_error(supervisor_client):
    url = person_url(register(supervisor_client), "badge/")
    response = supervisor_client.post(url, {"badge_name": "<b>Bảo", "organization": ""})
    assert set(response.context["form"].errors) == {"badge_name", "organization"}


def test_added_address_opens_the_registration_to_who_proves_it(registrar_client):
    registration = register(registrar_client)
    response = registrar_client.post(person_url(registration, "email/"), {"email": ADDRESS})
    assert response.headers["Location"].endswith(f"{registration.pk}/review/")
    assert QueuedEmail.objects.get().to == ADDRESS
    assert "Trần Văn Bảo" in sign_in_with_code(ADDRESS).get(DASHBOARD_URL).text


def test_corrected_address_no_longer_opens_the_registration(registrar_client):
    registration = register(registrar_client, email="typo@people.example")
    registrar_client.post(person_url(registration, "email/"), {"email": ADDRESS})
    assert find_account("typo@people.example") is None
    assert "Trần Văn Bảo" in sign_in_with_code(ADDRESS).get(DASHBOARD_URL).text


def test_added_address_of_an_account_moves_the_registration_to_it(registrar_client):
    user = make_attendee(ADDRESS)
    registration = register(registrar_client)
    page = registrar_client.post(person_url(registration, "email/"), {"email": ADDRESS}).text
    assert "Is this the person’s own address?" in page
    assert Registration.objects.get().user == registration.user
    registrar_client.post(person_url(registration, "email/"), {"email": ADDRESS, "own_account": ADDRESS})
    registration = Registration.objects.get()
    assert (registration.user, registration.events.last().action) == (user, "email_added")
    assert not User.objects.filter(username__startswith="no-email").exists()
    assert QueuedEmail.objects.get().email_type == "confirmed"


def test_added_address_of_another_registration_is_refused(registrar_client):
    make_registration(make_attendee(ADDRESS))
    registration = register(registrar_client)
    response = registrar_client.post(person_url(registration, "email/"), {"email": ADDRESS})
    assert list(response.context["form"].errors) == ["email"]


def test_address_of_a_person_who_proved_one_cannot_be_replaced(registrar_client):
    registration = make_registration(make_attendee(ADDRESS))
    response = registrar_client.post(person_url(registration, "email/"), {"email": "other@people.example"})
    assert response.status_code == 302
    assert Registration.objects.get().email == ADDRESS


# Everything that shows a person copes without an address and a country


@pytest.mark.parametrize("path", ["review/", "change/", "days/", "erase/"])
def test_pages_about_a_person_without_email_and_country_work(superuser_client, path):
    registration = register(superuser_client)
    assert superuser_client.get(f"/admin/registration/registration/{registration.pk}/{path}").status_code == 200


@pytest.mark.parametrize("path", ["", "statistics/", "?country=", "?q=Tran", "?duplicates=yes"])
def test_lists_with_a_person_without_email_and_country_work(superuser_client, path):
    register(superuser_client)
    assert superuser_client.get(f"/admin/registration/registration/{path}").status_code == 200


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_with_a_person_without_email_and_country_works(superuser_client, file_format):
    register(superuser_client)
    response = superuser_client.post("/admin/registration/registration/export/", {"format": file_format})
    assert response.status_code == 200


def test_ticket_and_badge_of_a_person_without_country_leave_it_out(supervisor_client):
    registration = register(supervisor_client)
    assert "Country or territory" not in dict(ticket_details(registration))
    assert build_content(registration).country == ""


def test_change_page_keeps_an_empty_country(superuser_client):
    registration = register(superuser_client)
    url = f"/admin/registration/registration/{registration.pk}/change/"
    form = superuser_client.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in values.items() if value} | {"country": "", "function": "Minister"}
    token = superuser_client.get(url).context["token"]
    response = superuser_client.post(url, data | {"token": token, "category": registration.category_id})
    assert response.status_code == 302, response.context["adminform"].form.errors
    registration.refresh_from_db()
    assert (registration.function, registration.country.code) == ("Minister", "")


def test_erase_person_without_email_keeps_an_unknown_region(supervisor_client):
    user = register(supervisor_client).user
    workflow.erase_user(user)
    assert not User.objects.filter(pk=user.pk).exists()
    assert ErasedRegistration.objects.get().region == "unknown"


def test_personal_data_of_a_person_whom_an_organizer_registered(supervisor_client):
    register(supervisor_client, email=ADDRESS, override_reason="Minister")
    reload_site()
    data = sign_in_with_code(ADDRESS).get(DATA_URL).json()
    assert data["registration"]["registered_by_organizer"] is True
    assert [event["by"] for event in data["registration"]["events"]] == ["organizers"] * 3
