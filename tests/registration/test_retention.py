"""What is kept no longer than needed: manage.py purge."""

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


@pytest.fixture(autouse=True)
def _in_november(conference):
    with time_machine.travel(datetime.datetime(2020, 11, 10, 3, tzinfo=datetime.UTC), tick=True):
        yield


def purge():
    told = StringIO()
    call_command("purge_expired_data", stdout=told)
    return told.getvalue().splitlines()


@pytest.mark.parametrize(("erase_on", "left"), [(None, 2), ("2020-11-10", 2), ("2020-11-09", 0)])
def test_registrations_are_erased_once_their_last_day_is_over(erase_on, left):
    make_registration_settings(erase_on=erase_on)
    make_registration()
    make_registration()
    said = purge()
    assert (Registration.objects.count(), QueuedEmail.objects.count(), ErasedRegistration.objects.count()) == (
        left,
        left,
        2 - left,
    )
    assert said[0] == f"registrations erased: {2 - left}"


def test_the_last_day_is_over_when_it_is_in_ha_noi():
    make_registration_settings(erase_on="2020-11-10")
    make_registration()
    with time_machine.travel(datetime.datetime(2020, 11, 10, 17, 1, tzinfo=datetime.UTC)):
        purge()
    assert not Registration.objects.exists()


def test_what_was_searched_for_is_forgotten_with_the_registrations():
    make_registration_settings(erase_on="2020-11-09")
    ExportLog.objects.create(by=make_organizer(), query="q=Nguyen", format="csv", rows=1)
    purge()
    assert list(ExportLog.objects.values_list("query", "rows")) == [("", 1)]


def test_an_account_that_nobody_confirmed_is_taken_away_after_a_day():
    old, new = make_attendee(), make_attendee()
    for user in (old, new):
        user.emailaddress_set.update(verified=False)
    User.objects.filter(pk=old.pk).update(date_joined=timezone.now() - 2 * DAY)
    assert "accounts without a confirmed address: 1" in purge()
    assert set(User.objects.all()) == {new}


def test_who_is_registered_confirmed_or_works_here_stays():
    people = [make_attendee(), make_registration().user, make_organizer()]
    people[2].emailaddress_set.all().delete()
    User.objects.update(date_joined=timezone.now() - 2 * DAY)
    purge()
    assert set(User.objects.all()) == set(people)


def test_sessions_that_ended_are_taken_away():
    for age in (-DAY, DAY):
        store = SessionStore()
        store["typed"] = {"register": {}}
        store.create()
        Session.objects.filter(pk=store.session_key).update(expire_date=timezone.now() + age)
    purge()
    assert Session.objects.count() == 1


def test_purge_session_expired_removes_its_address_and_browser():
    user, other = make_attendee(), make_attendee()
    ended, current = client_for(user), client_for(other)
    Session.objects.filter(pk=ended.session.session_key).update(expire_date=timezone.now() - DAY)
    purge()
    assert [row.session_key for row in UserSession.objects.all()] == [current.session.session_key]
