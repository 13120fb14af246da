"""Factories of valid attendees, registrations and settings.

Registrations are made by the workflow, as on the site, so they have seats, events and e-mails.
"""

import datetime
import uuid
from itertools import count

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client

from conference.core.email_addresses import canonical_email, email_key
from conference.registration import workflow
from conference.registration.models import (
    Category,
    CheckIn,
    ConsentText,
    Entrance,
    Mode,
    OnlineAttendance,
    Quota,
    RegistrationSettings,
)

MONDAY, TUESDAY, WEDNESDAY = (datetime.date(2020, 12, day) for day in (7, 8, 9))
IN_PERSON, ONLINE = Mode.IN_PERSON, Mode.ONLINE
_numbers = count(1)


def make_registration_settings(**changes):
    return RegistrationSettings.objects.update_or_create(pk=1, defaults=changes)[0]


def make_quota(day=MONDAY, mode=IN_PERSON, seats=1):
    return Quota.objects.create(day=day, mode=mode, seats=seats)


def make_category(name="", **changes):
    """A category without approval and without a limit."""
    number = next(_numbers)
    values = {"name_en": name or f"Category {number}", "slug": f"category-{number}", "needs_approval": False}
    return Category.objects.create(**values | changes)


def make_consent_text(number=1, **changes):
    return ConsentText.objects.get_or_create(
        number=number, defaults={"text_en": "You may keep what I tell you."} | changes
    )[0]


def make_attendee(email="", **changes):
    """An account without a password, with a verified address."""
    number = next(_numbers)
    email = email or f"attendee{number}@example.org"
    user = User.objects.create_user(f"attendee{number}", canonical_email(email), None, **changes)
    EmailAddress.objects.create(user=user, email=email_key(email), verified=True, primary=True)
    return user


def registration_data(**changes):
    """Values of Registration's fields, as the form returns them."""
    data = {
        "passport_name": "Nguyen Thi Linh",
        "badge_name": "Linh",
        "country": "VN",
        "organization": "Da Nang Peace House",
        "function": "Mediator",
        "gender": "",
        "languages": ["en", "vi"],
        "online_while_waitlisted": False,
    }
    data |= changes
    if not data.get("consent_text"):
        data["consent_text"] = make_consent_text()
    if "category" not in data:
        data["category"] = Category.objects.order_by("pk").first() or make_category()
    return data


def make_registration(user=None, days=None, *, language="en", special_needs=None, **changes):
    """A registration for days, {date: mode}; by default Monday in person."""
    days = {MONDAY: IN_PERSON} if days is None else days
    data = registration_data(**changes)
    return workflow.submit(user or make_attendee(), data, days, language=language, special_needs=special_needs)[0]


def make_check_in(registration, day=MONDAY, **changes):
    """An entry at Gate A on a day."""
    gate = Entrance.objects.get_or_create(name_en="Gate A")[0]
    at = datetime.datetime.combine(day, datetime.time(11), datetime.UTC)
    values = {"registration": registration, "entrance": gate, "day": day, "at": at}
    return CheckIn.objects.create(id=uuid.uuid4(), **values | changes)


def make_online_attendance(registration, day=MONDAY):
    at = datetime.datetime.combine(day, datetime.time(11), datetime.UTC)
    return OnlineAttendance.objects.create(registration=registration, day=day, first_at=at, last_at=at)


def client_for(user, **options):
    """A client in which the user is signed in."""
    client = Client(**options)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    UserSession.objects.create(user=user, session_key=client.session.session_key, ip="192.0.2.1", user_agent="Test")
    return client


def seat_statuses(registration):
    """{(day of the month, mode): status} of the active seats."""
    seats = registration.seats.active().values_list("day", "mode", "status")
    return {(day.day, mode): status for day, mode, status in seats}
