"""Erasure of personal data."""

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

from ..capacity import count_seats
from ..days import conference_date
from ..models import ErasedRegistration, Registration
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


def erase_user_data(user: User) -> None:
    registration = Registration.objects.filter(user=user).select_related("category").first()
    if registration is not None:
        record_erased_registration(registration)
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
    ErasedRegistration.objects.create(
        submitted_on=conference_date(registration.submitted_at),
        category=registration.category,
        region=get_region_key(str(registration.country)),
        gender=registration.gender,
        status=registration.status,
        seats=[[str(day), mode] for day, mode in confirmed],
    )
