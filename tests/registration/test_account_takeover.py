"""Registration with an address that another account claims without having proved it."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from conference.mail.models import QueuedEmail
from conference.registration import emails, exports, workflow
from conference.registration.models import Registration

from ..users import add_totp, admin_client_for, make_superuser
from .factories import client_for, make_attendee, make_registration
from .registration_flow import (
    DASHBOARD_URL,
    REGISTER_URL,
    enter_code,
    form_data,
    register_client,
    sent_codes,
)
from .registration_flow import EMAIL as ADDRESS

EMAIL_URL, REQUEST_CODE_URL, CODE_URL = "/accounts/email/", "/accounts/login/code/", "/accounts/login/code/confirm/"

LIST_URL = "/admin/registration/registration/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_category")]


@pytest.fixture
def stranger():
    return make_attendee("stranger@people.example")


def claim_address(user, address=ADDRESS):
    client_for(user).post(EMAIL_URL, {"action_add": "", "email": address})
    assert EmailAddress.objects.filter(user=user, verified=False).exists()


@pytest.mark.parametrize("spelling", [ADDRESS, ADDRESS.upper(), f" {ADDRESS.title()} "])
def test_register_address_claimed_by_a_stranger_goes_to_an_account_of_its_own(stranger, spelling):
    claim_address(stranger)
    register_client(email=spelling)
    owner = Registration.objects.get().user
    assert owner != stranger
    assert EmailAddress.objects.get(email=ADDRESS).user == owner
    assert EmailAddress.objects.get(user=stranger).verified


def test_register_address_claimed_between_form_and_code_goes_to_an_account_of_its_own(client, stranger):
    client.post(REGISTER_URL, form_data())
    claim_address(stranger)
    enter_code(client)
    assert Registration.objects.get().user != stranger
    assert not EmailAddress.objects.filter(user=stranger, email=ADDRESS).exists()


def test_register_address_claimed_by_a_registered_attendee_makes_another_registration(stranger):
    make_registration(stranger, badge_name="Mallory")
    claim_address(stranger)
    page = register_client().get(DASHBOARD_URL).content.decode()
    assert Registration.objects.count() == 2
    assert "Mallory" not in page


def test_register_idn_address_claimed_in_ascii_spelling_goes_to_an_account_of_its_own(stranger):
    claim_address(stranger, "linh@xn--bcher-kva.example")
    register_client(email="linh@b\u00fccher.example")
    assert Registration.objects.get().user != stranger
    assert EmailAddress.objects.filter(user=stranger).count() == 1


def test_register_address_of_an_unproved_account_resets_its_credentials(client):
    prepared = User.objects.create_user("prepared", ADDRESS, "a-long-enough-password")
    add_totp(prepared)
    client.post(REGISTER_URL, form_data())
    enter_code(client)
    assert Registration.objects.get().user == prepared
    assert not Authenticator.objects.exists()
    assert not User.objects.get().has_usable_password()
    assert client.get(DASHBOARD_URL).status_code == 200


def test_claim_address_after_its_owner_registered_changes_nothing(stranger):
    register_client()
    claim_address(stranger)
    client = Client()
    client.post(REQUEST_CODE_URL, {"email": ADDRESS})
    client.post(CODE_URL, {"code": sent_codes()[-1]})
    assert client.session["_auth_user_id"] == str(Registration.objects.get().user.pk)
    assert not EmailAddress.objects.filter(user=stranger, email=ADDRESS).exists()


def test_erase_account_with_a_claim_on_an_address_keeps_the_owners_emails(stranger):
    register_client()
    User.objects.filter(pk=stranger.pk).update(email=ADDRESS)
    stranger.refresh_from_db()
    number = QueuedEmail.objects.filter(to=ADDRESS).count()
    workflow.erase_user(stranger)
    assert number
    assert QueuedEmail.objects.filter(to=ADDRESS).count() == number


def test_email_registration_whose_account_claims_an_address_goes_to_the_proved_one(stranger):
    registration = make_registration(stranger)
    User.objects.filter(pk=stranger.pk).update(email=ADDRESS)
    stranger.refresh_from_db()
    registration.user = stranger
    assert emails.queue_registration_email("confirmed", registration).to == "stranger@people.example"


def test_email_account_without_a_proved_address_is_not_written_to(stranger):
    registration = make_registration(stranger)
    EmailAddress.objects.update(verified=False)
    assert emails.queue_registration_email("confirmed", registration) is None


def test_register_signed_in_user_is_not_limited_by_codes_that_strangers_requested():
    client = client_for(make_attendee(ADDRESS))
    for _ in range(6):
        Client(REMOTE_ADDR="192.0.2.1").post(REGISTER_URL, form_data())
    assert client.post(REGISTER_URL, form_data(email=None)).headers["Location"] == DASHBOARD_URL


def test_registration_email_account_claims_an_address_is_the_proved_one(stranger):
    registration = make_registration(stranger)
    User.objects.filter(pk=stranger.pk).update(email=ADDRESS)
    registration = Registration.objects.get()
    header, row = exports.registration_rows(Registration.objects.all())
    assert registration.email == row[header.index("E-mail")] == "stranger@people.example"


def test_admin_list_search_by_a_claimed_address_finds_nothing(stranger):
    make_registration(stranger, badge_name="Mallory")
    User.objects.filter(pk=stranger.pk).update(email=ADDRESS)
    client = admin_client_for(make_superuser())
    assert "Mallory" not in client.get(LIST_URL, {"q": ADDRESS}).text
    assert "Mallory" in client.get(LIST_URL, {"q": "stranger@people.example"}).text
