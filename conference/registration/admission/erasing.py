"""Forgetting somebody."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from sessions.findings.regions import region

from .. import seats
from ..models import Erased, Letter, Registration, Seat
from .case import holding_seats
from .offers import offer


def erase(user):
    """Everything about a person and the account itself, but for what counts them. A seat goes to who waits for it.

    Of somebody who works at the desk the account stays.
    """
    with holding_seats():
        _erase(user)
        offer(seats.counts())


def erase_everybody(users):
    """All of these, one after the other, each whole: what is interrupted goes on where it stopped. How many."""
    for user in users:
        with holding_seats():
            _erase(user)
    return len(users)


def _erase(user):
    registration = Registration.objects.filter(user=user).select_related("category").first()
    if registration is not None:
        _count_what_is_erased(registration)
        about = ContentType.objects.get_for_model(Registration)
        LogEntry.objects.filter(content_type=about, object_id=str(registration.pk)).delete()
        registration.delete()
    # Only proved addresses: others may be of people whose e-mails are not this user's.
    addresses = EmailAddress.objects.filter(user=user, verified=True).values("email")
    Letter.objects.filter(Q(user=user) | Q(to__in=addresses)).delete()
    if not user.is_staff:
        # A session outlives its account, with what was typed into forms.
        for session in UserSession.objects.filter(user=user):
            session.end()
        user.delete()


def _count_what_is_erased(registration):
    confirmed = registration.seats.filter(state=Seat.State.CONFIRMED).values_list("day", "mode")
    group = region(registration.country.code)
    Erased.objects.create(
        submitted_on=registration.submitted_at.date(),
        category=registration.category,
        region=group.value if group else "",
        gender=registration.gender,
        state=registration.state,
        seats=[[str(day), mode] for day, mode in confirmed],
    )
