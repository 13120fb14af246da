"""Who registers in the tests: builders of rows and of people, each valid as it is.

The registration is made through the verbs of admission, as on the site, so its seats, steps and letters are there too.
"""

import datetime
from itertools import count

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client

from conference.registration import workflow
from conference.registration.models import Category, ConsentText, Mode, Quota, RegistrationSettings

MONDAY, TUESDAY, WEDNESDAY = (datetime.date(2020, 12, day) for day in (7, 8, 9))
IN_PERSON, ONLINE = Mode.IN_PERSON, Mode.ONLINE
_numbers = count(1)


def make_registration_settings(**changes):
    return RegistrationSettings.objects.update_or_create(pk=1, defaults=changes)[0]


def make_quota(day=MONDAY, mode=IN_PERSON, seats=1):
    return Quota.objects.create(day=day, mode=mode, seats=seats)


def make_category(name="", **changes):
    """One that admits at once, without a limit."""
    number = next(_numbers)
    facts = {"name_en": name or f"Category {number}", "slug": f"category-{number}", "needs_approval": False}
    return Category.objects.create(**facts | changes)


def make_consent_text(number=1, **changes):
    return ConsentText.objects.get_or_create(
        number=number, defaults={"text_en": "You may keep what I tell you."} | changes
    )[0]


def make_attendee(email="", **changes):
    """Somebody with an account without a password and a confirmed address."""
    number = next(_numbers)
    email = email or f"attendee{number}@example.org"
    user = User.objects.create_user(f"attendee{number}", email, None, **changes)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def registration_data(**changes):
    """What somebody tells of themself."""
    named = {
        "passport_name": "Nguyen Thi Linh",
        "badge_name": "Linh",
        "country": "VN",
        "organization": "Da Nang Peace House",
        "function": "Mediator",
        "gender": "",
        "languages": ["en", "vi"],
        "online_while_waitlisted": False,
    }
    named |= changes
    named.setdefault("consent_text", None)
    named["consent_text"] = named["consent_text"] or make_consent_text()
    if "category" not in named:
        named["category"] = Category.objects.order_by("pk").first() or make_category()
    return named


def make_registration(user=None, days=None, *, language="en", special_needs=None, **changes):
    """Monday in person unless told otherwise; days is {date: mode}."""
    days = {MONDAY: IN_PERSON} if days is None else days
    return workflow.submit(
        user or make_attendee(), registration_data(**changes), days, language=language, special_needs=special_needs
    )[0]


def client_for(user, **options):
    """A browser in which somebody is signed in."""
    client = Client(**options)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    UserSession.objects.create(user=user, session_key=client.session.session_key, ip="192.0.2.1", user_agent="Test")
    return client


def seat_statuses(registration):
    """{(day of the month, mode): state} of what was not given back."""
    rows = registration.seats.exclude(status="released").values_list("day", "mode", "status")
    return {(day.day, mode): state for day, mode, state in rows}
