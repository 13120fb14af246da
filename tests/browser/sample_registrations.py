"""Sample registrations for a conference in the future: confirmed, waitlisted and pending ones.

`python -m tests.browser.sample_registrations`, with a folder that quickstart has prepared in DATA_DIR.
"""

import datetime

import django

# Models can be imported only after django.setup().
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.utils import timezone

from conference.models import Conference
from conference.registration import workflow
from conference.registration.models import Category, ConsentText, Mode, Quota
from sessions.releases.publish import publish_draft

SAMPLE_NAMES = [
    "Nguyễn Thị Linh",
    "Marita Sørheim",
    "Aminata Traoré",
    "Trần Văn Minh",
    "Sofia García",
    "Омар Петров",
    "陳美玲",
]
SAMPLE_NAMES += ['"><img src=x onerror=1>', "محمد علي", "Nguyen Thi Linh", "Anna Petrova", "Ana Petrova"]
SAMPLE_COUNTRIES = ["VN", "NO", "ML", "VN", "CO", "UA", "CN", "FR", "JO", "VN", "BG", "BG"]


def make_sample_registrations(days):
    """Make twelve registrations: eight need approval, of which three are approved; four do not."""
    media, observer = Category.objects.get(slug="media"), Category.objects.get(slug="observer")
    registrar = User.objects.get(is_superuser=True)
    for number, (name, country) in enumerate(zip(SAMPLE_NAMES, SAMPLE_COUNTRIES, strict=True)):
        registration = make_sample_registration(number, name, country, media if number % 3 else observer, days)
        if number in (1, 2, 4):
            workflow.approve_registration(registration, by=registrar)


def make_sample_registration(number, name, country, category, days):
    email = f"person{number}@example.org"
    user = User.objects.create_user(f"person{number}", email, None)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    facts = {
        "passport_name": name,
        "badge_name": name,
        "country": country,
        "organization": "Peace Research Institute",
        "function": "Reporter",
        "category": category,
        "gender": ["female", "male", ""][number % 3],
        "languages": ["en"],
        "online_while_waitlisted": bool(number % 2),
        "consent_text": ConsentText.objects.first(),
    }
    chosen = {days[0]: Mode.IN_PERSON, days[1]: Mode.ONLINE}
    needs = {"access": "A ramp to the stage", "diet": "No pork"} if number % 4 == 0 else None
    return workflow.submit(user, facts, chosen, language="en", special_needs=needs)[0]


def move_conference_ahead():
    """Move the conference to forty days from now and return its days."""
    conference = Conference.objects.get()
    first = timezone.localdate() + datetime.timedelta(days=40)
    days = [first + datetime.timedelta(days=number) for number in range(3)]
    conference.starts_on, conference.ends_on = days[0], days[-1]
    conference.save()
    publish_draft()
    return days


if __name__ == "__main__":
    ahead = move_conference_ahead()
    Quota.objects.update_or_create(day=ahead[0], mode=Mode.IN_PERSON, defaults={"seats": 5})
    make_sample_registrations(ahead)
