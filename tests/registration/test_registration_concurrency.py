"""Concurrent requests of one person create one account and one registration."""

from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from conference import site_data
from conference.accounts.email_ownership import open_account
from conference.mail.models import QueuedEmail
from conference.registration.models import Registration, RegistrationEvent

from .factories import client_for, make_attendee
from .registration_flow import (
    DASHBOARD_URL,
    EMAIL,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    sent_codes,
)
from .test_seat_concurrency import run_concurrently

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _open_registration(november):
    cache.clear()
    make_open_form()
    site_data.get_site_data()


def test_open_account_concurrently_creates_one_account():
    results = run_concurrently([partial(open_account, EMAIL)] * 8)
    assert {type(user) for user in results} == {User}
    assert User.objects.count() == EmailAddress.objects.count() == 1


@pytest.mark.slow
def test_register_concurrently_with_one_address_creates_one_registration():
    visitors = [Client() for _ in range(4)]
    responses = run_concurrently([partial(visitor.post, REGISTER_URL, form_data()) for visitor in visitors])
    assert [response.status_code for response in responses] == [302] * 4
    codes = sent_codes()
    assert len(codes) == 4
    for visitor in visitors:
        code = visitor.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
        assert enter_code(visitor, code).status_code == 200
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


def test_register_same_form_concurrently_creates_one_registration_and_email():
    user = make_attendee()
    clients = [client_for(user) for _ in range(5)]
    responses = run_concurrently([partial(client.post, REGISTER_URL, form_data(email=None)) for client in clients])
    assert {(response.status_code, response.headers["Location"]) for response in responses} == {(302, DASHBOARD_URL)}
    assert Registration.objects.count() == QueuedEmail.objects.count() == 1
    assert RegistrationEvent.objects.filter(action="submitted").count() == 1
