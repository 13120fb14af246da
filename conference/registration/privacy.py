"""Everything that is known about one person, in a form that other programs read too. No secrets: no codes, no keys."""

import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from conference.core.text import LocalizedText
from conference.mail.models import QueuedEmail

from . import workflow
from .models import ExportLog, RegistrationSettings

PERSONAL_FIELDS = ("passport_name", "badge_name", "organization", "function", "gender", "languages", "email_language")
TIMESTAMP_FIELDS = ("submitted_at", "status_changed_at", "consented_at", "updated_at")


def export_personal_data(user, registration):
    """What JSON can hold; moments are aware. registration may be None."""
    return {
        "account": export_account(user),
        "registration": export_registration(registration) if registration else None,
        "letters": [export_email(letter) for letter in QueuedEmail.objects.filter(user=user)],
    }


def export_account(user):
    factors = Authenticator.objects.filter(user=user)
    sessions = UserSession.objects.filter(user=user)
    return {
        "addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "since": user.date_joined,
        "last_sign_in": user.last_login,
        "has_a_password": user.has_usable_password(),
        "second_factors": [{"kind": factor.type, "since": factor.created_at} for factor in factors],
        "sessions": list(sessions.values("created_at", "ip", "user_agent")),
    }


def export_registration(registration):
    return {
        **{name: getattr(registration, name) for name in PERSONAL_FIELDS + TIMESTAMP_FIELDS},
        "country": registration.country.code,
        "category": str(LocalizedText.of(registration.category, "name")),
        "status": registration.status,
        "online_while_waitlisted": registration.online_while_waitlisted,
        "consent": {
            "version": registration.consent.number,
            "agreed": registration.consented_at,
            "text": str(LocalizedText.of(registration.consent, "text")),
        },
        "needs": export_special_needs(getattr(registration, "needs", None)),
        "seats": list(registration.seats.values("day", "mode", "status", "since", "offered_until", "is_interim")),
        "steps": [export_event(step, registration) for step in registration.events.all()],
        "tickets": list(registration.tickets.values("issued_at", "voided_at")),
    }


def export_special_needs(needs):
    if needs is None:
        return None
    looked_at = list(needs.access_logs.values_list("at", flat=True))
    return {"access": needs.access, "diet": needs.diet, "looked_at_by_organizers": looked_at}


def export_event(step, registration):
    """Who of the organizers acted is not said."""
    return {
        "what": step.action,
        "at": step.at,
        "by": {None: "site", registration.user_id: "you"}.get(step.by_id, "organizers"),
        "before": step.before,
        "after": step.after,
        "reason": step.reason,
        "note": step.note,
        "changes": step.changes,
    }


def export_email(letter):
    hidden = _("(not shown: it contained a code)")
    return {
        "kind": letter.email_type,
        "to": letter.to,
        "subject": letter.subject,
        "text": hidden if letter.is_secret else letter.text,
        "written": letter.created_at,
        "sent": letter.sent_at,
    }


# An account that was begun with an address that nobody confirmed.
UNCONFIRMED_LIFETIME = datetime.timedelta(days=1)


def purge_expired_data():
    """Erase what is past its time. {what, in words for a terminal: how many}."""
    call_command("clearsessions")
    # Rows whose session has expired hold an IP address and a browser that nobody needs any more.
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return {
        "registrations erased": purge_registrations() if is_retention_over() else 0,
        "accounts without a confirmed address": purge_unconfirmed_accounts(),
    }


def is_retention_over():
    """Whether the day until which data is kept is over, on the conference's clock."""
    erase_on = RegistrationSettings.objects.values_list("erase_on", flat=True).first()
    return erase_on is not None and erase_on < workflow.conference_today()


def purge_registrations():
    number = workflow.erase_users(list(get_user_model().objects.filter(registration__isnull=False)))
    # What somebody looked for may be a name.
    ExportLog.objects.exclude(query="").update(query="")
    return number


def purge_unconfirmed_accounts():
    begun = get_user_model().objects.filter(
        is_staff=False,
        registration__isnull=True,
        date_joined__lt=timezone.now() - UNCONFIRMED_LIFETIME,
    )
    found = begun.exclude(emailaddress__verified=True)
    number = found.count()
    found.delete()
    return number
