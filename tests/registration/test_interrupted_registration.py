"""Registrations that are interrupted by database errors can be completed."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from conference.registration.models import Registration

from .registration_flow import (
    CODE_URL,
    DASHBOARD_URL,
    FINISH_URL,
    REGISTER_URL,
    enter_code,
    form_data,
    make_open_form,
    sent_codes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open_registration(november):
    cache.clear()
    make_open_form()


def database_error_at(sql_part):
    """Context in which statements with this part raise OperationalError."""

    def refuse(execute, sql, *rest):
        if sql_part in sql:
            raise OperationalError("the database is down")
        return execute(sql, *rest)

    return connection.execute_wrapper(refuse)


# In the order of the login; when the second fails, the session key has already changed.
@pytest.mark.parametrize("sql_part", ['UPDATE "account_emailaddress"', 'UPDATE "auth_user"'])
def test_enter_code_after_database_error_during_login_completes_registration(client, sql_part):
    client.post(REGISTER_URL, form_data())
    with database_error_at(sql_part):
        assert client.post(CODE_URL, {"code": sent_codes()[-1], "next": FINISH_URL}).status_code == 503
    assert enter_code(client).request["PATH_INFO"] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"


def test_finish_without_seat_lock_keeps_form_for_retry(client):
    client.post(REGISTER_URL, form_data())
    with database_error_at('FROM "registration_registrationsettings"'):
        response = enter_code(client)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert client.get(FINISH_URL, follow=True).request["PATH_INFO"] == DASHBOARD_URL
    assert Registration.objects.get().badge_name == "Linh"
