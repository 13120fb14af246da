"""Deletion of expired data: manage.py purge_expired_data."""

import datetime
from io import StringIO

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.registration.models import ErasedRegistration, ExportLog, Registration

from ..users import make_organizer
from .factories import client_for, make_attendee, make_registration, make_registration_settings

DAY = datetime.timedelta(days=1)


pytestmark = pytest.mark.usefixtures("november")


def purge():
    output = StringIO()
    call_command("purge_expired_data", stdout=output)
    return output.getvalue().splitlines()


@pytest.mark.parametrize(("erase_on", "remaining"), [(None, 2), ("2020-11-10", 2), ("2020-11-09", 0)])
def test_purge_erases_registrations_after_last_day(erase_on, remaining):
    make_registration_settings(erase_on=erase_on)
    make_registration()
    make_registration()
    lines = purge()
    assert (Registration.objects.count(), QueuedEmail.objects.count(), ErasedRegistration.objects.count()) == (
        remaining,
        remaining,
        2 - remaining,
    )
    assert lines[0] == f"registrations erased: {2 - remaining}"


def test_purge_last_day_ends_in_conference_time_zone():
    make_registration_settings(erase_on="2020-11-10")
    make_registration()
    with time_machine.travel(datetime.datetime(2020, 11, 10, 17, 1, tzinfo=datetime.UTC)):
        purge()
    assert not Registration.objects.exists()


def test_purge_clears_search_terms_of_export_log():
    make_registration_settings(erase_on="2020-11-09")
    ExportLog.objects.create(by=make_organizer(), query="q=Nguyen", format="csv", rows=1)
    purge()
    assert list(ExportLog.objects.values_list("query", "rows")) == [("", 1)]


def test_purge_deletes_unconfirmed_accounts_after_a_day():
    old, new = make_attendee(), make_attendee()
    for user in (old, new):
        user.emailaddress_set.update(verified=False)
    User.objects.filter(pk=old.pk).update(date_joined=timezone.now() - 2 * DAY)
    assert "accounts without a confirmed address: 1" in purge()
    assert set(User.objects.all()) == {new}


def test_purge_keeps_confirmed_registered_and_staff_accounts():
    people = [make_attendee(), make_registration().user, make_organizer()]
    people[2].emailaddress_set.all().delete()
    User.objects.update(date_joined=timezone.now() - 2 * DAY)
    purge()
    assert set(User.objects.all()) == set(people)


def test_purge_deletes_expired_sessions():
    for age in (-DAY, DAY):
        store = SessionStore()
        store["typed"] = {"register": {}}
        store.create()
        Session.objects.filter(pk=store.session_key).update(expire_date=timezone.now() + age)
    purge()
    assert Session.objects.count() == 1


def test_purge_deletes_user_sessions_of_expired_sessions():
    user, other = make_attendee(), make_attendee()
    ended, current = client_for(user), client_for(other)
    Session.objects.filter(pk=ended.session.session_key).update(expire_date=timezone.now() - DAY)
    purge()
    assert [session.session_key for session in UserSession.objects.all()] == [current.session.session_key]
