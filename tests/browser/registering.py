"""People who register, for a site whose conference lies ahead: some admitted, some waiting for a seat, some for a
registrar.

`python -m tests.browser.registering`, with VAR_DIR naming a folder that quickstart has prepared.
"""

import datetime

import django

# Django's settings come first, before what can be imported only with them.
# ruff: noqa: E402
django.setup()

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.utils import timezone

from conference.models import Conference
from conference.registration import admission
from conference.registration.models import Category, Consent, Mode, Quota

NAMES = [
    "Nguyễn Thị Linh",
    "Marita Sørheim",
    "Aminata Traoré",
    "Trần Văn Minh",
    "Sofia García",
    "Омар Петров",
    "陳美玲",
]
NAMES += ['"><img src=x onerror=1>', "محمد علي", "Nguyen Thi Linh", "Anna Petrova", "Ana Petrova"]
COUNTRIES = ["VN", "NO", "ML", "VN", "CO", "UA", "CN", "FR", "JO", "VN", "BG", "BG"]


def everybody(days):
    """Twelve people: eight in a category that needs approval, of whom three are admitted; four in one that does not."""
    media, observer = Category.objects.get(slug="media"), Category.objects.get(slug="observer")
    registrar = User.objects.get(is_superuser=True)
    for number, (name, country) in enumerate(zip(NAMES, COUNTRIES, strict=True)):
        registration = somebody(number, name, country, media if number % 3 else observer, days)
        if number in (1, 2, 4):
            admission.approve(registration, by=registrar)


def somebody(number, name, country, category, days):
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
        "online_meanwhile": bool(number % 2),
        "consent": Consent.objects.first(),
    }
    chosen = {days[0]: Mode.IN_PERSON, days[1]: Mode.ONLINE}
    needs = {"access": "A ramp to the stage", "diet": "No pork"} if number % 4 == 0 else None
    return admission.submit(user, facts, chosen, language="en", needs=needs)[0]


def move_ahead():
    """In forty days. The days are returned."""
    conference = Conference.objects.get()
    first = timezone.localdate() + datetime.timedelta(days=40)
    days = [first + datetime.timedelta(days=number) for number in range(3)]
    conference.starts_on, conference.ends_on = days[0], days[-1]
    conference.save()
    return days


if __name__ == "__main__":
    ahead = move_ahead()
    Quota.objects.update_or_create(day=ahead[0], mode=Mode.IN_PERSON, defaults={"seats": 5})
    everybody(ahead)
