"""Forgetting somebody."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from conference.core.regions import get_region
from conference.mail.models import QueuedEmail

from .. import capacity
from ..models import ErasedRegistration, Registration, Seat
from .process import seats_locked
from .waitlist import make_offers


def erase_user(user):
    """Everything about a person and the account itself, but for what counts them. A seat goes to who waits for it.

    Of somebody who works at the desk the account stays.
    """
    with seats_locked():
        erase_user_data(user)
        make_offers(capacity.count_seats())


def erase_users(users):
    """All of these, one after the other, each whole: what is interrupted goes on where it stopped. How many."""
    for user in users:
        with seats_locked():
            erase_user_data(user)
    return len(users)


def erase_user_data(user):
    registration = Registration.objects.filter(user=user).select_related("category").first()
    if registration is not None:
        record_erased_registration(registration)
        about = ContentType.objects.get_for_model(Registration)
        LogEntry.objects.filter(content_type=about, object_id=str(registration.pk)).delete()
        registration.delete()
    # Only proved addresses: others may be of people whose e-mails are not this user's.
    addresses = EmailAddress.objects.filter(user=user, verified=True).values("email")
    QueuedEmail.objects.filter(Q(user=user) | Q(to__in=addresses)).delete()
    if not user.is_staff:
        # A session outlives its account, with what was typed into forms.
        for session in UserSession.objects.filter(user=user):
            session.end()
        user.delete()


def record_erased_registration(registration):
    confirmed = registration.seats.filter(status=Seat.Status.CONFIRMED).values_list("day", "mode")
    group = get_region(registration.country.code)
    ErasedRegistration.objects.create(
        submitted_on=registration.submitted_at.date(),
        category=registration.category,
        region=group.value if group else "",
        gender=registration.gender,
        status=registration.status,
        seats=[[str(day), mode] for day, mode in confirmed],
    )
