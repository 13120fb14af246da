"""People who may register, signed in: `python -m tests.bench.people make NUMBER`, with VAR_DIR naming a site's folder,
opens registration, with seats for all of them, and prints each one's number and session key as JSON; `... count` prints
what became of them: how many registrations are confirmed, seats taken, and letters written.
"""

import datetime
import json
import sys
from importlib import import_module

import django

# Django's settings come first, before what can be imported only with them.
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from conference.models import Conference
from conference.registration.models import Category, Letter, Mode, Quota, Registration, Seat, State
from sessions.models import Session

DAYS = [timezone.localdate() + datetime.timedelta(days=ahead) for ahead in (30, 31, 32)]
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def make(number):
    now = timezone.now()
    # The event is still to come.
    Session.objects.update(starts_at=F("starts_at") + later(), ends_at=F("ends_at") + later())
    Conference.objects.update(
        starts_on=DAYS[0],
        ends_on=DAYS[-1],
        registration_opens_at=now - datetime.timedelta(days=1),
        registration_closes_at=now + datetime.timedelta(days=20),
    )
    Category.objects.filter(slug="observer").update(is_open=True, needs_approval=False)
    for day in DAYS:
        seats = number + Seat.objects.filter(day=day).count()
        Quota.objects.update_or_create(day=day, mode=Mode.IN_PERSON, defaults={"seats": seats})
    first = User.objects.count()
    users = User.objects.bulk_create(a_user(one) for one in range(first, first + number))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return [(one, session_of(user)) for one, user in enumerate(users, first)]


def later():
    """From the first day of the programme to that of the event."""
    return DAYS[0] - timezone.localdate(Session.objects.earliest("starts_at").starts_at)


def a_user(number):
    user = User(username=f"visitor{number}", email=f"visitor{number}@people.example")
    user.set_unusable_password()
    return user


def session_of(user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def count():
    return {
        "confirmed": Registration.objects.filter(state=State.CONFIRMED).count(),
        "seats": Seat.objects.filter(state=Seat.State.CONFIRMED).count(),
        "letters": Letter.objects.count(),
    }


if __name__ == "__main__":
    what = make(int(sys.argv[2])) if sys.argv[1] == "make" else count()
    print(json.dumps(what))
