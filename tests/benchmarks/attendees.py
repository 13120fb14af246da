"""Accounts of attendees, run as a program with DATA_DIR set to the folder of a site.

`python -m tests.benchmarks.attendees make NUMBER` opens registration with enough seats and prints the number and
session key of each new account as JSON. `... count` prints the number of confirmed registrations, seats and e-mails.
"""

import contextlib
import datetime
import json
import sys
from importlib import import_module

import django

# The imports below need the settings.
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from conference.mail.models import QueuedEmail
from conference.models import Conference
from conference.registration.models import Category, Mode, Quota, Registration, RegistrationStatus, Seat
from sessions.models import Session
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft

CONFERENCE_DAYS = [timezone.localdate() + datetime.timedelta(days=ahead) for ahead in (30, 31, 32)]
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def make_attendees(number):
    now = timezone.now()
    # Registration needs a conference in the future.
    Session.objects.update(
        starts_at=F("starts_at") + move_programme_ahead(), ends_at=F("ends_at") + move_programme_ahead()
    )
    Conference.objects.update(
        starts_on=CONFERENCE_DAYS[0],
        ends_on=CONFERENCE_DAYS[-1],
        registration_opens_at=now - datetime.timedelta(days=1),
        registration_closes_at=now + datetime.timedelta(days=20),
    )
    # Registration follows the published days. A second call changes nothing.
    with contextlib.suppress(NothingToPublishError):
        publish_draft()
    Category.objects.filter(slug="observer").update(is_open=True, needs_approval=False)
    for day in CONFERENCE_DAYS:
        seats = number + Seat.objects.filter(day=day).count()
        Quota.objects.update_or_create(day=day, mode=Mode.IN_PERSON, defaults={"seats": seats})
    first = User.objects.count()
    users = User.objects.bulk_create(make_user(index) for index in range(first, first + number))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return [(index, make_session_key(user)) for index, user in enumerate(users, first)]


def move_programme_ahead():
    """Return the time from the first day of the programme to the new first day."""
    return CONFERENCE_DAYS[0] - timezone.localdate(Session.objects.earliest("starts_at").starts_at)


def make_user(number):
    user = User(username=f"visitor{number}", email=f"visitor{number}@people.example")
    user.set_unusable_password()
    return user


def make_session_key(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def count_registrations():
    return {
        "confirmed": Registration.objects.filter(status=RegistrationStatus.CONFIRMED).count(),
        "seats": Seat.objects.filter(status=Seat.Status.CONFIRMED).count(),
        "emails": QueuedEmail.objects.count(),
    }


if __name__ == "__main__":
    result = make_attendees(int(sys.argv[2])) if sys.argv[1] == "make" else count_registrations()
    print(json.dumps(result))
