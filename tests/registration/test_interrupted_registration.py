"""What fails halfway can be done again."""

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection

from conference.registration.models import Registration

from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    FINISH_URL,
    NOVEMBER,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    sent_codes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        make_open_form()
        yield


def goes_away_at(words):
    """A database that does not take statements with these words."""

    def refuse(execute, sql, *rest):
        if words in sql:
            raise OperationalError("the database is down")
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse)


# In the order in which signing in comes by them; the session is a new one already when the account's row is written.
@pytest.mark.parametrize("words", ['UPDATE "account_emailaddress"', 'UPDATE "auth_user"'])
def test_the_code_is_good_and_the_form_is_there_after_a_sign_in_that_failed_halfway(client, words):
    client.post(REGISTER_URL, form_data())
    with goes_away_at(words):
        assert client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL}).status_code == 503
    assert enter_code(client).request["PATH_INFO"] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"


def test_finish_without_the_lock_on_seats_keeps_the_form_for_the_next_try(client):
    client.post(REGISTER_URL, form_data())
    with goes_away_at('FROM "registration_house"'):
        answer = enter_code(client)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert client.get(FINISH_URL, follow=True).request["PATH_INFO"] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"
