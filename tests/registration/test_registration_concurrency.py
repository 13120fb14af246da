"""The same visitor several times at the same moment: one account, one registration, whatever was clicked twice."""

from functools import partial

import pytest
import time_machine
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
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    sent_codes,
)
from .test_seat_concurrency import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        site_data.get_site_data()
        yield


def test_one_address_asked_for_eight_times_at_once_is_one_account():
    found = all_at_once([partial(open_account, EMAIL)] * 8)
    assert {type(user) for user in found} == {User}
    assert User.objects.count() == EmailAddress.objects.count() == 1


def test_first_visitors_at_once_end_up_with_one_account_and_one_registration():
    visitors = [Client() for _ in range(4)]
    answers = all_at_once([partial(visitor.post, REGISTER_URL, form_data()) for visitor in visitors])
    assert [answer.status_code for answer in answers] == [302] * 4
    codes = sent_codes()
    assert len(codes) == 4
    for visitor in visitors:
        code = visitor.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
        assert enter_code(visitor, code).status_code == 200
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


def test_one_form_sent_five_times_at_once_is_one_registration_and_one_letter():
    user = make_attendee()
    clients = [client_for(user) for _ in range(5)]
    answers = all_at_once([partial(client.post, REGISTER_URL, form_data(email=None)) for client in clients])
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, DASHBOARD_URL)}
    assert Registration.objects.count() == QueuedEmail.objects.count() == 1
    assert RegistrationEvent.objects.filter(action="submit").count() == 1
