"""A stranger who added somebody's address gets nothing of what that person registers."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from conference.mail.models import QueuedEmail
from conference.registration import emails, workflow
from conference.registration.models import Registration

from ..users import add_totp
from .factories import client_for, make_attendee, make_registration
from .registration_flow import (
    DASHBOARD_URL,
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    register_client,
    sent_codes,
)
from .registration_flow import EMAIL as ADDRESS

EMAIL, ASK, CODE = "/accounts/email/", "/accounts/login/code/", "/accounts/login/code/confirm/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        yield


@pytest.fixture
def stranger():
    return make_attendee("stranger@people.example")


def add_address(user, address=ADDRESS):
    client_for(user).post(EMAIL, {"action_add": "", "email": address})
    assert EmailAddress.objects.filter(user=user, verified=False).exists()


@pytest.mark.parametrize("spelling", [ADDRESS, ADDRESS.upper(), f" {ADDRESS.title()} "])
def test_register_address_added_by_a_stranger_goes_to_an_account_of_its_own(stranger, spelling):
    add_address(stranger)
    register_client(email=spelling)
    owner = Registration.objects.get().user
    assert owner != stranger
    assert EmailAddress.objects.get(email=ADDRESS).user == owner
    assert EmailAddress.objects.get(user=stranger).verified


def test_register_stranger_adds_the_address_between_form_and_code_gets_nothing(client, stranger):
    client.post(REGISTER_URL, form_data())
    add_address(stranger)
    enter_code(client)
    assert Registration.objects.get().user != stranger
    assert not EmailAddress.objects.filter(user=stranger, email=ADDRESS).exists()


def test_register_stranger_is_registered_already_person_registers_anew(stranger):
    make_registration(stranger, badge_name="Mallory")
    add_address(stranger)
    page = register_client().get(DASHBOARD_URL).content.decode()
    assert Registration.objects.count() == 2
    assert "Mallory" not in page


def test_register_idn_address_added_in_the_other_spelling_goes_to_an_account_of_its_own(stranger):
    add_address(stranger, "linh@xn--bcher-kva.example")
    register_client(email="linh@b\u00fccher.example")
    assert Registration.objects.get().user != stranger
    assert EmailAddress.objects.filter(user=stranger).count() == 1


def test_register_account_with_an_unproved_address_loses_what_was_set_up_before(client):
    prepared = User.objects.create_user("prepared", ADDRESS, "a-long-enough-password")
    add_totp(prepared)
    client.post(REGISTER_URL, form_data())
    enter_code(client)
    assert Registration.objects.get().user == prepared
    assert not Authenticator.objects.exists()
    assert not User.objects.get().has_usable_password()
    assert client.get(DASHBOARD_URL).status_code == 200


def test_add_address_after_its_owner_registered_changes_nothing(stranger):
    register_client()
    add_address(stranger)
    browser = Client()
    browser.post(ASK, {"email": ADDRESS})
    browser.post(CODE, {"code": sent_codes()[-1]})
    assert browser.session["_auth_user_id"] == str(Registration.objects.get().user.pk)
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


def test_register_stranger_asked_for_codes_of_a_person_who_is_signed_in_can_still_submit():
    person = client_for(make_attendee(ADDRESS))
    for _ in range(6):
        Client(REMOTE_ADDR="192.0.2.1").post(REGISTER_URL, form_data())
    assert person.post(REGISTER_URL, form_data(email=None)).headers["Location"] == DASHBOARD_URL
