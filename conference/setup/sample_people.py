"""Fictional registrations for trying out the site, in every status.

Their addresses are in a domain that nobody can own (RFC 2606), which also marks them for removal.
"""

import datetime

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet

from conference.core.database import extend_timeouts
from conference.mail.models import QueuedEmail
from conference.registration import workflow
from conference.registration.formatting import upcoming_days
from conference.registration.models import Category, ConsentText, Gender, Mode, Quota, Registration, RegistrationEvent
from conference.site_data import refresh_site_data

from .sample_check_ins import add_sample_check_ins

DOMAIN = "sample-people.example"
QUOTA_REASON = "Limit for sample people"
FIRST_NAMES = (
    *("Linh", "Aminata", "Đức", "Łucja", "Marit", "Sofía", "Omar", "Ngọc Ánh", "Chiara", "Олена", "陈美", "مريم"),
    *("Işıl", "Tāne", "Þórunn", "Ana", "Kofi", "Rosa", "Sokha", "Bảo", "Hye-jin", "Noor"),
)
COUNTRIES = ("VN", "NO", "ML", "PL", "CO", "UA", "JO", "TR", "NZ", "IS", "BR", "GH", "PE", "KH", "KR", "MA", "SE", "IT")
ORGANIZATIONS = (
    "Example Institute for Peace Research",
    "Example Women's Network",
    "Example Permanent Mission",
    "Example University",
    "Example Daily News",
)


class NoDaysLeftError(Exception):
    """All days of the conference are over, so nobody can register."""


@transaction.atomic
def add_sample_people(number: int) -> int:
    """Add registrations until there are this many; return how many were added. Raises NoDaysLeftError."""
    extend_timeouts()
    existing = get_sample_users().count()
    if existing >= number:
        return 0
    refresh_site_data()
    days = upcoming_days()
    if not days:
        raise NoDaysLeftError
    limit_places(days, number)
    registrations = [submit_sample(position, days) for position in range(existing, number)]
    decide_samples(registrations, days)
    add_sample_check_ins(registrations)
    return len(registrations)


@transaction.atomic
def remove_sample_people() -> int:
    """Delete all sample people with their check-ins, without a trace in the statistics, and their limits.

    Return how many people there were.
    """
    extend_timeouts()
    users = list(get_sample_users())
    registrations = Registration.objects.filter(user__in=users)
    content_type = ContentType.objects.get_for_model(Registration)
    keys = [str(key) for key in registrations.values_list("pk", flat=True)]
    LogEntry.objects.filter(content_type=content_type, object_id__in=keys).delete()
    QueuedEmail.objects.filter(user__in=users).delete()
    registrations.delete()
    for user in users:
        user.delete()
    for quota in Quota.objects.all():
        # A limit that an organizer has changed since stays.
        latest = quota.history.first()
        if latest and latest.history_change_reason == QUOTA_REASON:
            quota.delete()
    workflow.offer_available_seats()
    return len(users)


def get_sample_users() -> QuerySet[User]:
    return User.objects.filter(email__endswith=f"@{DOMAIN}")


def limit_places(days: list[datetime.date], number: int) -> None:
    """Limit the places in person to a third, so that a wait list forms, except where a limit exists."""
    for day in days:
        if not Quota.objects.filter(day=day, mode=Mode.IN_PERSON).exists():
            quota = Quota(day=day, mode=Mode.IN_PERSON, seats=max(1, number // 3))
            quota._change_reason = QUOTA_REASON
            quota.save()


def submit_sample(position: int, days: list[datetime.date]) -> Registration:
    name = f"{FIRST_NAMES[position % len(FIRST_NAMES)]} Sample {position + 1}"
    email = f"person-{position + 1}@{DOMAIN}"
    user = User.objects.create_user(email, email, None)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    categories = list(Category.objects.all())
    details = {
        "passport_name": name,
        "badge_name": name,
        "country": COUNTRIES[position % len(COUNTRIES)],
        "organization": ORGANIZATIONS[position % len(ORGANIZATIONS)],
        "function": "Sample registration",
        "category": categories[position % len(categories)],
        "gender": (Gender.FEMALE, Gender.MALE, Gender.OTHER, "")[position % 4],
        "languages": ["en", "vi"] if position % 2 else ["en", "fr"],
        "online_while_waitlisted": bool(position % 3),
        "consent_text": ConsentText.objects.first(),
    }
    modes = {day: Mode.ONLINE if (position + number) % 5 == 4 else Mode.IN_PERSON for number, day in enumerate(days)}
    needs = {"access": "Step-free access (sample)", "diet": "Vegetarian (sample)"} if position % 8 == 0 else None
    language = "vi" if position % 4 == 0 else "en"
    return workflow.submit(user, details, modes, language=language, special_needs=needs)[0]


def decide_samples(registrations: list[Registration], days: list[datetime.date]) -> None:
    """Approve most registrations, decline and cancel some, and let one give back all days.

    Places that become free are offered to the wait list.
    """
    for position, registration in enumerate(registrations):
        if position % 12 == 5 and registration.is_pending:
            reason = RegistrationEvent.Reason.INCOMPLETE
            workflow.decline_registration(registration, by=None, reason=reason)
        elif position % 6 != 1 and registration.is_pending:
            workflow.approve_registration(registration, by=None)
    for registration in registrations[::15]:
        registration.refresh_from_db()
        if registration.can_cancel:
            workflow.cancel_registration(registration, by=registration.user)
    admitted = [registration for registration in registrations if not registration.is_pending]
    for registration in admitted[3:4]:
        workflow.change_days(registration, dict.fromkeys(days), by=registration.user)
