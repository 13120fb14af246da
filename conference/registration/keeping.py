"""What is kept no longer than needed."""

import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from . import admission
from .models import Export, House

# An account that was begun with an address that nobody confirmed.
UNCONFIRMED_FOR = datetime.timedelta(days=1)


def purge():
    """Erase what is past its time. {what, in words for a terminal: how many}."""
    call_command("clearsessions")
    # Rows whose session has expired hold an IP address and a browser that nobody needs any more.
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return {
        "registrations erased": _registrations() if _is_past() else 0,
        "accounts without a confirmed address": _unconfirmed(),
    }


def _is_past():
    """Whether the day until which data is kept is over, on the conference's clock."""
    erase_on = House.objects.values_list("erase_on", flat=True).first()
    return erase_on is not None and erase_on < admission.today()


def _registrations():
    number = admission.erase_everybody(list(get_user_model().objects.filter(registration__isnull=False)))
    # What somebody looked for may be a name.
    Export.objects.exclude(query="").update(query="")
    return number


def _unconfirmed():
    begun = get_user_model().objects.filter(
        is_staff=False,
        registration__isnull=True,
        date_joined__lt=timezone.now() - UNCONFIRMED_FOR,
    )
    found = begun.exclude(emailaddress__verified=True)
    number = found.count()
    found.delete()
    return number
