"""What fails halfway can be done again."""

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection

from conference.registration.models import Registration

from .visitors import CODE, FINISH, MY, NOVEMBER, REGISTER, an_open_form, codes_sent, the_form, type_the_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_november(conference):
    cache.clear()
    with time_machine.travel(NOVEMBER, tick=True):
        an_open_form()
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
    client.post(REGISTER, the_form())
    with goes_away_at(words):
        assert client.post(CODE, {"code": codes_sent()[-1], "next": FINISH}).status_code == 503
    assert type_the_code(client).request["PATH_INFO"] == MY
    assert Registration.objects.get().badge_name == "Linh"


def test_finish_without_the_lock_on_seats_keeps_the_form_for_the_next_try(client):
    client.post(REGISTER, the_form())
    with goes_away_at('FROM "registration_house"'):
        answer = type_the_code(client)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert client.get(FINISH, follow=True).request["PATH_INFO"] == MY
    assert Registration.objects.get().badge_name == "Linh"
