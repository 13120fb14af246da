"""Personal data: the download of one person's data, and the deletion of expired data."""

import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from conference.core.i18n.text import LocalizedText
from conference.mail.models import QueuedEmail

from . import workflow
from .models import BadgePhoto, CheckIn, Registration, RegistrationEvent, SpecialNeeds

PERSONAL_FIELDS = ("passport_name", "badge_name", "organization", "function", "gender", "languages", "email_language")
TIMESTAMP_FIELDS = ("submitted_at", "status_changed_at", "consented_at", "updated_at")


def export_personal_data(user: User, registration: Registration | None) -> dict:
    """Return the data stored about a user, ready for JSON. It contains no codes and no keys; datetimes are aware."""
    return {
        "account": export_account(user),
        "registration": export_registration(registration) if registration else None,
        "emails": [export_email(email) for email in QueuedEmail.objects.filter(user=user)],
    }


def export_account(user: User) -> dict:
    factors = Authenticator.objects.filter(user=user)
    sessions = UserSession.objects.filter(user=user)
    return {
        "email_addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "created_at": user.date_joined,
        "last_login": user.last_login,
        "has_password": user.has_usable_password(),
        "second_factors": [{"type": factor.type, "created_at": factor.created_at} for factor in factors],
        "sessions": list(sessions.values("created_at", "ip", "user_agent")),
    }


def export_registration(registration: Registration) -> dict:
    return {
        **{name: getattr(registration, name) for name in PERSONAL_FIELDS + TIMESTAMP_FIELDS},
        "country": registration.country.code,
        "category": str(LocalizedText.of(registration.category, "name")),
        "status": registration.status,
        "online_while_waitlisted": registration.online_while_waitlisted,
        "consent": {
            "version": registration.consent_text.number,
            "agreed_at": registration.consented_at,
            "text": str(LocalizedText.of(registration.consent_text, "text")),
        },
        "special_needs": export_special_needs(getattr(registration, "special_needs", None)),
        "seats": list(
            registration.seats.values("day", "mode", "status", "queued_since", "offered_until", "is_interim")
        ),
        "events": [export_event(event, registration) for event in registration.events.all()],
        "calendar_events": list(registration.calendar_entries.values("day", "content", "is_cancelled", "revised_at")),
        "tickets": list(registration.tickets.values("issued_at", "voided_at")),
        "registered_by_organizer": registration.is_registered_by_organizer,
        "badges": list(registration.badge_prints.exclude(at=None).order_by("number").values("number", "at")),
        "photo": BadgePhoto.objects.filter(registration=registration).values("uploaded_at").first(),
        "online_attendance": list(registration.online_attendances.values("day", "first_at", "last_at")),
        "certificates": list(
            registration.certificates.values("code", "name", "days", "issued_at", "sent_at", "revoked_at")
        ),
        "check_ins": [export_check_in(item) for item in registration.check_ins.select_related("entrance")],
    }


def export_check_in(check_in: CheckIn) -> dict:
    """Return an entry or exit without the name of the organizer who recorded it."""
    return {
        "day": check_in.day,
        "at": check_in.at,
        "direction": check_in.direction,
        "entrance": str(check_in.entrance),
        "result": check_in.verdict,
        "let_in_because": check_in.override_reason,
        "note": check_in.note,
        "undone_at": check_in.undone_at,
    }


def export_special_needs(special_needs: SpecialNeeds | None) -> dict | None:
    if special_needs is None:
        return None
    viewed_at = list(special_needs.access_logs.values_list("at", flat=True))
    return {
        "access": special_needs.access,
        "diet": special_needs.diet,
        "sign_on_badge": special_needs.show_on_badge,
        "viewed_by_organizers_at": viewed_at,
    }


def export_event(event: RegistrationEvent, registration: Registration) -> dict:
    """Return an event without the name of the organizer who acted."""
    return {
        "action": event.action,
        "at": event.at,
        "by": {None: "site", registration.user_id: "you"}.get(event.by_id, "organizers"),
        "before": event.before,
        "after": event.after,
        "reason": event.reason,
        "note": event.note,
        "changes": event.changes,
    }


def export_email(email: QueuedEmail) -> dict:
    hidden = _("(not shown: it contained a code)")
    return {
        "type": email.email_type,
        "to": email.to,
        "subject": email.subject,
        "text": hidden if email.is_secret else email.text,
        "created_at": email.created_at,
        "sent_at": email.sent_at,
    }


# Accounts whose address was never confirmed are deleted after this time.
UNCONFIRMED_LIFETIME = datetime.timedelta(days=1)
PURGE_SECONDS = 3600


def purge_expired_data() -> dict[str, int]:
    """Delete expired data and return {description for a terminal: number}."""
    call_command("clearsessions")
    # Rows of expired sessions would keep IP addresses and browsers.
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return {
        "registrations erased": purge_registrations() if workflow.is_retention_over() else 0,
        "accounts without a confirmed address": purge_unconfirmed_accounts(),
    }


def purge_regularly() -> None:
    """Delete expired data once in PURGE_SECONDS, whatever the number of workers. A task of the e-mail worker."""
    if cache.add("purge_expired_data", True, PURGE_SECONDS):
        purge_expired_data()


def purge_registrations() -> int:
    number = workflow.erase_users(workflow.find_registered_users())
    workflow.clear_export_queries()
    return number


def purge_unconfirmed_accounts() -> int:
    unregistered = get_user_model().objects.filter(
        is_staff=False,
        registration__isnull=True,
        date_joined__lt=timezone.now() - UNCONFIRMED_LIFETIME,
    )
    unconfirmed = unregistered.exclude(emailaddress__verified=True)
    number = unconfirmed.count()
    unconfirmed.delete()
    return number
