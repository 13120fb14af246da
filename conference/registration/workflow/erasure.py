"""Erasure of personal data."""

import datetime
from collections.abc import Collection, Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from conference.core.i18n.countries import get_region_key
from conference.mail.models import QueuedEmail

from ..badges.batches import delete_files_with
from ..capacity import count_seats
from ..days import conference_date, conference_today
from ..formatting import conference_days
from ..models import ErasedRegistration, ExportLog, Registration, RegistrationSettings
from .process import seats_locked
from .waitlist import make_offers


def erase_user(user: User) -> None:
    """Erase a user's account, registration and e-mails, keep an anonymous record, and offer the free seats.

    The account of an organizer is kept.
    """
    with seats_locked():
        erase_user_data(user)
        make_offers(count_seats())


def erase_users(users: Collection[User]) -> int:
    """Erase each user in a transaction of its own, so that an interrupted run can be continued. Return how many."""
    for user in users:
        with seats_locked():
            erase_user_data(user)
    return len(users)


def erase_all_registered_users() -> int:
    """Erase everybody who has a registration, inside the caller's transaction and seat lock. Return how many.

    Seats are not offered to others.
    """
    users = find_registered_users()
    for user in users:
        erase_user_data(user)
    clear_export_queries()
    return len(users)


def find_registered_users() -> list[User]:
    return list(User.objects.filter(registration__isnull=False))


def clear_export_queries() -> None:
    """Delete the filters of exports: a search term may be a name."""
    ExportLog.objects.exclude(query="").update(query="")


def get_erase_date() -> datetime.date | None:
    """Return the last day on which registrations are kept; None if the organizers have not set it."""
    settings, days = RegistrationSettings.objects.first(), conference_days()
    return settings.get_erase_date(days[-1] if days else None) if settings else None


def is_retention_over() -> bool:
    """Return whether the last day of retention is over in the conference's time zone."""
    erase_date = get_erase_date()
    return erase_date is not None and erase_date < conference_today()


def erase_user_data(user: User) -> None:
    registration = Registration.objects.filter(user=user).select_related("category").first()
    if registration is not None:
        record_erased_registration(registration)
        delete_files_with(registration)
        delete_admin_log([registration])
        registration.delete()
    # Only verified addresses: an unverified one may belong to another person, whose e-mails must stay.
    addresses = EmailAddress.objects.filter(user=user, verified=True).values("email")
    QueuedEmail.objects.filter(Q(user=user) | Q(to__in=addresses)).delete()
    if not user.is_staff:
        delete_admin_log([user, *EmailAddress.objects.filter(user=user), *Authenticator.objects.filter(user=user)])
        # Deleting the account does not end its sessions, which can hold form drafts.
        for session in UserSession.objects.filter(user=user):
            session.end()
        user.delete()


def delete_admin_log(instances: Iterable[Model]) -> None:
    """Delete what the admin's own log says about these objects: it holds their names."""
    for instance in instances:
        content_type = ContentType.objects.get_for_model(instance)
        LogEntry.objects.filter(content_type=content_type, object_id=str(instance.pk)).delete()


def record_erased_registration(registration: Registration) -> None:
    confirmed = registration.seats.confirmed().values_list("day", "mode")
    entries = registration.check_ins.entries().values_list("day", flat=True)
    ErasedRegistration.objects.create(
        submitted_on=conference_date(registration.submitted_at),
        category=registration.category,
        region=get_region_key(str(registration.country)),
        gender=registration.gender,
        status=registration.status,
        seats=[[str(day), mode] for day, mode in confirmed],
        attended_days=sorted({str(day) for day in entries}),
    )
