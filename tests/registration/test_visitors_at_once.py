"""The same visitor several times at the same moment: one account, one registration, whatever was clicked twice."""

from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from conference import site
from conference.email_ownership import open_account
from conference.registration.models import Letter, Registration, Step

from .cast import an_attendee, signed_in
from .test_seats_at_once import all_at_once
from .visitors import ADDRESS, MY, NOVEMBER, REGISTER, an_open_form, codes_sent, the_form, type_the_code

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        an_open_form()
        site.site()
        yield


def test_one_address_asked_for_eight_times_at_once_is_one_account():
    found = all_at_once([partial(open_account, ADDRESS)] * 8)
    assert {type(user) for user in found} == {User}
    assert User.objects.count() == EmailAddress.objects.count() == 1


def test_first_visitors_at_once_end_up_with_one_account_and_one_registration():
    visitors = [Client() for _ in range(4)]
    answers = all_at_once([partial(visitor.post, REGISTER, the_form()) for visitor in visitors])
    assert [answer.status_code for answer in answers] == [302] * 4
    codes = codes_sent()
    assert len(codes) == 4
    for visitor in visitors:
        code = visitor.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
        assert type_the_code(visitor, code).status_code == 200
    assert EmailAddress.objects.get().verified
    assert User.objects.count() == Registration.objects.count() == 1


def test_one_form_sent_five_times_at_once_is_one_registration_and_one_letter():
    user = an_attendee()
    clients = [signed_in(user) for _ in range(5)]
    answers = all_at_once([partial(client.post, REGISTER, the_form(email=None)) for client in clients])
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, MY)}
    assert Registration.objects.count() == Letter.objects.count() == 1
    assert Step.objects.filter(action="submit").count() == 1
