"""Confirmed people for check-in, run as a program with DATA_DIR set to the folder of a site.

`python -m tests.benchmarks.people NUMBER` moves the conference to today, creates this many people with a place in
person today, an entrance and a device, and prints the device's token and the keys of the registrations as JSON.
"""

import contextlib
import datetime
import json
import sys

import django

# The imports below need the settings.
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.utils import timezone

from conference.models import Conference
from conference.registration.check_in.devices import issue_link
from conference.registration.models import (
    Category,
    CheckInDevice,
    ConsentText,
    Entrance,
    Registration,
    Seat,
)
from sessions.releases.exceptions import NothingToPublishError
from sessions.releases.publish import publish_draft

BATCH = 500
FAMILY_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Østby", "Müller", "García", "Okafor", "Tanaka", "Smith")
GIVEN_NAMES = ("Thị Linh", "Minh Hòa", "Ingrid", "Ana", "Chidi", "Yuki", "Grace", "Đức", "Zoë", "José")


def make_people(number):
    today = timezone.localdate()
    Conference.objects.update(starts_on=today, ends_on=today + datetime.timedelta(days=2))
    with contextlib.suppress(NothingToPublishError):
        publish_draft()
    users = [User(username=f"person{n}", email=f"person{n}@people.example", password="!") for n in range(number)]
    users = User.objects.bulk_create(users, batch_size=BATCH)
    addresses = [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
    EmailAddress.objects.bulk_create(addresses, batch_size=BATCH)
    registrations = Registration.objects.bulk_create(map(make_registration, range(number), users), batch_size=BATCH)
    Seat.objects.bulk_create(
        [
            Seat(registration=registration, day=day, mode="in_person", status="confirmed", queued_since=timezone.now())
            for registration in registrations
            for day in (today, today + datetime.timedelta(days=1))
        ],
        batch_size=BATCH,
    )
    entrance = Entrance.objects.create(name_en="Gate A")
    token = issue_link(CheckInDevice(name="Tablet 1", entrance=entrance)).rstrip("/").rpartition("/")[2]
    return {"token": token, "registrations": [str(item.pk) for item in registrations]}


CATEGORIES = list(Category.objects.all())
CONSENT_TEXT = ConsentText.objects.first() or ConsentText.objects.create(number=1, text_en="You may keep my data.")


def make_registration(number, user):
    name = f"{FAMILY_NAMES[number % 10]} {GIVEN_NAMES[number // 10 % 10]} {number}"
    now = timezone.now()
    return Registration(
        user=user,
        passport_name=name,
        badge_name=name,
        country="VN",
        organization=f"Ministry of Foreign Affairs {number % 97}",
        category=CATEGORIES[number % len(CATEGORIES)],
        languages=["en"],
        consent_text=CONSENT_TEXT,
        consented_at=now,
        status="confirmed",
        status_changed_at=now,
        submitted_at=now,
    )


if __name__ == "__main__":
    print(json.dumps(make_people(int(sys.argv[1]))))
