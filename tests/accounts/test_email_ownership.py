"""Ownership of e-mail addresses: an address belongs to the account whose owner proved it, and to no other."""

import re
import threading
from functools import partial

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.test import Client

from conference.accounts import email_ownership
from conference.mail.models import QueuedEmail
from tests.registration.factories import client_for, make_attendee

from ..outbox import send_pending_emails
from ..users import PASSWORD, add_totp, admin_client_for, make_organizer

ADDRESSES, LOGIN, RESET = "/accounts/email/", "/accounts/login/", "/accounts/password/reset/"
REQUEST_CODE, CONFIRM_CODE = "/accounts/login/code/", "/accounts/login/code/confirm/"
VICTIM = "victim@people.example"
NEW_PASSWORD = "another-long-password"


@pytest.fixture
def stranger(db):
    """An attendee who owns another address."""
    return make_attendee("stranger@people.example")


def add_address(user, address=VICTIM):
    """Add an address on the page for addresses, and leave it unconfirmed."""
    client = client_for(user)
    client.post(ADDRESSES, {"action_add": "", "email": address})
    assert EmailAddress.objects.filter(user=user, verified=False).exists()
    return client


def make_invited(email=VICTIM, **changes):
    """Return an account as an organizer creates it in the admin, with an unproved address."""
    return User.objects.create_user(email, email, None, **{"is_staff": True} | changes)


def sent_code():
    texts = [email.text for email in QueuedEmail.objects.filter(is_secret=True).order_by("created_at")]
    codes = [code for text in texts for code in re.findall(r"\b\d{4}-\d{4}\b", text)]
    return codes[-1] if codes else None


def sent_path(name):
    """Return the path of the newest link in an e-mail whose URL contains the name."""
    links = [
        link for message in send_pending_emails() for link in re.findall(r"http://127\.0\.0\.1:8000(\S+)", message.body)
    ]
    return next((link for link in reversed(links) if name in link), None)


def signed_in_user(client):
    user_id = client.session.get("_auth_user_id")
    return User.objects.get(pk=user_id) if user_id else None


def reset_password(client, address, password=NEW_PASSWORD):
    client.post(RESET, {"email": address})
    form = client.get(sent_path("/password/reset/key/"), follow=True)
    return client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})


# Unproved claims


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("typed", [VICTIM, "Victim@PEOPLE.example"])
def test_sign_in_by_code_address_claimed_by_another_account_sends_nothing(client, stranger, typed):
    add_address(stranger)
    client.post(REQUEST_CODE, {"email": typed})
    assert sent_code() is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("claimed", "proved"),
    [
        (VICTIM, VICTIM),
        ("Victim@People.Example", VICTIM),
        ("victim@b\u00fccher.example", "victim@xn--bcher-kva.example"),
        ("victim@xn--bcher-kva.example", "victim@b\u00fccher.example"),
    ],
)
def test_prove_address_claimed_by_another_account_removes_the_claim(stranger, claimed, proved):
    add_address(stranger, claimed)
    owner = email_ownership.open_account(proved)
    assert owner != stranger
    assert email_ownership.prove(owner, proved)
    assert list(EmailAddress.objects.values_list("user", "verified")) == [(stranger.pk, True), (owner.pk, True)]
    assert email_ownership.find_owner(claimed) == owner


@pytest.mark.django_db
def test_prove_claim_stored_in_the_old_spelling_removes_the_claim(stranger):
    EmailAddress.objects.create(user=stranger, email="victim@xn--bcher-kva.example")
    owner = email_ownership.open_account("victim@b\u00fccher.example")
    email_ownership.prove(owner, "victim@b\u00fccher.example")
    assert EmailAddress.objects.filter(user=stranger).count() == 1


@pytest.mark.django_db
def test_prove_address_in_the_user_row_of_another_account_restores_its_proved_address(stranger):
    User.objects.filter(pk=stranger.pk).update(email=VICTIM.upper())
    owner = email_ownership.open_account(VICTIM)
    assert owner != stranger
    email_ownership.prove(owner, VICTIM)
    stranger.refresh_from_db()
    assert stranger.email == "stranger@people.example"


@pytest.mark.django_db
def test_find_account_used_account_without_a_proved_address_is_not_found(stranger):
    client_for(stranger)
    EmailAddress.objects.filter(user=stranger).delete()
    assert email_ownership.find_account(stranger.email) is None
    assert email_ownership.open_account(stranger.email) != stranger


@pytest.mark.django_db
def test_open_account_former_owner_with_a_claim_gets_a_new_account():
    former = email_ownership.open_account(VICTIM)
    email_ownership.prove(former, VICTIM)
    client_for(former)
    EmailAddress.objects.filter(user=former).update(verified=False)
    assert email_ownership.open_account(VICTIM) != former


@pytest.mark.django_db
def test_prove_address_owned_by_another_account_is_refused(stranger):
    owner = make_attendee(VICTIM)
    EmailAddress.objects.create(user=stranger, email=VICTIM)
    assert not email_ownership.prove(stranger, VICTIM)
    assert email_ownership.find_owner(VICTIM) == owner


@pytest.mark.django_db
def test_prove_closed_account_is_refused():
    invited = make_invited(is_active=False)
    assert not email_ownership.prove(invited, VICTIM)


@pytest.mark.django_db
def test_password_sign_in_unproved_address_is_refused(client, stranger):
    add_address(stranger)
    stranger.set_password(PASSWORD)
    stranger.save()
    response = client.post(LOGIN, {"login": VICTIM, "password": PASSWORD})
    assert "Wrong e-mail address or password." in response.content.decode()
    assert authenticate(None, email=VICTIM, password=PASSWORD) is None
    assert authenticate(None, email=stranger.email, password=PASSWORD) == stranger


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["linh@b\u00fccher.example", "Linh@xn--bcher-kva.example"])
@pytest.mark.parametrize("stored", ["linh@b\u00fccher.example", "linh@xn--bcher-kva.example"])
def test_password_sign_in_another_spelling_of_the_domain_signs_in(client, typed, stored):
    user = make_attendee(stored)
    user.set_password(PASSWORD)
    user.save()
    client.post(LOGIN, {"login": typed, "password": PASSWORD})
    assert signed_in_user(client) == user


@pytest.mark.django_db
def test_password_reset_address_claimed_by_another_account_sends_nothing(client, stranger):
    add_address(stranger)
    QueuedEmail.objects.all().delete()
    client.post(RESET, {"email": VICTIM})
    assert not QueuedEmail.objects.exists()


@pytest.mark.django_db
def test_password_reset_look_alike_spelling_writes_to_the_stored_address(client):
    make_attendee("kim@people.example")
    client.post(RESET, {"email": "\u212aim@people.example"})
    assert [email.to for email in QueuedEmail.objects.all()] == ["kim@people.example"]


@pytest.mark.django_db
def test_delivery_email_unproved_primary_address_is_not_used(stranger):
    EmailAddress.objects.filter(user=stranger).update(primary=False)
    EmailAddress.objects.create(user=stranger, email=VICTIM, primary=True)
    User.objects.filter(pk=stranger.pk).update(email=VICTIM)
    assert email_ownership.delivery_email(stranger) == "stranger@people.example"
    EmailAddress.objects.filter(verified=True).delete()
    assert email_ownership.delivery_email(stranger) == ""


@pytest.mark.django_db
def test_notification_account_without_a_proved_address_is_not_written_to(client):
    organizer = make_organizer()
    browser = admin_client_for(organizer)
    EmailAddress.objects.update(verified=False)
    browser.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )
    organizer.refresh_from_db()
    assert organizer.check_password(NEW_PASSWORD)
    assert not QueuedEmail.objects.exists()


@pytest.mark.django_db
def test_remove_address_only_proved_address_is_kept(stranger):
    EmailAddress.objects.create(user=stranger, email=VICTIM, primary=False)
    EmailAddress.objects.filter(user=stranger).update(primary=False)
    client_for(stranger).post(ADDRESSES, {"action_remove": "", "email": stranger.email})
    assert EmailAddress.objects.filter(user=stranger, verified=True).exists()


@pytest.mark.django_db
def test_code_email_address_claimed_by_another_account_is_not_in_its_data(client, stranger):
    add_address(stranger)
    QueuedEmail.objects.all().delete()
    owner = email_ownership.open_account(VICTIM)
    client.post(REQUEST_CODE, {"email": VICTIM})
    assert [email.user for email in QueuedEmail.objects.all()] == [owner]


@pytest.mark.django_db
def test_reset_mfa_address_claimed_by_another_account_resets_its_owner(stranger):
    EmailAddress.objects.create(user=stranger, email=VICTIM)
    add_totp(stranger)
    with pytest.raises(CommandError):
        call_command("reset_mfa", VICTIM)
    assert Authenticator.objects.filter(user=stranger).exists()


@pytest.mark.django_db
def test_find_account_empty_address_returns_none():
    User.objects.create_user("nameless", "", None)
    assert email_ownership.find_account("") is None


# Confirmation links


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_confirmation_link_browser_that_is_not_signed_in_proves_nothing(client, stranger, method):
    add_address(stranger)
    response = getattr(client, method)(sent_path("/confirm-email/"))
    assert "Sign in to confirm this address" in response.content.decode()
    assert not EmailAddress.objects.filter(email=VICTIM, verified=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_confirmation_link_browser_signed_in_to_another_account_proves_nothing(stranger, method):
    add_address(stranger)
    victim = make_attendee("other@people.example")
    browser = client_for(victim)
    getattr(browser, method)(sent_path("/confirm-email/"))
    assert not EmailAddress.objects.filter(email=VICTIM, verified=True).exists()
    assert signed_in_user(browser) == victim


@pytest.mark.django_db
def test_confirmation_link_signed_in_owner_keeps_factors_and_session(stranger):
    browser = add_address(stranger, "second@people.example")
    key = EmailConfirmationHMAC.create(EmailAddress.objects.get(email="second@people.example")).key
    add_totp(stranger)
    browser.post(f"/accounts/confirm-email/{key}/")
    assert email_ownership.find_owner("second@people.example") == stranger
    assert Authenticator.objects.filter(user=stranger).exists()
    assert browser.get(ADDRESSES).status_code == 200


@pytest.mark.django_db
def test_confirmation_link_after_another_account_proved_the_address_is_invalid(stranger):
    browser = add_address(stranger)
    link = sent_path("/confirm-email/")
    email_ownership.prove(email_ownership.open_account(VICTIM), VICTIM)
    assert browser.post(link).status_code == 404
    assert email_ownership.find_owner(VICTIM) != stranger


# Credentials set up before the proof


@pytest.mark.django_db
def test_prove_first_address_removes_password_factors_and_sessions():
    invited = make_invited()
    invited.set_password(PASSWORD)
    invited.save()
    add_totp(invited)
    RecoveryCodes.activate(invited)
    browser = client_for(invited)
    EmailAddress.objects.create(user=invited, email="third@people.example", primary=True)
    assert email_ownership.prove(invited, VICTIM)
    assert not User.objects.get().has_usable_password()
    assert not Authenticator.objects.exists()
    assert browser.get(ADDRESSES).status_code == 302
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(VICTIM, True, True)]


@pytest.mark.django_db
def test_prove_further_address_keeps_password_and_factors():
    organizer = make_organizer()
    add_totp(organizer)
    assert email_ownership.prove(organizer, "second@people.example")
    assert User.objects.get().check_password(PASSWORD)
    assert Authenticator.objects.exists()
    assert organizer.email == EmailAddress.objects.get(primary=True).email


# Invited organizers


@pytest.mark.django_db
@pytest.mark.parametrize("stored", [VICTIM, "Victim@people.example"])
def test_password_reset_invited_organizer_proves_the_address_and_keeps_the_new_password(client, stored):
    invited = make_invited(stored)
    assert reset_password(client, VICTIM).status_code == 302
    assert email_ownership.find_owner(VICTIM) == invited
    assert (
        client.post(LOGIN, {"login": VICTIM, "password": NEW_PASSWORD}, follow=True).redirect_chain[-1][0]
        == "/accounts/2fa/"
    )


@pytest.mark.django_db
def test_password_reset_invited_organizer_removes_factors_from_before(client):
    add_totp(make_invited())
    reset_password(client, VICTIM)
    assert not Authenticator.objects.exists()


@pytest.mark.django_db
def test_password_reset_address_also_claimed_by_a_stranger_lets_the_invited_organizer_in(client, stranger):
    invited = make_invited()
    add_address(stranger)
    reset_password(client, VICTIM)
    assert email_ownership.find_owner(VICTIM) == invited
    assert not EmailAddress.objects.filter(user=stranger, email=VICTIM).exists()


@pytest.mark.django_db
def test_password_reset_address_proved_by_another_account_since_is_refused(client):
    make_invited()
    client.post(RESET, {"email": VICTIM})
    form = client.get(sent_path("/password/reset/key/"), follow=True)
    other = make_attendee(VICTIM)
    response = client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert "This link has expired" in response.content.decode()
    assert email_ownership.find_owner(VICTIM) == other


@pytest.mark.django_db
def test_password_sign_in_invited_organizer_before_the_proof_is_refused(client):
    invited = make_invited()
    invited.set_password(PASSWORD)
    invited.save()
    client.post(LOGIN, {"login": VICTIM, "password": PASSWORD})
    assert signed_in_user(client) is None


@pytest.mark.django_db
def test_sign_in_by_code_invited_organizer_gets_the_invited_account(client):
    invited = make_invited()
    client.post(REQUEST_CODE, {"email": VICTIM})
    client.post(CONFIRM_CODE, {"code": sent_code()})
    assert signed_in_user(client) == invited


@pytest.mark.django_db
@pytest.mark.parametrize("email", [VICTIM, VICTIM.upper(), "new@people.example", ""])
def test_user_admin_address_of_another_account_is_refused(email):
    make_attendee(VICTIM)
    account = make_organizer()
    url = f"/admin/auth/user/{account.pk}/change/"
    fields = {"username": "invited", "email": email, "date_joined_0": "2020-01-01", "date_joined_1": "10:00"}
    admin_client_for(make_organizer(is_superuser=True)).post(url, fields)
    account.refresh_from_db()
    assert (account.email == email) == (email.lower() != VICTIM)


# Concurrent changes


@pytest.mark.django_db
def test_sign_in_by_code_account_invited_since_the_request_needs_a_new_code(client):
    email_ownership.open_account(VICTIM)
    client.post(REQUEST_CODE, {"email": VICTIM})
    code = sent_code()
    make_invited()
    response = client.post(CONFIRM_CODE, {"code": code}, follow=True)
    assert response.redirect_chain[-1][0] == REQUEST_CODE
    assert signed_in_user(client) is None
    assert not EmailAddress.objects.filter(verified=True).exists()


@pytest.mark.django_db
def test_sign_in_by_code_address_removed_since_the_request_is_refused(client):
    owner = make_attendee(VICTIM)
    client.post(REQUEST_CODE, {"email": VICTIM})
    code = sent_code()
    EmailAddress.objects.update(email="new@people.example")
    User.objects.update(email="new@people.example", last_login="2020-01-01T00:00Z")
    client.post(CONFIRM_CODE, {"code": code})
    assert signed_in_user(client) is None
    assert list(EmailAddress.objects.filter(user=owner).values_list("email", flat=True)) == ["new@people.example"]


@pytest.mark.django_db(transaction=True)
def test_prove_four_accounts_concurrently_one_owns_the_address():
    users = [User.objects.create_user(f"user{number}", VICTIM, None) for number in range(4)]
    for user in users:
        EmailAddress.objects.create(user=user, email=VICTIM, primary=True)
    results, barrier = [], threading.Barrier(len(users))

    def run(user):
        try:
            barrier.wait(60)
            results.append(email_ownership.prove(user, VICTIM))
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=partial(run, user)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [False, False, False, True]
    assert EmailAddress.objects.count() == EmailAddress.objects.filter(verified=True).count() == 1
    assert User.objects.exclude(email="").get() == EmailAddress.objects.get().user


# Limits of code requests


@pytest.mark.django_db
def test_code_requests_of_one_client_leave_codes_for_the_owner():
    make_attendee(VICTIM)
    for _ in range(40):
        Client(REMOTE_ADDR="192.0.2.1").post(REQUEST_CODE, {"email": VICTIM})
    before = QueuedEmail.objects.count()
    owner = Client(REMOTE_ADDR="198.51.100.1")
    owner.post(REQUEST_CODE, {"email": VICTIM})
    assert QueuedEmail.objects.count() == before + 1
    owner.post(CONFIRM_CODE, {"code": sent_code()})
    assert signed_in_user(owner)


@pytest.mark.slow
@pytest.mark.django_db
def test_code_requests_from_many_addresses_are_limited_for_the_target():
    make_attendee(VICTIM)
    for number in range(40):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(REQUEST_CODE, {"email": VICTIM})
    assert QueuedEmail.objects.count() == 20


@pytest.mark.django_db
def test_code_requests_from_one_ipv6_network_count_as_one():
    make_attendee(VICTIM)
    for number in range(10):
        Client(REMOTE_ADDR=f"2001:db8::{number:x}").post(REQUEST_CODE, {"email": VICTIM})
    assert QueuedEmail.objects.count() == 5


@pytest.mark.django_db
def test_code_requests_above_the_limit_show_no_waiting_time(client):
    for _ in range(6):
        page = client.post(REQUEST_CODE, {"email": VICTIM}).content.decode()
        client.post("/accounts/login/code/other/")
    assert "Too many codes were requested. Please try again later." in page
    assert "minutes" not in page


@pytest.mark.django_db
def test_code_resends_are_counted_for_the_target():
    make_attendee(VICTIM)
    for number in range(12):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        browser.post(REQUEST_CODE, {"email": VICTIM})
        browser.post(CONFIRM_CODE, {"action": "resend"})
    assert QueuedEmail.objects.count() == 20


# Limits of passwords and password resets


@pytest.mark.django_db
def test_failed_passwords_of_one_client_leave_attempts_for_the_owner():
    owner = make_organizer()
    for _ in range(20):
        Client(REMOTE_ADDR="192.0.2.1").post(LOGIN, {"login": owner.email.upper(), "password": "wrong"})
    browser = Client(REMOTE_ADDR="198.51.100.1")
    browser.post(LOGIN, {"login": owner.email, "password": PASSWORD})
    assert signed_in_user(browser) == owner


@pytest.mark.slow
@pytest.mark.django_db
def test_failed_passwords_from_many_addresses_are_limited_for_the_target():
    owner = make_organizer()
    for number in range(101):
        page = Client(REMOTE_ADDR=f"192.0.2.{number}").post(LOGIN, {"login": owner.email, "password": "wrong"})
    assert "There were too many attempts." in page.text


@pytest.mark.django_db
def test_failed_passwords_before_the_right_one_are_forgotten():
    owner = make_organizer()
    for password in ["wrong"] * 4 + [PASSWORD] + ["wrong"] * 4 + [PASSWORD]:
        browser = Client()
        browser.post(LOGIN, {"login": owner.email, "password": password})
    assert signed_in_user(browser) == owner


@pytest.mark.django_db
def test_password_resets_requested_by_one_client_leave_one_for_the_owner():
    owner = make_organizer()
    for _ in range(20):
        Client(REMOTE_ADDR="192.0.2.1").post(RESET, {"email": owner.email.upper()})
    before = QueuedEmail.objects.count()
    Client(REMOTE_ADDR="198.51.100.1").post(RESET, {"email": owner.email})
    assert (before, QueuedEmail.objects.count()) == (5, 6)


# Number of addresses


@pytest.mark.django_db
def test_add_address_above_the_limit_is_refused(stranger):
    client = client_for(stranger)
    for number in range(6):
        page = client.post(ADDRESSES, {"action_add": "", "email": f"claim{number}@people.example"})
    assert "To add another address, remove one first." in page.text
    assert EmailAddress.objects.filter(user=stranger).count() == 5
