"""E-mail addresses and codes as people type and paste them, on every page that takes one."""

import importlib

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command

from conference.accounts import email_ownership
from conference.core.form_fields import SlugField
from conference.mail.models import QueuedEmail
from conference.models import Conference
from conference.registration.models import Registration

from ..registration.factories import client_for, make_attendee
from ..registration.registration_flow import NOVEMBER, make_open_form, register_client, sent_codes
from ..users import PASSWORD, add_totp, admin_client_for, client_without_mfa, make_organizer
from .totp import PERIOD, enter_code, enter_password, totp_code

pytestmark = pytest.mark.django_db

REQUEST_CODE, CONFIRM_CODE = "/accounts/login/code/", "/accounts/login/code/confirm/"
# Spellings of Linh@xn--strae-oqa.example.
SPELLINGS = [
    "Linh@straße.example",
    " linh@stra\u00dfe.example\u200b",
    "\ufefflinh@xn--strae-oqa.example",
    "LINH@XN--STRAE-OQA.EXAMPLE\u00a0",
    "ｌｉｎｈ＠straße．example",
    "li\u00adnh@straße.example\u202c",
]
MAILBOX = "Linh@xn--strae-oqa.example"


@pytest.fixture(autouse=True)
def _fixed_totp_period(monkeypatch):
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([PERIOD]))


@pytest.fixture
def owner():
    user = make_attendee(MAILBOX)
    user.set_password(PASSWORD)
    user.save()
    return user


def recipients():
    return [email.to for email in QueuedEmail.objects.order_by("created_at")]


def is_signed_in(client):
    return "_auth_user_id" in client.session


# Addresses


@pytest.mark.parametrize("typed", SPELLINGS)
def test_login_code_of_any_spelling_goes_to_the_stored_one(client, owner, typed):
    client.post(REQUEST_CODE, {"email": typed})
    assert recipients() == [MAILBOX]
    client.post(CONFIRM_CODE, {"code": sent_codes()[-1]})
    assert is_signed_in(client)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_password_login_with_any_spelling_signs_in(client, owner, typed):
    client.post("/accounts/login/", {"login": typed, "password": PASSWORD})
    assert is_signed_in(client)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_password_reset_of_any_spelling_goes_to_the_stored_one(client, owner, typed):
    client.post("/accounts/password/reset/", {"email": typed})
    assert recipients() == [MAILBOX]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_add_address_stores_the_key_once(owner, typed):
    EmailAddress.objects.all().delete()
    stranger = make_attendee("stranger@people.example")
    client_for(stranger).post("/accounts/email/", {"action_add": "", "email": typed})
    assert EmailAddress.objects.get(verified=False).email == MAILBOX.lower()


@pytest.mark.parametrize("typed", SPELLINGS)
def test_reset_mfa_command_finds_any_spelling(owner, typed, capsys):
    add_totp(owner)
    call_command("reset_mfa", typed)
    assert "1 second factors" in capsys.readouterr().out


@pytest.mark.parametrize("typed", SPELLINGS)
def test_open_account_of_any_spelling_is_the_same_account(typed):
    first = email_ownership.open_account("linh@straße.example")
    assert email_ownership.open_account(typed) == first


def test_open_account_keeps_the_local_part_as_typed():
    user = email_ownership.open_account("Linh.Zero@Straße.example")
    email_ownership.prove(user, "Linh.Zero@Straße.example")
    assert email_ownership.delivery_email(user) == "Linh.Zero@xn--strae-oqa.example"
    assert EmailAddress.objects.get().email == "linh.zero@xn--strae-oqa.example"


def test_prove_in_another_case_keeps_the_proved_spelling(owner):
    email_ownership.prove(owner, MAILBOX.upper())
    assert email_ownership.delivery_email(owner) == MAILBOX


def test_login_code_of_invited_organizer_goes_to_the_invited_spelling(client):
    User.objects.create_user("invited", "Invited@people.example", None, is_staff=True)
    client.post(REQUEST_CODE, {"email": "INVITED@people.example"})
    assert recipients() == ["Invited@people.example"]


def test_delivery_email_of_mailboxes_that_differ_in_wildcards_are_kept_apart():
    user = make_attendee("a_b@people.example")
    User.objects.filter(pk=user.pk).update(email="axb@people.example")
    assert email_ownership.delivery_email(user) == "a_b@people.example"


def test_domain_without_canonical_form_is_refused(client):
    page = client.post(REQUEST_CODE, {"email": "linh@i\u2764.example"}).content.decode()
    assert "This is not a valid e-mail address." in page
    assert not recipients()


# Codes


@pytest.fixture
def code(client, owner):
    client.post(REQUEST_CODE, {"email": MAILBOX})
    return sent_codes()[-1].replace("-", "")


def to_digits(code, zero):
    return "".join(chr(ord(zero) + int(digit)) for digit in code)


PASTED = [
    lambda code: f"\u00a0{code[:4]}\u00a0{code[4:]}",
    lambda code: f"{code}\u200b",
    lambda code: f"\ufeff{code[:4]}–{code[4:]}",
    lambda code: f"({code[:2]}.{code[2:]})",
    lambda code: to_digits(code, "\uff10"),
    lambda code: to_digits(code, "\u0660"),
    lambda code: to_digits(code, "\u06f0"),
]


@pytest.mark.parametrize("paste", PASTED)
def test_login_code_in_any_formatting_signs_in(client, code, paste):
    client.post(CONFIRM_CODE, {"code": paste(code)})
    assert is_signed_in(client)


@pytest.mark.parametrize("typed", ["", "\u200b", "1234", "abc", "1234 5678 9"])
def test_login_code_incomplete_is_no_attempt(client, code, typed):
    for _ in range(6):
        assert client.post(CONFIRM_CODE, {"code": typed}).status_code == 200
    client.post(CONFIRM_CODE, {"code": code})
    assert is_signed_in(client)


def test_login_code_incomplete_says_how_many_digits(client, code):
    page = client.post(CONFIRM_CODE, {"code": code[:5]}).content.decode()
    assert "The code has 8 digits." in page
    assert f'value="{code[:5]}"' in page


@pytest.mark.parametrize("paste", PASTED)
def test_app_code_in_any_formatting_verifies_the_second_factor(client, paste):
    organizer = make_organizer()
    add_totp(organizer)
    enter_password(client, organizer)
    enter_code(client, paste(totp_code()))
    assert is_signed_in(client)


@pytest.mark.parametrize("paste", PASTED)
def test_recovery_code_in_any_formatting_verifies_the_second_factor(client, paste):
    organizer = make_organizer()
    add_totp(organizer)
    codes = RecoveryCodes.activate(organizer).get_unused_codes()
    enter_password(client, organizer)
    enter_code(client, paste(codes[0]))
    assert is_signed_in(client)


def test_reauthentication_takes_an_app_code_in_arabic_digits():
    organizer = make_organizer()
    add_totp(organizer)
    client = client_without_mfa(organizer)
    code = to_digits(totp_code(), "\u0660")
    assert client.post("/accounts/2fa/reauthenticate/", {"code": code}).status_code == 302


# Rows stored before


def canonicalize():
    migration = importlib.import_module("conference.mail.migrations.0002_canonical_email_addresses")
    migration.canonicalize(apps, None)


def make_row(user, email, **changes):
    return EmailAddress.objects.create(user=user, email=email, **changes)


def test_migration_stores_domains_as_a_labels(conference):
    user = User.objects.create_user("linh", "linh@b\u00fccher.example", None)
    make_row(user, "linh@b\u00fccher.example", verified=True, primary=True)
    QueuedEmail.objects.create(to="linh@b\u00fccher.example", message_id="<1@localhost>")
    Conference.objects.update(contact="info@stra\u00dfe.example")
    canonicalize()
    user.refresh_from_db()
    assert user.email == EmailAddress.objects.get().email == recipients()[0] == "linh@xn--bcher-kva.example"
    assert Conference.objects.get().contact == "info@xn--strae-oqa.example"
    assert email_ownership.find_owner("linh@b\u00fccher.example") == user


@pytest.mark.parametrize("is_verified", [True, False])
def test_migration_keeps_a_row_whose_canonical_form_another_account_proved(is_verified):
    first, second = (User.objects.create_user(name, "", None) for name in ("first", "second"))
    canonical = "linh@xn--bcher-kva.example"
    make_row(first, canonical, verified=is_verified)
    row = make_row(second, "linh@b\u00fccher.example", verified=True)
    canonicalize()
    row.refresh_from_db()
    assert row.email == ("linh@b\u00fccher.example" if is_verified else canonical)


def test_migration_keeps_a_row_whose_canonical_form_the_same_account_has():
    user = User.objects.create_user("linh", "", None)
    spellings = ["linh@b\u00fccher.example", "linh@xn--bcher-kva.example"]
    for spelling in spellings:
        make_row(user, spelling)
    canonicalize()
    assert sorted(EmailAddress.objects.values_list("email", flat=True)) == sorted(spellings)


# Other forms


@pytest.mark.parametrize("typed", SPELLINGS)
def test_registration_with_any_spelling_is_of_one_account(owner, typed):
    with time_machine.travel(NOVEMBER):
        make_open_form()
        register_client(email=typed)
    assert Registration.objects.get().user == owner
    assert set(recipients()) == {MAILBOX}


def test_account_form_stores_the_canonical_address():
    client, user = admin_client_for(make_organizer(is_superuser=True)), User.objects.create_user("invited", "", None)
    form = client.get(f"/admin/auth/user/{user.pk}/change/").context["adminform"].form
    data = {name: form[name].value() for name in ("first_name", "last_name")}
    data |= {"is_active": "on", "email": SPELLINGS[1]}
    assert client.post(f"/admin/auth/user/{user.pk}/change/", data).status_code == 302
    user.refresh_from_db()
    assert user.email == "linh@xn--strae-oqa.example"


@pytest.mark.parametrize("typed", ["chuong-trinh", "Chuong-Trinh\u200b"])
def test_slug_field_of_stored_slug_with_capitals_keeps_it(typed):
    field = SlugField()
    field.stored = "Chuong-Trinh"
    assert field.clean(typed) == "Chuong-Trinh"


def test_slug_field_typed_in_capitals_is_lower_case():
    assert SlugField().clean(" Acting-Early\u200b") == "acting-early"
